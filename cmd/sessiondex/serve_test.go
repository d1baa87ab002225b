package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serving is a running serve command.
type serving struct {
	url     string // "" on a socket
	metrics string // where --metrics-addr answers
	log     *bytes.Buffer
	lines   chan string // of the log, once it serves; closed when the log is complete
	end     func()
	out     chan int
}

// wait returns the exit status. Only then is the log complete.
func (s *serving) wait(t *testing.T) int {
	t.Helper()
	for range s.lines {
	}
	select {
	case status := <-s.out:
		return status
	case <-time.After(20 * time.Second):
		require.Fail(t, "serve does not end")
		return -1
	}
}

func startServe(t *testing.T, args ...string) *serving {
	t.Helper()
	return startServeWith(t, strings.NewReader(""), args...)
}

// startServeWith starts serve, on a free port unless the arguments name an address, and
// returns once it logs where it listens.
func startServeWith(t *testing.T, in io.Reader, args ...string) *serving {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	t.Cleanup(end)
	stderr, w := io.Pipe()
	s := &serving{log: &bytes.Buffer{}, end: end, out: make(chan int, 1), lines: make(chan string, 10_000)}
	logged := make(chan struct{}) // closed: the log is complete
	go func() {
		status := run(ctx, append([]string{"serve", "--addr", "127.0.0.1:0", "--log-format", "json"}, args...), stdio{in, io.Discard, w})
		_ = w.Close()
		<-logged
		s.out <- status
	}()
	lines := bufio.NewReader(io.TeeReader(stderr, s.log))
	for serves := false; !serves; {
		line, err := lines.ReadBytes('\n')
		require.NoError(t, err, "%s", s.log)
		var record struct{ Msg, Addr string }
		require.NoError(t, json.Unmarshal(line, &record), "%s", line)
		switch record.Msg {
		case "serving":
			s.url, serves = "http://"+record.Addr, true
		case "serving metrics":
			s.metrics = "http://" + record.Addr
		}
	}
	go func() {
		defer close(logged)
		defer close(s.lines)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			s.lines <- line
		}
	}()
	return s
}

// ask returns the status and the body.
func ask(t *testing.T, url string, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(body)
}

// For the same parameters.
func TestServeAndListGiveTheSameBytes(t *testing.T) {
	s := startServe(t, "--data", sample, "--api-key", "demo")
	for query, flags := range map[string][]string{
		"":        nil,
		"limit=3": {"--limit", "3"},
		"query=review&state=completed,failed&sort_by=title&sort_direction=asc": {"--query", "review", "--state", "completed,failed", "--sort-by", "title", "--sort-direction", "asc"},
		"include_sub_sessions=true&include_task_sessions=true&limit=500":       {"--include-sub-sessions", "--include-task-sessions", "--limit", "500"},
		"offset=100000": {"--offset", "100000"},
		"created_after=2025-01-01&source_channel=web&source_channel=api&offset=5": {"--created-after", "2025-01-01", "--source-channel", "web", "--source-channel", "api", "--offset", "5"},
	} {
		status, listed, errs := cli(t, "", append([]string{"list", "--data", sample, "--format", "json"}, flags...)...)
		require.Equal(t, 0, status, errs)
		status, served := ask(t, s.url+"/api/v0/sessions?"+query, "X-API-KEY", "demo")
		require.Equal(t, http.StatusOK, status)
		assert.Equal(t, listed, served, query)
	}
	s.end()
	assert.Equal(t, 0, s.wait(t))
}

func TestServeTakesKeysFromFlagsFilesAndTheEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(file, []byte("# ours\n\n file-key-1 \r\nfile-key-2"), 0o600))
	t.Setenv("SESSIONDEX_API_KEYS", "env-key-1, env-key-2\n")
	t.Setenv("SESSIONDEX_BEARER_TOKENS", "env-token")
	s := startServe(t, "--data", sample, "--api-key", "flag-key-1", "--api-key", "flag-key-2", "--bearer-token", "flag-token", "--api-key-file", file)
	for _, key := range []string{"file-key-1", "file-key-2", "env-key-1", "env-key-2", "flag-key-1", "flag-key-2"} {
		status, _ := ask(t, s.url+"/api/v0/sessions", "X-API-KEY", key)
		assert.Equal(t, http.StatusOK, status, key)
	}
	for _, token := range []string{"env-token", "flag-token"} {
		status, _ := ask(t, s.url+"/api/v0/sessions", "Authorization", "Bearer "+token)
		assert.Equal(t, http.StatusOK, status, token)
	}
	for _, key := range []string{"", "# ours", "ours", "env-token", "env-key-1,"} {
		status, _ := ask(t, s.url+"/api/v0/sessions", "X-API-KEY", key)
		assert.Equal(t, http.StatusUnauthorized, status, key)
	}
	s.end()
	assert.Equal(t, 0, s.wait(t))
	assert.Contains(t, s.log.String(), `"msg":"request"`)
	for _, secret := range []string{"file-key", "env-key", "flag-key", "token"} {
		assert.NotContains(t, s.log.String(), secret)
	}
}

func TestServeHonoursItsFlags(t *testing.T) {
	s := startServe(t, "--data", sample, "--allow-anonymous", "--strict", "--base-path", "/team", "--max-query-bytes", "100", "--quiet")
	for path, want := range map[string]int{
		"/healthz": 200, "/team/openapi.json": 200, "/team/api/v0/sessions": 200, "/api/v0/sessions": 404,
		"/team/api/v0/sessions?stat=x": 422, "/team/api/v0/sessions?query=" + strings.Repeat("x", 100): 414,
	} {
		status, _ := ask(t, s.url+path)
		assert.Equal(t, want, status, path)
	}
	s.end()
	assert.Equal(t, 0, s.wait(t))
	assert.NotContains(t, s.log.String(), `"msg":"request"`)
	assert.Contains(t, s.log.String(), `"msg":"stopped"`)
}

func TestServeRefusesFaultyArguments(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	require.NoError(t, os.WriteFile(empty, []byte("# none\n"), 0o600))
	for _, c := range []struct {
		args   []string
		status int
		want   []string
	}{
		{[]string{"--data", sample}, 2, []string{"--api-key", "SESSIONDEX_API_KEYS", "--allow-anonymous"}},
		{[]string{"--api-key", "k"}, 2, []string{"--data"}},
		{[]string{"--data", sample, "--api-key", ""}, 2, []string{"api-key", "empty"}},
		{[]string{"--data", sample, "--api-key", "k", "--allow-anonymous"}, 2, []string{"AllowAnonymous is set beside"}},
		{[]string{"--data", sample, "--api-key", "k", "--members-in-file"}, 2, []string{"are for --db"}},
		{[]string{"--db", sample, "--api-key", "k", "--keep-changes", "-1"}, 2, []string{"keep-changes", "-1"}},
		{[]string{"--data", sample, "--api-key", "k", "extra"}, 2, []string{`"extra"`}},
		{[]string{"--data", sample, "--api-key", "k", "--base-path", "team"}, 2, []string{`"team"`}},
		{[]string{"--data", sample, "--api-key-file", empty}, 2, []string{"no keys in it"}},
		{[]string{"--data", sample, "--api-key-file", empty + "x"}, 2, []string{"no such file"}},
		{[]string{"--data", sample, "--api-key", "k", "--read-timeout", "0", "--drain-timeout", "-1s", "--max-header-bytes", "0", "--log-format", "xml",
			"--max-snapshots", "0", "--snapshot-lifetime", "-1m", "--max-streams", "-3"}, 2,
			[]string{"max-snapshots", "snapshot-lifetime", "-1m0s", "max-streams", "-3", "read-timeout", "0s", "drain-timeout", "-1s", "max-header-bytes", `log-format: Input should be 'text' or 'json' (got "xml")`}},
		{[]string{"--data", "no-such-file", "--api-key", "k"}, 1, []string{"no-such-file"}},
		{[]string{"--data", sample, "--api-key", "k", "--addr", "127.0.0.1:notaport"}, 1, []string{"notaport"}},
	} {
		status, out, errs := cli(t, "", append([]string{"serve"}, c.args...)...)
		assert.Equal(t, c.status, status, "%q: %s", c.args, errs)
		assert.Empty(t, out)
		for _, want := range c.want {
			assert.Contains(t, errs, want, "%q", c.args)
		}
	}
	status, out, _ := cli(t, "", "serve", "-h")
	assert.Equal(t, 0, status)
	assert.Contains(t, out, "--api-key-file")
	assert.Contains(t, out, "SESSIONDEX_API_KEYS")
}

// TestServeProcess is the process that the next test starts: main, with the arguments in
// the environment.
func TestServeProcess(t *testing.T) {
	args := os.Getenv("SESSIONDEX_TEST_ARGS")
	if args == "" {
		return
	}
	os.Args = append([]string{"sessiondex"}, strings.Fields(args)...)
	main()
}

// With status 0, after it has drained.
func TestServeEndsOnSIGTERM(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestServeProcess$")
	cmd.Env = append(os.Environ(), "SESSIONDEX_TEST_ARGS=serve --data "+sample+" --api-key demo --addr 127.0.0.1:0")
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	var log strings.Builder
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		log.WriteString(lines.Text() + "\n")
		if _, addr, ok := strings.Cut(lines.Text(), "msg=serving addr="); ok {
			status, _ := ask(t, "http://"+addr+"/api/v0/sessions", "X-API-KEY", "demo")
			assert.Equal(t, http.StatusOK, status)
			require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		}
	}
	require.NoError(t, cmd.Wait(), "%s", &log)
	assert.Contains(t, log.String(), "msg=draining")
	assert.Contains(t, log.String(), "msg=stopped")
}
