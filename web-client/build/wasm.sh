#!/usr/bin/env bash
# Builds one of the pages' modules from protocol/wasm.
#
#   wasm.sh FEATURES MEMORY_BYTES OUT
#
# FEATURES is `visit`, `seat`, `chat` or `pair`, and `rooms` behind a comma. MEMORY_BYTES is the memory's only size: it cannot grow, so that one overwrite
# reaches everything a conversation leaves behind and no engine moves a secret while growing. The stack lies
# first, so that running over its end traps at address zero and never reaches the heap.
#
# Beside OUT (a .wasm) comes the same module as JavaScript (.js), for browsers without WebAssembly: fallback.mjs.
#
# The compiler comes by the first route that is open: a Rust that has the target already, rustup fetching it,
# or Debian's own Rust with the target's standard library built from source. Routes give different bytes, so a
# release names the one it took: OUT.made-with says it. WASM_ROUTE=installed|rustup|debian allows one only.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$root/deploy/install/common.sh"

feature=$1
memory=$2
mkdir -p "$(dirname "$3")"
out=$(cd "$(dirname "$3")" && pwd)/$(basename "$3")
target=wasm32-unknown-unknown
stack=262144
cd "$root"

has_target() { [ -d "$(rustc --print target-libdir --target $target 2>/dev/null)" ]; }

installed_route() { has_target; }

# Without a network rustup may wait long for an answer.
rustup_route() {
    command -v rustup >/dev/null || return 1
    say "Fetching Rust's WASM target with rustup (about 20 seconds)."
    timeout 120 rustup target add $target >&2 && has_target
}

debian_route() {
    say "Building with Debian's Rust, which brings the standard library as source (2 minutes more)."
    deploy/install/packages.sh /usr/bin/rustc=rustc-web /usr/bin/cargo=cargo-web \
        /usr/lib/rustlib/src/rust/library=rust-web-src wasm-ld=lld &&
        at_least "$(rust_version /usr/bin/rustc)" "$(rust_wanted)"
}

route=
for name in ${WASM_ROUTE:-installed rustup debian}; do
    if "${name}_route"; then
        route=$name
        break
    fi
done
[ -n "$route" ] ||
    stop "Rust cannot build for $target here: run 'rustup target add $target' where the network allows it."

cargo=cargo
rustc=$(command -v rustc)
build_std=()
# Paths of this machine would otherwise stand in the module, in the messages of panics.
# One round as a loop instead of sixty-four written out: a tenth of the module, for a hash that runs a few times
# a message. And inlining only where the call would be larger: another twentieth.
flags=("--cfg=sha2_backend_soft=\"compact\"" "-Cllvm-args=-inline-threshold=10" "--remap-path-prefix=$root=/lykta" "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo")
if [ "$route" = debian ]; then
    cargo=/usr/bin/cargo
    rustc=/usr/bin/rustc
    build_std=('-Zbuild-std=std,panic_abort')
    flags+=("-Clinker=wasm-ld")
    # Lets a stable compiler build its own standard library; nothing of ours needs it.
    export RUSTC_BOOTSTRAP=1
fi
flags+=("--remap-path-prefix=$("$rustc" --print sysroot)=/rust")

# `--crate-type cdylib` although the manifest says so too: with the rlib beside it cargo leaves out link-time
# optimisation, which is a sixth of the module.
#
# A folder of its own for each compiler, so that neither throws away what the other built.
say "Building the $feature module ($("$rustc" --version), about a minute the first time)."
export RUSTC=$rustc CARGO_TARGET_DIR=$root/target/wasm-build/$route
CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f' && printf '%s' "${flags[*]}") \
    "$cargo" rustc --locked -p lykta-wasm --lib --crate-type cdylib --profile wasm --target $target \
    "${build_std[@]}" --no-default-features --features "$feature" -- \
    -Clink-arg=--initial-memory="$memory" -Clink-arg=--max-memory="$memory" \
    -Clink-arg=-zstack-size=$stack -Clink-arg=--stack-first >&2
raw=$CARGO_TARGET_DIR/$target/wasm/lykta_wasm.wasm

# What Rust's own baseline for this target uses; every browser since 2021 has them (Safari 15, Chrome 96).
features=(--enable-bulk-memory --enable-bulk-memory-opt --enable-multivalue --enable-mutable-globals
    --enable-nontrapping-float-to-int --enable-reference-types --enable-sign-ext)
wasm_opt=$here/node_modules/.bin/wasm-opt
# Functions stay apart: what is written out once compresses better than what was copied to its one caller.
apart=(--flexible-inline-max-function-size=0 --one-caller-inline-max-function-size=0)
# The lowest KiB is the very end of the stack: an address there is never added up from a pointer that wraps round, so
# the sum may move into the instruction. Should it ever wrap, the instruction traps, where the sum would not have.
"$wasm_opt" -Oz --converge --low-memory-unused "${apart[@]}" "${features[@]}" --strip-debug --strip-producers --strip-target-features \
    "$raw" -o "$out.new"
# JavaScript has no sign extension of its own.
plain=${out%.wasm}.plain
"$wasm_opt" "${features[@]}" --signext-lowering "$out.new" -o "$plain.wasm"
"$here/node_modules/.bin/wasm2js" --enable-bulk-memory -Oz "${apart[@]}" "$plain.wasm" -o "$plain.js"
node "$here/fallback.mjs" "$plain.js" "${out%.wasm}.js"
rm "$plain.wasm" "$plain.js"

node "$here/inspect.mjs" "$raw" "$out.new" "$memory" "$stack" >&2
mv "$out.new" "$out"
printf '%s route, %s, %s\n' "$route" "$("$rustc" --version)" "$("$wasm_opt" --version)" >"$out.made-with"
