#!/usr/bin/env bash
# Compares the speed of two commits, with statistics:
#
#   bench/compare.sh OLD NEW [PATTERN]
#
# OLD and NEW are anything that git calls a commit. The benchmarks of the root
# package whose names match PATTERN (default List|Put|Load|Search) are run in turn,
# old, new, old, new, …, so that whatever else the machine does weighs on both; then
# benchstat tells which differences are more than noise.
#
# SESSIONS (default 100000) is the size of the store, ROUNDS (default 6) how often
# each is run: fewer than six say little.
set -euo pipefail
if [ $# -lt 2 ] || [ $# -gt 3 ]; then
	sed -n '2,/^set/p' "$0" | grep '^#' | cut -c3- >&2
	exit 2
fi
pattern=${3:-List|Put|Load|Search}
sessions=${SESSIONS:-100000}
rounds=${ROUNDS:-6}
benchstat=golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da

cd "$(dirname "$0")/.."
repository=$PWD
work=$(mktemp -d)
clean() {
	rm -rf "$work"
	git -C "$repository" worktree prune
}
trap clean EXIT

build() { # COMMIT SIDE
	git worktree add --quiet --detach "$work/$2" "$1"
	(cd "$work/$2" && go test -c -o "$work/$2.test" .)
}
build "$1" old
build "$2" new
for round in $(seq "$rounds"); do
	for side in old new; do
		echo "round $round of $rounds, $side" >&2
		(cd "$work/$side" && "$work/$side.test" -test.run '^$' -test.bench "$pattern" -test.benchmem -test.timeout 1h -sessions "$sessions") >>"$work/$side.txt"
	done
done
cd "$work" && go run "$benchstat" old.txt new.txt
