#!/usr/bin/env bash
# Compares every locked dependency, of Rust and of npm, with the published advisories, and those of Rust with
# deny.toml.
#
# An advisory database that cannot be reached is no answer, so it does not count as passed: exit 0 only when
# both were asked and both know of nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/install/common.sh

version=0.20.2
deny=target/tools/bin/cargo-deny
if ! "$deny" --version 2>/dev/null | grep -qxF "cargo-deny $version"; then
    say "Building cargo-deny $version (about 4 minutes, once)."
    env -u CARGO_TARGET_DIR cargo install cargo-deny --locked --version "$version" --root target/tools >&2 ||
        stop "cargo-deny could not be built, so nothing was audited."
fi

bad=0
result() {
    say "$1"
    bad=$((bad + ${2:-0}))
}

# Licences, bans and sources need nobody else's database; a test reads the same lists on every run.
if "$deny" --locked check licenses bans sources >&2; then
    result "Rust: licences, bans and sources are as deny.toml has them."
else
    result "Rust: licences, bans or sources are not as deny.toml has them; see above." 1
fi

say "Rust: fetching the RustSec advisories."
if ! "$deny" --log-level error fetch db >&2; then
    result "Rust: NOT AUDITED, the database github.com/RustSec/advisory-db cannot be had from here." 1
elif "$deny" --locked --offline check advisories >&2; then
    result "Rust: no known advisory."
else
    result "Rust: advisories, listed above." 1
fi

# npm needs only the lock files, not what they would install.
for lock in $(find web-client tests -name node_modules -prune -o -name package-lock.json -print | sort); do
    folder=$(dirname "$lock")
    if report=$(cd "$folder" && npm audit --json --package-lock-only 2>/dev/null); then
        result "npm, $folder: no known advisory."
    elif grep -q '"auditReportVersion"' <<<"$report"; then
        (cd "$folder" && npm audit --package-lock-only) >&2 || true
        result "npm, $folder: advisories, listed above." 1
    else
        result "npm, $folder: NOT AUDITED, npm's advisory service cannot be had from here." 1
    fi
done

[ "$bad" = 0 ] || stop "The audit did not pass."
say "The audit passed."
