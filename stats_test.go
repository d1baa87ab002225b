package sessiondex_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
)

// TestWaitIndexedWaitsUntilReadsUseTheIndex: what is indexed is published when the writer
// that has the turn is done, and no sooner.
func TestWaitIndexedWaitsUntilReadsUseTheIndex(t *testing.T) {
	e := newEngine(t, &sessiondex.Options{Words: &sessiondex.WordOptions{AtStart: true}}, many(3000, nil)...)
	ctx, cancel := context.WithCancel(t.Context())
	waited := make(chan error, 1)
	require.NoError(t, e.Tx(t.Context(), func(*sessiondex.Tx) error {
		go func() { waited <- e.WaitIndexed(ctx) }()
		require.NoError(t, sessiondex.WaitWords(t.Context(), e))
		require.Never(t, func() bool { return len(waited) > 0 }, 100*time.Millisecond, 5*time.Millisecond)
		cancel()
		require.ErrorIs(t, <-waited, context.Canceled)
		return nil
	}))
	require.NoError(t, e.WaitIndexed(t.Context()))
	plan, err := e.Explain(t.Context(), wordQuery("session 7", ""))
	require.NoError(t, err)
	require.Zero(t, plan.Titles.Scanned)
}
