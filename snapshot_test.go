package sessiondex_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
)

// Every way of reading a snapshot answers from one and the same version.
func TestASnapshotAnswersFromOneVersion(t *testing.T) {
	r := testrand.New(t)
	w := tinyTwins(t, r, 300)
	s := w.Snapshot()
	twin := w.oracle.Clone()
	for range 30 {
		w.put(t, corpus.Tiny(r, 40)...)
		w.delete(t, corpus.TinyID(r.IntN(corpus.TinyIDs)))
	}
	require.NotEqual(t, twin.Len(), w.Len())
	for range 100 {
		q := corpus.RandomQuery(r)
		want := twin.List(q)
		got := list(t, s, q)
		require.Equal(t, string(want.AppendJSON(nil)), string(got.AppendJSON(nil)))
		plan, err := s.Explain(t.Context(), q)
		require.NoError(t, err)
		require.Equal(t, want.Total, plan.Total)
		f, err := s.Facets(t.Context(), q, query.FacetOptions{})
		require.NoError(t, err)
		require.Equal(t, want.Total, f.Total)
	}
	assert.Equal(t, twin.Len(), s.Len())
	assert.Equal(t, twin.All(everything), all(t, s, everything))
	for _, want := range twin.All(everything) {
		got, err := s.Get(context.Background(), want.ID)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := s.Get(context.Background(), "nobody")
	assert.ErrorIs(t, err, sessiondex.ErrNotFound)
}

// A snapshot is a pointer: it costs no more for a large store, and two of one version
// are alike.
func TestASnapshotCopiesNothing(t *testing.T) {
	e := newEngine(t, nil, many(5000, nil)...)
	a, b := e.Snapshot(), e.Snapshot()
	assert.Same(t, a.View(), b.View())
	assert.Equal(t, e.Version(), a.Version())
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { e.Snapshot() }), 1.0)
	require.NoError(t, e.Put(context.Background(), plain("x", 0)))
	assert.NotSame(t, a.View(), e.Snapshot().View())
	assert.Less(t, a.Version(), e.Version())
}

// A cursor may be carried from a snapshot to the engine and back: it is a place in the
// listing, not in a version.
func TestCursorsAreGoodForSnapshotAndEngine(t *testing.T) {
	e := newEngine(t, nil, many(100, nil)...)
	s := e.Snapshot()
	first := list(t, s, query.Query{Limit: 10})
	require.NoError(t, e.Put(context.Background(), plain("newest", 1000), plain("in between", 85)))
	next := list(t, e, query.Query{Limit: 10, Cursor: first.NextCursor})
	assert.Equal(t, "s-000089", next.Items[0].ID)
	assert.Contains(t, idsOf(next.Items), "in between")
	old := list(t, s, query.Query{Limit: 10, Cursor: first.NextCursor})
	assert.Equal(t, idsOf(list(t, s, query.Query{Limit: 10, Offset: 10}).Items), idsOf(old.Items))
}
