#!/usr/bin/env bash
# Runs parts of a long command one after the other, each as `make part-NAME`, and ends with the time of each.
#
#   parts.sh FIRST... -- REST...
#
# When one of FIRST fails the rest would fail for the same reason, so it stops there. The others all run, so
# that one look shows everything that is wrong. Exit 0 only if every part passed.
set -uo pipefail
. "$(dirname "$0")/common.sh"

table=()
failed=0
stopped=no
needed=yes

line() { printf '  %-10s %6s s  %s' "$1" "$2" "$3"; }
for part in "$@"; do
    if [ "$part" = -- ]; then
        needed=no
        continue
    fi
    if [ "$stopped" = yes ]; then
        table+=("$(line "$part" 0 'not run')")
        continue
    fi
    say ""
    say "=== $part"
    started=$SECONDS
    if "${MAKE:-make}" --no-print-directory "part-$part" </dev/null; then
        result=passed
    else
        result=FAILED
        failed=$((failed + 1))
        stopped=$needed
    fi
    table+=("$(line "$part" $((SECONDS - started)) "$result")")
    say "=== $part $result after $((SECONDS - started)) s"
done

say ""
printf '%s\n' "${table[@]}"
line all "$SECONDS" "$([ "$failed" = 0 ] && echo passed || echo "$failed FAILED")"
echo
[ "$failed" = 0 ]
