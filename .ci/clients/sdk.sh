#!/usr/bin/env bash
# Runs the public API's own Python SDK, unmodified, against a live server: on the sample,
# on generated sessions, and on sessions that a Go program put with as little as is allowed
# and with members of other types than the public ones. Then has strict JSON parsers read
# every page. Needs Go and Python 3 with venv.
set -euo pipefail
cd "$(dirname "$0")/../.."

versions=(0.1.2352 0.1.2200 0.1.1800) # of the SDK; the newest first
strict=(orjson==3.13.0 msgspec==0.22.0 jiter==0.19.0)

. .ci/serve.sh

python3 -m venv "$work/venv"
pip=("$work/venv/bin/pip" install --quiet --disable-pip-version-check)
"${pip[@]}" "athenaintel==${versions[0]}" "${strict[@]}"
for version in "${versions[@]}"; do
	"${pip[@]}" --no-deps --target "$work/sdk-$version" "athenaintel==$version"
done

"$work/sessiondex" generate --n 1000 --seed 7 >"$work/generated.jsonl"
go run ./.ci/clients/sdk "$work/put.db"

# check WHAT SOURCE...: serves the source and runs check.py with every version.
check() {
	local what=$1 version
	shift
	start_server "$@"
	for version in "${versions[@]}"; do
		PYTHONPATH="$work/sdk-$version" "$work/venv/bin/python" .ci/clients/sdk/check.py "http://$addr" "$what" "$version"
	done
	stop_server
}

check sample --data testdata/sessions.jsonl
check generated --data "$work/generated.jsonl"
check put --db "$work/put.db"
