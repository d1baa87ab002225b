package shell

import (
	"math/bits"
	"slices"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/bitarray"
)

// Gather collects the ordinals of a match set: as a list while they suit one, in a
// bit array from there on, which becomes the match set's own if it stays that large.
type Gather struct {
	Limit    int // one past the largest ordinal
	Segments int // how many are still to come, the present one included
	list     []uint32
	late     []uint32 // smaller than the last one of the list was when they came
	dense    *set.Dense
}

const (
	// GatherFew is from how many titles of a segment on they are put in order by a
	// bit array and not by sorting.
	GatherFew = 256
	// gatherLate is how many may be late.
	gatherLate = 1024
)

// Room returns how many more the list can take; 0 if there is a bit array.
func (g *Gather) Room() int {
	if g.dense != nil {
		return 0
	}
	return set.ListLimit(g.Limit) - len(g.list) - len(g.late)
}

// Grow reserves capacity for upperBound more of the present segment, and as many of each
// segment that is still to come.
func (g *Gather) Grow(upperBound int) {
	if upperBound > 0 && g.list == nil && g.dense == nil {
		const few = 16 // appendBits writes a little further; giants come late
		g.list = make([]uint32, 0, min(upperBound*max(g.Segments, 1)+upperBound/8, g.Room())+few)
	}
}

// Add adds an ordinal, preferably in ascending order.
func (g *Gather) Add(ord uint32) {
	switch {
	case g.Room() <= 0:
		g.Limbs()
		g.dense.Add(ord)
	case len(g.list) == 0 || g.list[len(g.list)-1] < ord:
		g.list = append(g.list, ord)
	case len(g.late) < gatherLate:
		if g.late == nil {
			g.late = make([]uint32, 0, 32)
		}
		g.late = append(g.late, ord)
	default:
		g.Limbs()
		g.dense.Add(ord)
	}
}

// Limbs returns the bit array of ordinals, and puts what was a list into it first.
func (g *Gather) Limbs() []uint64 {
	if g.dense == nil {
		g.dense = set.GetDense(g.Limit)
		for _, list := range [2][]uint32{g.list, g.late} {
			for _, o := range list {
				g.dense.Add(o)
			}
		}
		g.list, g.late = nil, nil
	}
	return g.dense.Limbs
}

// LimbsOf returns the part of the bit array that holds the documents of a segment, which
// must be numbered by their ordinals.
func (g *Gather) LimbsOf(d *Docs) []uint64 { return g.Limbs()[d.Base>>6:][:bitarray.Limbs(d.Limit())] }

// AddDocs adds the documents of a segment that are set in limbs, at most upperBound.
func (g *Gather) AddDocs(d *Docs, limbs []uint64, upperBound int) {
	if upperBound <= g.Room() {
		n := len(g.list)
		g.Grow(upperBound)
		g.list = bitarray.Append(g.list, limbs, d.Base, upperBound)
		if d.Ords != nil {
			for i, doc := range g.list[n:] {
				g.list[n+i] = d.Ords[doc]
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
			g.Limbs()
		}
		return
	}
	if d.Ords == nil {
		bitarray.Or(g.LimbsOf(d), limbs)
		return
	}
	out := g.Limbs()
	for i, w := range limbs {
		if w == 0 {
			continue
		}
		ords := d.Ords[i<<6 : min(i<<6+64, len(d.Ords))]
		for ; w != 0; w &= w - 1 {
			o := ords[bits.TrailingZeros64(w)&63]
			out[o>>6] |= 1 << (o & 63)
		}
	}
}

// Finish returns the set and gives the working memory back.
func (g *Gather) Finish() set.Found {
	if g.dense == nil {
		list := g.inOrder()
		if cap(list) > len(list)+len(list)/4 {
			list = append(make([]uint32, 0, len(list)), list...) // it may be kept for long
		}
		return set.Found{List: list, N: len(list)}
	}
	f := set.Found{Limbs: g.dense.Limbs, N: bitarray.Count(g.dense.Limbs)}
	switch {
	case f.N <= set.ListLimit(g.Limit):
		f = asList(f)
	case cap(f.Limbs) > len(f.Limbs)+len(f.Limbs)/4:
		f.Limbs = slices.Clone(f.Limbs) // it was one of a far larger store
	default:
		g.dense = nil // it is the match set's from now on
	}
	g.Drop()
	return f
}

// inOrder returns the list with the late ones in their places.
func (g *Gather) inOrder() []uint32 {
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

// Drop gives the working memory back.
func (g *Gather) Drop() {
	if g.dense != nil {
		g.dense.Release()
		g.dense = nil
	}
}

// asList turns a bit array into a list.
func asList(f set.Found) set.Found {
	list := bitarray.Append(make([]uint32, 0, f.N+2), f.Limbs, 0, f.N)
	return set.Found{List: list, N: f.N}
}

// asLimbs turns an ascending list into a bit array.
func asLimbs(list []uint32, limit int) set.Found {
	g := Gather{Limit: limit, list: list}
	g.Limbs()
	return g.Finish()
}
