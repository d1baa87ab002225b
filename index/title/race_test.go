package title_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sessiondex/sessiondex/index/title"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Writing, sealing, merging, reading and closing at once. Each write keeps two facts that
// any View must show: one title of each ten has the marker, and a pair of titles is
// renamed together.
func TestViewsStayConsistentWhileEverythingRuns(t *testing.T) {
	noLeaks(t)
	const ordinals, writes, readers = 300, 600, 3
	var x *title.Index
	var current atomic.Value // of title.View
	var publish sync.Mutex
	o := small()
	o.Workers = 3
	o.Changed = func() {
		publish.Lock()
		defer publish.Unlock()
		current.Store(x.View())
	}
	x, err := title.New(o)
	require.NoError(t, err)
	write := func(changes []title.Change) {
		publish.Lock()
		defer publish.Unlock()
		current.Store(x.Apply(changes))
	}
	var first []title.Change
	for i := range ordinals {
		s := fmt.Sprintf("title %d", i)
		if i%10 == 0 {
			s += " marked"
		}
		first = append(first, title.Change{Ord: uint32(i), Text: s})
	}
	first = append(first, title.Change{Ord: ordinals, Text: "twin 0"}, title.Change{Ord: ordinals + 1, Text: "twin 0"})
	write(first)

	var done atomic.Bool
	var wg sync.WaitGroup
	for k := range readers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(k), 2))
			for !done.Load() {
				v := current.Load().(title.View)
				for _, c := range []struct {
					keyword string
					want    int
				}{{"marked", ordinals / 10}, {"twin", 2}, {"ma", ordinals / 10}, {"k", ordinals / 10}, {" mark", ordinals / 10}} {
					f, _, err := v.Search(t.Context(), c.keyword)
					if !assert.NoError(t, err) || !assert.Equal(t, c.want, f.N, c.keyword) {
						return
					}
				}
				f, _, err := v.Search(t.Context(), fmt.Sprint("twin ", r.IntN(writes)))
				if !assert.NoError(t, err) || !assert.NotEqual(t, 1, f.N, "the twins were renamed together") {
					return
				}
				x.Stats()
				v.Len()
			}
		})
	}
	r := random(t)
	for i := range writes {
		// The marker moves within a group of ten.
		ten := r.IntN(ordinals/10) * 10
		changes := []title.Change{{Ord: ordinals, Text: fmt.Sprint("twin ", i)}, {Ord: ordinals + 1, Text: fmt.Sprint("twin ", i)}}
		mark := r.IntN(10)
		for k := range 10 {
			s := fmt.Sprintf("title %d at %d", ten+k, i)
			if k == mark {
				s += " marked"
			} else if r.IntN(3) == 0 {
				s = ""
			}
			changes = append(changes, title.Change{Ord: uint32(ten + k), Text: s})
		}
		write(changes)
		if i == writes/2 {
			require.NoError(t, x.Wait(t.Context()))
		}
	}
	for range 2 {
		wg.Go(func() { assert.NoError(t, x.Close()) })
	}
	time.Sleep(time.Millisecond)
	done.Store(true)
	wg.Wait()
	assert.Zero(t, x.Stats().Failures)
	assert.NotZero(t, x.Stats().Seals)
	assert.NotZero(t, x.Stats().Merges)
}

func TestTwoIndexesDoNotDisturbEachOther(t *testing.T) {
	noLeaks(t)
	var wg sync.WaitGroup
	for k := range 2 {
		wg.Go(func() {
			w := &twin{t: t}
			var err error
			w.x, err = title.New(small())
			if !assert.NoError(t, err) {
				return
			}
			for i := range 400 {
				w.apply(title.Change{Ord: uint32(i % 150), Text: fmt.Sprintf("index %d title %s", k, strings.Repeat("word ", i%17))})
				f, _, err := w.v.Search(t.Context(), fmt.Sprint("index ", 1-k))
				assert.NoError(t, err)
				assert.Zero(t, f.N)
				f, _, err = w.v.Search(t.Context(), fmt.Sprint("index ", k))
				assert.NoError(t, err)
				assert.Equal(t, w.v.Len(), f.N)
			}
			assert.NoError(t, w.x.Close())
		})
	}
	wg.Wait()
}
