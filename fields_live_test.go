package sessiondex_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/testrand"
)

// What watches tell is the listing at every version, whatever it filters and orders by:
// while values, kinds, flags that come first and hidden ones change, come and go.
func TestWatchesOfDeclaredFieldsTellTheListing(t *testing.T) {
	r := testrand.New(t)
	for range 6 {
		synctest.Test(t, func(t *testing.T) {
			w := newFieldWorld(t, r, "scan")
			for range r.IntN(60) {
				w.put(w.session())
			}
			ctx, end := context.WithCancel(t.Context())
			defer end()
			e := w.engines[0]
			var questions []asked
			var clients []*client
			for range 25 {
				q := w.question()
				q.Limit, q.Offset = 1+r.IntN(12), one(r, 0, 0, 1, 5)
				questions, clients = append(questions, q), append(clients, follow(ctx, e.Engine, q.Query, nil))
			}
			for range 80 {
				w.change()
				settle()
				for i, c := range clients {
					require.NoError(t, c.err)
					all := w.all(&questions[i])
					from := min(questions[i].Offset, len(all))
					require.Equal(t, len(all), c.total, "%+v", questions[i].Query)
					want := all[from : from+min(questions[i].Limit, len(all)-from)]
					require.Equal(t, idsOfRows(want), idsOf(c.rows), "%+v", questions[i].Query)
					for k := range want {
						require.Equal(t, want[k].Session, c.rows[k])
					}
				}
			}
		})
	}
}

// A cursor is a place in the order: what comes behind it is what sorts behind the session
// that it stood at, as that was, whatever has changed, moved or vanished since.
func TestCursorsHoldTheirPlaceWhileFieldsChange(t *testing.T) {
	r := testrand.New(t)
	moved := 0
	for range 5 {
		w := newFieldWorld(t, r, "default", "gather", "walk, scan")
		for range 80 {
			w.put(w.session())
		}
		for range 60 {
			q := w.question()
			q.Limit = 1 + r.IntN(6)
			before := w.all(&q)
			at := r.IntN(len(before)/q.Limit+1) * q.Limit
			if at+q.Limit >= len(before) {
				continue
			}
			deep := q.Query
			deep.Offset = at
			p := list(t, w.engines[0], deep)
			last, first := before[at+q.Limit-1], before[at]
			for range 1 + r.IntN(6) {
				w.change()
			}
			after := w.all(&q)
			behind := slices.DeleteFunc(slices.Clone(after), func(row fieldRow) bool { return w.compare(q.Query, row, last) <= 0 })
			if !slices.Equal(idsOfRows(behind), idsOfRows(before[at+q.Limit:])) {
				moved++
			}
			next := q.Query
			next.Cursor = p.NextCursor
			require.Equal(t, idsOfRows(behind[:min(q.Limit, len(behind))]), idsOf(list(t, one(r, w.engines...), next).Items), "%+v", q.Query)
			if at == 0 {
				continue
			}
			front := slices.DeleteFunc(slices.Clone(after), func(row fieldRow) bool { return w.compare(q.Query, row, first) >= 0 })
			back := q.Query
			back.Cursor = p.PrevCursor
			require.Equal(t, idsOfRows(front[max(0, len(front)-q.Limit):]), idsOf(list(t, one(r, w.engines...), back).Items), "%+v", q.Query)
		}
	}
	require.Positive(t, moved, "nothing was different behind any cursor")
}
