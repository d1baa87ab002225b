package title_test

import (
	"flag"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/index/title"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the random tests; 0 draws one")

// random returns a source whose seed is printed if the test fails.
func random(t testing.TB) *rand.Rand {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("to repeat: -seed %d", seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 1))
}

// small returns options under which a handful of titles is sealed, merged and cached.
func small() *title.Options {
	return &title.Options{SealTitles: 8, SealAfter: time.Nanosecond, MaxSegment: 100, FanOut: 2, GiantBytes: 200, CacheBytes: 20_000}
}

// twin is a title index beside the plain slice that it must agree with.
type twin struct {
	t   testing.TB
	x   *title.Index
	v   title.View
	now []string // by ordinal; "" is no title
}

func newTwin(t testing.TB, o *title.Options) *twin {
	x, err := title.New(o)
	require.NoError(t, err)
	w := &twin{t: t, x: x, v: x.View()}
	t.Cleanup(func() {
		require.NoError(t, x.Close())
		assert.Zero(t, x.Stats().Failures, "%v", x.Stats().LastError)
		w.v = x.View()
		w.verify()
	})
	return w
}

// apply makes one write of both.
func (w *twin) apply(changes ...title.Change) {
	for _, c := range changes {
		for int(c.Ord) >= len(w.now) {
			w.now = append(w.now, "")
		}
		w.now[c.Ord] = c.Text
	}
	w.v = w.x.Apply(changes)
}

func (w *twin) verify() { verify(w.t, w.v, w.now) }

func (w *twin) settle() {
	require.NoError(w.t, w.x.Wait(w.t.Context()))
	w.v = w.x.View()
}

// moment is a View and what it must always show.
type moment struct {
	v      title.View
	titles []string
}

func (w *twin) moment() moment { return moment{w.v, slices.Clone(w.now)} }

func verify(t testing.TB, v title.View, titles []string) {
	t.Helper()
	require.NoError(t, v.Verify(func(ord uint32) string { return titles[ord] }, len(titles)))
	n := 0
	for _, s := range titles {
		if s != "" {
			n++
		}
	}
	require.Equal(t, n, v.Len())
}

// search checks the match set of a keyword against the definition.
func search(t testing.TB, v title.View, titles []string, keyword string) title.SearchStats {
	t.Helper()
	var want []uint32
	for ord, s := range titles {
		if s != "" && strings.Contains(s, keyword) {
			want = append(want, uint32(ord))
		}
	}
	found, stats, err := v.Search(t.Context(), keyword)
	require.NoError(t, err)
	require.Equal(t, want, found.AppendTo(nil), "keyword %q", keyword)
	require.Equal(t, len(want), found.N, "keyword %q", keyword)
	if found.Limbs == nil {
		require.LessOrEqual(t, found.N, set.ListLimit(len(titles)), "keyword %q: a list", keyword)
	} else {
		require.Nil(t, found.List)
		require.Zero(t, len(found.Limbs)%set.ChunkLimbs)
	}
	return stats
}

// noLeaks fails the test if it leaves goroutines behind.
func noLeaks(t testing.TB) {
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		// A goroutine that has done all its work may still be on its way out.
		for range 1000 {
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(time.Millisecond)
		}
		t.Errorf("%d goroutines were left behind", runtime.NumGoroutine()-before)
	})
}
