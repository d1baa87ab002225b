package shell

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// world is a few thousand titles that keep changing, with a cache over them.
type world struct {
	x      *Index[*plain]
	titles []string
}

func newWorld(t *testing.T, n int, o Options) *world {
	o.SealTitles = 1 << 20 // what is sealed makes no difference to the cache
	x := newPlain(t, &o)
	w := &world{x: x}
	var changes []Change
	for i := range n {
		w.titles = append(w.titles, fmt.Sprintf("title %d with %s", i, []string{"much", "some", "little"}[i%3]))
		changes = append(changes, Change{uint32(i), w.titles[i]})
	}
	x.Apply(changes)
	return w
}

func (w *world) set(ord int, title string) {
	for ord >= len(w.titles) {
		w.titles = append(w.titles, "")
	}
	w.titles[ord] = title
	w.x.Apply([]Change{{uint32(ord), title}})
}

func (w *world) check(t *testing.T, keyword string) SearchStats {
	t.Helper()
	var want []uint32
	for ord, s := range w.titles {
		if strings.Contains(s, keyword) {
			want = append(want, uint32(ord))
		}
	}
	f, stats, err := search(t.Context(), w.x.View(), keyword)
	require.NoError(t, err)
	require.Equal(t, want, f.AppendTo(nil), "keyword %q", keyword)
	require.Equal(t, len(want), f.N)
	return stats
}

func TestAKnownMatchSetFollowsWrites(t *testing.T) {
	for _, n := range []int{10, 200, 3000, 30_000} { // lists and bit arrays
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := newWorld(t, n, Options{})
			r := rand.New(rand.NewPCG(7, uint64(n)))
			keywords := []string{"much", "title 1", "t", "title 77 ", "changed", "nothing"}
			for _, k := range keywords {
				assert.False(t, w.check(t, k).Cached)
			}
			for i := range 2000 {
				title := []string{"", "much", "changed", "title 77 changed", "title 1", "x"}[r.IntN(6)]
				w.set(r.IntN(len(w.titles)+i%50/49), title)
				if r.IntN(4) == 0 {
					assert.True(t, w.check(t, keywords[r.IntN(len(keywords))]).Cached)
				}
			}
		})
	}
}

func TestASetThatNoWriteTouchesIsNotCopied(t *testing.T) {
	w := newWorld(t, 10_000, Options{})
	before, _, err := search(t.Context(), w.x.View(), "much")
	require.NoError(t, err)
	require.NotNil(t, before.Limbs)
	w.set(1, "another name")
	after, stats, err := search(t.Context(), w.x.View(), "much")
	require.NoError(t, err)
	assert.True(t, stats.Cached)
	assert.Same(t, &before.Limbs[0], &after.Limbs[0])
	w.set(0, "another name")
	patched, _, err := search(t.Context(), w.x.View(), "much")
	require.NoError(t, err)
	assert.NotSame(t, &before.Limbs[0], &patched.Limbs[0])
	assert.True(t, before.Contains(0), "a set that was handed out never changes")
}

func TestAWriteTooLargeToFollowMakesASearch(t *testing.T) {
	w := newWorld(t, 100, Options{})
	w.check(t, "much")
	var changes []Change
	for i := range historyMax + 1 {
		changes = append(changes, Change{uint32(1000 + i), "much more"})
	}
	w.titles = append(w.titles, slices.Repeat([]string{""}, 900)...)
	w.titles = append(w.titles, slices.Repeat([]string{"much more"}, historyMax+1)...)
	w.x.Apply(changes)
	assert.False(t, w.check(t, "much").Cached)
	w.set(5, strings.Repeat("much too long to be kept alive ", 200))
	assert.False(t, w.check(t, "much").Cached)
	w.set(5, "")
	assert.True(t, w.check(t, "much").Cached)

	// Not searched for too long.
	for i := range 3 * historyMax {
		w.set(i%50, fmt.Sprint("much ", i))
	}
	assert.False(t, w.check(t, "much").Cached)
}

func TestASnapshotKeepsWhatWasFoundInIt(t *testing.T) {
	w := newWorld(t, 3000, Options{})
	old := w.x.View()
	first, _, err := search(t.Context(), old, "much")
	require.NoError(t, err)
	for i := range 100 {
		w.set(i, "much")
		w.check(t, "much")
	}
	again, stats, err := search(t.Context(), old, "much")
	require.NoError(t, err)
	assert.True(t, stats.Cached)
	assert.Same(t, &first.Limbs[0], &again.Limbs[0])
	_, stats, err = search(t.Context(), old, "some")
	require.NoError(t, err)
	assert.False(t, stats.Cached)
	w.check(t, "some")
	f, _, err := search(t.Context(), old, "much")
	require.NoError(t, err)
	assert.Equal(t, 1000, f.N)
}

// A match that came and went is in the versions between, though the sets before and after
// are equal.
func TestASnapshotBetweenHasWhatCameAndWent(t *testing.T) {
	for _, n := range []int{200, 30_000} { // a list and a bit array
		for _, ord := range []int{n / 3, n/3 + 1} { // a title without "some" that gets it, one that loses it
			w := newWorld(t, n, Options{})
			titles := []string{"a title with none", "another with some of it"}
			if strings.Contains(w.titles[ord], "some") {
				slices.Reverse(titles)
			}
			w.set(ord, titles[0])
			w.check(t, "some")
			w.set(ord, titles[1])
			between, then := w.x.View(), slices.Clone(w.titles)
			w.set(ord, titles[0])
			w.check(t, "some")
			f, _, err := search(t.Context(), between, "some")
			require.NoError(t, err)
			require.Equal(t, strings.Contains(then[ord], "some"), f.Contains(uint32(ord)), "n=%d ord=%d", n, ord)
			w.check(t, "some")
		}
	}
}

func TestTheCacheStaysWithinItsBounds(t *testing.T) {
	w := newWorld(t, 20_000, Options{CacheBytes: 20_000})
	for i := range 300 {
		w.check(t, fmt.Sprint("title ", i))
		w.check(t, "much") // searched again and again, so it stays
		items, bytes := w.x.cache.size()
		require.LessOrEqual(t, bytes, 20_000)
		require.LessOrEqual(t, items, cacheItems)
		w.set(30_000, fmt.Sprint(i))
	}
	assert.True(t, w.check(t, "much").Cached)
	assert.False(t, w.check(t, "title 0").Cached)
	assert.Equal(t, 0, found(t, w.x.View(), strings.Repeat("long ", 1000)))
	_, bytes := w.x.cache.size()
	assert.LessOrEqual(t, bytes, 20_000)

	w = newWorld(t, 100, Options{CacheBytes: -1})
	w.check(t, "much")
	assert.False(t, w.check(t, "much").Cached)

	w = newWorld(t, 100, Options{})
	for i := range 3 * cacheItems {
		w.check(t, fmt.Sprint("keyword ", i))
	}
	items, _ := w.x.cache.size()
	assert.LessOrEqual(t, items, cacheItems)
}

// The changes after a version are all of them, or refused.
func TestTheHistoryAfterAVersionIsComplete(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	var h history
	var all []entry
	for v := uint64(1); v < 500; v++ {
		var changes []Change
		for k := range r.IntN(100) {
			changes = append(changes, Change{uint32(k), fmt.Sprint(v)})
			all = append(all, entry{v, uint32(k), fmt.Sprint(v)})
		}
		h = h.append(v, changes)
		require.LessOrEqual(t, len(h.entries), 2*historyMax)
		asked := v - min(v, r.Uint64N(60))
		got, ok := h.after(asked)
		if !ok {
			require.Greater(t, len(all), historyMax-100)
			continue
		}
		i := slices.IndexFunc(all, func(e entry) bool { return e.version > asked })
		if i < 0 {
			i = len(all)
		}
		require.Equal(t, len(all)-i, len(got))
		require.True(t, slices.Equal(all[i:], got))
	}
	assert.NotZero(t, h.since)
}
