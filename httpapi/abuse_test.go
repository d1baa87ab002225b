package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

// Those that mean something get the right page; those that are only large are refused.
func TestHugeQueriesAreAnsweredOrRefused(t *testing.T) {
	s := start(t, few()...)
	repeat := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for _, c := range []struct {
		name, query string
		status      int
		ids         []string
	}{
		{"ten thousand list values", "state=" + repeat(10_000, "state%d,") + "failed", 200, []string{"chat"}},
		{"ten thousand lists", repeat(10_000, "state=%d&") + "state=failed", 200, []string{"chat"}},
		{"ten thousand scalars", repeat(10_000, "app_id=%d&") + "app_id=app-2", 200, []string{"chat", "blank"}},
		{"a hundred thousand separators", strings.Repeat("&", 100_000), 200, []string{"report", "draft", "chat", "blank"}},
		{"a hundred thousand commas", "state=" + strings.Repeat(",", 100_000), 200, []string{"report", "draft", "chat", "blank"}},
		{"a long keyword", "query=" + strings.Repeat("x", 100_000), 200, []string{}},
		{"many terms", "match=all_terms&query=" + strings.Repeat("re+", 30_000), 200, []string{"report", "chat"}},
		{"long white space", "query=" + strings.Repeat("+", 100_000) + "draft", 200, []string{"draft"}},
		{"a long number", "offset=" + strings.Repeat("9", 100_000), 200, []string{}},
		{"a long faulty number", "limit=" + strings.Repeat("9", 100_000), 422, nil},
		{"a long faulty word", "sort_by=" + strings.Repeat("x", 100_000), 422, nil},
		{"a long faulty time", "created_after=2026-01-01T00:00:00." + strings.Repeat("9", 100_000) + "?", 422, nil},
		{"a long cursor", "cursor=" + strings.Repeat("A", 100_000), 422, nil},
		{"a thousand names", repeat(990, "p%d&"), 200, []string{"report", "draft", "chat", "blank"}},
		{"too many names", repeat(2000, "p%d&"), 414, nil},
		{"more than the limit", "query=" + strings.Repeat("x", 150_000), 414, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := s.get(t, listPath+"?"+c.query)
			require.Equal(t, c.status, a.status)
			if c.status == 200 {
				assert.Equal(t, c.ids, a.page(t).ids())
			} else {
				assert.Less(t, len(a.body), 2000, "a fault repeats little of the question")
			}
			assert.Equal(t, c.status, s.get(t, "/api/v0/session-facets?"+strings.ReplaceAll(c.query, "cursor=", "limit=")).status)
		})
	}
	// A megabyte exceeds the server's own limit, and the connection is closed.
	assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, s.get(t, listPath+"?query="+strings.Repeat("x", 1<<20)).status)
	assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, s.get(t, listPath, "X-Junk", strings.Repeat("x", 1<<20)).status)
	// Where another server lets it through, the handler refuses it.
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", listPath+"?query="+strings.Repeat("x", 1<<20), nil)
	r.Header.Set("X-API-KEY", key)
	newHandler(t, newEngine(t), httpapi.Options{}).ServeHTTP(w, r)
	assert.Equal(t, http.StatusRequestURITooLong, w.Code)
}

// TestStrictModeCannotBeMadeToAnswerMegabytes: each unknown name is a fault.
func TestStrictModeCannotBeMadeToAnswerMegabytes(t *testing.T) {
	s := serve(t, newHandler(t, newEngine(t, few()...), httpapi.Options{Strict: true}), nil)
	var names strings.Builder
	for i := range 999 {
		fmt.Fprintf(&names, "%d%s=%s&", i, strings.Repeat("n", 60), strings.Repeat("v", 60))
	}
	a := s.get(t, listPath+"?"+names.String())
	params, _ := a.faults(t)
	assert.Len(t, params, 999)
	assert.Less(t, len(a.body), 512<<10)
}

func TestInvalidUTF8IsAFaultAndNULIsACharacter(t *testing.T) {
	s := start(t, append(few(), sessiondex.Session{ID: "nul", Title: "a\x00b", State: "\x00", CreatedAt: day(1), UpdatedAt: day(1)})...)
	for q, ids := range map[string][]string{
		"query=%00": {"nul"}, "query=A%00B": {"nul"}, "state=%00": {"nul"}, "app_id=%00": {}, "%00=%00": {"report", "draft", "chat", "blank", "nul"},
		"%FF=1&limit%FF=0": {"report", "draft", "chat", "blank", "nul"}, "query=%EF%BF%BD": {},
	} {
		assert.Equal(t, ids, s.get(t, listPath+"?"+q).page(t).ids(), q)
	}
	for _, q := range []string{"query=%FF", "query=%ED%A0%80", "state=%C0%80", "app_id=%F8", "cursor=%FF", "limit=%FF", "sort_by=%FF", "created_after=%FF", "offset=%00"} {
		params, _ := s.get(t, listPath+"?"+q).faults(t)
		assert.Equal(t, []string{q[:strings.Index(q, "=")]}, params)
	}
}

func TestAHugeQueryTakesASmallMultipleOfItsLength(t *testing.T) {
	h := newHandler(t, newEngine(t, few()...), httpapi.Options{})
	ask := func() {
		r := httptest.NewRequest("GET", listPath, nil)
		r.URL.RawQuery = strings.Repeat("state=a,b&", 12_000)
		r.Header.Set("X-API-KEY", key)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, http.StatusOK, w.Code)
	}
	ask()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	ask()
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20), "bytes for 120 KB of question")
}

func TestAPanicIs500WithoutDetail(t *testing.T) {
	var logs logBuffer
	r := hooked{newEngine(t, few()...), func(context.Context) error { panic("secret detail") }}
	s := serve(t, newHandler(t, r, httpapi.Options{Logger: logs.logger()}), nil)
	a := s.get(t, listPath)
	assert.Equal(t, http.StatusInternalServerError, a.status)
	assert.Equal(t, "Internal Server Error", a.detail(t))
	assert.Equal(t, http.StatusOK, s.get(t, listPath+"/report").status, "the server goes on")

	require.Eventually(t, func() bool { return len(logs.records(t, "request")) == 2 }, time.Second, time.Millisecond)
	panics := logs.records(t, "panic")
	require.Len(t, panics, 1)
	assert.Equal(t, "secret detail", panics[0]["panic"])
	assert.Contains(t, panics[0]["stack"], "abuse_test.go")
	assert.EqualValues(t, 500, logs.records(t, "request")[0]["status"])
}

// So no client takes a part for the whole.
func TestAPanicDuringAnAnswerCutsItOff(t *testing.T) {
	h := newHandler(t, newEngine(t, few()...), httpapi.Options{})
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(panickyWriter{w}, r)
	}), nil)
	req, err := http.NewRequest("GET", s.url+listPath, nil)
	require.NoError(t, err)
	req.Header.Set("X-API-KEY", key)
	_, err = s.client.Do(req)
	assert.Error(t, err)
}

// panickyWriter panics when the body is written.
type panickyWriter struct{ http.ResponseWriter }

func (panickyWriter) Write([]byte) (int, error) { panic("write") }

func TestErrorsOfTheReaderAreLoggedAndNotShown(t *testing.T) {
	var logs logBuffer
	var fault error
	r := hooked{newEngine(t, few()...), func(context.Context) error { return fault }}
	s := serve(t, newHandler(t, r, httpapi.Options{Logger: logs.logger()}), nil)
	for _, c := range []struct {
		err    error
		status int
	}{
		{errors.New("disk on fire"), 500}, {sessiondex.ErrClosed, 503}, {context.DeadlineExceeded, 503}, {sessiondex.ErrBadCursor, 422},
	} {
		fault = c.err
		a := s.get(t, listPath)
		assert.Equal(t, c.status, a.status)
		assert.NotContains(t, string(a.body), c.err.Error())
		assert.Empty(t, a.header.Get("Link"))
	}
	assert.Contains(t, logs.String(), "disk on fire")
}

func TestAClosedEngineIsAnsweredWith503(t *testing.T) {
	e := newEngine(t, few()...)
	s := serve(t, newHandler(t, e, httpapi.Options{}), nil)
	require.NoError(t, e.Close())
	for _, path := range []string{listPath, listPath + "/report", "/api/v0/session-facets"} {
		a := s.get(t, path)
		assert.Equal(t, http.StatusServiceUnavailable, a.status)
		assert.Equal(t, "Service Unavailable", a.detail(t))
		assert.Empty(t, a.header.Get("Etag"))
	}
}

func TestAClientThatGoesAwayCancelsItsListing(t *testing.T) {
	var logs logBuffer
	begun := make(chan struct{})
	r := hooked{newEngine(t, few()...), func(ctx context.Context) error {
		close(begun)
		<-ctx.Done()
		return ctx.Err()
	}}
	s := serve(t, newHandler(t, r, httpapi.Options{Logger: logs.logger()}), nil)
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", s.url+listPath, nil)
	require.NoError(t, err)
	req.Header.Set("X-API-KEY", key)
	go func() {
		<-begun
		leave()
	}()
	_, err = s.client.Do(req)
	require.ErrorIs(t, err, context.Canceled)
	require.Eventually(t, func() bool { return len(logs.records(t, "request")) == 1 }, 5*time.Second, time.Millisecond)
	assert.EqualValues(t, 499, logs.records(t, "request")[0]["status"])
	assert.Empty(t, logs.records(t, "request failed"))
}
