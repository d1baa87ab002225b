package set

import (
	"math/bits"
	"slices"
)

// A chunk holds the members of a set within ChunkBits consecutive ordinals: a
// sorted list while they are few, a bit array otherwise.
type chunk struct {
	epoch Epoch // the write that may still change it in place
	n     int32
	list  []uint16
	words *words // nil: the members are in list
}

// A list is turned into bits above listMax members (where it would take half the
// room of the bits), and bits into a list below listMin: the gap keeps a chunk
// at the border from changing shape with every write.
const (
	listMax = 128
	listMin = 48
)

func (c *chunk) contains(low uint16) bool {
	if c.words != nil {
		return c.words[low>>6]>>(low&63)&1 != 0
	}
	_, ok := slices.BinarySearch(c.list, low)
	return ok
}

// owned returns c if this write made it, and a copy that it may change otherwise.
func (c *chunk) owned(e Epoch) *chunk {
	if c.epoch == e {
		return c
	}
	d := &chunk{epoch: e, n: c.n}
	if c.words != nil {
		w := *c.words
		d.words = &w
	} else {
		d.list = append(make([]uint16, 0, len(c.list)+8), c.list...)
	}
	return d
}

// add and remove change c, which the caller owns; they report whether the
// member was missing or there.
func (c *chunk) add(low uint16) bool {
	if c.words != nil {
		w, b := &c.words[low>>6], uint64(1)<<(low&63)
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
		c.words = new(words)
		for _, l := range c.list {
			c.words[l>>6] |= 1 << (l & 63)
		}
		c.list = nil
	}
	return true
}

func (c *chunk) remove(low uint16) bool {
	if c.words == nil {
		i, ok := slices.BinarySearch(c.list, low)
		if !ok {
			return false
		}
		c.list = slices.Delete(c.list, i, i+1)
		c.n--
		return true
	}
	w, b := &c.words[low>>6], uint64(1)<<(low&63)
	if *w&b == 0 {
		return false
	}
	*w &^= b
	c.n--
	if c.n < listMin {
		c.list = c.appendTo(make([]uint16, 0, c.n))
		c.words = nil
	}
	return true
}

func (c *chunk) appendTo(dst []uint16) []uint16 {
	if c.words == nil {
		return append(dst, c.list...)
	}
	for i, w := range c.words {
		for ; w != 0; w &= w - 1 {
			dst = append(dst, uint16(i<<6+bits.TrailingZeros64(w)))
		}
	}
	return dst
}

// or adds the members to acc.
func (c *chunk) or(acc *words) {
	if c.words != nil {
		orWords(acc, c.words)
		return
	}
	for _, l := range c.list {
		acc[l>>6&(ChunkWords-1)] |= 1 << (l & 63)
	}
}
