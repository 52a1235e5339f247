#!/usr/bin/env bash
# Runs the Verifpal models of this folder and compares every verdict with expected.toml.
#
#   run.sh install        builds the pinned Verifpal into target/tools (once, about four minutes)
#   run.sh quick          every model that is fast enough, with as many sessions as stay fast
#   run.sh all            every model with the full number of sessions
#   run.sh NAME...        these models with the full number of sessions, traces and all
#
# Exit status: 0 when every verdict is the expected one; 1 when any differs (a control that passes counts as
# much as a model that fails), when a query or a model is missing on either side, or when Verifpal gave up a
# part of its search; 2 when it cannot run at all.
set -euo pipefail

# Verdicts belong to one version: a newer one may search differently.
version=1.6.7
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$(cd "$here/../.." && pwd)/target/tools
verifpal=${VERIFPAL:-$tools/bin/verifpal}
table=$here/expected.toml
# Seconds one model may take before it counts as different.
limit=${MODEL_SECONDS:-3600}
# One core, so that a machine stays usable; the verdicts do not depend on it.
export VERIFPAL_THREADS=${VERIFPAL_THREADS:-1}
# A log should look the same wherever it is written.
export LC_ALL=C NO_COLOR=1

die() { printf 'model: %s\n' "$*" >&2; exit 2; }

is_installed() { [[ -x $verifpal && $("$verifpal" --version 2>&1) == *"$version"* ]]; }

install() {
	is_installed && return
	# The crate asks for a newer compiler than it needs.
	# Away from the project's own build folder, which somebody may be building in.
	env -u CARGO_TARGET_DIR cargo install verifpal --version "$version" --locked --ignore-rust-version --root "$tools"
}

# The value of KEY of MODEL in the table.
setting() {
	awk -v model="[$1]" -v key="$2" '
		/^\[/ { here = ($0 == model) }
		here && $1 == key && $2 == "=" { gsub(/"/, "", $3); print $3 }' "$table"
}

# "expected<TAB>query" for each query of MODEL in the table.
expectations() {
	awk -v model="[$1]" '
		/^\[/ { here = ($0 == model) }
		here && /^"/ { split($0, part, "\""); print part[4] "\t" part[2] }' "$table"
}

# "verdict<TAB>query" for each query in Verifpal's report on standard input.
verdicts() {
	sed -nE 's/^ *(PASS|FAIL) [+x] ([a-z]+\? .*)$/\1\t\2/p' |
		sed -E 's/ +\[search [^]]*\]$//; s/^PASS/pass/; s/^FAIL/fail/'
}

differences=0
# model, sessions, time, expected, got, query.
row() { printf '%-34s %3s %7s  %-8s  %-9s  %s\n' "$@"; }
# model, sessions, time, what is wrong[, expected, got].
differ() {
	differences=$((differences + 1))
	row "$1" "$2" "$3" "${5:--}" "${6:-DIFFERENT}" "$4"
}

# Runs MODEL with SESSIONS; SHOW prints the whole report.
check() {
	local model=$1 sessions=$2 show=$3 report began seconds expected query got count=0
	local -A found=()
	[[ -f $here/$model.vp ]] || { differ "$model" - - 'no such file'; return; }
	began=$SECONDS
	report=$(cd "$here" && timeout "$limit" nice -n 15 "$verifpal" verify "$model.vp" \
		--sessions "$sessions" --quiet --color never 2>&1) || {
		seconds=$((SECONDS - began))
		[[ -z $show ]] || printf '%s\n' "$report"
		differ "$model" "$sessions" "${seconds}s" "Verifpal failed or took longer than ${limit} s"
		return
	}
	seconds=$((SECONDS - began))
	[[ -z $show ]] || printf '%s\n' "$report"
	if [[ $report == *'[search truncated'* ]]; then
		differ "$model" "$sessions" "${seconds}s" 'the search was cut short'
	fi
	while IFS=$'\t' read -r got query; do found[$query]=$got; done < <(verdicts <<<"$report")
	while IFS=$'\t' read -r expected query; do
		count=$((count + 1))
		got=${found[$query]:-missing}
		if ! grep -qF "//   $expected  $query - " "$here/$model.vp"; then
			differ "$model" "$sessions" '-' "$query: the comment of the model says something else"
		fi
		if [[ $got == "$expected" ]]; then
			row "$model" "$sessions" "${seconds}s" "$expected" "$got" "$query"
		elif [[ $got == pass ]]; then
			differ "$model" "$sessions" "${seconds}s" "$query: DIFFERENT, must not pass (blind model?)" fail pass
		elif [[ $got == fail ]]; then
			differ "$model" "$sessions" "${seconds}s" "$query: DIFFERENT, AN ATTACK; see: run.sh $model" pass fail
		else
			differ "$model" "$sessions" "${seconds}s" "$query: DIFFERENT, not answered" "$expected" missing
		fi
	done < <(expectations "$model")
	if ((count == 0)) || ((count != ${#found[@]})); then
		differ "$model" "$sessions" "${seconds}s" "${#found[@]} queries answered, $count expected"
	fi
	if [[ $(setting "$model" kind) == control && $'\n'$(expectations "$model") != *$'\nfail\t'* ]]; then
		differ "$model" - - 'a control that expects no failure controls nothing'
	fi
}

(($# > 0)) || die 'usage: run.sh install | quick | all | NAME...'
[[ $1 != install ]] || { install; exit; }
is_installed || die "no Verifpal $version at $verifpal (run.sh install)"

mapfile -t models < <(sed -nE 's/^\[([a-z0-9_]+)\]$/\1/p' "$table")
row model '  #' time expected got query
case $1 in
quick | all)
	for file in "$here"/*.vp; do
		name=$(basename "$file" .vp)
		[[ " ${models[*]} " == *" $name "* ]] || differ "$name" - - 'not in expected.toml'
	done
	for model in "${models[@]}"; do
		sessions=$(setting "$model" "$1")
		[[ $sessions =~ ^[0-9]+$ ]] || { differ "$model" - - "no number of sessions for $1"; continue; }
		((sessions == 0)) || check "$model" "$sessions" ''
	done
	;;
*)
	for model; do
		sessions=$(setting "$model" all)
		[[ -n $sessions ]] || die "$model is not in expected.toml"
		check "$model" "$sessions" show
	done
	;;
esac
if ((differences > 0)); then
	printf '\n%s differences from expected.toml\n' "$differences"
	exit 1
fi
printf '\nevery verdict is the expected one\n'
