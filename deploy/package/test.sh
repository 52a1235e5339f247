#!/usr/bin/env bash
# Installs the packages of target/package into a folder of their own, looks at what is there, runs it, and removes
# it again. Nothing is installed on this machine, and there is no systemd in that folder: what it would do with the
# units is judged by systemd-analyze.
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/install/common.sh

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
root=$folder/root
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/etc" "$root/bin"
touch "$root/var/lib/dpkg/status" "$root/var/lib/dpkg/available"

in_folder() {
    dpkg --root="$root" --log="$folder/log" --force-not-root --force-script-chrootless --force-depends \
        --force-bad-path "$@" >"$folder/said" 2>&1 || { cat "$folder/said" >&2; stop "dpkg $*: failed."; }
}
is_there() { [ -e "$root/$1" ] || stop "$1 is not there."; }
is_gone() { [ ! -e "$root/$1" ] || stop "$1 is still there."; }
none() { [ -z "$2" ] || stop "This $1: $2"; }
status() { dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Status}' "$1" 2>/dev/null || true; }

say "Installing both packages into a folder."
in_folder -i target/package/*.deb
[ "$(status lykta)" = "install ok installed" ] || stop "lykta is not installed: $(status lykta)"
for file in usr/bin/lykta usr/bin/lykta-root usr/lib/systemd/system/lykta.service \
    usr/lib/systemd/system/lykta.socket usr/share/man/man8/lykta.8.gz usr/share/man/man1/lykta-root.1.gz \
    usr/share/doc/lykta/examples/centre.toml usr/share/doc/lykta/README.md usr/share/doc/lykta/copyright etc/lykta; do
    is_there "$file"
done
none "can be written by others" "$(find "$root/usr" -perm /022 ! -type l)"
none "is not root's" "$(dpkg-deb -c target/package/lykta_*.deb | grep -v root/root || true)"

say "What is installed runs: the example is read, and has the one mistake it says it has."
"$root/usr/bin/lykta" --version | grep -q '^lykta [0-9]' || stop "lykta does not say its version."
"$root/usr/bin/lykta-root" --help >"$folder/said" || stop "lykta-root does not run."
if "$root/usr/bin/lykta" check "$root/usr/share/doc/lykta/examples/centre.toml" 2>"$folder/said"; then
    stop "The example trusts nobody, and lykta check did not say so."
fi
grep -q '^1 mistake\|: 1 mistake\|lykta: 1 mistake' "$folder/said" || { cat "$folder/said" >&2; stop "Other mistakes."; }

say "The list of what it is made of names every crate of the build."
bom=$root/usr/share/doc/lykta/sbom.cdx.json
cargo tree --locked --offline -p lykta-server -e normal --prefix none --format '{p}' |
    awk '{ sub("^v", "", $2); print "pkg:cargo/" $1 "@" $2 }' | sort -u >"$folder/built"
[ "$(wc -l <"$folder/built")" -gt 100 ] || stop "Hardly any crates: does this look at the right build?"
while read -r crate; do
    grep -qF "\"purl\": \"$crate\"" "$bom" || stop "$crate is built in and not on the list."
done <"$folder/built"
grep -qF '"purl": "pkg:cargo/lykta-e2ee@' "$bom" || stop "The WASM modules are not on the list."

say "systemd reads the units, and holds them for tight."
# What the units stand on, as this machine has it.
cp /bin/true "$root/bin/kill"
cp /usr/lib/systemd/system/*.target /usr/lib/systemd/system/*.slice "$root/usr/lib/systemd/system/" 2>"$folder/said" ||
    cp /lib/systemd/system/*.target /lib/systemd/system/*.slice "$root/usr/lib/systemd/system/" 2>"$folder/said" || true
systemd-analyze verify --root="$root" --man=no lykta.service lykta.socket 2>"$folder/said" ||
    { cat "$folder/said" >&2; stop "systemd would not take the units."; }
none "is what systemd says about the units" "$(grep -i lykta "$folder/said" || true)"
systemd-analyze security --offline=true --threshold=15 --no-pager \
    "$root/usr/lib/systemd/system/lykta.service" | tail -n 1 >&2

say "The manual pages are well-formed."
for page in "$root"/usr/share/man/man*/*.gz; do
    none "is wrong in $page" "$(man --warnings -l "$page" 2>&1 >"$folder/page")"
    [ -s "$folder/page" ] || stop "$page is empty."
done

say "Removing: what was put into the state directory stays until it is purged."
mkdir -p "$root/var/lib/private/lykta"
echo roster >"$root/var/lib/private/lykta/roster"
in_folder -r lykta lykta-root
is_gone usr/bin/lykta
is_gone usr/bin/lykta-root
is_gone usr/lib/systemd/system/lykta.service
is_there var/lib/private/lykta/roster
in_folder -P lykta lykta-root
is_gone var/lib/private/lykta
none "is left" "$(find "$root" -name '*lykta*' ! -path "$root/var/lib/dpkg/*")"
say "Installed, run, removed."
