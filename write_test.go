package sessiondex_test

import (
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
)

func TestAMutationIsOneStep(t *testing.T) {
	e := newEngine(t, nil)
	ctx, w := t.Context(), e.Writer()
	s := plain("a", 1)
	put := func(s sessiondex.Session) func(*sessiondex.Session) (*sessiondex.Session, error) {
		return func(*sessiondex.Session) (*sessiondex.Session, error) { return &s, nil }
	}
	require.NoError(t, w.Mutate(ctx, "a", func(old *sessiondex.Session) (*sessiondex.Session, error) {
		assert.Nil(t, old)
		return nil, nil
	}))
	assert.Zero(t, e.Version(), "nothing is no write")
	require.NoError(t, w.Mutate(ctx, "a", put(s)))
	assert.ErrorIs(t, w.Mutate(ctx, "a", put(plain("b", 1))), sessiondex.ErrInvalidSession)
	broken := errors.New("broken")
	assert.ErrorIs(t, w.Mutate(ctx, "a", func(old *sessiondex.Session) (*sessiondex.Session, error) {
		old.Title = "dropped"
		return old, broken
	}), broken)
	got, err := e.Get(ctx, "a")
	require.NoError(t, err)
	assert.Empty(t, got.Title)
	assert.ErrorIs(t, w.InsertAll(ctx, []sessiondex.Session{plain("c", 1), s}), sessiondex.ErrExists)
	assert.Equal(t, 1, e.Len())

	s.Title = "0"
	require.NoError(t, w.Mutate(ctx, "a", put(s)))
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for range 100 {
				assert.NoError(t, w.Mutate(ctx, "a", func(old *sessiondex.Session) (*sessiondex.Session, error) {
					n, err := strconv.Atoi(old.Title)
					old.Title = strconv.Itoa(n + 1)
					return old, err
				}))
			}
		})
	}
	clients.Wait()
	got, err = e.Get(ctx, "a")
	require.NoError(t, err)
	assert.Equal(t, "800", got.Title)
	require.NoError(t, w.Mutate(ctx, "a", func(*sessiondex.Session) (*sessiondex.Session, error) { return nil, nil }))
	assert.Zero(t, e.Len())
}
