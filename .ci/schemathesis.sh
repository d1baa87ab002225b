#!/usr/bin/env bash
# Runs schemathesis' whole suite (every check, every phase) against /openapi.json
# of a live server that takes writes, for about a minute, and then of one with declared
# fields, and fails on any finding. What it writes is kept in memory only. Needs Go and Python 3 with venv; SCHEMATHESIS_SEED
# reproduces a run.
set -euo pipefail
cd "$(dirname "$0")/.."

version=4.32.5
seed=${SCHEMATHESIS_SEED:-20260101}
seconds=${SCHEMATHESIS_SECONDS:-60}

work=$(mktemp -d)
server=
finish() {
	status=$?
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null || true
		wait "$server" || { echo "serve did not end well on SIGTERM" >&2; status=1; }
	fi
	if [ "$status" -ne 0 ]; then
		echo "--- last lines of the server's log" >&2
		tail -n 20 "$work/serve.log" >&2 || true
	fi
	rm -rf "$work"
	exit "$status"
}
trap finish EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"

go build -o "$work/sessiondex" ./cmd/sessiondex

# suite FLAG... runs it against a server with these flags.
suite() {
	"$work/sessiondex" serve --data testdata/sessions.jsonl --write --api-key demo --addr 127.0.0.1:0 "$@" 2>"$work/serve.log" &
	server=$!
	local addr=
	for _ in $(seq 300); do
		addr=$(sed -n 's/.*msg=serving addr=//p' "$work/serve.log")
		[ -n "$addr" ] && break
		kill -0 "$server" 2>/dev/null || exit 1
		sleep 0.1
	done
	[ -n "$addr" ] || { echo "serve did not start within 30 s" >&2; exit 1; }

	# A work directory of its own: schemathesis leaves files where it runs.
	local config="$PWD/.ci/schemathesis.toml"
	(cd "$work" && DEMO_KEY=demo venv/bin/schemathesis --config-file "$config" run "http://$addr/openapi.json" \
		--seed "$seed" --max-time "$seconds" --generation-database none --no-color)

	# Nothing that it sent may have been answered with a 5xx or logged as a failure.
	! grep -E 'level=ERROR|status=5' "$work/serve.log" || exit 1
	kill "$server"
	wait "$server" || { echo "serve did not end well on SIGTERM" >&2; exit 1; }
	server=
}

suite
# Fields of every type, whose parameters the document has then.
suite --field tags:keyword --field owner=created_by_id:keyword,sorted --field archived:flag,hidden --field pinned:flag \
	--field cost=total_cost_usd:number,sorted --field messages=num_messages:number --field due:time,sorted --field notes:text
