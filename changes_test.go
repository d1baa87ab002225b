package sessiondex_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/testrand"
)

// replica is a store that is kept by following changes.
type replica struct {
	mark     sessiondex.Mark
	sessions map[string]sessiondex.Session
}

func (r *replica) begin(t testing.TB, s *sessiondex.Snapshot) {
	r.mark, r.sessions = s.Mark(), map[string]sessiondex.Session{}
	for _, x := range all(t, s, everything) {
		r.sessions[x.ID] = x
	}
}

// apply applies a commit, whose changes must fit the stored sessions.
func (r *replica) apply(t testing.TB, c sessiondex.Commit) {
	require.Equal(t, r.mark.Epoch, c.Mark.Epoch)
	require.Equal(t, r.mark.Number+1, c.Mark.Number, "a commit is skipped or comes twice")
	require.NotEmpty(t, c.Changes)
	for _, ch := range c.Changes {
		if had, ok := r.sessions[ch.ID]; ok {
			require.Equal(t, had, *ch.Before)
		} else {
			require.Nil(t, ch.Before)
		}
		if delete(r.sessions, ch.ID); ch.After != nil {
			require.NotEqual(t, ch.Before, ch.After)
			r.sessions[ch.ID] = *ch.After
		}
	}
	r.mark = c.Mark
}

// follow applies the commits of an engine up to a mark.
func (r *replica) follow(t testing.TB, e *sessiondex.Engine, to sessiondex.Mark) {
	if r.mark == to {
		return
	}
	for c, err := range e.Changes(t.Context(), r.mark) {
		require.NoError(t, err)
		if r.apply(t, c); r.mark == to {
			return
		}
	}
}

func (r *replica) requireEqual(t testing.TB, e *sessiondex.Engine) {
	want := map[string]sessiondex.Session{}
	for _, s := range all(t, e, everything) {
		want[s.ID] = s
	}
	require.Equal(t, want, r.sessions)
}

// randomTx puts and deletes some sessions.
func randomTx(r *rand.Rand) func(tx *sessiondex.Tx) error {
	return func(tx *sessiondex.Tx) error {
		for range 1 + r.IntN(3) {
			if r.IntN(3) == 0 {
				if _, err := tx.Delete(corpus.TinyID(r.IntN(40)), corpus.TinyID(r.IntN(40))); err != nil {
					return err
				}
			} else if err := tx.Put(corpus.Tiny(r, 1+r.IntN(6))...); err != nil {
				return err
			}
		}
		if r.IntN(8) == 0 {
			return errors.New("changed its mind")
		}
		return nil
	}
}

// TestAFollowerSkipsAndRepeatsNothing: one that is stopped at random, and goes on
// from its mark, has an equal store a thousand times.
func TestAFollowerSkipsAndRepeatsNothing(t *testing.T) {
	inMemoryAndInAFile(t, func(t *testing.T, e *sessiondex.Engine) {
		r := testrand.New(t)
		var f replica
		f.begin(t, e.Snapshot())
		var wg sync.WaitGroup
		stop := make(chan struct{})
		for range 2 {
			seed := r.Uint64()
			wg.Go(func() {
				r := rand.New(rand.NewPCG(seed, 1))
				for {
					select {
					case <-stop:
						return
					default:
						_ = e.Tx(t.Context(), randomTx(r))
					}
				}
			})
		}
		const rounds = 1000
		for range rounds {
			stopAfter := 1 + r.IntN(5)
			for c, err := range e.Changes(t.Context(), f.mark) {
				if errors.Is(err, sessiondex.ErrTooOld) {
					f.begin(t, e.Snapshot())
					break
				}
				require.NoError(t, err)
				f.apply(t, c)
				if stopAfter--; stopAfter == 0 {
					break
				}
			}
			// It has exactly the sessions of its mark.
			if s := e.Snapshot(); s.Mark() == f.mark {
				require.Len(t, f.sessions, s.Len())
			}
		}
		close(stop)
		wg.Wait()
		f.follow(t, e, e.Mark())
		f.requireEqual(t, e)
	})
}

func TestChangesOfAnotherHistoryAreTooOld(t *testing.T) {
	e, other := newEngine(t, nil, plain("a", 1)), newEngine(t, nil, plain("a", 1))
	future := e.Mark()
	future.Number++
	for name, m := range map[string]sessiondex.Mark{"another engine": other.Mark(), "no history": {}, "the future": future} {
		n := 0
		for _, err := range e.Changes(t.Context(), m) {
			assert.ErrorIs(t, err, sessiondex.ErrTooOld, name)
			n++
		}
		assert.Equal(t, 1, n)
	}
}

// TestAWriterNeverWaitsForAFollower: one that stands still is left behind, and told.
func TestAWriterNeverWaitsForAFollower(t *testing.T) {
	e := newEngine(t, nil)
	seen := 0
	var last error
	require.NoError(t, e.Put(t.Context(), plain("a", 0)))
	start := e.Mark()
	start.Number--
	for c, err := range e.Changes(t.Context(), start) {
		if last = err; err != nil {
			break
		}
		if seen++; seen == 1 {
			for i := range 6000 {
				require.NoError(t, e.Put(t.Context(), plain("a", i+1)))
			}
		}
		require.LessOrEqual(t, seen, 1, "commit %v is not remembered any more", c.Mark)
	}
	assert.ErrorIs(t, last, sessiondex.ErrTooOld)

	// A commit that is larger than all that is remembered is skipped by nobody.
	m := e.Mark()
	require.NoError(t, e.Put(t.Context(), many(5000, nil)...))
	for _, err := range e.Changes(t.Context(), m) {
		assert.ErrorIs(t, err, sessiondex.ErrTooOld)
	}
}

func TestChangesEndWithTheContextAndTheEngine(t *testing.T) {
	e := newEngine(t, nil)
	requireEnd(t, e, context.Canceled, func(cancel func()) { cancel() })
	requireEnd(t, e, sessiondex.ErrClosed, func(func()) { require.NoError(t, e.Close()) })
}

func requireEnd(t *testing.T, e *sessiondex.Engine, want error, end func(cancel func())) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	m := e.Mark()
	done := make(chan error, 1)
	go func() {
		for _, err := range e.Changes(ctx, m) {
			done <- err
		}
	}()
	end(cancel)
	assert.ErrorIs(t, <-done, want)
}

func TestAMarkIsText(t *testing.T) {
	m := newEngine(t, nil, plain("a", 1)).Mark()
	assert.EqualValues(t, 1, m.Number)
	text, err := m.MarshalText()
	require.NoError(t, err)
	var back sessiondex.Mark
	require.NoError(t, back.UnmarshalText(text))
	assert.Equal(t, m, back)
	for _, bad := range []string{"", "-", "1", m.String() + "x", m.String()[1:], "g" + m.String()[1:], "00-1"} {
		assert.Error(t, back.UnmarshalText([]byte(bad)), bad)
	}
	assert.Equal(t, m, back, "a bad text changes nothing")
}

func TestDiffYieldsWhatChanged(t *testing.T) {
	r := testrand.New(t)
	e := newEngine(t, nil)
	var snapshots []*sessiondex.Snapshot
	for range 60 {
		snapshots = append(snapshots, e.Snapshot())
		_ = e.Tx(t.Context(), randomTx(r))
	}
	contents := func(s *sessiondex.Snapshot) map[string]sessiondex.Session {
		out := map[string]sessiondex.Session{}
		for _, x := range all(t, s, everything) {
			out[x.ID] = x
		}
		return out
	}
	other := newEngine(t, nil, all(t, snapshots[r.IntN(60)], everything)...).Snapshot()
	for range 100 {
		older, newer := snapshots[r.IntN(60)], snapshots[r.IntN(60)]
		switch r.IntN(4) {
		case 0:
			older = other
		case 1:
			newer = other
		}
		got := contents(older)
		seen := map[string]bool{}
		for c := range newer.Diff(older) {
			require.False(t, seen[c.ID], c.ID)
			seen[c.ID] = true
			if c.Before == nil {
				require.NotContains(t, got, c.ID)
			} else {
				require.Equal(t, got[c.ID], *c.Before)
			}
			if delete(got, c.ID); c.After != nil {
				require.NotEqual(t, c.Before, c.After)
				got[c.ID] = *c.After
			}
		}
		require.True(t, maps.EqualFunc(contents(newer), got, func(a, b sessiondex.Session) bool { return fmt.Sprint(a) == fmt.Sprint(b) }))
	}
}
