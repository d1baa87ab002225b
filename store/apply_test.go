package store_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/store"
)

// The last write to be published must be the one that is in the file, whoever
// came in first: that is what keeps an index in memory and the file the same.
func TestPublishingFollowsTheOrderInTheFile(t *testing.T) {
	for name, o := range map[string]*store.Options{
		"one by one": nil,
		"grouped":    {GroupDelay: time.Millisecond},
		"unsynced":   {Sync: store.SyncSystem},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, newPath(t), o)
			published := map[string]string{}
			var publishing atomic.Int32
			var wg sync.WaitGroup
			for g := range 8 {
				wg.Go(func() {
					for i := range 40 {
						id, value := fmt.Sprint("id", (g+i)%5), fmt.Sprint(g, ".", i)
						returned := false
						err := s.Apply(store.Write{Put: []store.Record{{ID: id, Value: []byte(value)}}}, func() {
							assert.EqualValues(t, 1, publishing.Add(1), "two publish at the same time")
							published[id] = value
							assert.False(t, returned)
							publishing.Add(-1)
						})
						returned = true
						assert.NoError(t, err)
					}
				})
			}
			wg.Wait()
			assert.Equal(t, published, contents(t, s))
		})
	}
}

func TestAWriteIsInTheFileWhenItIsPublished(t *testing.T) {
	s := open(t, newPath(t), nil)
	for i := range 20 {
		id := fmt.Sprint(i)
		require.NoError(t, s.Apply(put(id, "x"), func() {
			all, err := load(t, s)
			require.NoError(t, err)
			require.Contains(t, all, id)
		}))
	}
}

func TestWritesThatArriveWithinTheDelayShareATransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const delay = 5 * time.Millisecond
		s, err := store.Open(newPath(t), &store.Options{GroupDelay: delay})
		require.NoError(t, err)
		defer s.Close()
		var order []int
		var wg sync.WaitGroup
		start := time.Now()
		for i := range 4 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				assert.NoError(t, s.Apply(put("same", fmt.Sprint(i)), func() { order = append(order, i) }))
			})
		}
		wg.Wait()
		assert.Equal(t, delay, time.Since(start), "the bound counts from the first of the group")
		assert.Equal(t, []int{0, 1, 2, 3}, order)
		st, err := s.Stats()
		require.NoError(t, err)
		assert.EqualValues(t, 1, st.Transactions)
		assert.Equal(t, map[string]string{"same": "3"}, contents(t, s))

		// A large group and Close do not wait for the end of the delay.
		start = time.Now()
		require.NoError(t, s.Apply(store.Write{Put: []store.Record{{ID: "large", Value: make([]byte, 9<<20)}}}, nil))
		assert.Zero(t, time.Since(start))
		wg.Go(func() { assert.NoError(t, s.Apply(put("last", "1"), nil)) })
		synctest.Wait()
		require.NoError(t, s.Close())
		wg.Wait()
		assert.Zero(t, time.Since(start))
	})
}

func TestWritesThatArriveDuringATransactionShareTheNext(t *testing.T) {
	s := open(t, newPath(t), nil)
	const goroutines, each = 16, 30
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for i := range each {
				assert.NoError(t, s.Apply(put(fmt.Sprint(g, ".", i), "x"), nil))
			}
		})
	}
	wg.Wait()
	st, err := s.Stats()
	require.NoError(t, err)
	assert.Equal(t, goroutines*each, st.Records)
	assert.Less(t, st.Transactions, int64(goroutines*each))
}

func TestAPanicInPublishStopsNobodyElse(t *testing.T) {
	s := open(t, newPath(t), nil)
	assert.PanicsWithValue(t, "mine", func() { _ = s.Apply(put("a", "1"), func() { panic("mine") }) })
	published := false
	require.NoError(t, s.Apply(put("b", "2"), func() { published = true }))
	assert.True(t, published)
	assert.Equal(t, map[string]string{"a": "1", "b": "2"}, contents(t, s))
}

func TestAnEmptyWriteIsPublishedInTurn(t *testing.T) {
	s := open(t, newPath(t), nil)
	n := 0
	require.NoError(t, s.Apply(store.Write{}, func() { n++ }))
	require.NoError(t, s.Apply(store.Write{Delete: []string{"never there"}}, func() { n++ }))
	assert.Equal(t, 2, n)
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
				err := s.Apply(put(fmt.Sprint(g, ".", i), "x"), nil)
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

// TestTwin runs random operations on a store and on a map.
func TestTwin(t *testing.T) {
	for name, o := range map[string]store.Options{
		"one by one": {},
		"grouped":    {GroupDelay: 100 * time.Microsecond},
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
					require.NoError(t, s.Apply(w, func() { twin = then }))
				}
				require.Equal(t, len(twin), s.Len())
			}
			require.Equal(t, twin, contents(t, s))
		})
	}
}

// randomWrite returns a write and what it makes of the records.
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
