package live

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// engine is what a hub needs of one.
type engine struct {
	Hub
	view   atomic.Pointer[index.View]
	mu     sync.Mutex
	writer *index.Writer
}

func newEngine(t testing.TB, fields ...schema.Field) *engine {
	s, err := schema.New(fields...)
	require.NoError(t, err)
	e := &engine{writer: index.NewWriter(s, nil)}
	e.view.Store(e.writer.View())
	e.Init(&e.view)
	t.Cleanup(e.Close)
	return e
}

func (e *engine) put(entries ...index.Entry) {
	e.mu.Lock()
	defer e.mu.Unlock()
	ids := make([]string, len(entries))
	for i := range entries {
		ids[i] = entries[i].ID
	}
	e.view.Store(e.writer.Put(entries))
	e.Wrote(ids)
}

func (e *engine) delete(ids ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	v, _ := e.writer.Delete(ids)
	e.view.Store(v)
	e.Wrote(ids)
}

// entry is a session updated some minutes into a day.
func entry(n int, change ...func(*index.Entry)) index.Entry {
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	e := index.Entry{ID: fmt.Sprint(n), Title: "report", Created: index.InstantOf(at), Updated: index.InstantOf(at.Add(time.Duration(n) * time.Minute))}
	e.Values[schema.RowAppID], e.Values[schema.RowState], e.Values[schema.RowSessionType] = "billing", "running", "session"
	for _, f := range change {
		f(&e)
	}
	return e
}

// suspects returns the watched windows that a write makes the hub mark as stale.
func suspects(t *testing.T, watchers map[string]*Watcher, write func()) (names []string) {
	t.Helper()
	for _, w := range watchers {
		next, err := func() (*Window, error) {
			if w.listing.stale || w.window == nil {
				return w.Next(t.Context())
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

func TestAWriteMarksOnlyTheWindowsThatItMayChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t)
		put := func(entries ...index.Entry) func() { return func() { e.put(entries...) } }
		for n := range 40 {
			e.put(entry(n))
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
		watchers := map[string]*Watcher{}
		for name, q := range queries {
			w, err := e.Join(t.Context(), q, "")
			require.NoError(t, err)
			defer w.Leave()
			watchers[name] = w
		}
		later := func(d time.Duration) func(*index.Entry) {
			return func(e *index.Entry) { e.Updated = index.InstantOf(e.Updated.Time().Add(d)) }
		}
		of := func(row int, value string) func(*index.Entry) {
			return func(e *index.Entry) { e.Values[row] = value }
		}
		assert.Empty(t, suspects(t, watchers, put(entry(3))), "nothing is different")
		assert.Empty(t, suspects(t, watchers, put(entry(3, later(time.Second)))), "it stays below all windows")
		assert.Equal(t, []string{"second page"}, suspects(t, watchers, put(entry(25, later(time.Second)))), "a row of it")
		assert.ElementsMatch(t, []string{"first page", "second page"}, suspects(t, watchers, put(entry(3, later(time.Hour)))), "to the top")
		assert.Equal(t, []string{"first page"}, suspects(t, watchers, put(entry(39, later(time.Second)))), "above the second page before and after")
		assert.ElementsMatch(t, []string{"first page", "second page", "past it"}, suspects(t, watchers, put(entry(100, later(-100*time.Minute)))), "one more in the total")
		assert.ElementsMatch(t, []string{"support", "in scope"}, suspects(t, watchers, put(entry(4, of(schema.RowAppID, "support")))))
		assert.ElementsMatch(t, []string{"failed"}, suspects(t, watchers, put(entry(5, of(schema.RowState, "failed")))))
		assert.ElementsMatch(t, []string{"failed"}, suspects(t, watchers, put(entry(5))), "and back")
		assert.ElementsMatch(t, []string{"daily"}, suspects(t, watchers, put(entry(6, func(e *index.Entry) { e.Title = "Daily" }))))
		assert.ElementsMatch(t, []string{"first page", "second page", "past it"}, suspects(t, watchers, func() { e.delete("7", "nobody") }))
	})
}

func TestWatchesOfOneWindowShareIt(t *testing.T) {
	e := newEngine(t)
	join := func(q query.Query) *Watcher {
		w, err := e.Join(t.Context(), q, "")
		require.NoError(t, err)
		return w
	}
	a, b := join(query.Query{States: []string{"x", "y"}}), join(query.Query{States: []string{" y", "x", ""}, Limit: 50, SortBy: query.UpdatedAt})
	c := join(query.Query{States: []string{"x", "y"}, Limit: 51})
	d := join(query.Query{States: []string{"x", "y"}, Scope: query.Scope{AppIDs: []string{}}})
	assert.Same(t, a.listing, b.listing, "the same, written otherwise")
	assert.NotSame(t, a.listing, c.listing)
	assert.NotSame(t, a.listing, d.listing, "a scope is another listing")
	one, err := a.Next(t.Context())
	require.NoError(t, err)
	two, err := b.Next(t.Context())
	require.NoError(t, err)
	assert.Same(t, one, two)
	for _, w := range []*Watcher{a, b, c, d} {
		w.Leave()
	}
	assert.Empty(t, e.listings)
	assert.Empty(t, e.routes.general)
	for _, row := range e.routes.rows {
		assert.Empty(t, row.listings)
	}
}

// A watch shares no list with its caller, and values with commas are not mixed up.
func TestAWatchOwnsItsQuery(t *testing.T) {
	e := newEngine(t)
	e.put(entry(1), entry(2, func(e *index.Entry) { e.Values[schema.RowState] = "failed" }))
	q := query.Query{States: []string{"failed"}, Scope: query.Scope{AppIDs: []string{"billing"}}}
	a, err := e.Join(t.Context(), q, "")
	require.NoError(t, err)
	defer a.Leave()
	q.States[0], q.Scope.AppIDs[0] = "running", "other"
	b, err := e.Join(t.Context(), query.Query{States: []string{"failed"}, Scope: query.Scope{AppIDs: []string{"billing"}}}, "")
	require.NoError(t, err)
	defer b.Leave()
	for _, w := range []*Watcher{a, b} {
		window, err := w.Next(t.Context())
		require.NoError(t, err)
		require.Len(t, window.Rows, 1)
		assert.Equal(t, "2", window.Rows[0].ID())
	}
	comma, err := e.Join(t.Context(), query.Query{States: []string{"a,b"}}, "")
	require.NoError(t, err)
	defer comma.Leave()
	two, err := e.Join(t.Context(), query.Query{States: []string{"a", "b"}}, "")
	require.NoError(t, err)
	defer two.Leave()
	assert.NotSame(t, comma.listing, two.listing)
}

// So titles and keywords of any length make nobody else wait.
func TestKeywordsAreTestedWithoutTheLock(t *testing.T) {
	e := newEngine(t)
	const terms = 60
	var keyword strings.Builder
	for i := range terms {
		fmt.Fprintf(&keyword, "term%d ", i)
	}
	title := func(e *index.Entry) { e.Title = strings.Repeat(keyword.String()+"x", 500) }
	w, err := e.Join(t.Context(), query.Query{Keyword: keyword.String(), Match: query.MatchAllTerms}, "")
	require.NoError(t, err)
	defer w.Leave()
	window, err := w.Next(t.Context())
	require.NoError(t, err)
	assert.Zero(t, window.Total)
	w.Has(window)

	l := w.listing
	p := index.NewWriter(nil, nil).Put([]index.Entry{entry(1, title)}).FindPacked("1")
	c := Change{After: p}
	s := c.sights()
	assert.Greater(t, l.testCost(&s), 100*minTest, "a costly test is estimated as such")

	// A goroutine that takes the lock sooner or later finds the hub in the middle of a test.
	met := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(met)
		for {
			e.Hub.mu.Lock()
			testing := e.testing
			l.cost = time.Hour // so that it is tested, whatever the test costs
			e.Hub.mu.Unlock()
			select {
			case <-done:
				return
			default:
				if testing {
					return
				}
			}
		}
	}()
	for n := 1; ; n++ {
		e.put(entry(1, title, func(e *index.Entry) { e.Title += fmt.Sprint(n) }), entry(2, title, func(e *index.Entry) { e.Title += fmt.Sprint(n) }))
		window, err = w.Next(t.Context())
		require.NoError(t, err)
		w.Has(window)
		select {
		case <-met:
		default:
			if n < 2000 {
				continue
			}
			close(done)
			t.Error("nobody got the lock while a keyword was tested")
		}
		break
	}
	assert.Equal(t, 2, window.Total)
}

// Testing changes against a listing takes no more than computing its window, which its own
// watchers do in parallel.
func TestCostlyWatchesDelayNobody(t *testing.T) {
	e := newEngine(t)
	const costly, changes, terms = 50, 200, 60
	join := func(q query.Query) *listing {
		w, err := e.Join(t.Context(), q, "")
		require.NoError(t, err)
		t.Cleanup(w.Leave)
		window, err := w.Next(t.Context())
		require.NoError(t, err)
		w.Has(window)
		return w.listing
	}
	var dear []*listing
	for n := range costly {
		var keyword strings.Builder
		for i := range terms {
			fmt.Fprintf(&keyword, "absent%d-%d ", n, i)
		}
		dear = append(dear, join(query.Query{Keyword: keyword.String(), Match: query.MatchAllTerms}))
	}
	cheap := join(query.Query{States: []string{"failed"}})

	long := strings.Repeat("a long title ", 5000)
	var seen []sights
	for n := range changes {
		p := index.NewWriter(nil, nil).Put([]index.Entry{entry(n, func(e *index.Entry) { e.Title = long })}).FindPacked(fmt.Sprint(n))
		c := Change{After: p}
		seen = append(seen, c.sights())
	}
	e.Hub.mu.Lock()
	for _, l := range append(dear, cheap) {
		l.cost = 10 * l.testCost(&seen[0])
	}
	e.Hub.mu.Unlock()
	doubted, near, tests := e.testAll(seen)
	assert.Empty(t, near)
	assert.NotContains(t, doubted, cheap, "its few tests are all made")
	assert.ElementsMatch(t, dear, doubted, "after some changes, their watchers compute them again")
	assert.LessOrEqual(t, tests, 10*costly)
}

func TestTheLogForgetsTheOldestFirst(t *testing.T) {
	var l Log
	l.Reset(7)
	_, ok := l.After(6)
	assert.False(t, ok)
	got, ok := l.After(7)
	assert.True(t, ok)
	assert.Empty(t, got)
	for v := uint64(8); v < 20_000; v += 2 {
		l.Append(v, make([]Change, v%3))
	}
	newest := l.batches[len(l.batches)-1].Version
	for back := range 100 {
		got, ok := l.After(newest - 2*uint64(back))
		require.True(t, ok)
		require.Len(t, got, back)
		_, ok = l.After(newest - 2*uint64(back) - 1)
		require.False(t, ok, "a version in which the hub never was")
	}
	got, ok = l.After(l.base)
	assert.True(t, ok)
	assert.Len(t, got, len(l.batches))
	_, ok = l.After(8)
	assert.False(t, ok, "long ago")
	assert.LessOrEqual(t, l.changes, MaxLogChanges)

	big := index.NewWriter(nil, nil).Put([]index.Entry{{ID: "1", Title: string(make([]byte, 1<<20))}}).FindPacked("1")
	for v := uint64(20_000); v < 20_100; v++ {
		l.Append(v, []Change{{After: big}})
		require.LessOrEqual(t, l.bytes, maxLogBytes)
	}
	bytes, changes := 0, 0
	for _, b := range l.batches {
		bytes += b.bytes
		changes += len(b.Changes) + 1
	}
	assert.Equal(t, bytes, l.bytes)
	assert.Equal(t, changes, l.changes)
	assert.Greater(t, len(l.batches), 5)
}
