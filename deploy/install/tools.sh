#!/usr/bin/env bash
# What every build needs: Rust, Node with npm, and a linker. Rust and Node are the reader's own to install,
# in a sentence each; the rest comes from the distribution.
set -euo pipefail
here=$(dirname "$0")
. "$here/common.sh"

rust_wanted=$(rust_wanted)
node_wanted=$(sed -n 's/.*"node": *">=\([0-9.]*\)".*/\1/p' "$here/../../web-client/package.json")
rust="Rust $rust_wanted or newer is needed"
node="Node $node_wanted or newer is needed"

if ! { command -v cargo && command -v rustc; } >/dev/null; then
    stop "$rust and was not found: install it from https://rustup.rs, then run make again."
fi
rust_found=$(rust_version rustc)
at_least "$rust_found" "$rust_wanted" ||
    stop "$rust, this is $rust_found: run 'rustup update stable', then make again."

command -v node >/dev/null ||
    stop "$node and was not found: install it from https://nodejs.org, then run make again."
node_found=$(node --version)
node_found=${node_found#v}
at_least "$node_found" "$node_wanted" ||
    stop "$node, this is $node_found: install a newer one from https://nodejs.org, then run make again."

# Debian's own Node comes without npm; Rust links with cc.
"$here/packages.sh" cc=gcc /usr/include/stdio.h=libc6-dev npm=npm
