package set

import (
	"iter"
	"slices"
	"sort"
)

// Epoch names one write. Parts of a set that carry the epoch of the write under
// way were made by it, are seen by nobody else, and may be changed in place; all
// others are shared with published versions and are copied first. An epoch is
// never used for two writes.
type Epoch uint64

// Set is a persistent set of ordinals. A published Set is immutable and safe for
// concurrent use; Add and Remove return the edited set and leave published ones
// as they were. A nil *Set is empty.
type Set struct {
	epoch  Epoch
	n      int
	small  []uint32 // sorted; holds the members while groups is nil
	groups []*group // by ordinal / groupBits; nil entries are empty
}

// group is a run of chunks. There are two levels so that an update copies a few
// hundred bytes of pointers, not one for each chunk of the set.
type group struct {
	epoch  Epoch
	chunks [groupSize]*chunk // nil entries are empty
	// bits repeats the bit arrays of the chunks that have one: a query goes to them
	// without a look at the chunk, which would be a cache miss of its own.
	bits [groupSize]*words
}

const (
	groupSize = 32
	groupBits = groupSize * ChunkBits
)

// A set is kept as one sorted list up to smallMax members (a copy of 16 KB at the
// most for an update), and goes back to one below smallMin.
const (
	smallMax = 4096
	smallMin = 2048
)

// FromSorted makes a set of ascending, distinct ordinals, owned by epoch e.
func FromSorted(e Epoch, ords []uint32) *Set {
	s := &Set{epoch: e}
	for _, o := range ords {
		s = s.Add(e, o)
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

// Contains reports whether ord is a member: O(1) for a large set, O(log n) for
// one of a few thousand members or less.
func (s *Set) Contains(ord uint32) bool {
	if s == nil {
		return false
	}
	if s.groups == nil {
		_, ok := slices.BinarySearch(s.small, ord)
		return ok
	}
	i := int(ord / ChunkBits)
	if w := s.bits(i); w != nil {
		return w[ord%ChunkBits>>6]>>(ord&63)&1 != 0
	}
	c := s.chunk(i)
	return c != nil && c.contains(uint16(ord%ChunkBits))
}

// chunk returns chunk i, nil if it is empty.
func (s *Set) chunk(i int) *chunk {
	if s == nil {
		return nil
	}
	if g := i / groupSize; g < len(s.groups) && s.groups[g] != nil {
		return s.groups[g].chunks[i%groupSize]
	}
	return nil
}

func (s *Set) owned(e Epoch) *Set {
	if s == nil {
		return &Set{epoch: e}
	}
	if s.epoch == e {
		return s
	}
	t := &Set{epoch: e, n: s.n}
	if s.groups != nil {
		t.groups = slices.Clone(s.groups)
	} else {
		t.small = append(make([]uint32, 0, len(s.small)+4), s.small...)
	}
	return t
}

// Add returns the set with ord in it. O(size of a chunk) the first time that a
// write touches a chunk, O(1) after that.
func (s *Set) Add(e Epoch, ord uint32) *Set {
	if s.Contains(ord) {
		return s
	}
	s = s.owned(e)
	s.n++
	if s.groups == nil {
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

func (s *Set) groupFor(e Epoch, ord uint32) *group {
	i := int(ord / groupBits)
	for i >= len(s.groups) {
		s.groups = append(s.groups, nil)
	}
	switch g := s.groups[i]; {
	case g == nil:
		s.groups[i] = &group{epoch: e}
	case g.epoch != e:
		c := *g
		c.epoch = e
		s.groups[i] = &c
	}
	return s.groups[i]
}

// edit puts ord into its chunk, or takes it out.
func (s *Set) edit(e Epoch, ord uint32, add bool) {
	g, k := s.groupFor(e, ord), ord/ChunkBits%groupSize
	c := g.chunks[k]
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
	if g.bits[k] = c.words; c.n == 0 {
		c = nil
	}
	g.chunks[k] = c
}

func (s *Set) spread(e Epoch) {
	small := s.small
	s.small = nil
	for _, o := range small {
		s.edit(e, o, true)
	}
}

// Remove returns the set without ord. The cost is that of Add.
func (s *Set) Remove(e Epoch, ord uint32) *Set {
	if !s.Contains(ord) {
		return s
	}
	s = s.owned(e)
	s.n--
	if s.groups == nil {
		i, _ := slices.BinarySearch(s.small, ord)
		s.small = slices.Delete(s.small, i, i+1)
		return s
	}
	s.edit(e, ord, false)
	if s.n < smallMin {
		s.small = s.AppendTo(make([]uint32, 0, s.n))
		s.groups = nil
	}
	return s
}

// AppendTo appends the members in ascending order.
func (s *Set) AppendTo(dst []uint32) []uint32 {
	if s == nil {
		return dst
	}
	if s.groups == nil {
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

// eachChunk yields the chunks that are not empty, with their numbers.
func (s *Set) eachChunk() iter.Seq2[int, *chunk] {
	return func(yield func(int, *chunk) bool) {
		for i, g := range s.groups {
			if g == nil {
				continue
			}
			for k, c := range g.chunks {
				if c != nil && !yield(i*groupSize+k, c) {
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

// orChunk adds the members within chunk i to acc and reports whether there may be any.
func (s *Set) orChunk(i int, acc *words) bool {
	if s.groups != nil {
		c := s.chunk(i)
		if c != nil {
			c.or(acc)
		}
		return c != nil
	}
	lo := uint32(i) * ChunkBits
	k := sort.Search(len(s.small), func(k int) bool { return s.small[k] >= lo })
	any := false
	for ; k < len(s.small) && s.small[k]-lo < ChunkBits; k++ {
		l := s.small[k] - lo
		acc[l>>6] |= 1 << (l & 63)
		any = true
	}
	return any
}

// bits returns the bit array of chunk i, if the chunk has that shape.
func (s *Set) bits(i int) *words {
	if s == nil || i/groupSize >= len(s.groups) || s.groups[i/groupSize] == nil {
		return nil
	}
	return s.groups[i/groupSize].bits[i%groupSize]
}
