#!/usr/bin/env bash
# Writes the hash of everything below some paths to a file, and touches the file only when the hash changed.
# Make compares times; this makes it compare content: a deleted file or a switched branch counts, a mere
# `touch` does not.
#
#   fingerprint.sh FILE PATH...
#
# Built and fetched folders below a path do not count.
set -euo pipefail

file=$1
shift
mkdir -p "$(dirname "$file")"
now=$(find "$@" \( -name node_modules -o -name dist -o -name target \) -prune -o -type f -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
[ -f "$file" ] && [ "$(cat "$file")" = "$now" ] || printf '%s\n' "$now" >"$file"
