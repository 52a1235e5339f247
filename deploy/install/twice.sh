#!/usr/bin/env bash
# Builds the committed tree twice, in two folders, at two times, as two differently set up users, and compares:
# every file of the pages, both WASM modules, and the relay itself must be the same bytes. Then whoever has the
# sources can tell whether a published hash is theirs.
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/install/common.sh

here=$PWD
commit=$(git rev-parse HEAD)
cargo_home=${CARGO_HOME:-$HOME/.cargo}
one=target/twice/one
other=target/twice/the-other-one/elsewhere/and-deeper
rm -rf target/twice
mkdir -p target/twice

build() { # FOLDER UMASK TIME-ZONE LANGUAGE CARGO-HOME
    say "Building in $1 (about 8 minutes)."
    mkdir -p "$(dirname "$1")"
    git clone --quiet --shared --no-checkout . "$1"
    git -C "$1" checkout --quiet --detach "$commit"
    (
        umask "$2"
        cd "$1"
        env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u CARGO_TARGET_DIR TZ="$3" LC_ALL="$4" CARGO_HOME="$5" \
            make --no-print-directory relay >&2
    )
}

build "$one" 022 Europe/Stockholm C.UTF-8 "$cargo_home"
# The same crates, seen under another path.
mkdir -p target/twice/cargo
ln -s "$cargo_home/registry" target/twice/cargo/registry
[ ! -e "$cargo_home/config.toml" ] || ln -s "$cargo_home/config.toml" target/twice/cargo/config.toml
# And the clock has moved on by as long as the first one took.
build "$other" 077 Pacific/Kiritimati C "$here/target/twice/cargo"

listed() {
    (cd "$1" && find web-client/dist target/wasm target/release/lykta -type f ! -name '*.made-with' -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum)
}
listed "$one" >target/twice/one.sha256
listed "$other" >target/twice/other.sha256
[ "$(wc -l <target/twice/one.sha256)" -gt 20 ] || stop "Hardly anything was built: does this look at the right files?"
if ! diff -u target/twice/one.sha256 target/twice/other.sha256 >&2; then
    stop "Two builds of one commit differ; the files above are in target/twice."
fi
if grep -aqF -e "$here" -e "$cargo_home" "$one/target/release/lykta"; then
    stop "The relay names a path of this machine: $(grep -aoF -e "$here" -e "$cargo_home" "$one/target/release/lykta" | head -n 1)"
fi
say "The same $(wc -l <target/twice/one.sha256) files, byte for byte; the relay is"
say "    $(grep target/release/lykta target/twice/one.sha256)"
