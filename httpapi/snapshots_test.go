package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

// snapshot returns the token of an answer, which must have one.
func (a answer) snapshot(t testing.TB) string {
	t.Helper()
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	token := a.header.Get("X-Snapshot")
	require.GreaterOrEqual(t, len(token), 20)
	return token
}

// assertGone fails unless the answer says that there is no such snapshot.
func (a answer) assertGone(t testing.TB, why string) {
	t.Helper()
	assert.Equal(t, http.StatusGone, a.status, why)
	assert.Contains(t, a.detail(t), "snapshot=new", why)
	assert.Empty(t, a.header.Get("Etag"), why)
	assert.Empty(t, a.header.Get("X-Snapshot"), why)
}

// A client that follows the links sees each session once, as it was at the start, whatever
// is written between two pages.
func TestPagesOfASnapshotDoNotShift(t *testing.T) {
	for _, paging := range []string{"", "&cursor="} {
		sessions := many(700)
		e := newEngine(t, sessions...)
		s := serve(t, newHandler(t, e, httpapi.Options{Strict: true}), nil)
		const filter = "?include_task_sessions=true&query=e&state=completed"
		want := s.get(t, listPath+filter+"&limit=500")
		counts := s.get(t, facetPath+filter)
		require.False(t, want.page(t).HasMore)
		require.Greater(t, want.page(t).Total, 90)

		var ids []string
		var tokens []string
		for path := listPath + filter + "&limit=30&snapshot=new" + paging; path != ""; {
			a := s.get(t, path)
			tokens = append(tokens, a.snapshot(t))
			ids = append(ids, a.page(t).ids()...)
			for rel, link := range a.links(t) {
				assert.Contains(t, link, "snapshot="+a.snapshot(t), rel)
			}
			path = a.links(t)["next"]
			// Every page would shift: some sessions come, some go, some move to the top.
			n := len(tokens)
			_, err := e.Delete(context.Background(), ids[len(ids)-1], want.page(t).ids()[len(ids)%want.page(t).Total])
			require.NoError(t, err)
			moved := sessions[n]
			moved.UpdatedAt = day(400 + n)
			require.NoError(t, e.Put(context.Background(), moved, sessiondex.Session{ID: fmt.Sprint("new-", n), Title: "e", CreatedAt: day(1), UpdatedAt: day(400 + n)}))
		}
		assert.Equal(t, want.page(t).ids(), ids)
		assert.Len(t, slices.Compact(tokens), 1)

		// The same version answers for everything else too, byte for byte.
		assert.NotEqual(t, string(want.body), string(s.get(t, listPath+filter+"&limit=500").body))
		a := s.get(t, listPath+filter+"&limit=500&snapshot="+tokens[0])
		assert.Equal(t, string(want.body), string(a.body))
		assert.Equal(t, string(counts.body), string(s.get(t, facetPath+filter+"&snapshot="+tokens[0]).body))

		// What does not change can be kept.
		require.NotEmpty(t, a.header.Get("Etag"))
		again := s.get(t, listPath+filter+"&limit=500&snapshot="+tokens[0], "If-None-Match", a.header.Get("Etag"))
		assert.Equal(t, http.StatusNotModified, again.status)
	}
}

func TestASnapshotBeginsAtAPageOrWithTheCounts(t *testing.T) {
	e := newEngine(t, few()...)
	s := serve(t, newHandler(t, e, httpapi.Options{}), nil)
	plain, counted := s.get(t, listPath), s.get(t, facetPath)
	for _, path := range []string{listPath, facetPath} {
		a := s.get(t, path+"?snapshot=gone&snapshot=new", "If-None-Match", "*")
		token := a.snapshot(t)
		assert.Empty(t, a.header.Get("Etag"), "its token must never come from a cache")
		assert.Contains(t, a.header.Get("Cache-Control"), "no-store")
		assert.Equal(t, token, s.get(t, path+"?snapshot=new").snapshot(t), "the same version is held once")
		assert.Equal(t, token, s.do(t, "HEAD", path+"?snapshot=new", "X-API-KEY", key).header.Get("X-Snapshot"))
	}
	token := s.get(t, facetPath+"?snapshot=new").snapshot(t)
	_, err := e.Delete(context.Background(), "report")
	require.NoError(t, err)
	assert.Equal(t, string(plain.body), string(s.get(t, listPath+"?snapshot="+token).body))
	assert.Equal(t, string(counted.body), string(s.get(t, facetPath+"?snapshot="+token).body))
	assert.NotEqual(t, token, s.get(t, listPath+"?snapshot=new").snapshot(t))

	// A faulty request holds no version.
	a := s.get(t, listPath+"?snapshot=new&limit=0")
	params, _ := a.faults(t)
	assert.Equal(t, []string{"limit"}, params)
	a = s.get(t, listPath+"?snapshot=new&cursor=nonsense")
	params, _ = a.faults(t)
	assert.Equal(t, []string{"cursor"}, params)
	assert.Empty(t, a.header.Get("X-Snapshot"))
}

func TestUnknownSnapshotsAreGone(t *testing.T) {
	s := serve(t, newHandler(t, newEngine(t, few()...), httpapi.Options{Strict: true}), nil)
	token := s.get(t, listPath+"?snapshot=new").snapshot(t)
	for _, bad := range []string{
		"", "NEW", " new", "nonsense", token[1:], token + "A", strings.ToLower(token), "\x00\xff", strings.Repeat("A", len(token)), strings.Repeat("x", 10_000),
	} {
		for _, path := range []string{listPath, facetPath} {
			s.get(t, path+"?snapshot="+url.QueryEscape(bad), "If-None-Match", "*").assertGone(t, fmt.Sprintf("%q", bad))
		}
	}
	assert.Equal(t, http.StatusOK, s.get(t, listPath+"?snapshot=nonsense&snapshot="+token).status, "the last one counts")
	assert.Equal(t, http.StatusUnauthorized, s.do(t, "GET", listPath+"?snapshot="+token).status)

	// Tokens are of one handler.
	other := start(t, few()...)
	other.get(t, listPath+"?snapshot="+token).assertGone(t, "another server's")
}

// For everyone else its token is like one that does not exist.
func TestASnapshotIsOfOneScope(t *testing.T) {
	s := scoped(t, newEngine(t, few()...))
	ask := func(who, token string) answer {
		return s.do(t, "GET", listPath+"?snapshot="+token, "X-API-KEY", who)
	}
	tokens := map[string]string{}
	for who := range scopes {
		tokens[who] = ask(who, "new").snapshot(t)
	}
	for owner, token := range tokens {
		for who := range scopes {
			if who == owner {
				assert.Equal(t, string(s.do(t, "GET", listPath, "X-API-KEY", who).body), string(ask(who, token).body))
				continue
			}
			a := ask(who, token)
			a.assertGone(t, who+" with the token of "+owner)
			assert.Equal(t, string(ask(who, "nonsense").body), string(a.body))
		}
	}
}

// direct calls a handler without a network, so that tests can control the clock.
func direct(h http.Handler, path string, header ...string) answer {
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("X-API-KEY", key)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{status: w.Code, header: w.Header(), body: w.Body.Bytes()}
}

// scanning is an engine without background work.
func scanning(t testing.TB, sessions ...sessiondex.Session) *sessiondex.Engine {
	t.Helper()
	e, err := sessiondex.New(&sessiondex.Options{ScanTitles: true})
	require.NoError(t, err)
	require.NoError(t, e.Put(context.Background(), sessions...))
	return e
}

func TestSnapshotsLiveWhileTheyAreUsed(t *testing.T) {
	for _, lifetime := range []time.Duration{0, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			e := scanning(t, few()...)
			defer e.Close()
			h := newHandler(t, e, httpapi.Options{SnapshotLifetime: lifetime})
			if lifetime == 0 {
				lifetime = httpapi.DefaultSnapshotLifetime
			}
			first := direct(h, listPath+"?snapshot=new").snapshot(t)
			write(t, e)
			idle := direct(h, listPath+"?snapshot=new").snapshot(t)
			for range 5 {
				time.Sleep(lifetime - time.Nanosecond)
				assert.Equal(t, http.StatusOK, direct(h, facetPath+"?snapshot="+first).status)
			}
			direct(h, listPath+"?snapshot="+idle).assertGone(t, "nobody used it")
			time.Sleep(lifetime)
			direct(h, listPath+"?snapshot="+first).assertGone(t, "its time is over")
			synctest.Wait()
		})
	}
}

// The number of snapshots is bounded, whatever the clients do.
func TestTheOldestSnapshotMakesRoom(t *testing.T) {
	for max, opts := range map[int]httpapi.Options{3: {MaxSnapshots: 3}, httpapi.DefaultMaxSnapshots: {}} {
		e := newEngine(t, few()...)
		h := newHandler(t, e, opts)
		var tokens []string
		take := func() {
			write(t, e)
			tokens = append(tokens, direct(h, listPath+"?snapshot=new").snapshot(t))
		}
		for range max {
			take()
		}
		for _, token := range tokens {
			assert.Equal(t, http.StatusOK, direct(h, listPath+"?snapshot="+token).status)
		}
		assert.Equal(t, http.StatusOK, direct(h, listPath+"?snapshot="+tokens[0]).status)
		take()
		direct(h, listPath+"?snapshot="+tokens[1]).assertGone(t, "used least recently")
		for i, token := range tokens {
			if i != 1 {
				assert.Equal(t, http.StatusOK, direct(h, listPath+"?snapshot="+token).status, i)
			}
		}
	}
}

func TestSnapshotsUnderManyClients(t *testing.T) {
	e := newEngine(t, few()...)
	h := newHandler(t, e, httpapi.Options{MaxSnapshots: 4, SnapshotLifetime: time.Millisecond})
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for range 50 {
				write(t, e)
				token := direct(h, listPath+"?snapshot=new").header.Get("X-Snapshot")
				assert.Contains(t, []int{http.StatusOK, http.StatusGone}, direct(h, listPath+"?snapshot="+token).status)
			}
		})
	}
	clients.Wait()
}

// The answer names the interface that the reader lacks.
func TestWithoutVersionsThereAreNoSnapshots(t *testing.T) {
	e := newEngine(t, few()...)
	for _, value := range []string{"new", "token"} {
		a := direct(newHandler(t, struct{ sessiondex.Reader }{e}, httpapi.Options{}), listPath+"?snapshot="+value)
		assert.Equal(t, http.StatusNotImplemented, a.status)
		assert.Contains(t, a.detail(t), "httpapi.Pinner")
	}
	// A snapshot is a version itself.
	h := newHandler(t, e.Snapshot(), httpapi.Options{})
	a := direct(h, listPath+"?snapshot="+direct(h, listPath+"?snapshot=new").snapshot(t))
	assert.Equal(t, http.StatusOK, a.status)
}

func TestNobodyLosesSnapshotsToOthers(t *testing.T) {
	e := newEngine(t, few()...)
	h := newHandler(t, e, httpapi.Options{MaxSnapshots: 6, Authenticate: named})
	ask := func(who, path string) answer { return direct(h, path, "X-Who", who) }
	mine := []string{ask("ada", listPath+"?snapshot=new").snapshot(t)}
	write(t, e)
	mine = append(mine, ask("ada", listPath+"?snapshot=new").snapshot(t))
	var theirs []string
	for range 100 {
		write(t, e)
		theirs = append(theirs, ask("bob", listPath+"?snapshot=new").snapshot(t))
	}
	for _, token := range mine {
		assert.Equal(t, http.StatusOK, ask("ada", listPath+"?snapshot="+token).status)
		ask("bob", listPath+"?snapshot="+token).assertGone(t, "another's")
	}
	held := 0
	for _, token := range theirs {
		if ask("bob", listPath+"?snapshot="+token).status == http.StatusOK {
			held++
		}
	}
	assert.Equal(t, 4, held)
}

// named lets everyone in, under the name and with the workspace that the request has.
func named(r *http.Request) (httpapi.Principal, error) {
	p := httpapi.Principal{Name: r.Header.Get("X-Who"), Write: r.Header.Get("X-Read-Only") == "", Workspace: r.Header.Get("X-Workspace")}
	if scope := r.Header.Get("X-Scope"); scope != "" {
		p.Scope.WorkspaceIDs = strings.Split(scope, ",")
	}
	return p, nil
}

func TestFaultyLimitsAreRefused(t *testing.T) {
	_, err := httpapi.NewHandler(newEngine(t), &httpapi.Options{AllowAnonymous: true, MaxSnapshots: -1, MaxStreams: -2, SnapshotLifetime: -time.Second})
	for _, want := range []string{"MaxSnapshots -1", "MaxStreams -2", "SnapshotLifetime -1s"} {
		assert.ErrorContains(t, err, want)
	}
}
