# To be sourced from the top of the tree by the checks that talk to a live server: makes
# the folder $work with the command in it, and takes both away at the end.

work=$(mktemp -d)
server=
finish() {
	local status=$?
	stop_server || status=1
	if [ "$status" -ne 0 ]; then
		echo "--- last lines of the logs" >&2
		tail -n 20 "$work"/*.log >&2 || true
	fi
	rm -rf "$work"
	exit "$status"
}
trap finish EXIT

go build -o "$work/sessiondex" ./cmd/sessiondex

# start_server FLAG...: serves, with writes and the key demo, at $addr; the log is
# $work/serve.log.
start_server() {
	: >"$work/serve.log" # there from the beginning, since it is read at once
	"$work/sessiondex" serve --write --api-key demo --addr 127.0.0.1:0 "$@" 2>"$work/serve.log" &
	server=$!
	addr=
	local tries
	for tries in $(seq 300); do
		addr=$(sed -n 's/.*msg=serving addr=\([^ ]*\).*/\1/p' "$work/serve.log" | head -n 1)
		[ -z "$addr" ] || return 0
		kill -0 "$server" 2>/dev/null || return 1
		sleep 0.1
	done
	echo "serve did not start within 30 s" >&2
	return 1
}

# stop_server ends it, which must succeed.
stop_server() {
	[ -n "$server" ] || return 0
	local ends=$server
	server=
	kill "$ends" 2>/dev/null || true
	wait "$ends" || { echo "serve did not end well on SIGTERM" >&2; return 1; }
}
