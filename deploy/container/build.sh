#!/usr/bin/env bash
# Builds the container image where that is possible, and else says that it was not. Nothing is fetched: the base
# image must be on this machine already.
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/install/common.sh

file=deploy/container/Containerfile
base=$(sed -n 's/^FROM //p' "$file")
for tool in podman docker; do
    command -v "$tool" >/dev/null || continue
    if "$tool" image inspect "$base" >/dev/null 2>&1; then
        say "Building the container image with $tool."
        "$tool" build --network=none --tag lykta --file "$file" . >&2
        "$tool" run --rm --network=none lykta --version >&2
        exit 0
    fi
done
say "The container image was NOT built: there is no podman or docker here that has the base image $base."
say "Its file was looked at by a test, and that is all."
