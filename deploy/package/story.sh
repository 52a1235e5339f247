#!/usr/bin/env bash
# What happens to the package under a running systemd, told inside booted.sh. Writes what it saw.
set -euo pipefail

fail() {
    echo "FAILED: $1"
    systemctl --no-pager --full status lykta.socket lykta.service || true
    journalctl --no-pager --unit lykta.service --lines 20 || true
    exit 1
}
is() { [ "$2" = "$3" ] || fail "$1 is $2, not $3"; }
answers() { curl --silent --max-time 5 --output /dev/null --write-out '%{http_code}' "http://127.0.0.1:8080/$1" || true; }
until_true() { # WHAT SECONDS COMMAND...
    local what=$1 end=$((SECONDS + $2))
    shift 2
    until "$@"; do
        [ $SECONDS -lt $end ] || fail "waited in vain: $what"
        sleep 0.1
    done
}
main() { systemctl show --property MainPID --value lykta.service; }
of_process() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$(main)/status"; }

is "process 1" "$(cat /proc/1/comm)" systemd
# The same sandbox around something that ends at once. Where the machine does not let a unit have it, it is no fault of ours.
sed -e 's|^Type=.*|Type=oneshot|' -e 's|^ExecStart=.*|ExecStart=/usr/bin/lykta --version|' \
    -e '/^\(Requires\|After\|Restart\|RestartSec\|WatchdogSec\)=/d' \
    "$(systemctl show --property FragmentPath --value lykta.service)" >/run/systemd/system/control.service
systemctl daemon-reload
systemctl start control.service || { echo 'Not given here.'; exit 0; }
systemctl enable --now lykta.socket lykta.service || fail "enable --now"
is "the service" "$(systemctl is-active lykta.service)" active
is "/ready" "$(answers ready)" 200
echo "Started with 'systemctl enable --now lykta.socket lykta.service'; systemd was told that it is ready."

[ "$(of_process Uid | cut -f 1)" -ge 61184 ] || fail "it runs as user $(of_process Uid)"
is "its rights" "$(of_process CapEff)$(of_process CapBnd)" 00000000000000000000000000000000
is "NoNewPrivs" "$(of_process NoNewPrivs)" 1
is "its filter of system calls" "$(of_process Seccomp)" 2
grep -q '^Max core file size  *0  *0 ' "/proc/$(main)/limits" || fail "it may dump its memory"
cgroup=/sys/fs/cgroup$(systemctl show --property ControlGroup --value lykta.service)
# Where the kernel that runs this has a memory controller.
[ ! -e "$cgroup/memory.swap.max" ] || is "swap" "$(cat "$cgroup/memory.swap.max")" 0
is "the state directory" "$(stat -c '%a' /var/lib/private/lykta)" 700
[ -e /var/lib/private/lykta/session-key ] || fail "it wrote no session key"
# Through its own eyes, with root's rights: nothing but itself may be executed there, so it is done from here.
writes() { (: >"/proc/$(main)/root$1") 2>/dev/null; }
for place in /usr/x /etc/x /var/x /var/lib/x /srv/x /x; do
    ! writes $place || fail "even root could write $place from where it stands"
done
writes /var/lib/private/lykta/x || fail "the state directory cannot be written"
rm /var/lib/private/lykta/x
echo "It is nobody's user, without rights, writes to its state directory and nowhere else, and leaves no core."

# Somebody knocks all the time. Who was being answered when it was killed heard nothing, and who knocked while it hung gave
# up after 5 s. But the door is never closed (7: refused), and nobody is answered with an error.
knock() { curl --silent --max-time 5 --output /dev/null --write-out '%{http_code} %{exitcode}\n' http://127.0.0.1:8080/health || true; }
somebody_knocks() {
    rm -f /run/enough
    : >/run/knocks
    while [ ! -e /run/enough ]; do knock >>/run/knocks; done &
    knocking=$!
}
nobody_was_refused() { # AT_LEAST
    touch /run/enough
    wait $knocking
    seen=$(sort /run/knocks | uniq -c | tr '\n' ',')
    ! grep -q -e ' 7$' -e '^[45]' /run/knocks || fail "some were refused: $seen"
    answered=$(grep -c '^200 0$' /run/knocks)
    [ "$answered" -ge "$1" ] || fail "hardly anybody was answered: $seen"
}

# Three restarts, a reload, a crash, a hang.
somebody_knocks
for _ in 1 2 3; do
    before=$(main)
    systemctl restart lykta.service
    [ "$(main)" != "$before" ] || fail "it was not restarted"
done
before=$(main)
systemctl reload lykta.service
is "the same process after a reload" "$(main)" "$before"
kill -KILL "$before"
again() { [ "$(main)" != 0 ] && [ "$(main)" != "$before" ] && [ "$(answers ready)" = 200 ]; }
until_true "it is started again after a crash" 20 again
before=$(main)
frozen=$SECONDS
kill -STOP "$before"
until_true "the watchdog starts it again" 60 again
echo "It was started again $((SECONDS - frozen)) s after it hung."
nobody_was_refused 10
echo "Restarted, reloaded, killed and hung: $answered knocks were answered, none refused."

# deploy/README.md, "Update": looked at before it runs, installed over the running one, and the way back.
package=$(ls /srv/story/lykta_*.deb)
dpkg-deb -R "$package" /srv/story/newer
sed -i 's/^Version: .*/&+1/' /srv/story/newer/DEBIAN/control
dpkg-deb -b /srv/story/newer /srv/story/newer.deb >/dev/null
dpkg -x /srv/story/newer.deb /srv/story/looked-at
checked=$(/srv/story/looked-at/usr/bin/lykta check /etc/lykta/centre.toml 2>&1) || fail "check: $checked"
somebody_knocks
for other in /srv/story/newer.deb "$package"; do
    before=$(main)
    dpkg --log=/dev/null --force-depends -i "$other" >/dev/null 2>&1 || fail "dpkg -i $other"
    until_true "it runs again after dpkg -i $other" 20 again
done
nobody_was_refused 2
echo "Updated and taken back under the running systemd: $answered knocks were answered, none refused."

systemd-analyze security --no-pager lykta.service | tail -n 1

dpkg --log=/dev/null --force-depends -r lykta >/dev/null || fail "dpkg -r"
is "/health after it was removed" "$(answers health)" 000
[ -e /var/lib/private/lykta/session-key ] || fail "removing took the state directory"
dpkg --log=/dev/null --force-depends -P lykta >/dev/null || fail "dpkg -P"
[ ! -e /var/lib/private/lykta ] || fail "purging left the state directory"
echo "Removed under the running systemd: stopped, the state kept; purged: gone."
echo "All of it."
