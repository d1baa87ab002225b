package title

import (
	"math/bits"
	"slices"

	"github.com/sessiondex/sessiondex/index/set"
)

// gather collects the ordinals of a match set: as a list while they are few, in a
// bit array from there on.
type gather struct {
	limit int // one past the largest ordinal
	list  []uint32
	dense *set.Dense
}

const gatherList = 256

func (g *gather) add(ord uint32) {
	if g.dense != nil {
		g.dense.Add(ord)
		return
	}
	g.list = append(g.list, ord)
	if len(g.list) > gatherList {
		g.spill()
	}
}

func (g *gather) spill() {
	if g.dense != nil {
		return
	}
	g.dense = set.GetDense(g.limit)
	for _, o := range g.list {
		g.dense.Add(o)
	}
	g.list = nil
}

// addTitles adds the titles of a segment that are set in words, whose places are
// taken for ordinals with as little work as their order allows.
func (g *gather) addTitles(s *segment, words []uint64) {
	if g.dense == nil && countBits(words) <= gatherList-len(g.list) {
		for i, w := range words {
			for ; w != 0; w &= w - 1 {
				g.list = append(g.list, s.ord(uint32(i<<6+bits.TrailingZeros64(w))))
			}
		}
		return
	}
	g.spill()
	out := g.dense.Words
	shifted := func(w uint64, at uint32) {
		k, b := at>>6, at&63
		out[k] |= w << b
		if hi := w >> 1 >> (63 - b); hi != 0 {
			out[k+1] |= hi
		}
	}
	if s.ords == nil {
		for i, w := range words {
			if w != 0 {
				shifted(w, s.base+uint32(i)<<6)
			}
		}
		return
	}
	for i, w := range words {
		if w == 0 {
			continue
		}
		ords := s.ords[i<<6 : min(i<<6+64, len(s.ords))]
		if ords[len(ords)-1]-ords[0] == uint32(len(ords)-1) {
			shifted(w, ords[0]) // consecutive, here
			continue
		}
		for ; w != 0; w &= w - 1 {
			o := ords[bits.TrailingZeros64(w)]
			out[o>>6] |= 1 << (o & 63)
		}
	}
}

// finish returns the set and gives the working memory back.
func (g *gather) finish() set.Found {
	if g.dense == nil {
		slices.Sort(g.list)
		g.list = slices.Clip(slices.Compact(g.list))
		return set.Found{List: g.list, N: len(g.list)}
	}
	defer g.drop()
	return foundOf(g.dense.Words, g.limit)
}

// drop gives the working memory back.
func (g *gather) drop() {
	if g.dense != nil {
		g.dense.Release()
		g.dense = nil
	}
}

// foundOf copies a bit array into the shape that suits its size.
func foundOf(words []uint64, limit int) set.Found {
	f := set.Found{Words: words, N: countBits(words)}
	if f.N <= set.ListLimit(limit) {
		f.List = f.AppendTo(make([]uint32, 0, f.N))
		f.Words = nil
	} else {
		f.Words = slices.Clone(words)
	}
	return f
}
