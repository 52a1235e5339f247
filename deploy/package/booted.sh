#!/usr/bin/env bash
# Starts the package under a real systemd: one that is process 1 in namespaces of its own, over a copy of this machine's
# files that is gone afterwards, with a network that has nothing but loopback. Needs root, overlayfs and cgroup v2; where a
# machine does not give them, this says so and nothing was tried.
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/install/common.sh

not_tried() {
    say "Not tried: a start under systemd. $1"
    exit 0
}
[ "$(id -u)" = 0 ] || not_tried "It needs root."
for tool in unshare /usr/lib/systemd/systemd systemctl curl; do
    command -v "$tool" >/dev/null || not_tried "There is no $tool."
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/root" "$folder/told"
: >"$folder/told/said"
alone=(unshare --pid --mount --uts --ipc --cgroup --net --fork --kill-child)

# What is seen in there: a copy of this machine, writable and in memory.
cat >"$folder/enter.sh" <<'INNER'
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1/root"
mkdir "$1/root/upper" "$1/root/work" "$1/root/all"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/root/upper,workdir=$1/root/work" "$1/root/all"
all=$1/root/all
mount -t proc proc "$all/proc"
mount -t sysfs -o ro sysfs "$all/sys"
mount -t cgroup2 none "$all/sys/fs/cgroup"
mount -t tmpfs tmpfs "$all/run"
mount -t tmpfs tmpfs "$all/tmp"
mount --rbind /dev "$all/dev"
INNER
"${alone[@]}" bash "$folder/enter.sh" "$folder" 2>"$folder/why" ||
    not_tried "This machine gives no namespaces with an overlay and cgroup v2: $(tail -n 1 "$folder/why")"

# The first day, as deploy/README.md has it.
cat >"$folder/prepare.sh" <<'INNER'
mkdir -p "$all/mnt/told"
mount --bind "$1/told" "$all/mnt/told"
mkdir "$all/srv/story"
cp target/package/*.deb deploy/package/story.sh "$all/srv/story/"
# Only what is tried here is started, and nothing of what this machine is set up to start.
rm -rf "$all/etc/systemd/system" "$all/etc/fstab"
mkdir "$all/etc/systemd/system"
rm -rf "$all/etc/lykta" "$all/var/lib/lykta" "$all/var/lib/private/lykta"
# There is no bus for the package's scripts to speak to yet: systemd is started after it is installed.
chroot "$all" dpkg --log=/dev/null --force-depends -i $(cd "$all/srv/story" && printf "/srv/story/%s " *.deb) >&2
echo 'five words chosen by dice' >"$all/srv/story/passphrase"
trust=$(chroot "$all" sh -c 'lykta-root new --new-centre --out /srv/story/root.age --passphrase-fd 3 3</srv/story/passphrase' |
    sed -n '/^\[trust\]$/,/^min_roster_epoch/p')
[ -n "$trust" ] || exit 1
awk -v trust="$trust" '/^\[trust\]$/ { print trust; skip = 1; next }
    skip { if (/^min_roster_epoch/) skip = 0; next } { print }' \
    "$all/usr/share/doc/lykta/examples/centre.toml" >"$all/srv/story/centre.toml"
install -m 600 "$all/srv/story/centre.toml" "$all/etc/lykta/centre.toml"
cat >"$all/etc/systemd/system/story.service" <<'UNIT'
[Unit]
DefaultDependencies=no
After=sysinit.target
Wants=sysinit.target
[Service]
Type=oneshot
Environment=HOME=/root
StandardOutput=file:/mnt/told/said
StandardError=inherit
ExecStart=/bin/bash /srv/story/story.sh
ExecStopPost=/bin/systemctl --force exit
UNIT
# Not by chroot: who has changed their root alone may make no namespace of users, and the unit wants one.
cd "$all"
mkdir -p .before
pivot_root . .before
umount -l /.before
# In a container systemd leaves this to whoever made it; credentials come to the units this way.
mount --make-rshared /
touch /mnt/told/prepared
exec env -i container=lykta PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /usr/lib/systemd/systemd --system --unit=story.service --show-status=no --log-target=null
INNER
cat "$folder/prepare.sh" >>"$folder/enter.sh"

say "Starting the package under a systemd of its own (about a minute)."
# A systemd that hangs must not: everything in its namespace ends with it.
timeout --kill-after=5 180 "${alone[@]}" bash "$folder/enter.sh" "$folder" >"$folder/log" 2>&1 || true
cat "$folder/told/said" >&2
# Installed, and then no systemd; or one that may not give units what ours asks for.
[ ! -e "$folder/told/prepared" ] || [ -s "$folder/told/said" ] ||
    not_tried "No systemd comes up in namespaces here: $(tail -n 1 "$folder/log")"
! grep -q '^Not given here\.$' "$folder/told/said" || not_tried 'This machine gives units no such sandbox.'
grep -q '^All of it\.$' "$folder/told/said" || { tail -n 30 "$folder/log" >&2; stop "It did not come to its end."; }
