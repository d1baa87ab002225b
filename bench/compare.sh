#!/usr/bin/env bash
# Compares the speed of two commits.
#
#   bench/compare.sh                      the gate
#   bench/compare.sh OLD NEW [PATTERN]    statistics
#
# The gate holds the working tree against the commit that bench/baseline names: each side
# runs its own BenchmarkGate, in turn, and the newer one fails if it allocates more, or if
# three batches find the same benchmark more than 15 % slower. See bench/gate.
#
# Otherwise OLD and NEW are anything that git calls a commit. The benchmarks of the root
# package whose names match PATTERN (default List|Put|Load|Search) are run in turn,
# old, new, old, new, …, so that whatever else the machine does weighs on both; then
# benchstat tells which differences are more than noise. SESSIONS (default 100000) is the
# size of the store, ROUNDS (default 6) how often each is run: fewer than six say little.
set -euo pipefail
if [ $# -eq 1 ] || [ $# -gt 3 ]; then
	sed -n '2,/^set/p' "$0" | grep '^#' | cut -c3- >&2
	exit 2
fi

cd "$(dirname "$0")/.."
repository=$PWD
work=$(mktemp -d)
clean() {
	rm -rf "$work"
	git -C "$repository" worktree prune
}
trap clean EXIT

checkout() { # COMMIT SIDE
	git cat-file -e "$1^{commit}" 2>/dev/null || {
		echo "compare: commit $1 is not in this clone; fetch the whole history" >&2
		exit 2
	}
	git worktree add --quiet --detach "$work/$2" "$1"
}
build() { # FOLDER SIDE
	(cd "$1" && go test -c -o "$work/$2.test" .)
}

if [ $# -eq 0 ]; then
	baseline=$(grep -v '^#' bench/baseline)
	echo "against $(git log -1 --format='%h, %s' "$baseline" 2>/dev/null || echo "$baseline")"
	checkout "$baseline" old
	build "$work/old" old
	build "$repository" new
	cd bench
	go run ./gate "$work/old.test" "$work/new.test"
	exit
fi

pattern=${3:-List|Put|Load|Search}
sessions=${SESSIONS:-100000}
rounds=${ROUNDS:-6}
benchstat=golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da
checkout "$1" old
checkout "$2" new
build "$work/old" old
build "$work/new" new
for round in $(seq "$rounds"); do
	for side in old new; do
		echo "round $round of $rounds, $side" >&2
		(cd "$work/$side" && "$work/$side.test" -test.run '^$' -test.bench "$pattern" -test.benchmem -test.timeout 1h -sessions "$sessions") >>"$work/$side.txt"
	done
done
cd "$work" && go run "$benchstat" old.txt new.txt
