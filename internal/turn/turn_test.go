package turn

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

var errInside = errors.New("inside")

func TestOneHasTheTurn(t *testing.T) {
	turn := New(errInside)
	n := 0
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				if turn.Take(t.Context()) == nil {
					n++
					turn.Release()
				}
			}
		})
	}
	all.Wait()
	require.Equal(t, 8000, n)
}

func TestAWaitEnds(t *testing.T) {
	turn := New(errInside)
	turn.TakeAnyway()
	require.False(t, turn.TryTake())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, turn.Take(ctx), context.Canceled)
	given := make(chan struct{})
	close(given)
	require.False(t, turn.TakeUnless(given))
	turn.Release()
	require.True(t, turn.TryTake())
	turn.Release()
	require.True(t, turn.TakeUnless(nil))
}

func TestOnlyWhoWaitsForItselfIsRefused(t *testing.T) {
	before := Patience
	Patience = 1
	t.Cleanup(func() { Patience = before })
	turn, other := New(errInside), New(errInside)
	turn.TakeAnyway()
	err := turn.Call(func() error {
		require.NoError(t, other.Take(t.Context()), "another turn is independent")
		other.Release()
		return turn.Take(t.Context())
	})
	require.ErrorIs(t, err, errInside)
	waits := make(chan error)
	_ = turn.Call(func() error {
		go func() { waits <- turn.Take(t.Context()) }()
		return nil
	})
	turn.Release()
	require.NoError(t, <-waits)
}
