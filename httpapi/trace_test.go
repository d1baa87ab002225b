package httpapi_test

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
)

// With the id of its answer, the client's address and its trace.
func TestEveryRequestIsInTheLog(t *testing.T) {
	var logs logBuffer
	h := newHandler(t, newEngine(t, few()...), httpapi.Options{Logger: logs.logger()})
	const trace = "0af7651916cd43dd8448eb211c80319c"
	for _, c := range []struct {
		name         string
		id           string // "" is a new one
		traced       bool
		headers      []string
		status, path any
	}{
		{name: "nothing"},
		{name: "an id", id: "req-1._~+/=:@", headers: []string{"X-Request-Id", "req-1._~+/=:@"}},
		{name: "the longest", id: strings.Repeat("x", 128), headers: []string{"X-Request-Id", strings.Repeat("x", 128)}},
		{name: "too long", headers: []string{"X-Request-Id", strings.Repeat("x", 129)}},
		{name: "white space", headers: []string{"X-Request-Id", "a b"}},
		{name: "a forged line", headers: []string{"X-Request-Id", "a\nlevel=ERROR"}},
		{name: "no ASCII", headers: []string{"X-Request-Id", "ä"}},
		{name: "quotes", headers: []string{"X-Request-Id", `a"b`}},
		{name: "a trace", traced: true, headers: []string{"Traceparent", "00-" + trace + "-b7ad6b7169203331-01"}},
		{name: "of a later version", traced: true, headers: []string{"Traceparent", "01-" + trace + "-b7ad6b7169203331-01-more"}},
		{name: "with too much", headers: []string{"Traceparent", "00-" + trace + "-b7ad6b7169203331-01-more"}},
		{name: "cut", headers: []string{"Traceparent", "00-" + trace + "-b7ad6b7169203331"}},
		{name: "no such version", headers: []string{"Traceparent", "ff-" + trace + "-b7ad6b7169203331-01"}},
		{name: "upper case", headers: []string{"Traceparent", "00-" + strings.ToUpper(trace) + "-b7ad6b7169203331-01"}},
		{name: "zeros", headers: []string{"Traceparent", "00-" + strings.Repeat("0", 32) + "-b7ad6b7169203331-01"}},
		{name: "a zero span", headers: []string{"Traceparent", "00-" + trace + "-0000000000000000-01"}},
		{name: "two", headers: []string{"Traceparent", "00-" + trace + "-b7ad6b7169203331-01", "Traceparent", "00-" + trace + "-b7ad6b7169203332-01"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			logs.text.Reset()
			r := httptest.NewRequest("GET", listPath+"?limit=0", nil)
			r.RemoteAddr = "192.0.2.7:4711"
			r.Header.Set("X-API-KEY", key)
			for i := 0; i+1 < len(c.headers); i += 2 {
				r.Header.Add(c.headers[i], c.headers[i+1])
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			id := w.Header().Get("X-Request-Id")
			if c.id != "" {
				assert.Equal(t, c.id, id)
			} else {
				assert.Regexp(t, `^[0-9a-f]{32}$`, id)
			}
			records := logs.records(t, "request")
			require.Len(t, records, 1)
			assert.Equal(t, id, records[0]["request_id"])
			assert.Equal(t, "192.0.2.7:4711", records[0]["client"])
			if c.traced {
				assert.Equal(t, trace, records[0]["trace_id"])
				assert.Equal(t, "b7ad6b7169203331", records[0]["parent_id"])
			} else {
				assert.NotContains(t, records[0], "trace_id")
			}
		})
	}
	one, two := direct(h, listPath), direct(h, listPath)
	assert.NotEqual(t, one.header.Get("X-Request-Id"), two.header.Get("X-Request-Id"))
}

func TestFailedRequestsAreInTheLogToo(t *testing.T) {
	for name, fail := range map[string]func(context.Context) error{
		"request failed": func(context.Context) error { return io.ErrUnexpectedEOF },
		"panic":          func(context.Context) error { panic("boom") },
	} {
		var logs logBuffer
		h := newHandler(t, hooked{newEngine(t, few()...), fail}, httpapi.Options{Logger: logs.logger()})
		a := direct(h, listPath, "X-Request-Id", "mine")
		assert.Equal(t, http.StatusInternalServerError, a.status)
		assert.Equal(t, "mine", a.header.Get("X-Request-Id"))
		records := logs.records(t, name)
		require.Len(t, records, 1, name)
		assert.Equal(t, "mine", records[0]["request_id"])
		assert.NotEmpty(t, records[0]["client"])
	}
}

// slowStart is a reader whose streams and exports do not begin.
type slowStart struct{ sessiondex.Reader }

func (r slowStart) wait(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func (r slowStart) WatchListing(ctx context.Context, _ query.Query, _ *sessiondex.WatchOptions) iter.Seq2[sessiondex.Event, error] {
	return func(yield func(sessiondex.Event, error) bool) { yield(sessiondex.Event{}, r.wait(ctx)) }
}

func (r slowStart) All(ctx context.Context, _ query.Query) iter.Seq2[sessiondex.Session, error] {
	return func(yield func(sessiondex.Session, error) bool) { yield(sessiondex.Session{}, r.wait(ctx)) }
}

// And none from then on.
func TestStreamsHaveADeadlineUntilTheyBegin(t *testing.T) {
	e := newEngine(t, few()...)
	h := newHandler(t, slowStart{e}, httpapi.Options{Deadline: time.Millisecond})
	for _, path := range []string{eventsPath, exportPath} {
		a := direct(h, path)
		assert.Equal(t, http.StatusServiceUnavailable, a.status, path)
		assert.Contains(t, a.detail(t), "longer than 1ms", path)
	}
	s := serve(t, newHandler(t, e, httpapi.Options{Deadline: 100 * time.Millisecond}), nil)
	st := openStream(t, s.client, s.url+eventsPath, "")
	assert.Equal(t, "resync", st.next().name)
	time.Sleep(200 * time.Millisecond)
	write(t, e)
	require.NoError(t, e.Put(t.Context(), sessiondex.Session{ID: "later", CreatedAt: day(1), UpdatedAt: day(300)}))
	assert.Equal(t, "entered", st.next().name)
	st.close()
}

// Whatever the timeouts of the server.
func TestABodyThatDoesNotArriveByTheDeadlineIsAbandoned(t *testing.T) {
	e := newEngine(t, few()...)
	s := httptest.NewServer(writable(t, e, httpapi.Options{Deadline: 50 * time.Millisecond}))
	defer s.Close()
	body, w := io.Pipe()
	defer w.Close()
	req, err := http.NewRequestWithContext(t.Context(), "PATCH", s.URL+listPath+"/report", body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	go func() { _, _ = w.Write([]byte(`{"title":`)) }()
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
}
