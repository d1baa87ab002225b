package title

import (
	"math/bits"
	"slices"

	"github.com/sessiondex/sessiondex/index/set"
)

// gather collects the ordinals of a match set: as a list while they are few, in a
// bit array from there on, which becomes the match set's own if it stays that large.
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
		g.words()
	}
}

// words returns the bit array of ordinals, and puts what was a list into it first.
func (g *gather) words() []uint64 {
	if g.dense == nil {
		g.dense = set.GetDense(g.limit)
		for _, o := range g.list {
			g.dense.Add(o)
		}
		g.list = nil
	}
	return g.dense.Words
}

// of returns the part of the bit array that the places of a segment are, if they
// follow the ordinals.
func (g *gather) of(s *segment) []uint64 { return g.words()[s.base>>6:][:wordsFor(s.places())] }

// addTitles adds the places of a segment that are set in words.
func (g *gather) addTitles(s *segment, words []uint64) {
	if s.ords == nil {
		orWords(g.of(s), words)
		return
	}
	out := g.words()
	for i, w := range words {
		if w == 0 {
			continue
		}
		ords := s.ords[i<<6 : min(i<<6+64, len(s.ords))]
		for ; w != 0; w &= w - 1 {
			o := ords[bits.TrailingZeros64(w)&63]
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
	f := set.Found{Words: g.dense.Words, N: countBits(g.dense.Words)}
	switch {
	case f.N <= set.ListLimit(g.limit):
		f = asList(f)
	case cap(f.Words) > len(f.Words)+len(f.Words)/4:
		f.Words = slices.Clone(f.Words) // one of a far larger store
	default:
		g.dense = nil // it is the match set's from now on
	}
	g.drop()
	return f
}

// drop gives the working memory back.
func (g *gather) drop() {
	if g.dense != nil {
		g.dense.Release()
		g.dense = nil
	}
}

// asList turns a bit array into a list.
func asList(f set.Found) set.Found {
	return set.Found{List: listBits(f.Words, f.N), N: f.N}
}
