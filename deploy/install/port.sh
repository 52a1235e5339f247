#!/usr/bin/env bash
# Says so at once, before minutes of building, when a port cannot be had.
#
#   port.sh PORT
set -euo pipefail
. "$(dirname "$0")/common.sh"

port=$1
[[ $port =~ ^[0-9]{1,5}$ ]] && [ "$port" -ge 1 ] && [ "$port" -le 65535 ] ||
    stop "PORT=$port is not a port: it is a number from 1 to 65535, for example PORT=8081."
# The subshell's redirection succeeds only if somebody answers.
if (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    other=$((port < 65535 ? port + 1 : 8080))
    stop "Port $port is taken by another program: end that one, or choose another, 'make run PORT=$other'."
fi
