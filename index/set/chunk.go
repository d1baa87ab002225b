package set

import (
	"math/bits"
	"slices"

	"github.com/sessiondex/sessiondex/internal/bitarray"
)

// A chunk holds the members of a set within ChunkBits consecutive ordinals: a sorted
// list if they are few, otherwise a bit array.
type chunk struct {
	epoch Epoch // the write that may still change it in place
	n     int32
	list  []uint16
	limbs *limbs // nil: the members are in list
}

// A list becomes bits above listMax members (where it would take half the memory of the
// bits), and bits become a list below listMin: the gap keeps a chunk near the limit
// from changing shape with every write.
const (
	listMax = 128
	listMin = 48
)

// newChunk returns a chunk of ascending ordinals, all of which lie in it.
func newChunk(ords []uint32) *chunk {
	c := &chunk{n: int32(len(ords))}
	if len(ords) <= listMax {
		c.list = make([]uint16, len(ords))
		for i, o := range ords {
			c.list[i] = uint16(o % ChunkBits)
		}
		return c
	}
	c.limbs = new(limbs)
	for _, o := range ords {
		c.limbs[o%ChunkBits>>6] |= 1 << (o & 63)
	}
	return c
}

func (c *chunk) contains(low uint16) bool {
	if c.limbs != nil {
		return c.limbs[low>>6]>>(low&63)&1 != 0
	}
	_, ok := slices.BinarySearch(c.list, low)
	return ok
}

// owned returns c if this write made it, otherwise a copy that the write may change.
func (c *chunk) owned(e Epoch) *chunk {
	if c.epoch == e {
		return c
	}
	d := &chunk{epoch: e, n: c.n}
	if c.limbs != nil {
		w := *c.limbs
		d.limbs = &w
	} else {
		d.list = append(make([]uint16, 0, len(c.list)+8), c.list...)
	}
	return d
}

// add and remove change c, which the caller must own; they report whether c changed.
func (c *chunk) add(low uint16) bool {
	if c.limbs != nil {
		w, b := &c.limbs[low>>6], uint64(1)<<(low&63)
		if *w&b != 0 {
			return false
		}
		*w |= b
		c.n++
		return true
	}
	i, ok := slices.BinarySearch(c.list, low)
	if ok {
		return false
	}
	c.list = slices.Insert(c.list, i, low)
	c.n++
	if len(c.list) > listMax {
		c.limbs = new(limbs)
		for _, l := range c.list {
			c.limbs[l>>6] |= 1 << (l & 63)
		}
		c.list = nil
	}
	return true
}

func (c *chunk) remove(low uint16) bool {
	if c.limbs == nil {
		i, ok := slices.BinarySearch(c.list, low)
		if !ok {
			return false
		}
		c.list = slices.Delete(c.list, i, i+1)
		c.n--
		return true
	}
	w, b := &c.limbs[low>>6], uint64(1)<<(low&63)
	if *w&b == 0 {
		return false
	}
	*w &^= b
	c.n--
	if c.n < listMin {
		c.list = c.appendTo(make([]uint16, 0, c.n))
		c.limbs = nil
	}
	return true
}

func (c *chunk) appendTo(dst []uint16) []uint16 {
	if c.limbs == nil {
		return append(dst, c.list...)
	}
	for i, w := range c.limbs {
		for ; w != 0; w &= w - 1 {
			dst = append(dst, uint16(i<<6+bits.TrailingZeros64(w)))
		}
	}
	return dst
}

// or adds the members to acc.
func (c *chunk) or(acc *limbs) {
	if c.limbs != nil {
		bitarray.Or(acc[:], c.limbs[:])
		return
	}
	for _, l := range c.list {
		acc[l>>6&(ChunkLimbs-1)] |= 1 << (l & 63)
	}
}
