package title_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sessiondex/sessiondex/index/title"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// randomTitle draws from few words, so that words, pairs and whole titles are
// shared, and every kind of run occurs.
func randomTitle(r *rand.Rand) string {
	pieces := []string{
		"a", "b", "ab", "abc", "bca", "report", "weekly", "voice", "invoice", "über", "昨晚", "会議の記録です", "é", "→", "борис", "👍🏽",
		"path/to/a/rather/long/file/name.go", "会議の記録です、とても長い", strings.Repeat("long giant ", 25), "x\u3000y", "q1", "q2",
	}
	gaps := []string{" ", " ", " ", "  ", "\t", "", "-", "\u00a0"}
	var s strings.Builder
	for range 1 + r.IntN(5) {
		s.WriteString(pieces[r.IntN(len(pieces))])
		s.WriteString(gaps[r.IntN(len(gaps))])
	}
	return s.String()
}

// randomKeyword is a piece of a title, or of nothing.
func randomKeyword(r *rand.Rand, titles []string) string {
	s := randomTitle(r)
	if len(titles) > 0 && r.IntN(4) > 0 {
		s = titles[r.IntN(len(titles))]
	}
	runes := []rune(s)
	if len(runes) == 0 {
		return "zz"
	}
	from := r.IntN(len(runes))
	to := min(from+1+r.IntN(12), len(runes))
	if k := strings.TrimSpace(string(runes[from:to])); k != "" {
		return k
	}
	return "a"
}

// Writes of all sizes, under options that seal and merge all the time: every View must
// find what the plain slice holds, also long after.
func TestRandomWritesAgreeWithAPlainSlice(t *testing.T) {
	for _, o := range []title.Options{
		*small(),
		{SealTitles: 1, SealAfter: time.Nanosecond, MaxSegment: 1000, FanOut: 2, Workers: 1, CacheBytes: -1},
		{SealTitles: 40, SealAfter: time.Millisecond, MaxSegment: 300, FanOut: 3, Workers: 3, GiantBytes: 100, CacheBytes: 1000},
		{SealTitles: 3, SealBytes: 60, SealAfter: time.Nanosecond, MaxSegment: 16, FanOut: 4},
		{}, // all in the buffer
	} {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			noLeaks(t)
			r := random(t)
			w := newTwin(t, &o)
			var past []moment
			for range 300 {
				var changes []title.Change
				n := 1 + r.IntN(3)
				if r.IntN(10) == 0 {
					n = r.IntN(120)
				}
				for _, ord := range r.Perm(len(w.now) + n)[:n] {
					c := title.Change{Ord: uint32(ord) % 400, Text: randomTitle(r)}
					if r.IntN(4) == 0 {
						c.Text = ""
					}
					if !slices.ContainsFunc(changes, func(d title.Change) bool { return d.Ord == c.Ord }) {
						changes = append(changes, c)
					}
				}
				w.apply(changes...)
				if r.IntN(3) == 0 {
					w.v = w.x.View()
				}
				for range 3 {
					search(t, w.v, w.now, randomKeyword(r, w.now))
				}
				// The cache must follow the writes.
				search(t, w.v, w.now, "a")
				search(t, w.v, w.now, "voice")
				search(t, w.v, w.now, "ab ab")
				if r.IntN(20) == 0 {
					past = append(past, w.moment())
				}
				if len(past) > 0 {
					m := past[r.IntN(len(past))]
					search(t, m.v, m.titles, randomKeyword(r, m.titles))
					search(t, m.v, m.titles, "voice")
				}
				if r.IntN(30) == 0 {
					w.verify()
				}
				if r.IntN(40) == 0 {
					w.settle()
				}
			}
			w.settle()
			w.verify()
			require.NoError(t, w.x.Close())
			for _, m := range past {
				verify(t, m.v, m.titles)
				for range 10 {
					search(t, m.v, m.titles, randomKeyword(r, m.titles))
				}
			}
		})
	}
}

// Ordinals without a title are in no segment, can get a title later, and can lose it
// again, in segments of either shape.
func TestUntitledOrdinalsBetweenTheOthers(t *testing.T) {
	r := random(t)
	const ordinals = 3000
	w := newTwin(t, &title.Options{SealTitles: 8, SealAfter: time.Nanosecond, MaxSegment: 1000, FanOut: 3, GiantBytes: 200, CacheBytes: -1})
	var changes []title.Change
	for ord := range ordinals {
		// Close together, then every other one, then scattered.
		if every := []int{15, 2, 9}[ord/1000]; (r.IntN(every) == 0) == (ord >= 2000) {
			changes = append(changes, title.Change{Ord: uint32(ord), Text: randomTitle(r)})
		} else {
			changes = append(changes, title.Change{Ord: uint32(ord)})
		}
	}
	titled := func() (n int) {
		for _, s := range w.now {
			if s != "" {
				n++
			}
		}
		return n
	}
	keywords := []string{"a", "e", "ab", "re", "voice", "report", "long g", "ab ab", "q1 q2", "会議の記", "記録", "a\tb", "weekly report", "none of them"}
	check := func() {
		t.Helper()
		w.settle()
		w.verify()
		s := w.x.Stats()
		require.Equal(t, titled(), s.Titles)
		require.LessOrEqual(t, 3*s.Deleted, s.Titles+3*1000/3, "%+v", s)
		for _, k := range keywords {
			search(t, w.v, w.now, k)
		}
	}
	w.apply(changes...)
	check()
	closely, scattered := title.Shapes(w.v)
	assert.NotZero(t, closely)
	assert.NotZero(t, scattered)
	for range 6 {
		var changes []title.Change
		for _, ord := range r.Perm(ordinals)[:300] {
			c := title.Change{Ord: uint32(ord)}
			if w.now[ord] == "" || r.IntN(3) > 0 {
				c.Text = randomTitle(r)
			}
			changes = append(changes, c)
		}
		for few := range slices.Chunk(changes, 1+r.IntN(100)) {
			w.apply(few...)
			search(t, w.v, w.now, randomKeyword(r, w.now))
		}
		check()
	}
	// All of them get a title: there is nothing but titles left.
	changes = changes[:0]
	for ord, s := range w.now {
		if s == "" {
			changes = append(changes, title.Change{Ord: uint32(ord), Text: randomTitle(r)})
		}
	}
	w.apply(changes...)
	check()
	assert.Equal(t, ordinals, w.v.Len())
}

func TestALargeBatchIsCutIntoSegments(t *testing.T) {
	w := newTwin(t, &title.Options{SealTitles: 10, MaxSegment: 1000, Workers: 2})
	var changes []title.Change
	for i := range 10_000 {
		changes = append(changes, title.Change{Ord: uint32(i), Text: fmt.Sprintf("title number %d of a %s", i, strings.Repeat("batch", i%9))})
	}
	w.apply(changes...)
	search(t, w.v, w.now, "batchbatch")
	w.settle()
	s := w.x.Stats()
	assert.Equal(t, 10, s.Segments)
	assert.Zero(t, s.Merges)
	assert.Zero(t, s.Buffered)
	w.verify()
	for _, k := range []string{"title", "number 77", "99", "batch", "7 of", "of a", "chb", "9999 of a b", "none"} {
		search(t, w.v, w.now, k)
	}
	// Whole segments disappear.
	for i := range changes {
		changes[i].Text = ""
	}
	w.apply(changes[:9_500]...)
	search(t, w.v, w.now, "batch")
	w.settle()
	w.verify()
	assert.LessOrEqual(t, w.x.Stats().Segments, 2)
	w.apply(changes[9_500:]...)
	w.settle()
	assert.Zero(t, w.x.Stats().Segments)
	assert.Zero(t, w.v.Len())
}

func TestAnUnsealedTitleIsFoundAtOnceAndSealedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		changed := 0
		w := newTwin(t, &title.Options{SealTitles: 3, SealAfter: time.Second, Changed: func() { changed++ }})
		put := func(ord uint32) {
			w.apply(title.Change{Ord: ord, Text: fmt.Sprint("title ", ord)})
			search(t, w.v, w.now, "tle")
		}
		put(0)
		time.Sleep(time.Hour)
		put(1)
		assert.Equal(t, 2, w.x.Stats().Buffered, "two titles are not worth a segment")
		put(2)
		synctest.Wait()
		assert.Equal(t, 1, w.x.Stats().Segments, "three are, and the first is old")
		assert.Equal(t, 1, changed)

		put(3)
		put(4)
		put(5)
		time.Sleep(900 * time.Millisecond)
		synctest.Wait()
		assert.Equal(t, 3, w.x.Stats().Buffered, "there may be more to come")
		put(6)
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		assert.Zero(t, w.x.Stats().Buffered)
		assert.Equal(t, 2, w.x.Stats().Segments)
		assert.Equal(t, 2, changed)
		w.v = w.x.View()
		search(t, w.v, w.now, "tle")
	})
}

func TestClosingStopsTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwin(t, &title.Options{SealTitles: 1, SealAfter: time.Hour})
		w.apply(title.Change{Ord: 0, Text: "waiting to be sealed"})
		require.NoError(t, w.x.Close())
		require.NoError(t, w.x.Close(), "closing again is fine")
		require.NoError(t, w.x.Wait(t.Context()))
		time.Sleep(2 * time.Hour)
		assert.Zero(t, w.x.Stats().Segments)
		w.apply(title.Change{Ord: 1, Text: "and even writing goes on"})
		search(t, w.v, w.now, "ing")
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	w := newTwin(t, small())
	for i := range 5000 {
		w.apply(title.Change{Ord: uint32(i), Text: fmt.Sprint("title ", i)})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, w.x.Wait(ctx), context.Canceled)
}

func TestAViewThatWasSealedIsTheSameVersion(t *testing.T) {
	w := newTwin(t, &title.Options{SealTitles: 2, SealAfter: time.Hour})
	w.apply(title.Change{Ord: 0, Text: "one"}, title.Change{Ord: 1, Text: "two"})
	before := w.moment()
	assert.False(t, search(t, w.v, w.now, "o").Cached)
	w.settle()
	require.NotEqual(t, before.v, w.v)
	assert.True(t, search(t, w.v, w.now, "o").Cached, "sealing forgets nothing")
	assert.Equal(t, w.v, w.x.View())
	search(t, before.v, before.titles, "on")
}

func TestFaultyOptionsAreAllNamed(t *testing.T) {
	_, err := title.New(&title.Options{SealTitles: -1, MaxSegment: 1 << 30, FanOut: 1, SealAfter: -time.Second, Workers: -4})
	require.Error(t, err)
	for _, s := range []string{"SealTitles is -1", "MaxSegment is 1073741824", "FanOut is 1", "SealAfter is -1s", "Workers is -4"} {
		assert.ErrorContains(t, err, s)
	}
	_, err = title.New(nil)
	require.NoError(t, err)
}
