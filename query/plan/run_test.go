package plan_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
)

// That of filtering, sorting and slicing a plain list, with few matches and with many.
func TestEveryMethodGivesTheNaivePage(t *testing.T) {
	r := newRand(t)
	for _, size := range []struct{ sessions, queries int }{{0, 20}, {1, 30}, {60, 400}, {2500, 150}} {
		w := tinyWorld(r, size.sessions)
		require.NoError(t, w.view().Check())
		for range size.queries {
			q := corpus.RandomQuery(r)
			q.Scope = randomScope(r)
			all := w.list(q)
			first := w.run(t, q, query.Auto)
			want := page{
				IDs: part(all, q.Offset, first.Limit), Total: len(all), Limit: q.Normalized().Limit, Offset: q.Offset,
				HasMore: q.Offset < len(all) && len(all)-q.Offset > first.Limit, Next: first.Next, Previous: first.Previous,
			}
			require.Equal(t, want, first, "%+v", q)
			assert.Equal(t, want.HasMore, first.Next != "", "a cursor on wherever there is more")
			assert.Equal(t, q.Offset > 0 && len(want.IDs) > 0, first.Previous != "", "and one back")
			for _, m := range methods[1:] {
				require.Equal(t, want, w.run(t, q, m), "%s: %+v", m, q)
			}
		}
	}
}

// Forward, back, and with an offset.
func TestEveryMethodGivesTheNaivePageFromACursor(t *testing.T) {
	r := newRand(t)
	for _, size := range []struct{ sessions, queries int }{{60, 300}, {2500, 100}} {
		w := tinyWorld(r, size.sessions)
		for range size.queries {
			q := corpus.RandomQuery(r)
			q.Scope = randomScope(r)
			all := w.list(q)
			if q.Offset = 0; len(all) > 0 {
				q.Offset = r.IntN(len(all))
			}
			start := w.run(t, q, query.Auto)
			from := min(q.Offset+start.Limit, len(all)) // where the next page begins

			q.Limit = []int{0, 1, 3, 50, 500}[r.IntN(5)]
			limit := q.Normalized().Limit
			skip := []int{0, 0, 1, 7, len(all), math.MaxInt}[r.IntN(6)]
			if start.Next != "" {
				next := q
				next.Cursor, next.Offset = start.Next, skip
				want := part(all[from:], skip, limit)
				for _, m := range methods {
					got := w.run(t, next, m)
					require.Equal(t, want, got.IDs, "%s: %+v", m, next)
					require.Equal(t, len(all), got.Total)
					require.Equal(t, len(all)-from > skip && len(all)-from-skip > limit, got.HasMore, "%s: %+v", m, next)
					require.Equal(t, got.HasMore, got.Next != "", "%s: %+v", m, next)
					require.Equal(t, len(want) > 0, got.Previous != "", "%s: %+v", m, next)
				}
			}
			if start.Previous != "" {
				back := q
				back.Cursor, back.Offset = start.Previous, skip
				before := slices.Clone(all[:len(all)-len(part(all, start.Offset, len(all)))])
				slices.Reverse(before)
				want := slices.Clone(part(before, skip, limit))
				slices.Reverse(want)
				for _, m := range methods {
					got := w.run(t, back, m)
					require.Equal(t, want, got.IDs, "%s: %+v", m, back)
					require.Equal(t, len(before) > skip && len(before)-skip > limit, got.Previous != "", "%s: %+v", m, back)
					require.True(t, got.HasMore, "%s: %+v", m, back)
				}
			}
		}
	}
}

func TestADescendingListIsTheAscendingOneReversed(t *testing.T) {
	r := newRand(t)
	w := tinyWorld(r, 400)
	for _, by := range []query.SortField{query.UpdatedAt, query.CreatedAt, query.Title} {
		up := w.run(t, query.Query{SortBy: by, SortDirection: query.Asc, Limit: 500}, query.Auto)
		down := w.run(t, query.Query{SortBy: by, SortDirection: query.Desc, Limit: 500}, query.Auto)
		slices.Reverse(down.IDs)
		assert.Equal(t, up.IDs, down.IDs)
		assert.NotEmpty(t, up.IDs)
	}
}

func TestPagesAtTheEndsOfListings(t *testing.T) {
	var sessions []sessiondex.Session
	for i := range 1000 {
		sessions = append(sessions, sessiondex.Session{ID: fmt.Sprintf("%04d", i), Title: "x", AppID: []string{"a", "b"}[i%2], CreatedAt: at(0), UpdatedAt: at(i / 3)})
	}
	w := newWorld(sessions...)
	for _, q := range []query.Query{{}, {AppID: "a"}, {AppID: "a", Keyword: "x"}, {SortDirection: query.Asc}} {
		all := w.list(q)
		n := len(all)
		for _, offset := range []int{0, 1, n - 51, n - 50, n - 49, n - 1, n, n + 1, 1 << 30, math.MaxInt - 1, math.MaxInt} {
			q.Offset = offset
			for _, m := range methods {
				p := w.run(t, q, m)
				assert.Equal(t, part(all, offset, 50), p.IDs, "offset %d, %s", offset, m)
				assert.Equal(t, n, p.Total, "offset %d, %s", offset, m)
				assert.Equal(t, offset < n-50, p.HasMore, "offset %d, %s", offset, m)
			}
		}
	}
}

func TestBoundsOfCreationAreInclusiveToTheNanosecond(t *testing.T) {
	var sessions []sessiondex.Session
	for i := range 500 {
		sessions = append(sessions, sessiondex.Session{
			ID: fmt.Sprintf("%03d", i), CreatedAt: at(0).Add(time.Duration(i)), UpdatedAt: at(i % 7), IsSubSession: i%5 == 0,
		})
	}
	w := newWorld(sessions...)
	for _, q := range orders {
		for _, sub := range []bool{false, true} {
			q.IncludeSubSessions = sub
			for _, bounds := range [][2]int{{0, 499}, {1, 498}, {5, 5}, {6, 5}, {300, 301}, {490, 700}, {-9, 3}, {500, 700}} {
				q.CreatedAfter, q.CreatedBefore = at(0).Add(time.Duration(bounds[0])), at(0).Add(time.Duration(bounds[1]))
				for _, m := range methods {
					p := w.run(t, q, m)
					assert.Equal(t, w.list(q), append(p.IDs, w.run(t, with(q, func(q *query.Query) { q.Offset = 50; q.Limit = 500 }), m).IDs...))
				}
			}
		}
	}
	far := query.Query{CreatedAfter: time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), CreatedBefore: time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)}
	assert.Equal(t, 400, w.run(t, far, query.Auto).Total)
}

// with returns a changed copy.
func with(q query.Query, change func(*query.Query)) query.Query {
	change(&q)
	return q
}

// That is, an empty list, which is not the same as no scope.
func TestAnEmptyScopeMatchesNothing(t *testing.T) {
	w := tinyWorld(newRand(t), 400)
	for name, scope := range map[string]query.Scope{
		"apps":       {AppIDs: []string{}},
		"workspaces": {WorkspaceIDs: []string{}},
		"one of two": {AppIDs: []string{"app-1"}, WorkspaceIDs: []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, q := range append(orders, query.Query{Keyword: "a"}, query.Query{AppID: "app-1"}, everything) {
				q.Scope = scope
				for _, m := range methods {
					p := w.run(t, q, m)
					assert.Empty(t, p.IDs)
					assert.Zero(t, p.Total)
				}
				assert.Empty(t, w.scan(t, q))
			}
		})
	}
	assert.NotZero(t, w.run(t, query.Query{Scope: query.Scope{AppIDs: nil}}, query.Auto).Total)
}

func TestAValueNamedTwiceInAScopeCountsOnce(t *testing.T) {
	w := tinyWorld(newRand(t), 1500)
	once := with(everything, func(q *query.Query) { q.Scope.AppIDs = []string{"app-1", "app-2"} })
	for _, again := range [][]string{{"app-1", "app-2", "app-1"}, {"app-2", "app-2", "app-1", "no such app", ""}} {
		q := with(everything, func(q *query.Query) { q.Scope.AppIDs = again })
		for _, m := range methods {
			got := w.run(t, q, m)
			want := w.run(t, once, m)
			assert.Equal(t, want.Total, got.Total)
			assert.Equal(t, want.IDs, got.IDs)
		}
	}
}

// An absent member is no value.
func TestAScopeCannotNameSessionsWithoutAValue(t *testing.T) {
	w := newWorld(
		sessiondex.Session{ID: "none", CreatedAt: at(0), UpdatedAt: at(0)},
		sessiondex.Session{ID: "one", AppID: "app-1", CreatedAt: at(0), UpdatedAt: at(0)},
	)
	assert.Empty(t, w.run(t, query.Query{Scope: query.Scope{AppIDs: []string{""}}}, query.Auto).IDs)
	assert.Equal(t, []string{"one"}, w.run(t, query.Query{Scope: query.Scope{AppIDs: []string{"", "app-1"}}}, query.Auto).IDs)
}

func TestAQueryCannotLeaveItsScope(t *testing.T) {
	r := newRand(t)
	w := tinyWorld(r, 500)
	for range 200 {
		q := corpus.RandomQuery(r)
		q.Scope = query.Scope{AppIDs: []string{"app-1"}, WorkspaceIDs: []string{"ws-1", "ws-2"}}
		for _, id := range w.run(t, q, query.Auto).IDs {
			s, _ := w.twin.Get(id)
			require.Equal(t, "app-1", s.AppID)
			require.Contains(t, q.Scope.WorkspaceIDs, s.WorkspaceID)
		}
	}
}

// There is no set of top-level sessions then.
func TestAStoreOfHiddenSessionsOnly(t *testing.T) {
	var sessions []sessiondex.Session
	for i := range 1200 {
		sessions = append(sessions, sessiondex.Session{ID: fmt.Sprintf("%04d", i), CreatedAt: at(i), UpdatedAt: at(-i), IsSubSession: true, AppID: "a"})
	}
	w := newWorld(sessions...)
	bounded := with(everything, func(q *query.Query) { q.CreatedAfter = at(100) })
	for _, m := range methods {
		assert.Zero(t, w.run(t, query.Query{}, m).Total)
		assert.Equal(t, 1200, w.run(t, everything, m).Total)
		assert.Equal(t, 1100, w.run(t, bounded, m).Total, "by update, within bounds on the creation")
		assert.Equal(t, 1100, w.run(t, with(bounded, func(q *query.Query) { q.AppID = "a" }), m).Total)
		assert.Equal(t, part(w.list(bounded), 500, 50), w.run(t, with(bounded, func(q *query.Query) { q.Offset = 500 }), m).IDs)
	}
}

func TestAnInvalidQueryIsNotRun(t *testing.T) {
	w := tinyWorld(newRand(t), 10)
	for _, q := range []query.Query{{Limit: -1}, {Limit: 501}, {Offset: -1}, {SortBy: "id"}, {States: []string{"\xff"}}} {
		_, err := plan.Run(t.Context(), w.view(), q, plan.Options{})
		assert.ErrorIs(t, err, query.ErrInvalid, "%+v", q)
		if q.Offset == 0 { // facets have no pages
			_, err = plan.CountFacets(t.Context(), w.view(), q, query.FacetOptions{})
			assert.ErrorIs(t, err, query.ErrInvalid, "%+v", q)
		}
		for _, err := range plan.Scan(t.Context(), w.view(), q) {
			assert.ErrorIs(t, err, query.ErrInvalid, "%+v", q)
		}
	}
}

// Before the work and during it.
func TestACancelledContextStopsAListing(t *testing.T) {
	var sessions []sessiondex.Session
	for i := range 20_000 {
		sessions = append(sessions, sessiondex.Session{ID: fmt.Sprintf("%05d", i), Title: "x", State: []string{"a", "b"}[i%2], CreatedAt: at(i), UpdatedAt: at(i)})
	}
	w := newWorld(sessions...)
	q := query.Query{States: []string{"a"}, Offset: 5000}
	for _, m := range methods {
		_, err := plan.Run(&endingContext{Context: t.Context(), n: 1}, w.view(), q, plan.Options{Force: m})
		assert.ErrorIs(t, err, context.Canceled, "%s, before", m)
	}
	// Whenever it ends, the answer is the whole page or the error.
	for _, m := range []query.Method{query.Gather, query.Walk} {
		whole := w.run(t, q, m)
		ended := 0
		for n := 1; ; n++ {
			ctx := &endingContext{Context: t.Context(), n: n}
			r, err := plan.Run(ctx, w.view(), q, plan.Options{Force: m})
			if err == nil {
				assert.Len(t, r.Ords, len(whole.IDs))
				assert.Less(t, ctx.looks, n)
				break
			}
			require.ErrorIs(t, err, context.Canceled)
			ended++
		}
		assert.Greater(t, ended, 3, "%s looks at the context while it works", m)
	}
	titles := &endingContext{Context: t.Context(), n: 5}
	_, err := plan.Run(titles, w.view(), query.Query{Keyword: "x"}, plan.Options{})
	assert.ErrorIs(t, err, context.Canceled)
	_, err = plan.CountFacets(&endingContext{Context: t.Context(), n: 1}, w.view(), q, query.FacetOptions{})
	assert.ErrorIs(t, err, context.Canceled)
}
