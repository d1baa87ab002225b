#!/usr/bin/env bash
# Runs the commands that the README shows and checks what they print.
# Usage: .ci/readme.sh WORK_DIRECTORY
set -euo pipefail
cd "$(dirname "$0")/.."
work=$1
unset COLUMNS

fail() { echo "README: $1"; exit 1; }

out=$(go run ./cmd/sessiondex list --data testdata/sessions.jsonl --query review --state completed,failed --limit 10)
printf '%s\n' "$out"
[ "$(printf '%s\n' "$out" | wc -l)" = 13 ] || fail "the table should have 13 lines"
grep -q '^1–10 of 64 ' <<<"$out" || fail "the footer should begin with 1–10 of 64"
# Everything but the ages, which count from today, must stand in the README.
printf '%s\n' "$out" | sed -n '2,11s/ *[0-9a-z]* ago$//p' | while IFS= read -r row; do
	grep -qF -- "$row" README.md || fail "the README lacks the row: $row"
done

go build -o "$work/sessiondex" ./cmd/sessiondex
db=$work/demo.db
"$work/sessiondex" import --db "$db" testdata/sessions.jsonl
"$work/sessiondex" list --db "$db" --limit 3
# A server that is killed leaves the file as it was.
"$work/sessiondex" serve --db "$db" --addr 127.0.0.1:0 --api-key demo >"$work/serve.log" 2>&1 &
server=$!
for _ in $(seq 100); do grep -q 'addr=' "$work/serve.log" && break; sleep 0.1; done
port=$(sed -n 's/.*addr=127.0.0.1:\([0-9]*\).*/\1/p' "$work/serve.log" | head -n 1)
[ -n "$port" ] || { cat "$work/serve.log"; fail "serve does not say where it listens"; }
params='query=review&state=completed,failed&limit=2'
curl -sf -H 'X-API-KEY: demo' "http://127.0.0.1:$port/api/v0/sessions?$params" >"$work/served.json"
kill -9 "$server"
wait "$server" 2>/dev/null || true
"$work/sessiondex" list --data testdata/sessions.jsonl --query review --state completed,failed --limit 2 --format json >"$work/listed.json"
cmp "$work/served.json" "$work/listed.json" || fail "the endpoint and list --format json differ"
"$work/sessiondex" list --db "$db" --limit 3
"$work/sessiondex" verify --db "$db"
