package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

// serveEngine serves an engine on an address, or on a free port if it is ""; stop drains
// the server.
func serveEngine(t *testing.T, e *sessiondex.Engine, addr string) (at string, stop func()) {
	t.Helper()
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	logger := slog.New(slog.DiscardHandler)
	h, err := httpapi.NewHandler(e, &httpapi.Options{APIKeys: []string{"demo"}, Logger: logger, Strict: true})
	require.NoError(t, err)
	var l net.Listener
	require.Eventually(t, func() bool { l, err = net.Listen("tcp", addr); return err == nil }, 20*time.Second, 50*time.Millisecond)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- httpapi.Serve(ctx, l, h, &httpapi.ServeOptions{Logger: logger}) }()
	var stopped bool
	stop = func() {
		if !stopped {
			stopped = true
			cancel()
			assert.NoError(t, <-done)
		}
	}
	t.Cleanup(stop)
	return l.Addr().String(), stop
}

func fewEngine(t *testing.T) *sessiondex.Engine {
	t.Helper()
	e, err := loadFew(t, fewLines(t))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Close()) })
	return e
}

// following is a running list --follow.
type following struct {
	t      *testing.T
	lines  *bufio.Reader
	errs   *bufio.Reader
	end    func()
	status chan int
}

func follow(t *testing.T, args ...string) *following {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	out, w := io.Pipe()
	errOut, errW := io.Pipe()
	f := &following{t: t, lines: bufio.NewReader(out), errs: bufio.NewReader(errOut), end: end, status: make(chan int, 1)}
	go func() {
		status := run(ctx, append([]string{"list", "--follow", "--width", "80"}, args...), stdio{strings.NewReader(""), w, errW})
		_ = w.Close()
		_ = errW.Close()
		f.status <- status
	}()
	t.Cleanup(func() {
		end()
		_ = out.Close()
		_ = errOut.Close()
	})
	return f
}

func (f *following) next() string {
	f.t.Helper()
	line, err := f.lines.ReadString('\n')
	require.NoError(f.t, err)
	return strings.TrimSuffix(line, "\n")
}

// until reads up to a line.
func (f *following) until(want string) {
	f.t.Helper()
	for f.next() != want {
	}
}

var clockTime = regexp.MustCompile(`^[0-2][0-9]:[0-5][0-9]:[0-5][0-9]  `)

// event returns the next line without its time.
func (f *following) event() string {
	f.t.Helper()
	line := f.next()
	require.Regexp(f.t, clockTime, line)
	return clockTime.ReplaceAllString(line, "")
}

// It prints the page, then a line for each event, across a restart of the server, until it
// is interrupted, which is not a failure.
func TestFollowPrintsWhatHappens(t *testing.T) {
	t.Setenv(envAPIKeys, "demo, other")
	e := fewEngine(t)
	addr, stop := serveEngine(t, e, "")
	f := follow(t, "--url", "http://"+addr+"/", "--sort-by", "created_at", "--limit", "2", "--offset", "1")
	assert.Regexp(t, `^ID +TITLE`, f.next())
	assert.Regexp(t, `^draft +Draft\[31m +running`, f.next())
	assert.Regexp(t, `^report +Weekly report`, f.next())
	f.until("2–3 of 3")

	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	fresh := sessiondex.Session{ID: "a-very-long-identifier", Title: strings.Repeat("long title\n", 20), State: "running", CreatedAt: at, UpdatedAt: at}
	require.NoError(t, e.Put(context.Background(), fresh))
	assert.Equal(t, "left     #3 of 4  report  Weekly report  (completed, web)", f.event())
	line := f.event()
	assert.Regexp(t, `^entered  #3 of 4  a-very-long…  long title.*…  \(running\)$`, line)
	assert.Equal(t, 80, cells("12:34:56  "+line))
	fresh.State, fresh.Title = "failed", ""
	require.NoError(t, e.Put(context.Background(), fresh))
	assert.Equal(t, "changed  #3 of 4  a-very-long…  (untitled)  (failed)", f.event())
	fresh.CreatedAt = time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC)
	require.NoError(t, e.Put(context.Background(), fresh))
	assert.Regexp(t, `^moved    #[23] → #[23] of 4  `, f.event())
	_, err := e.Delete(context.Background(), "report")
	require.NoError(t, err)
	assert.Equal(t, "total    4 → 3 sessions", f.event())

	// The server restarts, and something was written meanwhile.
	stop()
	line, err = f.errs.ReadString('\n')
	require.NoError(t, err)
	assert.Regexp(t, `the server ended the stream; trying again in [1-5](\.[0-9]+)?s`, line)
	go io.Copy(io.Discard, f.errs)
	_, err = e.Delete(context.Background(), "draft")
	require.NoError(t, err)
	serveEngine(t, e, addr)
	f.until("2–2 of 2")

	f.end()
	assert.Equal(t, 0, <-f.status)
}

func TestFollowPrintsEventsAsJSONLines(t *testing.T) {
	e := fewEngine(t)
	addr, _ := serveEngine(t, e, "")
	f := follow(t, "--url", "http://"+addr, "--api-key", "demo", "--format", "jsonl")
	assert.Contains(t, f.next(), `{"kind":"resync",`)
	_, err := e.Delete(context.Background(), "report")
	require.NoError(t, err)
	assert.Contains(t, f.next(), `{"kind":"left","id":"report",`)
	f.end()
	assert.Equal(t, 0, <-f.status)
}

func TestFollowSurvivesAServerThatSendsNonsense(t *testing.T) {
	const page = "retry: 1\n\nevent: resync\nid: one\ndata: {\"kind\":\"resync\",\"old_rank\":-1,\"new_rank\":-1,\"total\":0,\"last\":true,\"page\":{\"has_more\":false,\"items\":[],\"limit\":50,\"next_offset\":null,\"offset\":0,\"total\":0}}\n\n"
	asked := make(chan string, 10)
	answers := []string{
		page + "data: {\"kind\":\"left\",\"old_rank\":3,\"new_rank\":-1}\n\n",
		page + ": a comment\r\nid: two\r\nnonsense\r\n\r\ndata: {\"kind\":\"moved\",\"old_rank\":0,\n", // cut off
		"data: {\"kind\":\"resync\"}\n\n",
		"data: nonsense\n\n",
		"",
	}
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Header.Get("Last-Event-ID")
		if n == len(answers) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, answers[n])
		n++
	}))
	defer srv.Close()
	status, out, errs := cli(t, "", "list", "--follow", "--url", srv.URL)
	assert.Equal(t, 1, status)
	assert.Equal(t, "0 sessions\n0 sessions\n", out)
	for _, want := range []string{`"left" from 3 to -1 of 0 rows`, "the server ended the stream", `"resync" from -1 to -1`, "invalid character", "401 Unauthorized"} {
		assert.Contains(t, errs, want)
	}
	close(asked)
	var ids []string
	for id := range asked {
		ids = append(ids, id)
	}
	assert.Equal(t, []string{"", "", "two", "", "", ""}, ids)
}

func TestListOfAServerEqualsListOfItsFile(t *testing.T) {
	file := fewLines(t)
	e := fewEngine(t)
	addr, _ := serveEngine(t, e, "")
	remote := []string{"list", "--url", "http://" + addr, "--api-key", "demo"}
	for _, args := range []string{
		"--format json", "--format jsonl --limit 2", "--format json --query weekly --state completed,running", "--facets --format json --top 2",
		"--facets --format json --facet app_id,updated_at --facet-query PP-1 --period hour --tz Europe/Berlin", "--include-sub-sessions --include-task-sessions --facets --facet created_at --period day",
		"--include-sub-sessions --include-task-sessions --facets", "--include-sub-sessions --include-task-sessions --sort-by title",
	} {
		_, want, _ := cli(t, "", append([]string{"list", "--data", file}, strings.Fields(args)...)...)
		status, out, errs := cli(t, "", append(remote, strings.Fields(args)...)...)
		assert.Equal(t, 0, status, errs)
		assert.Equal(t, want, out, args)
	}
	status, _, errs := cli(t, "", append(remote, "--cursor", "nonsense")...)
	assert.Equal(t, 2, status)
	assert.Contains(t, errs, "sessiondex list: cursor: ")
	status, _, errs = cli(t, "", append(remote, "--follow", "--cursor", "nonsense")...)
	assert.Equal(t, 2, status)
	assert.Contains(t, errs, "sessiondex list: cursor: ")
	for _, extra := range []string{"--limit=5", "--follow"} {
		status, out, errs := cli(t, "", "list", "--url", "http://"+addr, "--bearer-token", "wrong", extra)
		assert.Equal(t, 1, status)
		assert.Empty(t, out)
		assert.Contains(t, errs, "401 Unauthorized")
		assert.NotContains(t, errs, "wrong")
	}
}

// A redirect is an error, and not followed.
func TestAKeyIsSentToOneHostOnly(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked") }))
	defer elsewhere.Close()
	srv := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	defer srv.Close()
	status, _, errs := cli(t, "", "list", "--url", srv.URL, "--api-key", "demo")
	assert.Equal(t, 1, status)
	assert.Contains(t, errs, "302")
}

func TestFaultyServersAreNamedWithTheirProblem(t *testing.T) {
	for body, want := range map[string]string{
		`{"detail":[{"loc":[],"msg":"m","type":"t"}]}`: "invalid query", `{"detail":"no\u001b[0m"}`: "no[0m", "<html>": "<html>", "": "without a reason", `{"detail":3}`: `{"detail":3}`,
	} {
		assert.ErrorContains(t, problem(http.StatusUnprocessableEntity, []byte(body)), want)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }))
	defer srv.Close()
	for _, format := range []string{"table", "json", "jsonl"} {
		status, out, errs := cli(t, "", "list", "--url", srv.URL, "--format", format)
		assert.Equal(t, 1, status)
		assert.Empty(t, out)
		assert.Contains(t, errs, "is not a server of sessions")
	}
}
