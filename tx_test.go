package sessiondex_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// inMemoryAndInAFile runs a test on an engine of each kind.
func inMemoryAndInAFile(t *testing.T, test func(t *testing.T, e *sessiondex.Engine)) {
	t.Run("memory", func(t *testing.T) { test(t, newEngine(t, nil)) })
	t.Run("file", func(t *testing.T) {
		test(t, openDurable(t, filepath.Join(t.TempDir(), "sessions.db"), &sessiondex.Options{Sync: sessiondex.SyncSystem}))
	})
}

func counterOf(t testing.TB, s *sessiondex.Session) int {
	t.Helper()
	var extra struct{ N int }
	require.NoError(t, json.Unmarshal([]byte(s.Extra), &extra))
	return extra.N
}

// TestNoLostUpdateOfAMember: eight goroutines that add one a thousand times add eight thousand.
func TestNoLostUpdateOfAMember(t *testing.T) {
	inMemoryAndInAFile(t, func(t *testing.T, e *sessiondex.Engine) {
		const goroutines, each = 8, 1000
		require.NoError(t, e.Put(t.Context(), plain("a", 0, func(s *sessiondex.Session) { s.Extra = `{"n":0}` })))
		var wg sync.WaitGroup
		for range goroutines {
			wg.Go(func() {
				for range each {
					_, err := e.Update(t.Context(), "a", func(s *sessiondex.Session) error {
						s.Extra = fmt.Sprintf(`{"n":%d}`, counterOf(t, s)+1)
						return nil
					})
					if !assert.NoError(t, err) {
						return
					}
				}
			})
		}
		wg.Wait()
		s, err := e.Get(t.Context(), "a")
		require.NoError(t, err)
		assert.Equal(t, goroutines*each, counterOf(t, &s))
		assert.EqualValues(t, 1+goroutines*each, e.Version())
	})
}

// TestNoWriteSkew: two functions that each look at both sessions before they write one
// of them never both write.
func TestNoWriteSkew(t *testing.T) {
	inMemoryAndInAFile(t, func(t *testing.T, e *sessiondex.Engine) {
		onCall := func(id string, on bool) sessiondex.Session {
			return plain(id, 0, func(s *sessiondex.Session) { s.State = "on call: " + strconv.FormatBool(on) })
		}
		for range 50 {
			require.NoError(t, e.Put(t.Context(), onCall("ada", true), onCall("bob", true)))
			var wg sync.WaitGroup
			for _, id := range []string{"ada", "bob"} {
				wg.Go(func() {
					assert.NoError(t, e.Tx(t.Context(), func(tx *sessiondex.Tx) error {
						n := 0
						for _, err := range tx.All(t.Context(), query.Query{States: []string{"on call: true"}}) {
							require.NoError(t, err)
							n++
						}
						if n < 2 {
							return nil
						}
						return tx.Put(onCall(id, false))
					}))
				})
			}
			wg.Wait()
			n, err := e.Count(t.Context(), query.Query{States: []string{"on call: true"}})
			require.NoError(t, err)
			require.Equal(t, 1, n)
		}
	})
}

// TestNoTornBatch: what a function writes is seen whole, by readers and by the feed.
func TestNoTornBatch(t *testing.T) {
	inMemoryAndInAFile(t, func(t *testing.T, e *sessiondex.Engine) {
		start := e.Mark()
		stop := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				found, _, err := e.GetMany(t.Context(), "a", "b")
				require.NoError(t, err)
				if len(found) > 0 {
					assert.Equal(t, found[0].Title, found[1].Title)
				}
				runtime.Gosched()
			}
		})
		for i := range 100 {
			require.NoError(t, e.Tx(t.Context(), func(tx *sessiondex.Tx) error {
				title := titled(fmt.Sprint("round ", i))
				require.NoError(t, tx.Put(plain("a", i, title)))
				return tx.Put(plain("b", i, title))
			}))
		}
		close(stop)
		wg.Wait()
		n := 0
		for c, err := range e.Changes(t.Context(), start) {
			require.NoError(t, err)
			assert.Len(t, c.Changes, 2)
			if n++; n == 100 {
				break
			}
		}
	})
}

// TestNoPhantomInDeleteWhere: sessions that are resumed before its turn are spared.
func TestNoPhantomInDeleteWhere(t *testing.T) {
	inMemoryAndInAFile(t, func(t *testing.T, e *sessiondex.Engine) {
		idle := func(i int, s *sessiondex.Session) { s.State = "idle" }
		const n = 400
		sessions := many(n, idle)
		require.NoError(t, e.Put(t.Context(), sessions...))
		var mu sync.Mutex
		resumed := map[string]bool{}
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				for i := g; i < n; i += 8 {
					_, err := e.Update(t.Context(), sessions[i].ID, func(s *sessiondex.Session) error {
						s.State = "running"
						return nil
					})
					if errors.Is(err, sessiondex.ErrNotFound) {
						continue
					}
					assert.NoError(t, err)
					mu.Lock()
					resumed[sessions[i].ID] = true
					mu.Unlock()
				}
			})
		}
		wg.Go(func() {
			for deleted := 0; deleted < n/2; {
				d, err := e.DeleteWhere(t.Context(), query.Query{States: []string{"idle"}, Limit: 7, SortDirection: query.Asc})
				if !assert.NoError(t, err) || d == 0 {
					return
				}
				deleted += d
			}
		})
		wg.Wait()
		for id := range resumed {
			_, err := e.Get(t.Context(), id)
			assert.NoError(t, err, "%s was resumed", id)
		}
	})
}

func TestAnErrorOrPanicInTxDropsItsOwnWritesAlone(t *testing.T) {
	inMemoryAndInAFile(t, func(t *testing.T, e *sessiondex.Engine) {
		require.NoError(t, e.Put(t.Context(), many(10, nil)...))
		want, before := all(t, e, everything), e.Version()
		failed := errors.New("mine")
		change := func(tx *sessiondex.Tx) {
			require.NoError(t, tx.Put(plain("new", 1, titled("new")), plain("s-000003", 77, titled("changed"))))
			_, err := tx.Delete("s-000001", "s-000002", "new")
			require.NoError(t, err)
			require.NoError(t, tx.Put(plain("newer", 1), plain("s-000001", 5)))
		}
		err := e.Tx(t.Context(), func(tx *sessiondex.Tx) error {
			change(tx)
			return failed
		})
		assert.ErrorIs(t, err, failed)
		assert.PanicsWithValue(t, "mine", func() {
			_ = e.Tx(t.Context(), func(tx *sessiondex.Tx) error {
				change(tx)
				panic("mine")
			})
		})
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = e.Tx(t.Context(), func(tx *sessiondex.Tx) error {
				change(tx)
				runtime.Goexit()
				return nil
			})
		}()
		<-done
		assert.Equal(t, want, all(t, e, everything))
		assert.Equal(t, before, e.Version())
		assert.Empty(t, found(t, e, "changed"))
		require.NoError(t, e.Verify(t.Context()))

		// The ordinals and titles that were taken back are used by what comes next.
		require.NoError(t, e.Put(t.Context(), plain("next", 1, titled("changed by another"))))
		assert.Equal(t, []string{"next"}, found(t, e, "changed"))
	})
}

func TestATxSeesItsOwnWritesAndNobodyElseDoes(t *testing.T) {
	e := newEngine(t, nil, plain("a", 1, titled("old")), plain("b", 2))
	require.NoError(t, e.Tx(t.Context(), func(tx *sessiondex.Tx) error {
		require.NoError(t, tx.Put(plain("a", 1, titled("fresh"))))
		require.NoError(t, tx.Insert(plain("c", 3, titled("fresh too"))))
		require.ErrorIs(t, tx.Insert(plain("d", 3), plain("c", 3)), sessiondex.ErrExists)
		require.ErrorIs(t, tx.Put(plain("d", 3), sessiondex.Session{ID: "x"}), sessiondex.ErrInvalidSession, "and the function goes on")
		n, err := tx.Delete("b", "b", "none")
		require.NoError(t, err)
		require.Equal(t, 1, n)
		s, err := tx.Get("a")
		require.NoError(t, err)
		require.Equal(t, "fresh", s.Title)
		_, err = tx.Get("b")
		require.ErrorIs(t, err, sessiondex.ErrNotFound)
		var ids []string
		for s, err := range tx.All(t.Context(), query.Query{Keyword: "fresh"}) {
			require.NoError(t, err)
			require.NoError(t, tx.Put(plain(s.ID, 9, titled(s.Title)))) // the loop is over what was there
			ids = append(ids, s.ID)
		}
		require.Equal(t, []string{"c", "a"}, ids)

		require.Equal(t, 2, e.Len())
		require.Equal(t, []string{"a"}, found(t, e, "old"))
		require.Empty(t, found(t, e, "fresh"))
		return nil
	}))
	assert.Equal(t, []string{"a", "c"}, found(t, e, "fresh"))
	assert.EqualValues(t, 2, e.Version(), "however many writes, one version")
}

func TestAWriteThatChangesNothingIsNoWrite(t *testing.T) {
	inMemoryAndInAFile(t, func(t *testing.T, e *sessiondex.Engine) {
		s := plain("a", 1, titled("title"), func(s *sessiondex.Session) { s.Extra = `{"x":1}` })
		require.NoError(t, e.Put(t.Context(), s, plain("b", 2)))
		before := e.Version()
		require.NoError(t, e.Put(t.Context(), s))
		require.NoError(t, e.Put(t.Context()))
		n, err := e.Delete(t.Context(), "none")
		require.NoError(t, err)
		assert.Zero(t, n)
		_, err = e.Update(t.Context(), "a", func(*sessiondex.Session) error { return nil })
		require.NoError(t, err)
		require.NoError(t, e.Tx(t.Context(), func(tx *sessiondex.Tx) error {
			require.NoError(t, tx.Put(plain("a", 5), plain("new", 1)))
			_, err := tx.Delete("new", "b")
			require.NoError(t, err)
			return tx.Put(s, plain("b", 2)) // and back again
		}))
		assert.Equal(t, before, e.Version())
		require.NoError(t, e.Put(t.Context(), s, plain("b", 3)))
		assert.Equal(t, before+1, e.Version())
		last := e.Mark()
		last.Number--
		for c, err := range e.Changes(t.Context(), last) {
			require.NoError(t, err)
			require.Len(t, c.Changes, 1, "the one that was the same is left out")
			assert.Equal(t, "b", c.Changes[0].ID)
			break
		}
	})
}

func TestInsertTakesNoIDThatIsTaken(t *testing.T) {
	e := newEngine(t, nil, plain("a", 1))
	err := e.Insert(t.Context(), plain("b", 1), plain("a", 2))
	assert.ErrorIs(t, err, sessiondex.ErrExists)
	assert.ErrorContains(t, err, `"a" (index 1)`)
	assert.Equal(t, 1, e.Len())
	require.NoError(t, e.Insert(t.Context(), plain("b", 1)))

	// Of many that insert the same id, one does.
	var wg sync.WaitGroup
	results := make(chan error, 8)
	for i := range 8 {
		wg.Go(func() { results <- e.Insert(t.Context(), plain("c", i)) })
	}
	wg.Wait()
	close(results)
	inserted := 0
	for err := range results {
		if err == nil {
			inserted++
		} else {
			assert.ErrorIs(t, err, sessiondex.ErrExists)
		}
	}
	assert.Equal(t, 1, inserted)
}

func TestUpdateRefusesWhatItMust(t *testing.T) {
	e := newEngine(t, nil, plain("a", 1))
	nothing := func(*sessiondex.Session) error { return nil }
	_, err := e.Update(t.Context(), "none", nothing)
	assert.ErrorIs(t, err, sessiondex.ErrNotFound)
	_, err = e.Update(t.Context(), "a", func(s *sessiondex.Session) error { s.ID = "b"; return nil })
	assert.ErrorIs(t, err, sessiondex.ErrInvalidSession)
	assert.ErrorContains(t, err, "must not change")
	failed := errors.New("mine")
	_, err = e.Update(t.Context(), "a", func(s *sessiondex.Session) error { s.Title = "x"; return failed })
	assert.ErrorIs(t, err, failed)
	_, err = e.Update(t.Context(), "a", func(s *sessiondex.Session) error { s.Title = "\xff"; return nil })
	assert.ErrorIs(t, err, sessiondex.ErrInvalidSession)
	s, err := e.Update(t.Context(), "a", func(s *sessiondex.Session) error { s.Title, s.SessionType = "x", ""; return nil })
	require.NoError(t, err)
	assert.Equal(t, plain("a", 1, titled("x")), s, "as it is stored")
	assert.EqualValues(t, 2, e.Version())
}

func TestWhereWritesToAllThatMatchesAndNothingElse(t *testing.T) {
	state := func(i int, s *sessiondex.Session) {
		s.State = []string{"idle", "running"}[i%2]
		s.IsTaskSession = i%6 == 0
	}
	e := newEngine(t, nil, many(60, state)...)
	n, err := e.UpdateWhere(t.Context(), query.Query{States: []string{"idle"}}, func(s *sessiondex.Session) error {
		s.State = "stale"
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, 20, n, "task runs are hidden and spared")
	assert.EqualValues(t, 2, e.Version())
	failed := errors.New("mine")
	_, err = e.UpdateWhere(t.Context(), query.Query{States: []string{"stale"}}, func(s *sessiondex.Session) error {
		if s.ID == "s-000002" {
			return failed
		}
		s.State = "half"
		return nil
	})
	assert.ErrorIs(t, err, failed)
	n, err = e.DeleteWhere(t.Context(), query.Query{States: []string{"half"}})
	require.NoError(t, err)
	assert.Zero(t, n)

	// The first three in the order that is asked for.
	n, err = e.DeleteWhere(t.Context(), query.Query{States: []string{"stale"}, SortDirection: query.Asc, Limit: 3})
	require.NoError(t, err)
	assert.Equal(t, 3, n)
	_, missing, err := e.GetMany(t.Context(), "s-000002", "s-000004", "s-000008", "s-000010")
	require.NoError(t, err)
	assert.Equal(t, []string{"s-000002", "s-000004", "s-000008"}, missing)
	n, err = e.DeleteWhere(t.Context(), query.Query{States: []string{"idle", "stale"}, IncludeTaskSessions: true, Limit: 100_000})
	require.NoError(t, err)
	assert.Equal(t, 27, n)

	for name, q := range map[string]query.Query{
		"offset": {AppID: "a", Offset: 1}, "cursor": {AppID: "a", Cursor: "x"}, "query": {}, "limit": {AppID: "a", Limit: -1},
	} {
		for _, err := range []error{second(e.DeleteWhere(t.Context(), q)), second(e.UpdateWhere(t.Context(), q, nil))} {
			var faults *query.Error
			require.ErrorAs(t, err, &faults, name)
			require.Len(t, faults.Faults, 1, name)
			assert.Equal(t, name, faults.Faults[0].Param)
		}
	}
	everywhere := query.Query{IncludeSubSessions: true, IncludeTaskSessions: true, SortBy: query.Title, SortDirection: query.Asc, Limit: 5,
		Scope: query.Scope{WorkspaceIDs: []string{"w"}}}
	_, err = e.DeleteWhere(t.Context(), everywhere)
	assert.ErrorIs(t, err, sessiondex.ErrInvalidQuery, "what is shown, the order and a scope are no conditions")
	n, err = e.DeleteWhere(t.Context(), query.Query{Where: []query.Cond{query.Any()}})
	require.NoError(t, err)
	assert.Equal(t, 30, n, "everything is meant")
	assert.Zero(t, e.Len())
}

func second(_ int, err error) error { return err }

func TestATxThatIsOverReturnsErrTxDone(t *testing.T) {
	e := newEngine(t, nil, plain("a", 1))
	var kept *sessiondex.Tx
	require.NoError(t, e.Tx(t.Context(), func(tx *sessiondex.Tx) error { kept = tx; return nil }))
	_, err := kept.Get("a")
	assert.ErrorIs(t, err, sessiondex.ErrTxDone)
	assert.ErrorIs(t, kept.Put(plain("b", 1)), sessiondex.ErrTxDone)
	assert.ErrorIs(t, kept.Insert(plain("b", 1)), sessiondex.ErrTxDone)
	_, err = kept.Delete("a")
	assert.ErrorIs(t, err, sessiondex.ErrTxDone)
	for _, err := range kept.All(t.Context(), query.Query{}) {
		assert.ErrorIs(t, err, sessiondex.ErrTxDone)
	}
	assert.Equal(t, 1, e.Len())
}

func TestAWriteFromInsideIsFound(t *testing.T) {
	sessiondex.SetWaitsForItself(t, 1)
	e, other := newEngine(t, nil, plain("a", 1)), newEngine(t, nil)
	require.NoError(t, e.Tx(t.Context(), func(tx *sessiondex.Tx) error {
		err := e.Put(t.Context(), plain("b", 1))
		assert.ErrorContains(t, err, "writes to its own engine")
		return other.Put(t.Context(), plain("b", 1)) // another engine is nobody's business
	}))
	assert.Equal(t, 1, e.Len())
	assert.Equal(t, 1, other.Len())

	// One that merely waits is not taken for it.
	inside, finish := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		assert.NoError(t, e.Tx(t.Context(), func(*sessiondex.Tx) error {
			close(inside)
			<-finish
			return nil
		}))
	})
	<-inside
	wg.Go(func() {
		assert.NoError(t, other.Tx(t.Context(), func(*sessiondex.Tx) error { return e.Put(t.Context(), plain("c", 1)) }))
	})
	ctx, cancel := context.WithCancel(t.Context())
	refused := make(chan error, 1)
	go func() { refused <- e.Put(ctx, plain("d", 1)) }()
	runtime.Gosched()
	cancel()
	assert.ErrorIs(t, <-refused, context.Canceled, "a context ends the wait")
	close(finish)
	wg.Wait()
	assert.Equal(t, 2, e.Len())
}
