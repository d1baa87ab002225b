package title

import (
	"math/bits"
	"slices"

	"github.com/sessiondex/sessiondex/index/set"
)

// gather collects the ordinals of a match set: as a list while they suit one, in a
// bit array from there on, which becomes the match set's own if it stays that large.
type gather struct {
	limit int // one past the largest ordinal
	segs  int // how many are still to come, the present one included
	list  []uint32
	late  []uint32 // smaller than the last one of the list was when they came
	dense *set.Dense
}

const (
	// gatherFew is from how many titles of a segment on they are put in order by a
	// bit array and not by sorting.
	gatherFew = 256
	// gatherLate is how many may be late.
	gatherLate = 1024
)

// room returns how many more the list can take; none if there is a bit array.
func (g *gather) room() int {
	if g.dense != nil {
		return 0
	}
	return set.ListLimit(g.limit) - len(g.list) - len(g.late)
}

// grow makes room for so many more of the present segment, and for as many of each
// that is still to come.
func (g *gather) grow(most int) {
	if most > 0 && g.list == nil && g.dense == nil {
		const few = 16 // appendBits writes a little further; giants come late
		g.list = make([]uint32, 0, min(most*max(g.segs, 1)+most/8, g.room())+few)
	}
}

// add adds an ordinal, preferably in ascending order.
func (g *gather) add(ord uint32) {
	switch {
	case g.room() <= 0:
		g.words()
		g.dense.Add(ord)
	case len(g.list) == 0 || g.list[len(g.list)-1] < ord:
		g.list = append(g.list, ord)
	case len(g.late) < gatherLate:
		if g.late == nil {
			g.late = make([]uint32, 0, 32)
		}
		g.late = append(g.late, ord)
	default:
		g.words()
		g.dense.Add(ord)
	}
}

// words returns the bit array of ordinals, and puts what was a list into it first.
func (g *gather) words() []uint64 {
	if g.dense == nil {
		g.dense = set.GetDense(g.limit)
		for _, list := range [2][]uint32{g.list, g.late} {
			for _, o := range list {
				g.dense.Add(o)
			}
		}
		g.list, g.late = nil, nil
	}
	return g.dense.Words
}

// of returns the part of the bit array that the places of a segment are, if they
// follow the ordinals.
func (g *gather) of(s *segment) []uint64 { return g.words()[s.base>>6:][:wordsFor(s.places())] }

// addTitles adds the places of a segment that are set in words, which are at most so
// many.
func (g *gather) addTitles(s *segment, words []uint64, most int) {
	if most <= g.room() {
		n := len(g.list)
		g.grow(most)
		g.list = appendBits(g.list, words, s.base, most)
		if s.ords != nil {
			for i, doc := range g.list[n:] {
				g.list[n+i] = s.ords[doc]
			}
		}
		if n == 0 || n == len(g.list) || g.list[n-1] < g.list[n] {
			return
		}
		// The ordinals of segments that were merged, or renamed in, overlap.
		if more := g.list[n:]; len(g.late)+len(more) <= gatherLate {
			g.late = append(g.late, more...)
			g.list = g.list[:n]
		} else {
			g.words()
		}
		return
	}
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
		list := g.inOrder()
		if cap(list) > len(list)+len(list)/4 {
			list = append(make([]uint32, 0, len(list)), list...) // it may be kept for long
		}
		return set.Found{List: list, N: len(list)}
	}
	f := set.Found{Words: g.dense.Words, N: countBits(g.dense.Words)}
	switch {
	case f.N <= set.ListLimit(g.limit):
		f = asList(f)
	case cap(f.Words) > len(f.Words)+len(f.Words)/4:
		f.Words = slices.Clone(f.Words) // it was one of a far larger store
	default:
		g.dense = nil // it is the match set's from now on
	}
	g.drop()
	return f
}

// inOrder returns the list with the late ones in their places.
func (g *gather) inOrder() []uint32 {
	if len(g.late) == 0 {
		return g.list
	}
	slices.Sort(g.late)
	late := slices.Compact(g.late)
	i, k := len(g.list)-1, len(late)-1
	list := append(g.list, late...)
	n := len(list)
	for at := n - 1; k >= 0; at-- {
		if i >= 0 && list[i] > late[k] {
			list[at] = list[i]
			i--
		} else {
			list[at] = late[k]
			k--
		}
	}
	return slices.Compact(list)
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
	list := appendBits(make([]uint32, 0, f.N+2), f.Words, 0, f.N)
	return set.Found{List: list, N: f.N}
}
