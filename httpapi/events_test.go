package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
)

// Under random writes, a client that applies the events has the listing byte for byte; so
// has one that keeps losing its connection and resumes.
func TestAStreamKeepsAListUpToDate(t *testing.T) {
	for _, params := range []string{"limit=20", "limit=7&offset=3&sort_by=title&sort_direction=asc&query=e&state=completed,running"} {
		rng := testrand.New(t)
		sessions := many(150)
		e := newEngine(t, sessions[:100]...)
		s := serve(t, newHandler(t, e, httpapi.Options{Strict: true}), nil)
		steady := openStream(t, s.client, s.url+eventsPath+"?"+params, "")
		broken := openStream(t, s.client, s.url+eventsPath+"?"+params, "")
		first, ev := s.get(t, listPath+"?"+params), steady.next()
		assert.Equal(t, "resync", ev.name, "the first event is the page")
		assert.Equal(t, strings.TrimSpace(string(first.body)), string(ev.data["page"]))
		broken.next()

		resyncs := 0
		for range 60 {
			for range 1 + rng.IntN(3) {
				c := sessions[rng.IntN(len(sessions))]
				switch rng.IntN(4) {
				case 0:
					_, err := e.Delete(context.Background(), c.ID)
					require.NoError(t, err)
				case 1:
					c.Title = "e <" + c.ID + "> & ?"
					fallthrough
				default:
					c.State = []string{"running", "completed", "failed"}[rng.IntN(3)]
					c.UpdatedAt = day(300 + rng.IntN(1000))
					require.NoError(t, e.Put(context.Background(), c))
				}
			}
			if rng.IntN(3) == 0 {
				broken.close()
				id := broken.id
				list, total := broken.list, broken.total
				broken = openStream(t, s.client, s.url+eventsPath+"?"+params, id)
				broken.id, broken.list, broken.total = id, list, total
			}
			want := s.get(t, listPath+"?"+params).body
			for _, st := range []*stream{steady, broken} {
				for !st.shows(want) {
					if st.next().name == "resync" {
						resyncs++
						require.NotSame(t, steady, st)
					}
				}
			}
		}
		assert.Positive(t, resyncs)
		steady.close()
		broken.close()
	}
}

// resumes opens a stream after an event and changes its second row, which is then the only
// event. The stream is open a moment before the window is watched: a change in between is
// answered with the whole page, and resumes tries again from there.
func resumes(t *testing.T, client *http.Client, url, id string, list []json.RawMessage, change func(i int)) *stream {
	t.Helper()
	for i := range 100 {
		st := openStream(t, client, url, id)
		st.list = list
		change(i)
		ev := st.next()
		if ev.name == "changed" {
			assert.Equal(t, "1", string(ev.data["new_rank"]))
			return st
		}
		require.Equal(t, "resync", ev.name)
		st.close()
		id, list = st.id, st.list
	}
	require.Fail(t, "no stream resumed")
	return nil
}

func TestAStreamResumes(t *testing.T) {
	e := newEngine(t, few()...)
	s := serve(t, newHandler(t, e, httpapi.Options{}), nil)
	url := s.url + eventsPath + "?limit=2"
	first := openStream(t, s.client, url, "")
	first.next()
	first.close()

	// Nothing changed in the window: the next change comes first.
	elsewhere := few()[3]
	elsewhere.Title = "still last"
	require.NoError(t, e.Put(context.Background(), elsewhere))
	again := resumes(t, s.client, url, first.id, first.list, func(i int) {
		changed := few()[1]
		changed.Title = fmt.Sprint("renamed ", i)
		require.NoError(t, e.Put(context.Background(), changed))
	})
	assert.Equal(t, 4, again.total)
	again.close()

	// Something changed, or the id is unknown: the page comes first.
	for _, id := range []string{first.id, "nonsense", again.id + "0", strings.Repeat("9", 3000), "1-1"} {
		st := openStream(t, s.client, url, id)
		assert.Equal(t, "resync", st.next().name, id)
		assert.True(t, st.shows(s.get(t, listPath+"?limit=2").body))
		st.close()
	}
	// An id of another listing is unknown here.
	st := openStream(t, s.client, s.url+eventsPath+"?limit=3", again.id)
	assert.Equal(t, "resync", st.next().name)
	st.close()
}

func TestStreamsAreGuardedLikeListings(t *testing.T) {
	s := serve(t, newHandler(t, newEngine(t, few()...), httpapi.Options{Strict: true, BasePath: "/base", MaxQueryBytes: 200}), nil)
	path := "/base" + eventsPath
	assert.Equal(t, http.StatusUnauthorized, s.do(t, "GET", path).status)
	assert.Equal(t, http.StatusUnauthorized, s.do(t, "HEAD", path, "X-API-KEY", "wrong").status)
	a := s.do(t, "POST", path)
	assert.Equal(t, http.StatusMethodNotAllowed, a.status)
	assert.Equal(t, "GET, HEAD", a.header.Get("Allow"))
	assert.Equal(t, http.StatusNotFound, s.get(t, eventsPath).status)
	assert.Equal(t, http.StatusNotFound, s.get(t, path+"//").status)
	assert.Equal(t, http.StatusRequestURITooLong, s.get(t, path+"?query="+strings.Repeat("x", 200)).status)
	for query, want := range map[string][]string{
		"limit=0&created_after=soon": {"created_after", "limit"}, "cursor=x": {"cursor"}, "snapshot=new": {"snapshot"}, "facet=state": {"facet"},
	} {
		for _, id := range []string{"", "1-1"} {
			a := s.get(t, path+"?"+query, "Last-Event-ID", id)
			params, _ := a.faults(t)
			assert.Equal(t, want, params)
		}
		assert.Equal(t, http.StatusUnprocessableEntity, s.do(t, "HEAD", path+"?"+query, "X-API-KEY", key).status)
	}
	head := s.do(t, "HEAD", path+"?cursor=", "X-API-KEY", key)
	assert.Equal(t, http.StatusOK, head.status)
	assert.Equal(t, "text/event-stream", head.header.Get("Content-Type"))
	st := openStream(t, s.client, s.url+path+"?cursor=", "")
	assert.Equal(t, "resync", st.next().name)
	st.close()
}

// It reveals nothing of writes outside.
func TestAStreamStaysInItsScope(t *testing.T) {
	e := newEngine(t, few()...)
	s := scoped(t, e)
	list := func() []byte { return s.do(t, "GET", listPath, "X-API-KEY", "ws1").body }
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", s.url+eventsPath, nil)
	require.NoError(t, err)
	req.Header.Set("X-API-KEY", "ws1")
	res, err := s.client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	st := &stream{t: t, res: res, lines: bufio.NewReader(res.Body)}
	_, err = st.block()
	require.NoError(t, err)
	assert.Equal(t, "resync", st.next().name)
	assert.True(t, st.shows(list()))

	require.NoError(t, e.Put(ctx, sessiondex.Session{ID: "theirs", WorkspaceID: "ws-2", CreatedAt: day(1), UpdatedAt: day(200)}))
	require.NoError(t, e.Put(ctx, sessiondex.Session{ID: "ours", WorkspaceID: "ws-1", CreatedAt: day(1), UpdatedAt: day(201)}))
	ev := st.next()
	assert.Equal(t, "entered", ev.name)
	assert.Equal(t, `"ours"`, string(ev.data["id"]))
	assert.True(t, st.shows(list()))
}

func TestStreamsAreBounded(t *testing.T) {
	s := serve(t, newHandler(t, newEngine(t, few()...), httpapi.Options{MaxStreams: 3}), nil)
	one, two := openStream(t, s.client, s.url+eventsPath, ""), openStream(t, s.client, s.url+eventsPath+"?limit=1", "")
	a := s.get(t, eventsPath)
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.Contains(t, a.detail(t), "Too many")
	assert.NotEmpty(t, a.header.Get("Retry-After"))
	assert.Equal(t, http.StatusOK, s.get(t, listPath).status, "everything else goes on")
	one.close()
	require.Eventually(t, func() bool { // once the server notices that the client has gone
		req, err := http.NewRequestWithContext(t.Context(), "GET", s.url+eventsPath, nil)
		require.NoError(t, err)
		req.Header.Set("X-API-KEY", key)
		res, err := s.client.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	}, 20*time.Second, 10*time.Millisecond)
	two.close()
}

// failing is a reader whose watches fail at once, or after their first event.
type failing struct {
	sessiondex.Reader
	after int
}

func (r failing) WatchListing(context.Context, query.Query, *sessiondex.WatchOptions) iter.Seq2[sessiondex.Event, error] {
	return func(yield func(sessiondex.Event, error) bool) {
		for i := range r.after {
			if !yield(sessiondex.Event{Kind: sessiondex.TotalChanged, OldRank: -1, NewRank: -1, Total: i}, nil) {
				return
			}
		}
		yield(sessiondex.Event{}, errors.New("disk on fire"))
	}
}

func TestAWatchThatFailsIsLoggedAndNotShown(t *testing.T) {
	e := newEngine(t, few()...)
	var logs logBuffer
	s := serve(t, newHandler(t, failing{e, 0}, httpapi.Options{Logger: logs.logger()}), nil)
	a := s.get(t, eventsPath)
	assert.Equal(t, http.StatusInternalServerError, a.status)
	assert.NotContains(t, string(a.body), "fire")
	assert.Equal(t, "application/json", a.header.Get("Content-Type"))

	s = serve(t, newHandler(t, failing{e, 1}, httpapi.Options{Logger: logs.logger()}), nil)
	a = s.get(t, eventsPath)
	assert.Equal(t, http.StatusOK, a.status)
	assert.Contains(t, string(a.body), "event: total\n")
	assert.NotContains(t, string(a.body), "fire")
	assert.Len(t, logs.records(t, "event stream failed"), 1)

	// A reader without watches has no streams.
	a = direct(newHandler(t, e.Snapshot(), httpapi.Options{}), eventsPath)
	assert.Equal(t, http.StatusNotImplemented, a.status)
	assert.Contains(t, a.detail(t), "httpapi.Watcher")
}

func TestALargePageIsOneLineOfData(t *testing.T) {
	var sessions []sessiondex.Session
	for i := range 6 {
		sessions = append(sessions, sessiondex.Session{ID: fmt.Sprint(i), Title: strings.Repeat("long\n", 1<<17), Extra: "{\"a\":\n1}", CreatedAt: day(1), UpdatedAt: day(1)})
	}
	e := newEngine(t, sessions...)
	s := serve(t, newHandler(t, e, httpapi.Options{}), nil)
	st := openStream(t, s.client, s.url+eventsPath, "")
	st.next()
	assert.True(t, st.shows(s.get(t, listPath).body))
	sessions[3].Title += "er"
	require.NoError(t, e.Put(context.Background(), sessions[3]))
	st.wholeVersion()
	assert.True(t, st.shows(s.get(t, listPath).body))
	st.close()
}
