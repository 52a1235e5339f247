#!/usr/bin/env bash
# Coverage-guided fuzzing with libFuzzer, on the project's own stable compiler: what finds its way through the
# parsers by itself, where the seeded loop needs the targets' help.
#
#   coverage.sh TARGET SECONDS      adds what it finds to corpus/TARGET; a fault stops it and is written there
#
# cargo-fuzz needs a nightly compiler because it also builds with AddressSanitizer. There is no unsafe code here
# for that to watch, and the instrumentation alone is a stable flag. Needs a C++ compiler, for libFuzzer itself.
# The program around the targets is five lines and is written into target/, because the macro in it makes an
# unsafe function, which no crate of the project may have.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${1:?usage: coverage.sh TARGET SECONDS}
seconds=${2:?usage: coverage.sh TARGET SECONDS}
grep -q "(\"$target\", " "$here/src/lib.rs" || { printf 'no target is called %s\n' "$target" >&2; exit 2; }
command -v c++ >/dev/null || { printf 'libFuzzer needs a C++ compiler: apt-get install g++\n' >&2; exit 2; }

crate=$root/target/coverage
mkdir -p "$crate/src"
cat >"$crate/Cargo.toml" <<END
[package]
name = "lykta-coverage"
version = "0.0.0"
edition = "2024"
publish = false

[workspace]

[dependencies]
libfuzzer-sys = "=0.4.13"
lykta-fuzz = { path = "$here" }

[profile.release]
debug-assertions = true
overflow-checks = true
END
cat >"$crate/src/main.rs" <<'END'
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let name = std::env::var("LYKTA_FUZZ_TARGET").unwrap();
    lykta_fuzz::TARGETS.iter().find(|(target, _)| *target == name).unwrap().1(data);
});
END
cp "$root/Cargo.lock" "$crate/Cargo.lock"
export RUSTFLAGS='--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
 -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1'
RUSTFLAGS=${RUSTFLAGS//$'\n'/}
# An explicit target keeps the instrumentation away from build scripts.
host=$(rustc -vV | sed -n 's/^host: //p')
(cd "$crate" && CARGO_TARGET_DIR=$crate/build nice -n 15 cargo build --release --target "$host" >&2)
LYKTA_FUZZ_TARGET=$target nice -n 15 "$crate/build/$host/release/lykta-coverage" "$here/corpus/$target" \
	-max_total_time="$seconds" -max_len=4096 -timeout=20 -artifact_prefix="$here/corpus/$target/" -print_final_stats=1
