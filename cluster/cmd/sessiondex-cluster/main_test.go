package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// command runs a command line, and returns its status and what it wrote.
func command(t *testing.T, in string, args ...string) (status int, out string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	var b bytes.Buffer
	status = run(ctx, args, stdio{strings.NewReader(in), &b, &b})
	return status, b.String()
}

// The README begins with this demo.
func TestTheDemoShowsAWriteOnOneNodeOnTheOther(t *testing.T) {
	status, out := command(t, "", "demo", "--once", "--port", "0")
	require.Zero(t, status, out)
	assert.Regexp(t, `put "Hello 1 from node-2" on node-2: on a majority of the servers .*; first in the list of node-1 after`, out)
}

// output can be read while it is written.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// serving runs serve until the test ends it, and returns its address.
func serving(t *testing.T, args ...string) (url string, end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var out output
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{"serve", "--addr", "127.0.0.1:0", "--api-key", "k", "--write"}, args...), stdio{strings.NewReader(""), io.Discard, &out})
	}()
	t.Cleanup(cancel)
	address := regexp.MustCompile(`addr=(127\.0\.0\.1:\d+)`)
	require.Eventually(t, func() bool { return address.MatchString(out.String()) }, 30*time.Second, 5*time.Millisecond, "it does not serve")
	return "http://" + address.FindStringSubmatch(out.String())[1], func() {
		cancel()
		require.Zero(t, <-done, out.String())
	}
}

func ask(t *testing.T, method, url, body string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("X-API-KEY", "k")
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(b)
}

// TestFromImportToRestore is an operator's work with one node, from start to end.
func TestFromImportToRestore(t *testing.T) {
	dir := t.TempDir()
	s, err := startServers(filepath.Join(dir, "first"), 1)
	require.NoError(t, err)
	defer s.stop()
	at := []string{"--nats", s.urls(), "--replicas", "1"}
	lines := `{"id":"a","title":"From a file","workspace_id":"w","created_at":"2026-05-01","updated_at":"2026-05-01"}` + "\n"
	status, out := command(t, lines, append([]string{"import", "-"}, at...)...)
	require.Zero(t, status, out)
	assert.Contains(t, out, "1 session imported")
	status, out = command(t, lines+"nonsense\n", append([]string{"import", "-"}, at...)...)
	assert.Equal(t, 1, status)
	assert.Contains(t, out, "-: line 2")

	db := filepath.Join(dir, "node.db")
	url, end := serving(t, append(at, "--db", db, "--name", "one", "--field", "tags:keyword")...)
	other, endOther := serving(t, append(at, "--name", "two")...)
	code, body := ask(t, "PUT", url+"/api/v0/sessions/b", `{"title":"Over HTTP","tags":["x"]}`)
	require.Equal(t, http.StatusCreated, code, body)
	require.Eventually(t, func() bool {
		_, list := ask(t, "GET", other+"/api/v0/sessions", "")
		return strings.Contains(list, "Over HTTP") && strings.Contains(list, "From a file")
	}, 20*time.Second, 5*time.Millisecond)
	code, body = ask(t, "GET", url+"/", "")
	assert.Equal(t, http.StatusOK, code)
	assert.Contains(t, body, "<title>")

	status, out = command(t, "", append([]string{"status"}, at...)...)
	require.Zero(t, status, out)
	for _, want := range []string{"stream     SESSIONS", "node       one, fields", "node       two, fields", "nodes declare different fields", "can't be seen with these credentials"} {
		assert.Contains(t, out, want)
	}
	endOther()
	end()
	status, out = command(t, "", append([]string{"restore", "--db", db}, at...)...)
	assert.Equal(t, 1, status)
	assert.Contains(t, out, "a stream is restored only where there is none")

	// The servers are lost, with all that they had.
	again, err := startServers(filepath.Join(dir, "second"), 1)
	require.NoError(t, err)
	defer again.stop()
	at[1] = again.urls()
	status, out = command(t, "", append([]string{"restore", "--db", db}, at...)...)
	require.Zero(t, status, out)
	assert.Contains(t, out, "2 of 2 sessions")
	url, end = serving(t, append(at, "--db", db)...)
	_, list := ask(t, "GET", url+"/api/v0/sessions", "")
	assert.Contains(t, list, `"total":2`)
	end()
}

func TestFaultyArgumentsAreNamed(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"serve"}, "nobody could be let in"},
		{[]string{"serve", "--api-key", "k", "--partitions", "3-1"}, `--partitions: "3-1" is neither a partition nor a range of them`},
		{[]string{"serve", "--api-key", "k", "--field", "x:nothing"}, "--field"},
		{[]string{"serve", "x"}, `unexpected argument "x"`},
		{[]string{"import"}, "the file to import is missing"},
		{[]string{"restore"}, "--db is missing"},
		{[]string{"nothing"}, "nothing"},
		{[]string{"status", "--nothing"}, "nothing"},
	} {
		status, out := command(t, "", c.args...)
		assert.Equal(t, 2, status, "%v", c.args)
		assert.Contains(t, out, c.want, "%v", c.args)
	}
	status, out := command(t, "", "status", "--nats", "nats://127.0.0.1:1")
	assert.Equal(t, 1, status)
	assert.Contains(t, out, "connecting to nats://127.0.0.1:1")
}

func TestParsePartitions(t *testing.T) {
	p, err := parsePartitions("0, 2,8-10")
	require.NoError(t, err)
	assert.Equal(t, []int{0, 2, 8, 9, 10}, p)
	for _, bad := range []string{"x", "1-", "-1", "1,,2", "0-99999999999"} {
		_, err := parsePartitions(bad)
		assert.Error(t, err, bad)
	}
}

func TestTheServersOfTheComposeFileForceEveryWrite(t *testing.T) {
	t.Setenv("SERVER_NAME", "nats-1")
	o, err := server.ProcessConfigFile(filepath.Join("..", "..", "nats.conf"))
	require.NoError(t, err)
	assert.True(t, o.JetStream)
	assert.True(t, o.SyncAlways)
	assert.Equal(t, "sessions", o.Cluster.Name)
	assert.Len(t, o.Routes, 3)
	text, err := os.ReadFile(filepath.Join("..", "..", "compose.yaml"))
	require.NoError(t, err)
	for _, r := range o.Routes {
		assert.Contains(t, string(text), "  "+r.Hostname()+":\n", "a server of the compose file")
	}
}
