package store_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/store"
)

func TestWritesOfManyGoroutinesAreAllInTheFile(t *testing.T) {
	s := open(t, newPath(t), nil)
	const goroutines, each = 8, 30
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for i := range each {
				id := fmt.Sprint(g, ".", i)
				assert.NoError(t, s.Apply(put(id, "x")))
				assert.NoError(t, s.Read([]string{id}, func(_ int, value []byte) error {
					assert.Equal(t, "x", string(value), "what was confirmed is in the file")
					return nil
				}))
			}
		})
	}
	wg.Wait()
	assert.Len(t, contents(t, s), goroutines*each)
}

func TestAnEmptyWriteIsNoTransaction(t *testing.T) {
	s := open(t, newPath(t), nil)
	require.NoError(t, s.Apply(store.Write{}))
	st, err := s.Stats()
	require.NoError(t, err)
	assert.Zero(t, st.Transactions)
	require.NoError(t, s.Apply(store.Write{Delete: []string{"never there"}}))
}

func TestCloseLetsTheCallsUnderWayFinish(t *testing.T) {
	path := newPath(t)
	s := open(t, path, nil)
	var confirmed atomic.Int64
	var wg sync.WaitGroup
	started := make(chan struct{}, 8)
	for g := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				err := s.Apply(put(fmt.Sprint(g, ".", i), "x"))
				if err != nil {
					assert.ErrorIs(t, err, store.ErrClosed)
					return
				}
				confirmed.Add(1)
				select {
				case started <- struct{}{}:
				default:
				}
			}
		})
	}
	for range 8 {
		<-started
	}
	require.NoError(t, s.Close())
	wg.Wait()
	assert.Len(t, contents(t, open(t, path, nil)), int(confirmed.Load()))
}

func TestRandomOperationsAgreeWithAMap(t *testing.T) {
	for name, o := range map[string]store.Options{
		"one by one": {},
		"unsynced":   {Sync: store.SyncSystem},
	} {
		t.Run(name, func(t *testing.T) {
			r := seedFrom(t)
			path := newPath(t)
			twin := map[string]string{}
			s := open(t, path, &o)
			for range 150 {
				switch r.IntN(20) {
				case 0:
					require.NoError(t, s.Close())
					s = open(t, path, &o)
					fallthrough
				case 1:
					require.Equal(t, twin, contents(t, s))
				case 2:
					require.NoError(t, s.Verify(t.Context()))
				default:
					w, then := randomWrite(r, twin)
					require.NoError(t, s.Apply(w))
					twin = then
				}
				require.Equal(t, len(twin), s.Len())
			}
			require.Equal(t, twin, contents(t, s))
		})
	}
}

// randomWrite returns a write and the records after it.
func randomWrite(r *rand.Rand, now map[string]string) (store.Write, map[string]string) {
	then := make(map[string]string, len(now))
	for id, value := range now {
		then[id] = value
	}
	var w store.Write
	used := map[string]bool{}
	drop := r.IntN(12) == 0
	for _, id := range slices.Sorted(maps.Keys(now)) {
		if r.IntN(len(now)) >= 10 && !drop {
			continue
		}
		if len(used) < 5 || drop && len(used) < 200 {
			used[id] = true
			if drop || r.IntN(2) == 0 {
				w.Delete = append(w.Delete, id)
				delete(then, id)
			} else {
				then[id] = randomValue(r, r.IntN(1500))
				w.Put = append(w.Put, store.Record{ID: id, Value: []byte(then[id])})
			}
		}
	}
	for range r.IntN(40) {
		id := fmt.Sprint("id", r.IntN(5000))
		if used[id] {
			continue
		}
		used[id] = true
		size := r.IntN(500)
		if r.IntN(50) == 0 {
			size = r.IntN(60000)
		}
		then[id] = randomValue(r, size)
		w.Put = append(w.Put, store.Record{ID: id, Value: []byte(then[id])})
	}
	return w, then
}
