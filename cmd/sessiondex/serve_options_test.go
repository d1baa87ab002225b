package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Requests that come while it loads are answered afterwards.
func TestServeReportsThatItIsLoading(t *testing.T) {
	in, w := io.Pipe()
	s := startServeWith(t, in, "--data", "-", "--allow-anonymous")
	status, body := ask(t, s.url+"/readyz")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Equal(t, "{\"status\":\"loading\"}\n", body)
	status, _ = ask(t, s.url+"/healthz")
	assert.Equal(t, http.StatusOK, status)
	early := make(chan string)
	go func() {
		_, body := ask(t, s.url+"/api/v0/sessions")
		early <- body
	}()
	_, err := io.WriteString(w, aLine("a", "one"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	assert.Contains(t, <-early, `"total":1}`)
	status, body = ask(t, s.url+"/readyz")
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "{\"status\":\"ready\"}\n", body)
	status, _ = send(t, http.DefaultClient, http.MethodPost, s.url+"/readyz")
	assert.Equal(t, http.StatusMethodNotAllowed, status)
	s.end()
	assert.Equal(t, 0, s.wait(t))
}

func TestServeEndsWithTheReasonIfLoadingFails(t *testing.T) {
	in, w := io.Pipe()
	s := startServeWith(t, in, "--data", "-", "--allow-anonymous")
	_, err := io.WriteString(w, "nonsense\n")
	require.NoError(t, err)
	assert.Equal(t, 1, s.wait(t))
	assert.Contains(t, s.log.String(), "standard input: line 1: invalid session")
}

// send makes a request through a client.
func send(t *testing.T, client *http.Client, method, url string, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(body)
}

func TestKeysSeeWhatTheirLineSays(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	for i, at := range []string{"w1/a1", "w1/a2", "w2/a1", "w3/a1"} {
		workspace, app, _ := strings.Cut(at, "/")
		text.WriteString(strings.Replace(aLine(string(rune('a'+i)), at), "{", `{"workspace_id":"`+workspace+`","app_id":"`+app+`",`, 1) + "\n")
	}
	data := write(t, filepath.Join(dir, "in.jsonl"), text.String())
	file := write(t, filepath.Join(dir, "keys"), "# the keys\nall-of-it\none workspace=w1\n two\tworkspace=w1,w2 app=a1 # of CI\r\n'quoted key' app='a2'\n")
	s := startServe(t, "--data", data, "--api-key-file", file, "--api-key", "flag-key")
	seen := func(key string) string {
		status, body := ask(t, s.url+"/api/v0/sessions?sort_by=title&sort_direction=asc", "X-API-KEY", key)
		if status != http.StatusOK {
			return http.StatusText(status)
		}
		var ids string
		for _, id := range []string{"a", "b", "c", "d"} {
			if strings.Contains(body, `"id":"`+id+`"`) {
				ids += id
			}
		}
		return ids
	}
	for key, want := range map[string]string{"all-of-it": "abcd", "flag-key": "abcd", "one": "ab", "two": "ac", "quoted key": "b", "three": "Unauthorized", "": "Unauthorized"} {
		assert.Equal(t, want, seen(key), key)
	}
	status, _ := ask(t, s.url+"/api/v0/sessions/d", "X-API-KEY", "one")
	assert.Equal(t, http.StatusNotFound, status)
	for key, want := range map[string]int{"all-of-it": 200, "flag-key": 200, "one": 401, "none": 401} {
		status, _ := ask(t, s.url+"/metrics", "X-API-KEY", key)
		assert.Equal(t, want, status, key)
	}
	s.end()
	assert.Equal(t, 0, s.wait(t))

	for line, want := range map[string]string{
		"k colour=red": `line 1: "colour" is not known`, "k default=w3 workspace=w1": "default=w3 is not one of", "k name=": "wants one value", "k where=colour=red": "of a field that there is",
		"k where=limit=5": "of a field that there is", "k where=state=": "holds for every session", "k where=created_at[gte]=x": "valid datetime", "k workspace=": "would see nothing", "k workspace=a workspace=b": "stands twice", "k 'open": "is not closed",
		strings.Repeat("x", 5000): "5000 bytes long",
	} {
		status, _, errs := cli(t, "", "serve", "--data", data, "--api-key-file", write(t, file, line))
		assert.Equal(t, 2, status, line)
		assert.Contains(t, errs, want)
	}
}

func TestServeAnswersMetrics(t *testing.T) {
	s := startServe(t, "--data", sample, "--api-key", "demo", "--metrics-addr", "127.0.0.1:0")
	for range 3 {
		ask(t, s.url+"/api/v0/sessions", "X-API-KEY", "demo")
	}
	ask(t, s.url+"/api/v0/sessions/nobody", "X-API-KEY", "demo")
	ask(t, s.url+"/wp-login.php")
	status, body := ask(t, s.metrics+"/metrics")
	require.Equal(t, http.StatusOK, status)
	for _, line := range []string{
		"sessiondex_sessions 2000\n", "sessiondex_version 1\n", "go_goroutines ", "process_open_fds ",
		`sessiondex_http_request_duration_seconds_count{method="GET",route="/api/v0/sessions",status="200"} 3` + "\n",
		`sessiondex_http_request_duration_seconds_count{method="GET",route="/api/v0/sessions/{id}",status="404"} 1` + "\n",
		`route="other"`,
	} {
		assert.Contains(t, body, line)
	}
	assert.NotContains(t, body, "wp-login")
	assert.NotContains(t, body, "nobody")
	s.end()
	assert.Equal(t, 0, s.wait(t))
}

func TestMetricsCountQueriesByPlanWritesAndTransactions(t *testing.T) {
	db := imported(t, aLine("a", "one"), aLine("b", "two"))
	s := startServe(t, "--db", db, "--write", "--api-key", "demo", "--metrics-addr", "127.0.0.1:0")
	ask(t, s.url+"/api/v0/sessions", "X-API-KEY", "demo")
	ask(t, s.url+"/api/v0/sessions?cursor=nonsense", "X-API-KEY", "demo")
	ask(t, s.url+"/api/v0/session-facets", "X-API-KEY", "demo")
	for _, id := range []string{"a", "b"} {
		status, _ := send(t, http.DefaultClient, http.MethodPost, s.url+"/api/v0/sessions/"+id+"/read", "X-API-KEY", "demo")
		require.Equal(t, http.StatusOK, status)
	}
	_, body := ask(t, s.metrics+"/metrics")
	for _, line := range []string{
		`sessiondex_query_duration_seconds_count{op="List",plan="rank",result="ok"} 1`,
		`sessiondex_query_duration_seconds_count{op="List",plan="",result="error"} 1`,
		`sessiondex_query_duration_seconds_count{op="Facets",plan="",result="ok"} 1`,
		`sessiondex_write_duration_seconds_count{result="ok"} 2`, "sessiondex_written_sessions_total 2",
		`sessiondex_sync_duration_seconds_count{result="ok"} 2`, "sessiondex_synced_writes_total 2", "sessiondex_title_merges_total 0",
	} {
		assert.Contains(t, body, line+"\n")
	}
	assert.NotContains(t, body, "sessiondex_synced_bytes_total 0\n")
	s.end()
	assert.Equal(t, 0, s.wait(t))
}

func TestServeOnASocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
	abandoned, err := net.Listen("unix", path)
	require.NoError(t, err)
	abandoned.(*net.UnixListener).SetUnlinkOnClose(false)
	require.NoError(t, abandoned.Close())
	s := startServe(t, "--data", sample, "--allow-anonymous", "--addr", "unix:"+path)
	status, body := send(t, client, http.MethodGet, "http://sessiondex/api/v0/sessions?limit=1")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body, `"total":1549}`)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o660), info.Mode().Perm())
	status, _, errs := cli(t, "", "serve", "--data", sample, "--allow-anonymous", "--addr", "unix:"+path)
	assert.Equal(t, 1, status, "somebody listens there")
	assert.Contains(t, errs, "address already in use")
	client.CloseIdleConnections()
	s.end()
	assert.Equal(t, 0, s.wait(t))
	assert.NoFileExists(t, path)
	// A file that is not a socket is never removed.
	write(t, path, "precious")
	status, _, _ = cli(t, "", "serve", "--data", sample, "--allow-anonymous", "--addr", "unix:"+path)
	assert.Equal(t, 1, status)
	assert.Equal(t, "precious", read(t, path))
}

func TestADatabaseInUseIsNamedWithWhatToDo(t *testing.T) {
	db := filepath.Join(t.TempDir(), "x.db")
	in, w := io.Pipe()
	done := make(chan int)
	go func() {
		done <- run(t.Context(), []string{"import", "--db", db, "--batch", "1", "-"}, stdio{in, io.Discard, io.Discard})
	}()
	for range 2 {
		_, err := io.WriteString(w, aLine("a", "one")+"\n")
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { // the file is there a moment before it is in use
		_, err := os.Stat(db)
		if err != nil {
			return false
		}
		status, _, _ := cli(t, "", "list", "--db", db)
		return status == 1
	}, 20*time.Second, 10*time.Millisecond)
	for _, args := range [][]string{{"list"}, {"export"}} {
		status, _, errs := cli(t, "", append(args, "--db", db)...)
		assert.Equal(t, 1, status)
		assert.Contains(t, errs, "in use")
		assert.Contains(t, errs, "--url http://127.0.0.1:8080")
	}
	require.NoError(t, w.Close())
	assert.Equal(t, 0, <-done)
}

// The command writes through a server with a key that may, and the file has the writes.
func TestServeTakesWritesFromKeysThatMayWrite(t *testing.T) {
	db := imported(t, aLine("a", "one"), strings.Replace(aLine("b", "two"), "{", `{"workspace_id":"w1",`, 1))
	keys := write(t, filepath.Join(t.TempDir(), "keys"), "reader\nw1-writer workspace=w1 default=w1 write\n")
	s := startServe(t, "--db", db, "--write", "--api-key", "root", "--api-key-file", keys)
	for _, c := range []struct {
		key    string
		args   []string
		status int
		says   string
	}{
		{"root", []string{"put", "--id", "a", "--set", "title=Renamed"}, 0, `session "a" changed`},
		{"root", []string{"put", "--id", "fresh", "--set", "title=Made"}, 0, `session "fresh" made`},
		{"reader", []string{"put", "--id", "a", "--set", "title=No"}, 1, "403"},
		{"w1-writer", []string{"put", "--id", "a", "--set", "title=No"}, 1, ""},
		{"w1-writer", []string{"put", "--id", "b", "--set", "title=Mine"}, 0, `session "b" changed`},
		{"w1-writer", []string{"delete", "a"}, 0, "0 sessions deleted, 1 not there"},
		{"root", []string{"delete", "a"}, 0, "1 session deleted"},
		{"root", []string{"prune", "--older-than", "2026-01-02"}, 0, "1 session deleted"}, // not fresh
	} {
		status, _, errs := cli(t, "", append(c.args, "--url", s.url, "--api-key", c.key)...)
		assert.Equal(t, c.status, status, "%s %q: %s", c.key, c.args, errs)
		assert.Contains(t, errs, c.says, "%s %q", c.key, c.args)
	}
	// The default workspace of a key.
	_, body := ask(t, s.url+"/api/v0/sessions", "X-API-KEY", "w1-writer")
	assert.Contains(t, body, `"total":0}`)
	s.end()
	assert.Equal(t, 0, s.wait(t))
	out := exported(t, db)
	assert.Equal(t, 1, strings.Count(out, "\n"), out)
	assert.Contains(t, out, `"id":"fresh"`)
}

// In lists and by id.
func TestAKeyIsHeldToConditionsOnDeclaredFields(t *testing.T) {
	dir := t.TempDir()
	data := write(t, filepath.Join(dir, "x.jsonl"), strings.Replace(aLine("a", "mine"), "{", `{"owner":"u7",`, 1)+"\n"+strings.Replace(aLine("b", "theirs"), "{", `{"owner":"u8",`, 1)+
		"\n"+strings.Replace(aLine("c", "put away"), "{", `{"owner":"u7","archived":true,`, 1))
	keys := write(t, filepath.Join(dir, "keys"), "k where='owner=u7'\n")
	s := startServe(t, "--data", data, "--field", "owner:keyword", "--field", "archived:flag,hidden", "--api-key-file", keys)
	for path, want := range map[string]string{
		"sessions": `"total":1}`, "sessions?include=archived": `"total":2}`, "sessions?owner=u8": `"total":0}`, "sessions/a": `"id":"a"`, "sessions/c": `"id":"c"`, "sessions/b": "not found",
	} {
		_, body := ask(t, s.url+"/api/v0/"+path, "X-API-KEY", "k")
		assert.Contains(t, body, want, path)
	}
	s.end()
	assert.Equal(t, 0, s.wait(t))
}

func TestServeRefusesOtherHostsAndOriginsUnlessAllowed(t *testing.T) {
	s := startServe(t, "--data", sample, "--allow-anonymous", "--allowed-host", "sessions.example", "--cors-origin", "https://app.example")
	get := func(host, origin string) (*http.Response, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/api/v0/sessions?limit=1", nil)
		require.NoError(t, err)
		req.Host = host
		req.Header.Set("Origin", origin)
		return http.DefaultClient.Do(req)
	}
	for host, want := range map[string]int{"sessions.example": 200, "localhost": 200, "evil.example": 421} {
		res, err := get(host, "https://app.example")
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, want, res.StatusCode, host)
		if want == 200 {
			assert.Equal(t, "https://app.example", res.Header.Get("Access-Control-Allow-Origin"))
		}
	}
	res, err := get("localhost", "https://evil.example")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Empty(t, res.Header.Get("Access-Control-Allow-Origin"))
	status, _ := ask(t, s.url+"/metrics")
	assert.Equal(t, http.StatusUnauthorized, status)
	s.end()
	assert.Equal(t, 0, s.wait(t))
}
