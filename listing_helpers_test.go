package sessiondex_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/oracle"
	"github.com/sessiondex/sessiondex/query"
)

// twins are an engine and the plain list that it should agree with. The clean-up
// verifies the engine.
type twins struct {
	*sessiondex.Engine
	oracle oracle.Oracle
}

func newTwins(t testing.TB, o *sessiondex.Options) *twins {
	t.Helper()
	e, err := sessiondex.New(o)
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, e.Verify(context.Background()))
		assert.NoError(t, e.Close())
	})
	return &twins{Engine: e}
}

func (w *twins) put(t testing.TB, sessions ...sessiondex.Session) {
	t.Helper()
	require.NoError(t, w.Put(context.Background(), sessions...))
	w.oracle.Put(sessions...)
}

func (w *twins) delete(t testing.TB, ids ...string) {
	t.Helper()
	n, err := w.Delete(context.Background(), ids...)
	require.NoError(t, err)
	require.Equal(t, w.oracle.Delete(ids...), n)
}

// tinyTwins hold n sessions of few values, in several writes, with gaps that
// deletions left.
func tinyTwins(t testing.TB, r *rand.Rand, n int) *twins {
	t.Helper()
	w := newTwins(t, nil)
	for _, part := range [][]sessiondex.Session{corpus.Tiny(r, n), corpus.Tiny(r, n/2)} {
		w.put(t, part...)
	}
	for i := range n / 8 {
		w.delete(t, corpus.TinyID(i*5))
	}
	return w
}

// worldSizes are numbers of sessions for tests with twins: some so small that all
// is tested one by one, and one so large that sets are intersected as bit arrays.
func worldSizes(r *rand.Rand) []int { return []int{r.IntN(20), 20 + r.IntN(150), 200, 3000} }

// everything lists all sessions there are.
var everything = query.Query{IncludeSubSessions: true, IncludeTaskSessions: true}
