#!/usr/bin/env bash
# Makes the Debian packages in target/package from what was built in target/release: lykta for the server,
# lykta-root for the machine without a network. The same bytes each time for one commit.
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/install/common.sh

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
architecture=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
export SOURCE_DATE_EPOCH
# Whatever the builder's own files may be read by.
umask 022

# The newest version of the C library that a program asks for.
needs_libc() { objdump -T "$1" | grep -o 'GLIBC_[0-9.]*' | sort -V | tail -n 1 | cut -d _ -f 2; }

control() { # FOLDER PACKAGE SECTION SHORT LONG [FIELDS]
    mkdir -p "$1/DEBIAN"
    {
        printf 'Package: %s\nVersion: %s\nArchitecture: %s\n' "$2" "$version" "$architecture"
        printf 'Maintainer: Lykta <lykta@localhost>\nSection: %s\nPriority: optional\n' "$3"
        printf 'Depends: libc6 (>= %s), libgcc-s1\n%s' "$(needs_libc "target/release/$2")" "${6:-}"
        printf 'Installed-Size: %s\n' "$(du -sk --exclude=DEBIAN "$1" | cut -f 1)"
        printf 'Description: %s\n %s\n' "$4" "$5"
    } >"$1/DEBIAN/control"
    (cd "$1" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum) \
        >"$1/DEBIAN/md5sums"
}

# A manual page or changelog as Debian keeps them: without the time in the archive.
pressed() { mkdir -p "$(dirname "$2")" && gzip -9nc "$1" >"$2" && chmod 644 "$2"; }

built() {
    find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
    dpkg-deb --root-owner-group -Zxz --build "$1" target/package >&2
}

rm -rf target/package
relay=target/package/lykta
install -D -m 755 target/release/lykta "$relay/usr/bin/lykta"
install -D -m 644 -t "$relay/usr/lib/systemd/system" deploy/systemd/lykta.service deploy/systemd/lykta.socket
install -D -m 644 -t "$relay/usr/share/doc/lykta" deploy/README.md SECURITY.md
install -D -m 644 LICENSE "$relay/usr/share/doc/lykta/copyright"
install -D -m 644 -t "$relay/usr/share/doc/lykta/examples" deploy/centre.toml deploy/redis.conf deploy/redis-users.acl \
    deploy/proxy/Caddyfile deploy/proxy/nginx.conf deploy/proxy/torrc \
    deploy/watch/alerts.yml deploy/watch/prometheus.yml deploy/watch/grafana.json
node deploy/package/sbom.mjs >"$relay/usr/share/doc/lykta/sbom.cdx.json"
pressed CHANGELOG.md "$relay/usr/share/doc/lykta/changelog.gz"
pressed deploy/package/lykta.8 "$relay/usr/share/man/man8/lykta.8.gz"
install -d -m 755 "$relay/etc/lykta" "$relay/DEBIAN"
install -m 755 deploy/package/postinst deploy/package/prerm deploy/package/postrm "$relay/DEBIAN/"
control "$relay" lykta net 'anonymous, end-to-end-encrypted support chat: the relay and its pages' \
    'One program with both pages inside. It carries sealed envelopes and cannot open them.' \
    $'Recommends: redis-server\nSuggests: caddy | nginx, tor\n'
built "$relay"

root=target/package/lykta-root
install -D -m 755 target/release/lykta-root "$root/usr/bin/lykta-root"
install -D -m 644 server/root/README.md "$root/usr/share/doc/lykta-root/README.md"
install -D -m 644 LICENSE "$root/usr/share/doc/lykta-root/copyright"
pressed CHANGELOG.md "$root/usr/share/doc/lykta-root/changelog.gz"
pressed deploy/package/lykta-root.1 "$root/usr/share/man/man1/lykta-root.1.gz"
control "$root" lykta-root net "makes a centre's root and signs its staff, without a network" \
    'For the machine that never has a network: nothing of it belongs on a server.'
built "$root"

say "Made:"
(cd target/package && sha256sum ./*.deb)
