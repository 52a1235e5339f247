#!/usr/bin/env bash
# Makes the Python that the second implementation runs in (tests/interop): target/interop-venv, with the packages
# its requirements name. Made anew when they change or the Python it was made with is gone, else left alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/install/common.sh

requirements=tests/interop/requirements.txt
venv=target/interop-venv
made_from=$venv/made-from

deploy/install/packages.sh python3=python3
wanted=$(python3 --version; sha256sum "$requirements")
if [ -f "$made_from" ] && [ "$(cat "$made_from")" = "$wanted" ] && "$venv/bin/python" --version >/dev/null 2>&1; then
    exit 0
fi

# Debian packs the part of Python that makes environments separately.
library=$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
deploy/install/packages.sh "$library/ensurepip=python3-venv"

say "Fetching the Python packages of the second implementation (about half a minute, once)."
rm -rf "$venv"
python3 -m venv "$venv" || stop "python3 could not make $venv; its own words are above."
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -r "$requirements" >&2 ||
    stop "The packages of $requirements could not be installed; pip's own words are above."
# Last, so that a broken-off attempt is made again.
printf '%s\n' "$wanted" >"$made_from"
