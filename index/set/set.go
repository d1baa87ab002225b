package set

import (
	"iter"
	"math"
	"slices"

	"github.com/sessiondex/sessiondex/internal/bitarray"
	"github.com/sessiondex/sessiondex/internal/persist"
)

// Epoch names one write; see package persist.
type Epoch = persist.Epoch

// Set is a persistent set of ordinals. A published Set is immutable and safe for
// concurrent use; Add and Remove return the edited set and leave published ones
// as they were. A nil *Set is empty.
type Set struct {
	epoch  Epoch
	n      int
	small  []uint32 // sorted; the members if chunks is nil
	chunks *chunks  // by ordinal / ChunkBits; missing ones are empty
}

type chunks = persist.Vector[chunkAt, [4]chunkAt]

// chunkAt is a chunk, nil if it is empty, and a second reference to its bit array, if
// it has one: a query goes there directly, since reading the chunk would be another
// cache miss.
type chunkAt struct {
	*chunk
	bits *limbs
}

// A set is one sorted list up to smallMax members (so an update copies at most 16 KB),
// and becomes a list again below smallMin.
const (
	smallMax = 4096
	smallMin = 2048
)

// New returns a set of ascending, distinct ordinals; it takes over the slice.
func New(ords ...uint32) *Set {
	if len(ords) <= smallMax {
		return &Set{n: len(ords), small: ords}
	}
	s := &Set{n: len(ords), chunks: new(chunks)}
	for len(ords) > 0 {
		i := ords[0] / ChunkBits
		n, _ := slices.BinarySearch(ords, (i+1)*ChunkBits)
		if i == math.MaxUint32/ChunkBits {
			n = len(ords)
		}
		c := newChunk(ords[:n])
		*s.chunks.Edit(0, i) = chunkAt{c, c.limbs}
		ords = ords[n:]
	}
	return s
}

// Len returns the number of members. O(1).
func (s *Set) Len() int {
	if s == nil {
		return 0
	}
	return s.n
}

// Min returns the smallest member of a set that is not empty.
func (s *Set) Min() uint32 {
	if s.chunks == nil {
		return s.small[0]
	}
	return s.AppendTo(nil)[0]
}

// Contains reports whether ord is a member: O(1) for a large set, O(log n) for
// one of a few thousand members or less.
func (s *Set) Contains(ord uint32) bool {
	if s == nil {
		return false
	}
	if s.chunks == nil {
		_, ok := slices.BinarySearch(s.small, ord)
		return ok
	}
	c := s.chunks.Get(ord / ChunkBits)
	switch {
	case c == nil || c.chunk == nil:
		return false
	case c.bits != nil:
		return c.bits[ord%ChunkBits>>6]>>(ord&63)&1 != 0
	}
	return c.contains(uint16(ord % ChunkBits))
}

func (s *Set) owned(e Epoch) *Set {
	if s == nil {
		return &Set{epoch: e}
	}
	if s.epoch == e {
		return s
	}
	t := &Set{epoch: e, n: s.n}
	if s.chunks != nil {
		c := *s.chunks
		t.chunks = &c
	} else {
		t.small = append(make([]uint32, 0, len(s.small)+1), s.small...)
	}
	return t
}

// Add returns the set with ord added. O(size of a chunk) the first time that a write
// touches a chunk, O(1) after that.
func (s *Set) Add(e Epoch, ord uint32) *Set {
	if s.Contains(ord) {
		return s
	}
	s = s.owned(e)
	s.n++
	if s.chunks == nil {
		if last := len(s.small) - 1; last < 0 || s.small[last] < ord {
			s.small = append(s.small, ord)
		} else {
			i, _ := slices.BinarySearch(s.small, ord)
			s.small = slices.Insert(s.small, i, ord)
		}
		if len(s.small) > smallMax {
			s.spread(e)
		}
		return s
	}
	s.edit(e, ord, true)
	return s
}

// edit adds ord to its chunk, or removes it.
func (s *Set) edit(e Epoch, ord uint32, add bool) {
	at := s.chunks.Edit(e, ord/ChunkBits)
	c := at.chunk
	if c == nil {
		c = &chunk{epoch: e}
	} else {
		c = c.owned(e)
	}
	if add {
		c.add(uint16(ord % ChunkBits))
	} else {
		c.remove(uint16(ord % ChunkBits))
	}
	if *at = (chunkAt{c, c.limbs}); c.n == 0 {
		*at = chunkAt{}
	}
}

func (s *Set) spread(e Epoch) {
	small := s.small
	s.small, s.chunks = nil, new(chunks)
	for _, o := range small {
		s.edit(e, o, true)
	}
}

// Remove returns the set without ord. It costs as much as Add.
func (s *Set) Remove(e Epoch, ord uint32) *Set {
	if !s.Contains(ord) {
		return s
	}
	s = s.owned(e)
	s.n--
	if s.chunks == nil {
		i, _ := slices.BinarySearch(s.small, ord)
		s.small = slices.Delete(s.small, i, i+1)
		return s
	}
	s.edit(e, ord, false)
	if s.n < smallMin {
		s.small = s.AppendTo(make([]uint32, 0, s.n))
		s.chunks = nil
	}
	return s
}

// AppendTo appends the members in ascending order.
func (s *Set) AppendTo(dst []uint32) []uint32 {
	if s == nil {
		return dst
	}
	if s.chunks == nil {
		return append(dst, s.small...)
	}
	var buf [ChunkBits]uint16
	for i, c := range s.eachChunk() {
		base := uint32(i) * ChunkBits
		for _, low := range c.appendTo(buf[:0]) {
			dst = append(dst, base+uint32(low))
		}
	}
	return dst
}

// eachChunk yields the non-empty chunks with their numbers.
func (s *Set) eachChunk() iter.Seq2[int, *chunkAt] {
	return func(yield func(int, *chunkAt) bool) {
		for k := range s.chunks.Leaves() {
			leaf := s.chunks.Leaf(k)
			if leaf == nil {
				continue
			}
			for i := range leaf {
				if leaf[i].chunk != nil && !yield(k*len(leaf)+i, &leaf[i]) {
					return
				}
			}
		}
	}
}

// All yields the members in ascending order.
func (s *Set) All() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for _, o := range s.AppendTo(nil) {
			if !yield(o) {
				return
			}
		}
	}
}

// orChunk adds the members within chunk i to acc; false means that there are none.
func (s *Set) orChunk(i int, acc *limbs) bool {
	if s.chunks != nil {
		c := s.chunks.Get(uint32(i))
		if c == nil || c.chunk == nil {
			return false
		}
		c.or(acc)
		return true
	}
	return orList(s.small, i, acc)
}

// orList adds the elements of an ascending list that lie within chunk i to acc, and
// reports whether there are any.
func orList(list []uint32, i int, acc *limbs) bool {
	lo := uint32(i) * ChunkBits
	k, _ := slices.BinarySearch(list, lo)
	from := k
	for ; k < len(list) && list[k]-lo < ChunkBits; k++ {
		l := list[k] - lo
		acc[l>>6] |= 1 << (l & 63)
	}
	return k > from
}

// bits returns the bit array of chunk i, if the chunk has that shape.
func (s *Set) bits(i int) *limbs {
	if s == nil || s.chunks == nil {
		return nil
	}
	if c := s.chunks.Get(uint32(i)); c != nil {
		return c.bits
	}
	return nil
}

// RemoveFrom removes the members from a bit array.
func (s *Set) RemoveFrom(a []uint64) {
	if s == nil {
		return
	}
	for _, o := range s.small {
		if i := int(o >> 6); i < len(a) {
			a[i] &^= 1 << (o & 63)
		}
	}
	if s.chunks == nil {
		return
	}
	for i, c := range s.eachChunk() {
		from := i * ChunkLimbs
		if from >= len(a) {
			return
		}
		if c.bits != nil {
			part := a[from:min(from+ChunkLimbs, len(a))]
			bitarray.AndNot(part, c.bits[:len(part)])
			continue
		}
		for _, low := range c.list {
			if k := from + int(low>>6); k < len(a) {
				a[k] &^= 1 << (low & 63)
			}
		}
	}
}
