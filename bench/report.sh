#!/usr/bin/env bash
# Makes the whole report anew: measures, then writes results/, README.md beside this file
# and the table in the project's README. Takes 35 to 40 minutes on two cores, which should have
# nothing else to do. Needs what README.md says, Python with venv for the peers that are
# not in Go, and pip and npm once, for the titles.
#
#   bench/report.sh          everything
#   bench/report.sh STEP...  some steps: million ten hidden small features words render
set -euo pipefail
cd "$(dirname "$0")"

runs=${BENCH_RUNS:-/tmp/sessiondex-report} # what the steps leave for each other
mkdir -p "$runs"

do_million() { go run . -n 1M -budget 200ms -most 3m -load 9m -out "$runs/million"; }
do_ten() { go run . -n 10M -only sessiondex -budget 500ms -most 8m -load 10m -out "$runs/ten"; }
do_hidden() { go run . -n 1M -preset hidden -only slice,sessiondex,sqlite-mattn,duckdb -budget 100ms -most 2m -out "$runs/hidden"; }
do_small() { go run . -n 10k,100k -budget 50ms -most 40s -out "$runs/small"; }
do_features() { go run . -features -n 1M -titles "$(go run ./titles all)" -readme README.md; }
do_words() {
	python3 -m venv "$runs/venv"
	"$runs/venv/bin/pip" install --quiet --disable-pip-version-check tantivy
	BENCH_PYTHON="$runs/venv/bin/python" go run . -words -n 1M -titles "$(go run ./titles all)" -readme README.md
}
do_render() {
	go run . -render "$runs/small/results.json,$runs/million/results.json,$runs/hidden/results.json,$runs/ten/results.json" \
		-out results -readme README.md -root ../README.md
}

steps=(million ten hidden small features words render)
if [ $# -gt 0 ]; then steps=("$@"); fi
for step in "${steps[@]}"; do
	declare -F "do_$step" >/dev/null || { echo "no step $step" >&2; exit 2; }
done
for step in "${steps[@]}"; do
	echo "== $step (${SECONDS}s)" >&2
	"do_$step" >"$runs/$step.log"
done
echo "done in ${SECONDS}s" >&2
