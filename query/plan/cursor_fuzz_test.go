package plan_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
)

// Any cursor is refused or is a place in the listing. Then the page is a run of the
// listing, the same by every method, and its cursors lead on.
func FuzzCursor(f *testing.F) {
	w := tinyWorld(rand.New(rand.NewPCG(1, 2)), 700)
	for i, q := range orders {
		q.Limit = 7
		p := w.run(f, q, query.Auto)
		f.Add(p.Next, []byte(nil), byte(0), uint8(i))
		f.Add(w.run(f, with(q, func(q *query.Query) { q.Cursor = p.Next }), query.Auto).Previous, []byte(nil), byte(0), uint8(i))
		f.Add("", []byte("\x02\x00\x01a"), byte(0), uint8(i))
		f.Add("", []byte("\x01a\x01b"), byte(1), uint8(i))
		f.Add("", []byte("\x01a12345678\x01b"), byte(2), uint8(i))
		f.Add("", []byte("\x80\x80\x01"), byte(3), uint8(i))
	}
	f.Add("AQ", []byte(nil), byte(0), uint8(0))
	f.Fuzz(func(t *testing.T, text string, key []byte, flags byte, order uint8) {
		q := orders[int(order)%len(orders)]
		q.Limit = 7
		if q.Cursor = text; len(key) > 0 {
			q.Cursor = forge(w.run(t, with(q, func(q *query.Query) { q.Cursor = "" }), query.Auto).Next, 1, flags, key)
		}
		if q.Cursor == "" {
			return
		}
		_, err := plan.Run(t.Context(), w.view(), q, plan.Options{})
		if err != nil {
			if !errors.Is(err, query.ErrBadCursor) && !errors.Is(err, query.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		p := w.run(t, q, query.Auto)
		for _, m := range methods {
			require.Equal(t, p, w.run(t, q, m))
		}
		require.LessOrEqual(t, len(p.IDs), 7)
		if p.Next != "" {
			next := w.run(t, with(q, func(q *query.Query) { q.Cursor = p.Next }), query.Auto)
			require.NotEmpty(t, next.IDs)
			require.NotContains(t, next.IDs, p.IDs[0])
		}
	})
}
