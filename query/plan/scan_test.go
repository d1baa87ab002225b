package plan_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
)

func TestScanYieldsTheWholeListing(t *testing.T) {
	r := newRand(t)
	for _, size := range []struct{ sessions, queries int }{{0, 5}, {60, 200}, {2500, 100}} {
		w := tinyWorld(r, size.sessions)
		for range size.queries {
			q := corpus.RandomQuery(r)
			q.Scope = randomScope(r)
			all := w.list(q)
			require.Equal(t, part(all, q.Offset, math.MaxInt), w.scan(t, q), "%+v", q)

			// From a cursor, it yields what the pages from there show.
			q.Offset = 0
			p := w.run(t, q, query.Auto)
			if p.Next == "" {
				continue
			}
			q.Cursor, q.Offset = p.Next, []int{0, 0, 3, math.MaxInt}[r.IntN(4)]
			require.Equal(t, part(all[len(p.IDs):], q.Offset, math.MaxInt), w.scan(t, q), "%+v", q)
		}
	}
}

func TestScanStopsWithItsConsumer(t *testing.T) {
	w := tinyWorld(newRand(t), 1500)
	for _, q := range []query.Query{{}, {AppID: "app-1"}, {Keyword: "a"}, {States: []string{"running", "failed"}}} {
		n := 0
		for _, err := range plan.Scan(t.Context(), w.view(), q) {
			require.NoError(t, err)
			if n++; n == 3 {
				break
			}
		}
		assert.Equal(t, 3, n, "%+v", q)
	}
}

func TestScanEndsWithItsContext(t *testing.T) {
	w := tinyWorld(newRand(t), 5000)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	var last error
	for _, err := range plan.Scan(ctx, w.view(), everything) {
		if last = err; err == nil {
			n++
		}
		if n == 10 {
			cancel()
		}
	}
	assert.ErrorIs(t, last, context.Canceled, "the error comes last")
	assert.Less(t, n, w.view().Len(), "and soon")

	for _, err := range plan.Scan(ctx, w.view(), query.Query{}) {
		assert.ErrorIs(t, err, context.Canceled, "at once, if it has ended before")
	}
}

func TestScanDoesNotGoBack(t *testing.T) {
	w := tinyWorld(newRand(t), 200)
	p := w.run(t, query.Query{Offset: 20}, query.Auto)
	require.NotEmpty(t, p.Previous)
	for _, err := range plan.Scan(t.Context(), w.view(), query.Query{Cursor: p.Previous}) {
		var e *query.Error
		require.True(t, errors.As(err, &e))
		assert.Equal(t, "cursor", e.Faults[0].Param)
	}
}
