# shellcheck shell=bash
# Sourced by the other scripts.

# What is said goes to standard error, so that standard output stays with the program that is being run.
say() { printf '%s\n' "$*" >&2; }

# One clear sentence, then the end.
stop() {
    say "$*"
    exit 1
}

# Is version $1 at least $2? Compares the numbers, so 1.100 is newer than 1.88.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# The oldest Rust that builds this, as the workspace states it.
rust_wanted() { sed -n 's/^rust-version = "\(.*\)"/\1/p' "$(dirname "${BASH_SOURCE[0]}")/../../Cargo.toml"; }

# The version of a Rust compiler, as numbers.
rust_version() { "$1" --version | cut -d ' ' -f 2; }
