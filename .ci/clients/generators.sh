#!/usr/bin/env bash
# Has four generators make clients from the document that a server serves with writes and
# login, compiles what they make, and has each client list, get, patch, put, delete and log
# in, and be refused. Needs Go, Python 3 with venv, and Node with npm.
set -euo pipefail
cd "$(dirname "$0")/../.."

python_client=openapi-python-client==0.29.1
typescript=(openapi-typescript@7.13.0 openapi-fetch@0.17.0 typescript@5.9.3 @hey-api/openapi-ts@0.99.0 esbuild@0.28.2 @types/node@22.20.1)

. .ci/serve.sh
programs="$PWD/.ci/clients/generators"

start_server --data testdata/sessions.jsonl
export SESSIONDEX_URL="http://$addr"
curl -sf "$SESSIONDEX_URL/openapi.json" >"$work/openapi.json"

# What is installed for Python and Node meanwhile.
(python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check "$python_client") &
python=$!
(cd "$work" && npm install --silent --no-audit --no-fund "${typescript[@]}" >/dev/null) &
node=$!

echo "oapi-codegen (Go)"
mkdir "$work/go" "$work/go/client"
cp internal/clienttest/go.mod internal/clienttest/go.sum internal/clienttest/client/config.yaml "$work/go"
cp "$programs/main.go.txt" "$work/go/main.go"
(
	cd "$work/go"
	go mod edit -module generated -replace "github.com/sessiondex/sessiondex=$OLDPWD"
	go tool oapi-codegen -config config.yaml -o client/client.go ../openapi.json
	go run -mod=mod .
)

wait "$python"
echo "openapi-python-client (Python)"
(
	cd "$work"
	venv/bin/openapi-python-client generate --path openapi.json --output-path generated --meta none >python.log 2>&1
	venv/bin/python -m compileall -q generated
	PYTHONPATH="$work" venv/bin/python "$programs/client.py"
)

wait "$node"
cd "$work"
cp "$programs"/*.ts .
npx openapi-typescript openapi.json -o schema.ts >typescript.log
npx openapi-ts -i openapi.json -o hey-client -c @hey-api/client-fetch >hey.log
npx tsc --noEmit --strict --noUncheckedIndexedAccess --target es2022 --module esnext --moduleResolution bundler --skipLibCheck fetch.ts hey.ts
npx esbuild fetch.ts hey.ts --bundle --platform=node --format=esm --out-extension:.js=.mjs --outdir=js --log-level=warning
echo "openapi-typescript with openapi-fetch (TypeScript)"
node js/fetch.mjs
echo "hey-api (TypeScript)"
node js/hey.mjs
