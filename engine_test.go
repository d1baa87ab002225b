package sessiondex_test

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

func TestAnEmptyEngine(t *testing.T) {
	e := newEngine(t, nil)
	p := list(t, e, query.Query{})
	assert.Equal(t, `{"has_more":false,"items":[],"limit":50,"next_offset":null,"offset":0,"total":0}`, string(p.AppendJSON(nil)))
	assert.Empty(t, p.NextCursor)
	assert.Empty(t, p.PrevCursor)
	assert.Empty(t, all(t, e, everything))
	assert.Zero(t, e.Len())
	assert.Zero(t, e.Version())
	_, err := e.Get(context.Background(), "x")
	assert.ErrorIs(t, err, sessiondex.ErrNotFound)
	n, err := e.Delete(context.Background(), "x")
	assert.NoError(t, err)
	assert.Zero(t, n)
	assert.NoError(t, e.Put(context.Background()), "an empty batch is a batch")
	assert.NoError(t, e.Verify(context.Background()))
	f, err := e.Facets(t.Context(), query.Query{}, query.FacetOptions{})
	require.NoError(t, err)
	assert.Zero(t, f.Total)
}

func TestPutGetAndDelete(t *testing.T) {
	zone := time.FixedZone("", 7200)
	s := sessiondex.Session{
		ID: "s-1", Title: "Invoice review", State: "running", SourceChannel: "web", SessionType: "video_session", AppID: "app", WorkspaceID: "ws",
		ParentSessionID: "s-0", IsSubSession: true, AOPAssetID: "aop", TriggerType: "email", IsTaskSession: true,
		CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 6, zone), UpdatedAt: time.Date(2026, 2, 3, 4, 5, 6, 7, zone), Extra: `{"is_unread":true}`,
	}
	e := newEngine(t, nil, s)
	want := s
	want.CreatedAt, want.UpdatedAt = s.CreatedAt.UTC(), s.UpdatedAt.UTC()
	got, err := e.Get(context.Background(), "s-1")
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.Equal(t, []sessiondex.Session{want}, all(t, e, everything))

	replaced := plain("s-1", 3, titled("Replaced"))
	require.NoError(t, e.Put(context.Background(), replaced))
	got, err = e.Get(context.Background(), "s-1")
	require.NoError(t, err)
	assert.Equal(t, replaced, got, "a session is replaced as a whole")
	assert.Equal(t, 1, e.Len())

	require.NoError(t, e.Put(context.Background(), plain("s-2", 0, func(s *sessiondex.Session) { s.SessionType = "" })))
	got, err = e.Get(context.Background(), "s-2")
	require.NoError(t, err)
	assert.Equal(t, "session", got.SessionType, "what an absent type means")

	n, err := e.Delete(context.Background(), "s-1", "nobody", "s-1")
	require.NoError(t, err)
	assert.Equal(t, 1, n, "how many there were")
	_, err = e.Get(context.Background(), "s-1")
	assert.ErrorIs(t, err, sessiondex.ErrNotFound)
	assert.ErrorContains(t, err, `"s-1"`)
	assert.Equal(t, 1, e.Len())
}

// All rows that tie are walked by offset and by cursor, forward and back: each comes
// once, whatever the size of the step.
func TestTiesAreWalkedOnceEach(t *testing.T) {
	const n = 10_000
	e := newEngine(t, nil, many(n, func(i int, s *sessiondex.Session) {
		s.ID = fmt.Sprintf("s-%06d", i*7919%n)
		s.UpdatedAt = noon(0)
		s.Title = "Untitled"
		s.State = []string{"a", "b"}[i%2]
	})...)
	var want []string
	for i := range n {
		want = append(want, fmt.Sprintf("s-%06d", i))
	}
	for _, base := range []query.Query{
		{SortBy: query.UpdatedAt}, {SortBy: query.CreatedAt}, {SortBy: query.Title},
		{SortBy: query.UpdatedAt, States: []string{"a", "b"}}, // by another plan
	} {
		for _, direction := range []query.Direction{query.Asc, query.Desc} {
			expect := slices.Clone(want)
			if direction == query.Desc {
				slices.Reverse(expect)
			}
			for _, step := range []int{1, 7, 50, 500} {
				if step == 1 && base.SortBy != query.UpdatedAt || step < 50 && base.States != nil {
					continue // it would take time, and no other way through the code
				}
				q := base
				q.SortDirection, q.Limit = direction, step
				var byOffset, byCursor, back []string
				for p := list(t, e, q); ; p = list(t, e, q) {
					byOffset = append(byOffset, idsOf(p.Items)...)
					if p.NextOffset == nil {
						break
					}
					q.Offset = *p.NextOffset
				}
				q.Offset = 0
				p := list(t, e, q)
				for {
					byCursor = append(byCursor, idsOf(p.Items)...)
					if !p.HasMore {
						break
					}
					q.Cursor = p.NextCursor
					p = list(t, e, q)
				}
				for {
					page := idsOf(p.Items)
					slices.Reverse(page)
					back = append(back, page...)
					if p.PrevCursor == "" {
						break
					}
					q.Cursor = p.PrevCursor
					p = list(t, e, q)
				}
				slices.Reverse(back)
				require.True(t, slices.Equal(expect, byOffset), "%+v by %d", base, step)
				require.True(t, slices.Equal(expect, byCursor), "%+v by %d", base, step)
				require.True(t, slices.Equal(expect, back), "%+v by %d", base, step)
			}
		}
	}
}

func TestPagesAtAndPastTheEnd(t *testing.T) {
	e := newEngine(t, nil, many(120, nil)...)
	for _, c := range []struct {
		offset, limit, items int
		next                 any
	}{
		{0, 50, 50, 50}, {50, 50, 50, 100}, {69, 50, 50, 119}, {70, 50, 50, nil}, {71, 50, 49, nil}, {100, 50, 20, nil}, {119, 1, 1, nil}, {118, 1, 1, 119},
		{120, 50, 0, nil}, {121, 50, 0, nil}, {1 << 30, 500, 0, nil}, {math.MaxInt - 1, 500, 0, nil}, {math.MaxInt, 500, 0, nil}, {0, 120, 120, nil}, {0, 119, 119, 119},
	} {
		p := list(t, e, query.Query{Offset: c.offset, Limit: c.limit})
		assert.Len(t, p.Items, c.items, "%+v", c)
		assert.NotNil(t, p.Items, "%+v", c)
		assert.Equal(t, 120, p.Total, "the total does not depend on the page: %+v", c)
		assert.Equal(t, c.offset, p.Offset)
		assert.Equal(t, c.limit, p.Limit)
		assert.Equal(t, c.next != nil, p.HasMore, "%+v", c)
		assert.Equal(t, p.HasMore, p.NextCursor != "", "%+v", c)
		if c.next == nil {
			assert.Nil(t, p.NextOffset, "%+v", c)
		} else if assert.NotNil(t, p.NextOffset, "%+v", c) {
			assert.Equal(t, c.next, *p.NextOffset, "%+v", c)
		}
	}
}

// A refused batch changes nothing, and the error names the session, the field and the
// value.
func TestARefusedBatchChangesNothing(t *testing.T) {
	e := newEngine(t, &sessiondex.Options{MaxTitleBytes: 100}, many(10, nil)...)
	before := e.Snapshot()
	valid := plain("s-000003", 99, titled("Replaced"))
	fresh := plain("fresh", 0)
	for _, c := range []struct {
		name  string
		fault sessiondex.Session
		want  []string
	}{
		{"an empty id", plain("", 0), []string{"(index 2)", "id"}},
		{"an id twice", plain("fresh", 0), []string{`"fresh"`, "(index 2)", "id", "twice", "index 1"}},
		{"no created_at", plain("x", 0, func(s *sessiondex.Session) { s.CreatedAt = time.Time{} }), []string{`"x"`, "(index 2)", "created_at", "zero"}},
		{"no updated_at", plain("x", 0, func(s *sessiondex.Session) { s.UpdatedAt = time.Time{} }), []string{`"x"`, "(index 2)", "updated_at", "zero"}},
		{"a year that RFC 3339 cannot write", plain("x", 0, func(s *sessiondex.Session) { s.UpdatedAt = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC) }), []string{`"x"`, "updated_at", "10000"}},
		{"text that is not UTF-8", plain("x", 0, func(s *sessiondex.Session) { s.State = "run\xffning" }), []string{`"x"`, "state", "UTF-8", `"run\xffning"`}},
		{"an id that is not UTF-8", plain("x\xff", 0), []string{`"x\xff"`, "id", "UTF-8"}},
		{"a title over the limit", plain("x", 0, titled(strings.Repeat("long ", 21))), []string{`"x"`, "title", "100 bytes", "105", "long long"}},
		{"an Extra that is no object", plain("x", 0, func(s *sessiondex.Session) { s.Extra = "[1]" }), []string{`"x"`, "Extra", "[1]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := e.Put(context.Background(), valid, fresh, c.fault)
			require.ErrorIs(t, err, sessiondex.ErrInvalidSession)
			for _, part := range c.want {
				assert.ErrorContains(t, err, part)
			}
			var fault *sessiondex.SessionError
			require.ErrorAs(t, err, &fault)
			assert.Equal(t, 2, fault.Index)
			assert.Equal(t, before.Version(), e.Version(), "not even a version")
			assert.Equal(t, all(t, before, everything), all(t, e, everything))
			require.NoError(t, e.Verify(context.Background()))
		})
	}
	require.NoError(t, e.Put(context.Background(), valid, fresh, plain("x", 0, titled(strings.Repeat("x", 100)))), "at the limit")
	assert.Equal(t, 12, e.Len())
}

func TestEveryFaultOfTheOptionsIsNamed(t *testing.T) {
	e, err := sessiondex.New(&sessiondex.Options{MaxTitleBytes: -1, GroupDelay: -time.Second, LockTimeout: -1})
	assert.Nil(t, e)
	for _, part := range []string{"MaxTitleBytes", "-1", "GroupDelay", "-1s", "LockTimeout"} {
		assert.ErrorContains(t, err, part)
	}
	o := &sessiondex.Options{}
	newEngine(t, o)
	assert.Equal(t, &sessiondex.Options{}, o, "the caller's options are not written to")
}

func TestEverythingAnswersErrClosedAfterClose(t *testing.T) {
	e := newEngine(t, nil, many(10, nil)...)
	before := e.Snapshot()
	want := all(t, before, everything)
	require.NoError(t, e.Close())
	require.NoError(t, e.Close(), "it may be called again")

	ctx := t.Context()
	type reader interface {
		sessiondex.Reader
		Len() int
	}
	for name, r := range map[string]reader{"engine": e, "snapshot of a closed engine": e.Snapshot()} {
		t.Run(name, func(t *testing.T) {
			_, err := r.Get(ctx, "s-000001")
			assert.ErrorIs(t, err, sessiondex.ErrClosed)
			_, err = r.List(ctx, query.Query{})
			assert.ErrorIs(t, err, sessiondex.ErrClosed)
			_, err = r.Facets(ctx, query.Query{}, query.FacetOptions{})
			assert.ErrorIs(t, err, sessiondex.ErrClosed)
			_, err = r.Explain(ctx, query.Query{})
			assert.ErrorIs(t, err, sessiondex.ErrClosed)
			yields := 0
			for _, err := range r.All(ctx, query.Query{}) {
				assert.ErrorIs(t, err, sessiondex.ErrClosed)
				yields++
			}
			assert.Equal(t, 1, yields)
			assert.Zero(t, r.Len())
		})
	}
	assert.ErrorIs(t, e.Put(ctx, plain("x", 0)), sessiondex.ErrClosed)
	assert.ErrorIs(t, e.Put(ctx), sessiondex.ErrClosed)
	_, err := e.Delete(ctx, "s-000001")
	assert.ErrorIs(t, err, sessiondex.ErrClosed)
	_, err = e.Facets(ctx, query.Query{}, query.FacetOptions{})
	assert.ErrorIs(t, err, sessiondex.ErrClosed)
	assert.ErrorIs(t, e.Verify(ctx), sessiondex.ErrClosed)
	assert.ErrorIs(t, e.WaitIndexed(ctx), sessiondex.ErrClosed)
	assert.Zero(t, e.Stats())
	assert.Zero(t, e.Version())

	assert.Equal(t, want, all(t, before, everything), "a snapshot of before stays readable")
	assert.Equal(t, 10, before.Len())
}

// What goes in and what comes out is the caller's to change.
func TestNothingIsSharedWithTheCaller(t *testing.T) {
	batch := many(10, func(i int, s *sessiondex.Session) { s.Title = fmt.Sprintf("Title %d", i) })
	e := newEngine(t, nil, batch...)
	want := slices.Clone(batch)
	clear(batch)

	states := []string{"running", "failed"}
	q := query.Query{States: states, Scope: query.Scope{AppIDs: []string{"b", "a", "b"}}}
	list(t, e, q)
	_, err := e.Facets(t.Context(), q, query.FacetOptions{})
	require.NoError(t, err)
	_, err = e.Explain(t.Context(), q)
	require.NoError(t, err)
	assert.Equal(t, []string{"running", "failed"}, states, "a query is not written to")
	assert.Equal(t, []string{"b", "a", "b"}, q.Scope.AppIDs)

	p := list(t, e, query.Query{SortDirection: query.Asc, Limit: 5})
	require.Equal(t, want[:5], p.Items)
	clear(p.Items)
	*p.NextOffset = -1
	for s := range e.All(t.Context(), query.Query{}) {
		s.Title = "changed"
	}
	f, err := e.Facets(t.Context(), query.Query{}, query.FacetOptions{})
	require.NoError(t, err)
	clear(f.Field("session_type").Values)
	again, err := e.Facets(t.Context(), query.Query{}, query.FacetOptions{})
	require.NoError(t, err)
	assert.Equal(t, []sessiondex.FacetCount{{Value: "session", Count: 10}}, again.Field("session_type").Values)
	assert.Equal(t, want, all(t, e, query.Query{SortDirection: query.Asc}))
	assert.Equal(t, want[:5], list(t, e, query.Query{SortDirection: query.Asc, Limit: 5}).Items)
}

func TestAllIgnoresTheLimitAndStartsWhereItIsTold(t *testing.T) {
	e := newEngine(t, nil, many(1200, nil)...)
	assert.Len(t, all(t, e, query.Query{Limit: 3}), 1200)
	assert.Len(t, all(t, e, query.Query{Offset: 1190}), 10)
	assert.Empty(t, all(t, e, query.Query{Offset: math.MaxInt}))
	p := list(t, e, query.Query{Limit: 100})
	assert.Equal(t, "s-001099", all(t, e, query.Query{Cursor: p.NextCursor})[0].ID)
	n := 0
	for range e.All(t.Context(), query.Query{}) {
		if n++; n == 3 {
			break
		}
	}
	assert.Equal(t, 3, n)
}

func TestErrorsOfAQueryComeThrough(t *testing.T) {
	e := newEngine(t, nil, many(10, nil)...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		q    query.Query
		want error
	}{
		{t.Context(), query.Query{Limit: 501}, sessiondex.ErrInvalidQuery},
		{t.Context(), query.Query{SortBy: "id"}, sessiondex.ErrInvalidQuery},
		{t.Context(), query.Query{Cursor: "x"}, sessiondex.ErrBadCursor},
		{ctx, query.Query{}, context.Canceled},
	} {
		p, err := e.List(c.ctx, c.q)
		assert.ErrorIs(t, err, c.want)
		assert.Zero(t, p, "no page by mistake")
		_, err = e.Explain(c.ctx, c.q)
		assert.ErrorIs(t, err, c.want)
		yields := 0
		for s, err := range e.All(c.ctx, c.q) {
			assert.ErrorIs(t, err, c.want)
			assert.Zero(t, s)
			yields++
		}
		assert.Equal(t, 1, yields)
		if c.q.Cursor == "" { // facets have no pages
			_, err = e.Facets(c.ctx, c.q, query.FacetOptions{})
			assert.ErrorIs(t, err, c.want)
		}
	}
}

// The context of a long listing is looked at in the course of it.
func TestACancelledContextStopsALongListing(t *testing.T) {
	e := newEngine(t, nil, many(30_000, nil)...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	var last error
	for _, err := range e.All(ctx, query.Query{}) {
		if last = err; err == nil {
			n++
		}
		if n == 100 {
			cancel()
		}
	}
	assert.ErrorIs(t, last, context.Canceled)
	assert.Less(t, n, 10_000)
}

// A page of 50 costs a handful of allocations, however it is made.
func TestAPageAllocatesAtMostTenTimes(t *testing.T) {
	fields := []schema.Field{{Name: "pinned", Type: schema.Flag}, {Name: "archived", Type: schema.Flag, Hidden: true}, {Name: "cost", Type: schema.Number, Sorted: true}}
	e := newEngine(t, &sessiondex.Options{Fields: fields}, many(5000, func(i int, s *sessiondex.Session) {
		s.State, s.SourceChannel, s.AppID = []string{"running", "completed", "failed"}[i%3], []string{"web", "api"}[i%2], fmt.Sprintf("app-%d", i%50)
		s.Title = fmt.Sprintf("Title %d", i)
		s.Extra = fmt.Sprintf(`{"pinned":%t,"archived":%t,"cost":%d}`, i%5 == 0, i%7 == 0, i)
	})...)
	require.NoError(t, e.WaitIndexed(t.Context()))
	ctx := t.Context()
	second := list(t, e, query.Query{}).NextCursor
	for name, q := range map[string]query.Query{
		"default":  {},
		"deep":     {Offset: 2500},
		"by title": {SortBy: query.Title, SortDirection: query.Asc},
		"filters": {
			States: []string{"completed", "running"}, SourceChannels: []string{"api", "web"}, SessionTypes: []string{"session"}, Offset: 1000,
		},
		"one app":           {AppID: "app-7"},
		"cursor":            {Cursor: second},
		"bounds":            {CreatedAfter: noon(-10)},
		"bounds by created": {CreatedAfter: noon(-10), SortBy: query.CreatedAt},
		"keyword":           {Keyword: "title 7"},
		"scope":             {Scope: query.Scope{AppIDs: []string{"app-7", "app-8"}}},
		// Of several parts.
		"a flag first":             {SortFirst: "pinned"},
		"a flag first, in a scope": {SortFirst: "pinned", Scope: query.Scope{AppIDs: []string{"app-5", "app-6"}}},
		"a flag first, by a field": {SortFirst: "pinned", SortBy: "cost"},
		"a hidden flag first":      {SortFirst: "archived"},
		"by a field":               {SortBy: "cost"},
	} {
		require.Len(t, list(t, e, q).Items, 50, name)
		allocs := testing.AllocsPerRun(50, func() {
			if _, err := e.List(ctx, q); err != nil {
				panic(err)
			}
		})
		most := 10.0
		if sessiondex.RaceDetector {
			most += 4
		}
		assert.LessOrEqual(t, allocs, most, name)
	}
}

// freed reports whether the garbage collector has freed what p points to, after a
// few rounds: finalizers and pools take more than one.
func freed[T any](p weak.Pointer[T]) bool {
	for range 20 {
		runtime.GC()
		if p.Value() == nil {
			return true
		}
	}
	return false
}

func TestOldVersionsAreFreedOnceNobodyHoldsThem(t *testing.T) {
	e := newEngine(t, nil, many(5000, func(i int, s *sessiondex.Session) { s.Title = fmt.Sprintf("Title %d", i) })...)
	held := e.Snapshot()
	old := weak.Make(held.View())
	for i := range 200 {
		list(t, e, query.Query{Keyword: "title 7"}) // whatever reads keep, it must not be the version
		require.NoError(t, e.Put(context.Background(), plain(fmt.Sprintf("s-%06d", i), i, titled("Renamed"))))
	}
	assert.False(t, freed(old), "a snapshot holds on to its version")
	assert.Equal(t, 5000, held.Len())
	runtime.KeepAlive(held)
	held = nil
	assert.True(t, freed(old), "and nothing else does")
}

func TestAClosedEngineIsFreed(t *testing.T) {
	e, err := sessiondex.New(nil)
	require.NoError(t, err)
	require.NoError(t, e.Put(context.Background(), many(5000, func(i int, s *sessiondex.Session) { s.Title = fmt.Sprintf("Title %d", i) })...))
	list(t, e, query.Query{Keyword: "title"})
	engine, view := weak.Make(e), weak.Make(e.Snapshot().View())
	require.NoError(t, e.Close())
	e = nil
	assert.True(t, freed(view))
	assert.True(t, freed(engine))
}

func TestVersionsCountTheWritesThatChangedSomething(t *testing.T) {
	e := newEngine(t, nil)
	version := func(want uint64) {
		t.Helper()
		assert.Equal(t, want, e.Version())
		assert.Equal(t, want, e.Snapshot().Version())
		assert.Equal(t, want, e.Stats().Version)
	}
	require.NoError(t, e.Put(context.Background(), plain("a", 0, titled("Straße"))))
	version(1)
	require.NoError(t, e.Put(context.Background(), plain("b", 0), plain("c", 0)))
	version(2)
	require.NoError(t, e.Put(context.Background()))
	version(2)
	_, err := e.Delete(context.Background(), "nobody")
	require.NoError(t, err)
	version(2)
	_, err = e.Delete(context.Background(), "b", "c")
	require.NoError(t, err)
	version(3)
	assert.Equal(t, 1, e.Stats().Sessions)
	assert.Positive(t, e.Stats().SessionBytes)
}
