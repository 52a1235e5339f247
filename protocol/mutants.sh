#!/usr/bin/env bash
# Mutation testing: changes one line at a time and asks whether a test notices. `.cargo/mutants.toml` says what
# is left out, and why.
#
#   mutants.sh all [CRATE...]   whole crates (lykta-e2ee lykta-trust); about an hour each. UPDATE_MUTANTS=1
#                               writes the table into MUTANTS.md beside this script
#   mutants.sh changed          the lines of these crates that the last commit or the working tree changed, for
#                               ten minutes at most; a second when there are none
#
# Exit status: 0 when no mutant that was tried survived; 1 when one did, or ran into its time limit; 2 when it
# could not run.
set -euo pipefail

version=27.1.0
crates=(lykta-e2ee lykta-trust)
# Seconds for `changed`.
limit=${MUTANTS_SECONDS:-600}

cd "$(dirname "${BASH_SOURCE[0]}")/.."
tool=$PWD/target/tools/bin/cargo-mutants
out=$PWD/target/mutants
die() { printf 'mutants: %s\n' "$*" >&2; exit 2; }

install() {
	[[ "$("$tool" mutants --version 2>/dev/null)" == *" $version" ]] && return
	printf 'Building cargo-mutants %s (about 3 minutes, once).\n' "$version" >&2
	env -u CARGO_TARGET_DIR cargo install cargo-mutants --version "$version" --locked --root target/tools >&2 ||
		die 'cargo-mutants could not be built'
}

# One at a time and last in line for the processor; in a folder of its own, so that what is built of the
# dependencies serves the next run too.
mutate() {
	mkdir -p "$out"
	CARGO_TARGET_DIR=$out/build nice -n 15 "$tool" mutants -j1 --no-shuffle --colors never --output "$out" "$@" >&2
}

# Lines of an outcome of one file; nothing when there are none.
count() { awk -F: -v file="$2" '$1 == file { n++ } END { print n + 0 }' "$out/mutants.out/$1.txt"; }

# One row per file, and the sum.
table() {
	local file row sum=(0 0 0 0)
	printf '| file | caught | missed | out of time | does not compile |\n|---|---|---|---|---|\n'
	while read -r file; do
		row=("$(count caught "$file")" "$(count missed "$file")" "$(count timeout "$file")" "$(count unviable "$file")")
		printf '| `%s` | %s | %s | %s | %s |\n' "${file#protocol/}" "${row[@]}"
		for at in 0 1 2 3; do sum[at]=$((sum[at] + row[at])); done
	done < <(cat "$out"/mutants.out/{caught,missed,timeout,unviable}.txt | cut -d: -f1 | sort -u)
	printf '| all | %s | %s | %s | %s |\n' "${sum[@]}"
}

# What survived, by name.
verdict() {
	local survivors
	survivors=$(cat "$out"/mutants.out/{missed,timeout}.txt)
	[[ -z $survivors ]] && return
	printf '\nSurvivors:\n%s\n' "$survivors"
	return 1
}

all() {
	local chosen=("$@") packages=()
	((${#chosen[@]} > 0)) || chosen=("${crates[@]}")
	for crate in "${chosen[@]}"; do packages+=(--package "$crate"); done
	install
	# 2 and 3: some were missed or ran out of time. Anything else is not an answer.
	mutate "${packages[@]}" || [[ $? == [23] ]] || die 'cargo-mutants could not run'
	table
	if [[ -n ${UPDATE_MUTANTS:-} ]]; then
		{ sed '/^| file |/,$d' protocol/MUTANTS.md; table; } >"$out/MUTANTS.md"
		mv "$out/MUTANTS.md" protocol/MUTANTS.md
	fi
	verdict
}

changed() {
	local diff=$out/changed.diff since=HEAD status=0 tried
	mkdir -p "$out"
	git rev-parse --is-inside-work-tree >/dev/null 2>&1 || { printf 'no history here: nothing to compare with\n'; return; }
	git rev-parse --verify --quiet HEAD~1 >/dev/null && since=HEAD~1
	git diff "$since" -- "${crates[@]/#lykta-/protocol/}" >"$diff"
	if ! grep -q '^+++ b/protocol/[a-z0-9]*/src/' "$diff"; then
		printf 'no line of %s changed since the last commit\n' "${crates[*]}"
		return
	fi
	install
	timeout --signal=INT "$limit" "${BASH_SOURCE[0]}" in-diff "$diff" || status=$?
	[[ -f $out/mutants.out/caught.txt ]] || die 'cargo-mutants could not run'
	tried=$(cat "$out"/mutants.out/{caught,missed,timeout,unviable}.txt | wc -l)
	case $status in
	0 | 2 | 3) table ;;
	124) printf '%s tried in %s s, not all of them\n' "$tried" "$limit"; table ;;
	*) die "cargo-mutants ended with $status" ;;
	esac
	verdict
}

case ${1:-} in
all) shift; all "$@" ;;
changed) changed ;;
# For itself: `timeout` can end a program, not a function.
in-diff) rm -rf "$out/mutants.out"; mutate "${crates[@]/#/--package=}" --in-diff "$2" ;;
*) die 'usage: mutants.sh all [CRATE...] | changed' ;;
esac
