#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages of which something is missing, and does nothing when all is there.
#
#   packages.sh THING=PACKAGE...
#
# THING is a command's name or an absolute path that the package brings.
set -euo pipefail
. "$(dirname "$0")/common.sh"

missing=()
things=()
for pair in "$@"; do
    thing=${pair%%=*}
    case $thing in
        /*) [ -e "$thing" ] && continue ;;
        *) command -v "$thing" >/dev/null && continue ;;
    esac
    things+=("$thing")
    missing+=("${pair#*=}")
done
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null ||
    stop "Missing: ${things[*]}. This machine has no apt-get; please install them by its own means."

install=(apt-get install -y --no-install-recommends "${missing[@]}")
if [ "$(id -u)" = 0 ]; then
    as_root=(env DEBIAN_FRONTEND=noninteractive)
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n env DEBIAN_FRONTEND=noninteractive)
else
    say "This needs root. Please run the following, then the same make command again:"
    stop "    sudo apt-get update && sudo ${install[*]}"
fi

say "Installing ${missing[*]} (about a minute)."
# Hundreds of lines of progress help nobody; all of them are shown when it fails.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# An old list names versions that are gone. A list that cannot be renewed may still do.
"${as_root[@]}" apt-get update </dev/null >"$log" 2>&1 || say "The package lists could not be renewed."
if ! "${as_root[@]}" "${install[@]}" </dev/null >>"$log" 2>&1; then
    cat "$log" >&2
    stop "apt-get could not install ${missing[*]}; its own words are above."
fi
