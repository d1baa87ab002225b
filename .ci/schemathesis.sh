#!/usr/bin/env bash
# Runs schemathesis' whole suite (every check, every phase) against /openapi.json of a live
# server that takes writes, and then of one with declared fields, and fails on any finding.
# It is the same search on every machine, but for calls that follow from answers: so many
# tries of each operation, from one seed.
# SCHEMATHESIS_SEED and SCHEMATHESIS_EXAMPLES ask for another one. What it writes is kept in
# memory only. Needs Go and Python 3 with venv.
set -euo pipefail
cd "$(dirname "$0")/.."

version=4.32.5
seed=${SCHEMATHESIS_SEED:-20260101}
examples=${SCHEMATHESIS_EXAMPLES:-200}

. .ci/serve.sh

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"

# search SEED FLAG... runs schemathesis, in a folder of its own, as it leaves files where it runs.
search() {
	local config="$PWD/.ci/schemathesis.toml" hooks="$PWD/.ci/schemathesis_hooks.py"
	(cd "$work" && DEMO_KEY=demo SCHEMATHESIS_HOOKS="$hooks" PYTHONDONTWRITEBYTECODE=1 venv/bin/schemathesis --config-file "$config" run "http://$addr/openapi.json" \
		--seed "$1" --max-examples "$examples" --generation-database none --no-color "${@:2}")
}

# suite FLAG... runs it against a server with these flags.
suite() {
	start_server --data testdata/sessions.jsonl "$@"

	search "$seed"
	# One search through calls that follow from each other soon gives up.
	local more
	for more in 1 2 3; do search $((seed + more)) --phases stateful; done

	# Nothing that it sent may have been answered with a 5xx or logged as a failure.
	! grep -E 'level=ERROR|status=5' "$work/serve.log" || exit 1
	stop_server
}

suite
# Fields of every type, whose parameters the document has then.
suite --field tags:keyword --field owner=created_by_id:keyword,sorted --field archived:flag,hidden --field pinned:flag \
	--field cost=total_cost_usd:number,sorted --field messages=num_messages:number --field due:time,sorted --field notes:text
