package sessiondex

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
)

// suspects tells which of the watched windows a write makes the hub doubt.
func suspects(t *testing.T, e *Engine, watchers map[string]*watcher, write func()) (names []string) {
	t.Helper()
	for _, w := range watchers {
		next, err := func() (*window, error) {
			if w.listing.stale || w.window == nil {
				return w.next(t.Context())
			}
			return w.window, nil
		}()
		require.NoError(t, err)
		w.window = next
	}
	write()
	time.Sleep(10 * time.Millisecond)
	synctest.Wait()
	for name, w := range watchers {
		if w.listing.stale {
			names = append(names, name)
		}
	}
	return names
}

func TestAWriteDisturbsOnlyTheWindowsThatItCouldConcern(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, err := New(&Options{ScanTitles: true})
		require.NoError(t, err)
		defer e.Close()
		at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
		session := func(n int, change ...func(*Session)) Session {
			s := Session{ID: fmt.Sprint(n), Title: "report", AppID: "billing", State: "running", CreatedAt: at, UpdatedAt: at.Add(time.Duration(n) * time.Minute)}
			for _, f := range change {
				f(&s)
			}
			return s
		}
		put := func(sessions ...Session) func() {
			return func() { require.NoError(t, e.Put(context.Background(), sessions...)) }
		}
		for n := range 40 {
			put(session(n))()
		}
		queries := map[string]query.Query{
			"first page":  {Limit: 10},
			"second page": {Limit: 10, Offset: 10},
			"past it":     {Limit: 10, Offset: 1000},
			"support":     {AppID: "support"},
			"in scope":    {Scope: query.Scope{AppIDs: []string{"support", "sales"}}},
			"nothing":     {Scope: query.Scope{AppIDs: []string{}}},
			"failed":      {States: []string{"failed", "paused"}},
			"daily":       {Keyword: "daily"},
		}
		watchers := map[string]*watcher{}
		for name, q := range queries {
			w, err := e.watches.join(t.Context(), q, "")
			require.NoError(t, err)
			defer w.leave()
			watchers[name] = w
		}
		onlyTime := func(d time.Duration) func(*Session) {
			return func(s *Session) { s.UpdatedAt = s.UpdatedAt.Add(d) }
		}
		assert.Empty(t, suspects(t, e, watchers, put(session(3))), "nothing is different")
		assert.Empty(t, suspects(t, e, watchers, put(session(3, onlyTime(time.Second)))), "it stays below all windows")
		assert.Equal(t, []string{"second page"}, suspects(t, e, watchers, put(session(25, onlyTime(time.Second)))), "a row of it")
		assert.ElementsMatch(t, []string{"first page", "second page"}, suspects(t, e, watchers, put(session(3, onlyTime(time.Hour)))), "to the top")
		assert.Equal(t, []string{"first page"}, suspects(t, e, watchers, put(session(39, onlyTime(time.Second)))), "above the second page before and after")
		assert.ElementsMatch(t, []string{"first page", "second page", "past it"}, suspects(t, e, watchers, put(session(100, func(s *Session) { s.UpdatedAt = at }))), "one more in the total")
		assert.ElementsMatch(t, []string{"support", "in scope"}, suspects(t, e, watchers, put(session(4, func(s *Session) { s.AppID = "support" }))))
		assert.ElementsMatch(t, []string{"failed"}, suspects(t, e, watchers, put(session(5, func(s *Session) { s.State = "failed" }))))
		assert.ElementsMatch(t, []string{"failed"}, suspects(t, e, watchers, put(session(5))), "and back")
		assert.ElementsMatch(t, []string{"daily"}, suspects(t, e, watchers, put(session(6, func(s *Session) { s.Title = "Daily" }))))
		assert.ElementsMatch(t, []string{"first page", "second page", "past it"}, suspects(t, e, watchers, func() {
			_, err := e.Delete(context.Background(), "7", "nobody")
			require.NoError(t, err)
		}))
	})
}

func TestWatchesOfOneWindowShareIt(t *testing.T) {
	e, err := New(&Options{ScanTitles: true})
	require.NoError(t, err)
	defer e.Close()
	join := func(q query.Query) *watcher {
		w, err := e.watches.join(t.Context(), q, "")
		require.NoError(t, err)
		return w
	}
	a, b := join(query.Query{States: []string{"x", "y"}}), join(query.Query{States: []string{" y", "x", ""}, Limit: 50, SortBy: query.UpdatedAt})
	c := join(query.Query{States: []string{"x", "y"}, Limit: 51})
	d := join(query.Query{States: []string{"x", "y"}, Scope: query.Scope{AppIDs: []string{}}})
	assert.Same(t, a.listing, b.listing, "the same, said otherwise")
	assert.NotSame(t, a.listing, c.listing)
	assert.NotSame(t, a.listing, d.listing, "a scope is another listing")
	one, err := a.next(t.Context())
	require.NoError(t, err)
	two, err := b.next(t.Context())
	require.NoError(t, err)
	assert.Same(t, one, two)
	for _, w := range []*watcher{a, b, c, d} {
		w.leave()
	}
	assert.Empty(t, e.watches.listings)
	assert.Empty(t, e.watches.routes.general)
	for _, byValue := range e.watches.routes.byValue {
		assert.Empty(t, byValue)
	}
}

func TestTheLogForgetsTheOldestFirst(t *testing.T) {
	var l changeLog
	l.reset(7)
	_, ok := l.after(6)
	assert.False(t, ok)
	got, ok := l.after(7)
	assert.True(t, ok)
	assert.Empty(t, got)
	for v := uint64(8); v < 20_000; v += 2 {
		l.append(v, make([]change, v%3))
	}
	newest := l.batches[len(l.batches)-1].version
	for back := range 100 {
		got, ok := l.after(newest - 2*uint64(back))
		require.True(t, ok)
		require.Len(t, got, back)
		_, ok = l.after(newest - 2*uint64(back) - 1)
		require.False(t, ok, "a version in which the hub never was")
	}
	got, ok = l.after(l.base)
	assert.True(t, ok)
	assert.Len(t, got, len(l.batches))
	_, ok = l.after(8)
	assert.False(t, ok, "long ago")
	assert.LessOrEqual(t, l.changes, maxLogChanges)

	big := index.NewWriter(nil, nil).Put([]index.Entry{{ID: "1", Title: string(make([]byte, 1<<20))}}).FindPacked("1")
	for v := uint64(20_000); v < 20_100; v++ {
		l.append(v, []change{{now: big}})
		require.LessOrEqual(t, l.bytes, maxLogBytes)
	}
	bytes, changes := 0, 0
	for _, b := range l.batches {
		bytes += b.bytes
		changes += len(b.changes) + 1
	}
	assert.Equal(t, bytes, l.bytes)
	assert.Equal(t, changes, l.changes)
	assert.Greater(t, len(l.batches), 5)
}
