package title

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withTitles returns a segment of "x" at each of some ordinals.
func withTitles(ords ...uint32) *segment {
	var list []titleOf
	for _, o := range ords {
		list = append(list, titleOf{o, "x"})
	}
	return newSegment(list)
}

// from returns n consecutive ordinals.
func from(first uint32, n int) (ords []uint32) {
	for i := range uint32(n) {
		ords = append(ords, first+i)
	}
	return ords
}

// Titles of several segments, at consecutive ordinals, at close ones with holes
// between, and at scattered ones, few and many.
func TestGatherTakesPlacesForOrdinals(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 11))
	const limit = 40_000
	scattered := func(n, step int) []uint32 {
		var ords []uint32
		for o := uint32(r.IntN(step)); len(ords) < n; o += 1 + uint32(r.IntN(step)) {
			ords = append(ords, o)
		}
		return ords
	}
	for _, segs := range [][]*segment{
		{withTitles(from(37, 1000)...)},
		{withTitles(from(64, 1000)...), withTitles(from(5000, 130)...)},
		{withTitles(scattered(2000, 19)...)},
		{withTitles(scattered(3000, 2)...), withTitles(limit - 1)},
		{withTitles(scattered(3000, 2)...), withTitles(scattered(1000, 30)...), withTitles(from(limit-200, 200)...)},
	} {
		for _, share := range []int{1, 2, 50, 1000} {
			g := gather{limit: limit}
			want := map[uint32]bool{}
			for _, s := range segs {
				words := make([]uint64, set.ChunkWords)
				for len(words)*64 < s.places() {
					words = append(words, 0)
				}
				words = words[:wordsFor(s.places())]
				for doc, title := range s.titles {
					doc := uint32(doc)
					if title != "" && r.IntN(share) == 0 {
						words[doc>>6] |= 1 << (doc & 63)
						want[s.ord(doc)] = true
					}
				}
				// In the way of any segment, or in that of one that may be too large.
				g.addTitles(s, words, countBits(words)+r.IntN(2)*r.IntN(20_000))
			}
			g.add(0)
			g.add(0)
			want[0] = true
			f := g.finish()
			assert.Equal(t, len(want), f.N)
			got := f.AppendTo(nil)
			require.Len(t, got, len(want))
			require.True(t, slices.IsSorted(got))
			for _, o := range got {
				require.True(t, want[o], "%d of %d", o, len(segs))
			}
			assert.Equal(t, f.N <= set.ListLimit(limit), f.Words == nil)
		}
	}
}

// Whatever order they come in, and however many.
func TestGatherPutsOrdinalsInOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 15))
	const limit = 1 << 20
	for _, n := range []int{0, 1, 2, 200, gatherLate, 3 * gatherLate, limit/64 + 5} {
		for name, order := range map[string]func(list []uint32){
			"ascending":     func([]uint32) {},
			"nearly":        func(list []uint32) { list[0], list[n-1] = list[n-1], list[0] },
			"descending":    func(list []uint32) { slices.Reverse(list) },
			"in two halves": func(list []uint32) { slices.Reverse(list); slices.Reverse(list[:n/2]); slices.Reverse(list[n/2:]) },
		} {
			if n == 0 {
				continue
			}
			var want []uint32
			for _, o := range r.Perm(limit)[:n] {
				want = append(want, uint32(o))
			}
			slices.Sort(want)
			list := slices.Clone(want)
			order(list)
			g := gather{limit: limit}
			for _, o := range list {
				g.add(o)
			}
			f := g.finish()
			require.Equal(t, want, f.AppendTo(nil), "%d %s", n, name)
			require.Equal(t, n, f.N)
			require.Equal(t, n <= set.ListLimit(limit), f.Words == nil)
		}
	}
	g := gather{limit: limit}
	assert.Zero(t, g.finish().N)
}

func TestFindIsTheInverseOfOrd(t *testing.T) {
	for _, s := range []*segment{
		withTitles(from(7, 100)...),
		withTitles(from(1<<32-100, 100)...),
		withTitles(append(from(7, 50), from(80, 27)...)...),
		withTitles(3, 4, 9, 1<<31),
	} {
		known := map[uint32]bool{}
		for doc, title := range s.titles {
			if title == "" {
				continue
			}
			got, ok := s.find(s.ord(uint32(doc)))
			assert.True(t, ok)
			assert.Equal(t, uint32(doc), got)
			known[s.ord(uint32(doc))] = true
		}
		assert.Len(t, known, s.len())
		for _, o := range []uint32{0, 3, 5, 6, 7, 8, 10, 106, 107, 1 << 30, 1<<32 - 1} {
			_, ok := s.find(o)
			assert.Equal(t, known[o], ok, o)
		}
	}
}

func TestTheDeadOfAnEarlierViewStay(t *testing.T) {
	const titles = 3*deadChunkBits + 5
	words := func(d *deadSet) int {
		w := make([]uint64, (titles+63)/64)
		for i := range w {
			w[i] = ^uint64(0)
		}
		d.remove(w)
		return len(w)*64 - countBits(w)
	}
	var none *deadSet
	e := editDead(none, titles)
	assert.True(t, e.add(5))
	assert.True(t, e.add(titles-1))
	assert.False(t, e.add(5))
	first := e.set
	e = editDead(first, titles)
	assert.True(t, e.add(6))
	assert.False(t, e.add(5))
	second := e.set
	for d, dead := range map[*deadSet][]uint32{none: nil, first: {5, titles - 1}, second: {5, 6, titles - 1}} {
		assert.Equal(t, len(dead), d.len())
		assert.Equal(t, len(dead), words(d))
		assert.True(t, d.check())
		for _, doc := range []uint32{0, 5, 6, 7, deadChunkBits, titles - 1} {
			assert.Equal(t, slices.Contains(dead, doc), d.has(doc))
		}
	}
}

func TestASignatureKnowsEveryPieceOfItsText(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 500, 20_000} {
		var b strings.Builder
		for i := 0; b.Len() < n; i++ {
			fmt.Fprintf(&b, "%x-", i*7919)
		}
		text := b.String()[:n]
		s := newSignature(text)
		for i := 0; i < n; i += 1 + n/300 {
			for k := i + 1; k <= min(n, i+9); k++ {
				assert.True(t, s.mayContain(appendTriples(nil, text[i:k])), "%q", text[i:k])
			}
		}
		assert.False(t, s.mayContain(appendTriples(nil, "zzzyyyzzz")), n)
	}
}
