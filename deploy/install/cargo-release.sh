#!/usr/bin/env bash
# Runs cargo so that what it builds is the same bytes wherever and whenever it is built with the same compiler: no
# path of this machine stands in the messages of panics.
#
#   cargo-release.sh build --release -p lykta-server
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"

# The folders in which dependencies lie are known when they are there. What this machine does not build stays away.
cargo fetch --locked --quiet --target "$(rustc --verbose --version | sed -n 's/^host: //p')"
flags=("--remap-path-prefix=$root=/lykta")
for crates in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/; do
    flags+=("--remap-path-prefix=${crates%/}=/crates")
done
# The standard library names its sources so by itself, unless they are installed beside it.
commit=$(rustc --verbose --version | sed -n 's/^commit-hash: //p')
flags+=("--remap-path-prefix=$(rustc --print sysroot)/lib/rustlib/src/rust=/rustc/$commit")

CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f' && printf '%s' "${flags[*]}") exec cargo "$@"
