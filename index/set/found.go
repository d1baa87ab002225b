package set

import (
	"math/bits"

	"github.com/sessiondex/sessiondex/internal/bitarray"
)

// Found is a set of ordinals that a query computed. It is immutable, so it can be kept,
// cached and shared between goroutines.
//
// It has one of two shapes. A small one is a list: Limbs is nil and List holds
// the ordinals in ascending order, each once. A large one is dense: List is nil and bit
// o&63 of Limbs[o>>6] says whether the set has ordinal o; len(Limbs) is a multiple of
// ChunkLimbs, and the set has no ordinals past the end.
type Found struct {
	List  []uint32
	Limbs []uint64
	N     int // how many ordinals the set has
}

// ListLimit is the largest number of ordinals that a producer should hand out
// as a list in a universe of n ordinals: beyond it, a bit array is faster to make, to
// test and to intersect, though up to eight times as large.
func ListLimit(n int) int { return max(256, n/256) }

// Contains reports whether the set has the ordinal. O(1) if dense, O(log n) for a list.
func (f Found) Contains(ord uint32) bool {
	if f.Limbs != nil {
		i := int(ord >> 6)
		return i < len(f.Limbs) && f.Limbs[i]>>(ord&63)&1 != 0
	}
	lo, hi := 0, len(f.List)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if f.List[m] < ord {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo < len(f.List) && f.List[lo] == ord
}

// AppendTo appends the ordinals in ascending order.
func (f Found) AppendTo(dst []uint32) []uint32 {
	if f.Limbs == nil {
		return append(dst, f.List...)
	}
	for i, w := range f.Limbs {
		for ; w != 0; w &= w - 1 {
			dst = append(dst, uint32(i<<6+bits.TrailingZeros64(w)))
		}
	}
	return dst
}

// FoundOf returns the set of a list of ascending ordinals, all below limit. The set may
// take over the list.
func FoundOf(list []uint32, limit int) Found {
	if len(list) <= ListLimit(limit) {
		return Found{List: list, N: len(list)}
	}
	f := Found{Limbs: make([]uint64, LimbsFor(limit)), N: len(list)}
	for _, o := range list {
		f.Limbs[o>>6] |= 1 << (o & 63)
	}
	return f
}

// UnionOf returns the union of some sets.
func UnionOf(sets []Found, limit int) Found {
	switch len(sets) {
	case 0:
		return Found{}
	case 1:
		return sets[0]
	}
	a := make([]uint64, LimbsFor(limit))
	for _, f := range sets {
		bitarray.Or(a, f.Limbs)
		for _, o := range f.List {
			a[o>>6] |= 1 << (o & 63)
		}
	}
	n := bitarray.Count(a)
	if n > ListLimit(limit) {
		return Found{Limbs: a, N: n}
	}
	return Found{List: bitarray.Append(make([]uint32, 0, n+2), a, 0, n), N: n}
}
