package sessiondex_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
)

// placed has the methods that find a session's place in a listing.
type placed interface {
	sessiondex.Reader
	Rank(ctx context.Context, q query.Query, s sessiondex.Session) (int, error)
	CursorAfter(q query.Query, s sessiondex.Session) (string, error)
	Comparator(q query.Query) (func(a, b sessiondex.Session) int, error)
}

// Of any session, listed, left out or in no engine, whatever the fields and the order:
// its rank is how many come before it, the page behind its cursor begins with what comes
// after it, and the comparator sorts as the listing is.
func TestEverySessionHasItsPlaceInEveryListing(t *testing.T) {
	r := testrand.New(t)
	for range 5 {
		w := newFieldWorld(t, r, "default", "gather", "walk, scan")
		for range 90 {
			w.put(w.session())
		}
		for range 60 {
			q := w.question()
			q.Offset = r.IntN(5) // which makes no difference to a place
			want := w.all(&q)
			var some []fieldRow
			for _, row := range w.rows {
				if some = append(some, row); len(some) == 4 {
					break
				}
			}
			stranger := w.session()
			stranger.ID = "nobody's"
			some = append(some, w.rowOf(stranger))
			e := one(r, w.engines...)
			w.requirePlaces(e.Engine, q.Query, want, some)
			w.requirePlaces(e.Snapshot(), q.Query, want, some)
		}
	}
}

func (w *fieldWorld) requirePlaces(e placed, q query.Query, want, some []fieldRow) {
	w.t.Helper()
	compare, err := e.Comparator(q)
	require.NoError(w.t, err)
	shuffled := slices.Clone(want)
	w.r.Shuffle(len(shuffled), func(i, k int) { shuffled[i], shuffled[k] = shuffled[k], shuffled[i] })
	slices.SortFunc(shuffled, func(a, b fieldRow) int { return compare(a.Session, b.Session) })
	require.Equal(w.t, idsOfRows(want), idsOfRows(shuffled), "%+v", q)
	for _, s := range some {
		before := 0
		for _, row := range want {
			if w.compare(q, row, s) < 0 {
				before++
			}
			require.Equal(w.t, w.compare(q, row, s), compare(row.Session, s.Session), "%+v", q)
		}
		rank, err := e.Rank(context.Background(), q, s.Session)
		require.NoError(w.t, err)
		require.Equal(w.t, before, rank, "%s in %+v", s.ID, q)

		rest := want[before:]
		if len(rest) > 0 && rest[0].ID == s.ID {
			rest = rest[1:]
		}
		cursor, err := e.CursorAfter(q, s.Session)
		require.NoError(w.t, err)
		behind := q
		behind.Offset, behind.Cursor = 0, cursor
		require.Equal(w.t, idsOfRows(rest[:min(q.Limit, len(rest))]), idsOf(list(w.t, e, behind).Items), "behind %s in %+v", s.ID, q)
	}
}

func TestPlacesAreRefusedForWhatIsNoListing(t *testing.T) {
	e := newEngine(t, nil, plain("a", 1))
	bad := query.Query{SortBy: "cost", SortFirst: "pinned"}
	s := plain("b", 2)
	for _, r := range []placed{e, e.Snapshot()} {
		_, err := r.Rank(t.Context(), bad, s)
		require.ErrorIs(t, err, sessiondex.ErrInvalidQuery)
		require.ErrorContains(t, err, "sort_first")
		_, err = r.CursorAfter(bad, s)
		require.ErrorIs(t, err, sessiondex.ErrInvalidQuery)
		_, err = r.Comparator(bad)
		require.ErrorIs(t, err, sessiondex.ErrInvalidQuery)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := e.Rank(cancelled, query.Query{}, s)
	require.ErrorIs(t, err, context.Canceled)
	for _, odd := range []sessiondex.Session{{}, {Title: "\xff", Extra: `{"cost":`}} { // no valid sessions, and no panic
		n, err := e.Rank(t.Context(), query.Query{SortBy: query.Title, Offset: math.MaxInt}, odd)
		require.NoError(t, err)
		require.LessOrEqual(t, n, 1)
	}
	require.NoError(t, e.Close())
	_, err = e.Rank(t.Context(), query.Query{}, s)
	require.ErrorIs(t, err, sessiondex.ErrClosed)
	_, err = e.CursorAfter(query.Query{}, s)
	require.ErrorIs(t, err, sessiondex.ErrClosed)
	_, err = e.Comparator(query.Query{})
	require.ErrorIs(t, err, sessiondex.ErrClosed)
}
