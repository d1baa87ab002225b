package shell

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/bitarray"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withTitles returns texts "x" at each of some ordinals.
func withTitles(ords ...uint32) *Docs {
	var list []Text
	for _, o := range ords {
		list = append(list, Text{o, "x"})
	}
	return NewDocs(list)
}

// from returns n consecutive ordinals.
func from(first uint32, n int) (ords []uint32) {
	for i := range uint32(n) {
		ords = append(ords, first+i)
	}
	return ords
}

// Titles of several segments, at consecutive ordinals, at close ones with holes between,
// and at scattered ones, few and many.
func TestGatherTurnsDocsIntoOrdinals(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 11))
	const limit = 40_000
	scattered := func(n, step int) []uint32 {
		var ords []uint32
		for o := uint32(r.IntN(step)); len(ords) < n; o += 1 + uint32(r.IntN(step)) {
			ords = append(ords, o)
		}
		return ords
	}
	for _, segs := range [][]*Docs{
		{withTitles(from(37, 1000)...)},
		{withTitles(from(64, 1000)...), withTitles(from(5000, 130)...)},
		{withTitles(scattered(2000, 19)...)},
		{withTitles(scattered(3000, 2)...), withTitles(limit - 1)},
		{withTitles(scattered(3000, 2)...), withTitles(scattered(1000, 30)...), withTitles(from(limit-200, 200)...)},
	} {
		for _, share := range []int{1, 2, 50, 1000} {
			g := Gather{Limit: limit}
			want := map[uint32]bool{}
			for _, s := range segs {
				limbs := make([]uint64, set.ChunkLimbs)
				for len(limbs)*64 < s.Limit() {
					limbs = append(limbs, 0)
				}
				limbs = limbs[:bitarray.Limbs(s.Limit())]
				for doc, title := range s.Texts {
					doc := uint32(doc)
					if title != "" && r.IntN(share) == 0 {
						limbs[doc>>6] |= 1 << (doc & 63)
						want[s.Ord(doc)] = true
					}
				}
				// With the exact number of docs, or an upper bound.
				g.AddDocs(s, limbs, bitarray.Count(limbs)+r.IntN(2)*r.IntN(20_000))
			}
			g.Add(0)
			g.Add(0)
			want[0] = true
			f := g.Finish()
			assert.Equal(t, len(want), f.N)
			got := f.AppendTo(nil)
			require.Len(t, got, len(want))
			require.True(t, slices.IsSorted(got))
			for _, o := range got {
				require.True(t, want[o], "%d of %d", o, len(segs))
			}
			assert.Equal(t, f.N <= set.ListLimit(limit), f.Limbs == nil)
		}
	}
}

// In whatever order they are added, and however many.
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
			g := Gather{Limit: limit}
			for _, o := range list {
				g.Add(o)
			}
			f := g.Finish()
			require.Equal(t, want, f.AppendTo(nil), "%d %s", n, name)
			require.Equal(t, n, f.N)
			require.Equal(t, n <= set.ListLimit(limit), f.Limbs == nil)
		}
	}
	g := Gather{Limit: limit}
	assert.Zero(t, g.Finish().N)
}

func TestFindIsTheInverseOfOrd(t *testing.T) {
	for _, s := range []*Docs{
		withTitles(from(7, 100)...),
		withTitles(from(1<<32-100, 100)...),
		withTitles(append(from(7, 50), from(80, 27)...)...),
		withTitles(3, 4, 9, 1<<31),
	} {
		known := map[uint32]bool{}
		for doc, title := range s.Texts {
			if title == "" {
				continue
			}
			got, ok := s.Find(s.Ord(uint32(doc)))
			assert.True(t, ok)
			assert.Equal(t, uint32(doc), got)
			known[s.Ord(uint32(doc))] = true
		}
		assert.Len(t, known, s.Len())
		for _, o := range []uint32{0, 3, 5, 6, 7, 8, 10, 106, 107, 1 << 30, 1<<32 - 1} {
			_, ok := s.Find(o)
			assert.Equal(t, known[o], ok, o)
		}
	}
}
