package title_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/sessiondex/sessiondex/index/title"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// After many renames, an idle index has no more segments and at most twice the memory of
// an index that was loaded with the same titles; in the worst segments a quarter of the
// titles are deleted.
func TestRenamingDoesNotGrowTheIndex(t *testing.T) {
	noLeaks(t)
	const titles, rounds, writes = 4000, 12, 4000
	o := &title.Options{SealTitles: 64, SealAfter: time.Millisecond, CacheBytes: -1}
	name := func(i int) string { return fmt.Sprintf("report %d about the invoice of client %x", i%977, i%3571) }
	r := random(t)
	w := newTwin(t, o)
	var all []title.Change
	for i := range titles {
		all = append(all, title.Change{Ord: uint32(i), Text: name(i)})
	}
	w.apply(all...)
	w.settle()
	fresh := w.x.Stats()
	heap := liveHeap()
	for round := range rounds {
		for i := range writes {
			c := title.Change{Ord: uint32(r.IntN(titles)), Text: name(r.IntN(1 << 20))}
			if r.IntN(50) == 0 {
				c.Text = ""
			}
			w.apply(c)
			if i%256 == 0 {
				search(t, w.v, w.now, "client f")
			}
		}
		// The same number of titles again.
		var back []title.Change
		for ord, s := range w.now {
			if s == "" {
				back = append(back, title.Change{Ord: uint32(ord), Text: name(ord)})
			}
		}
		w.apply(back...)
		w.settle()
		s := w.x.Stats()
		require.Equal(t, titles, s.Titles)
		require.LessOrEqual(t, s.Segments, fresh.Segments+16, "round %d: %+v", round, s)
		require.LessOrEqual(t, 3*s.Deleted, titles+16, "round %d: %+v", round, s)
		require.Less(t, s.Buffered, 2*o.SealTitles, "round %d: %+v", round, s)
		require.Less(t, s.SegmentBytes, 2*fresh.SegmentBytes, "round %d: %+v", round, s)
	}
	grown := liveHeap() - heap
	assert.Less(t, grown, int64(fresh.SegmentBytes+1<<20), "the heap has grown by %d bytes, over %+v", grown, fresh)
	w.verify()
}

func liveHeap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
