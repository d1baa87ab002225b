package title

import (
	"math/bits"

	"github.com/sessiondex/sessiondex/internal/bitarray"
)

// boundaryBits is a digest of a title's word boundaries, 64 bits a title: for each two
// neighbouring words a bit for the last byte of one and the first of the other,
// and a bit for the last two and the first two. A title can contain a phrase only
// if the phrase's bits are all set in it, which spares the reading of most titles
// that have the words of the phrase, but not side by side: of 91,500 titles with
// "for" and "python", 25,700 are left, and 19,900 of those match.
type boundaryBits uint64

const numBoundaryBits = 64

func boundaryBit(a, b, c, d byte) boundaryBits {
	h := (uint32(a) | uint32(b)<<8 | uint32(c)<<16 | uint32(d)<<24) * 0x9e3779b1
	return 1 << (h >> 26)
}

// between returns the bits for two neighbouring words. Of the left one the start
// may be missing, of the right one the end: the bits are then some of those of the
// whole words.
func between(left, right string) boundaryBits {
	l, r := left[len(left)-1], right[0]
	g := boundaryBit(0, l, r, 0)
	if len(left) > 1 && len(right) > 1 {
		g |= boundaryBit(left[len(left)-2], l, r, right[1])
	}
	return g
}

// boundaryRows holds the boundary bits of a segment's titles, transposed: for each bit
// the bit array of the titles that have it. The two or so of a phrase are read from end to
// end, which takes a tenth of looking up each candidate's bits.
type boundaryRows struct {
	rows  []uint64 // row after row
	limbs int      // of a row
}

func newBoundaryRows(limit int) boundaryRows {
	n := bitarray.Limbs(limit)
	return boundaryRows{make([]uint64, n*numBoundaryBits), n}
}

// add sets the bits of a title.
func (r *boundaryRows) add(doc uint32, g boundaryBits) {
	at, bit := int(doc>>6), uint64(1)<<(doc&63)
	for ; g != 0; g &= g - 1 {
		r.rows[bits.TrailingZeros64(uint64(g))*r.limbs+at] |= bit
	}
}

// bitsOf returns the bits of a title.
func (r *boundaryRows) bitsOf(doc uint32) (g boundaryBits) {
	for b := range numBoundaryBits {
		g |= boundaryBits(r.rows[b*r.limbs+int(doc>>6)]>>(doc&63)&1) << b
	}
	return g
}

// filter takes out the titles that lack any of some bits.
func (r *boundaryRows) filter(limbs []uint64, g boundaryBits) {
	for ; g != 0; g &= g - 1 {
		b := bits.TrailingZeros64(uint64(g))
		bitarray.And(limbs, r.rows[b*r.limbs:(b+1)*r.limbs])
	}
}
