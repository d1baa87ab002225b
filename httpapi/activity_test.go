package httpapi_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
)

// Nothing that a scoped principal gets changes with what it cannot see, and its cached
// copies stay current while others write.
func TestNoPrincipalLearnsOfAnothersActivity(t *testing.T) {
	e := newEngine(t, few()...)
	s := serve(t, newHandler(t, e, httpapi.Options{Authenticate: named}), nil)
	ask := func(path string, header ...string) answer {
		return s.do(t, "GET", path, append([]string{"X-Scope", "ws-1", "X-Who", "ada"}, header...)...)
	}
	paths := []string{listPath, listPath + "?cursor=&limit=1", listPath + "/report", listPath + "/branch", facetPath}
	tags := map[string]string{}
	for _, path := range paths {
		tags[path] = ask(path).header.Get("Etag")
		require.NotEmpty(t, tags[path])
	}
	st := openStream(t, s.client, s.url+eventsPath, "", "X-Scope", "ws-1", "X-Who", "ada")
	defer st.close()
	first := st.next()
	for i := range 50 {
		other := sessiondex.Session{ID: fmt.Sprint("theirs-", i), WorkspaceID: "ws-2", CreatedAt: day(1), UpdatedAt: day(100 + i)}
		require.NoError(t, e.Put(context.Background(), other))
		for _, path := range paths {
			a := ask(path, "If-None-Match", tags[path])
			require.Equal(t, http.StatusNotModified, a.status, path)
			require.Equal(t, tags[path], a.header.Get("Etag"), path)
		}
	}
	require.NoError(t, e.Put(context.Background(), sessiondex.Session{ID: "ours", WorkspaceID: "ws-1", CreatedAt: day(1), UpdatedAt: day(300)}))
	second := st.next()
	assert.Equal(t, "entered", second.name)
	for _, ev := range []event{first, second} {
		assert.NotContains(t, ev.data, "version")
	}
	for _, path := range []string{listPath, facetPath} {
		assert.Equal(t, http.StatusOK, ask(path, "If-None-Match", tags[path]).status, path)
	}

	// The same token twice would reveal that nobody wrote.
	one, two := ask(listPath+"?snapshot=new").snapshot(t), ask(listPath+"?snapshot=new").snapshot(t)
	assert.NotEqual(t, one, two)
}

// Two tokens of the same version differ, and each resumes.
func TestTokensOfEventsAreSealed(t *testing.T) {
	e := newEngine(t, few()...)
	s := serve(t, newHandler(t, e, httpapi.Options{}), nil)
	ids := map[string]bool{}
	for range 3 {
		st := openStream(t, s.client, s.url+eventsPath, "")
		id := st.next().id
		require.NotEmpty(t, id)
		ids[id] = true
		st.close()
	}
	assert.Len(t, ids, 3)
	st := openStream(t, s.client, s.url+eventsPath, "")
	st.next()
	st.close()
	resumes(t, s.client, s.url+eventsPath, st.id, st.list, func(i int) {
		changed := few()[1]
		changed.Title = fmt.Sprint("renamed ", i)
		require.NoError(t, e.Put(context.Background(), changed))
	}).close()
}

// A principal that comes later still gets some.
func TestOnePrincipalCannotTakeAllStreams(t *testing.T) {
	s := serve(t, newHandler(t, newEngine(t, few()...), httpapi.Options{MaxStreams: 16, Authenticate: named}), nil)
	open := func(who string) int {
		n := 0
		for {
			a := s.do(t, "HEAD", eventsPath, "X-Who", who)
			require.Equal(t, http.StatusOK, a.status)
			res := tryStream(t, s, who)
			if res != http.StatusOK {
				require.Equal(t, http.StatusServiceUnavailable, res)
				return n
			}
			n++
		}
	}
	assert.Equal(t, 8, open("greedy"))
	assert.Equal(t, 4, open("late"))
	assert.Equal(t, 2, open("later"))
}

// tryStream opens a stream that stays open until the test ends, and returns the status.
func tryStream(t *testing.T, s *server, who string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.url+eventsPath, nil)
	require.NoError(t, err)
	req.Header.Set("X-Who", who)
	res, err := s.client.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return res.StatusCode
}

// grouping is a reader that records the groups of the watches that it is asked for.
type grouping struct {
	sessiondex.Reader
	groups   *[]string
	interval *time.Duration
}

func (r grouping) WatchListing(_ context.Context, _ query.Query, o *sessiondex.WatchOptions) iter.Seq2[sessiondex.Event, error] {
	*r.groups, *r.interval = append(*r.groups, o.Group), o.MinInterval
	return func(func(sessiondex.Event, error) bool) {}
}

// So no principal delays the watches of others beyond its share.
func TestEachPrincipalIsAGroupOfWatches(t *testing.T) {
	var groups []string
	r := grouping{newEngine(t, few()...), &groups, new(time.Duration)}
	h := newHandler(t, r, httpapi.Options{Authenticate: named})
	for _, who := range []string{"ada", "bob", "ada"} {
		direct(h, eventsPath, "X-Who", who)
	}
	direct(h, eventsPath, "X-Who", "ada", "X-Scope", "ws-1")
	require.Len(t, groups, 4)
	assert.Equal(t, groups[0], groups[2])
	assert.NotEqual(t, groups[0], groups[1])
	assert.NotEmpty(t, groups[3])
	direct(h, eventsPath+"?min_interval=1m30s", "X-Who", "ada")
	assert.Equal(t, 90*time.Second, *r.interval)
	groups = nil
	direct(newHandler(t, r, httpapi.Options{}), eventsPath)
	direct(newHandler(t, r, httpapi.Options{AllowAnonymous: true}), eventsPath)
	assert.Equal(t, groups[len(groups)-1], "", "an anonymous principal has no group")
}
