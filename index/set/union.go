package set

// NewLimbs returns an empty bit array for at least n ordinals, in the form of
// Found.Limbs.
func NewLimbs(n int) []uint64 {
	return make([]uint64, (n+ChunkBits-1)/ChunkBits*ChunkLimbs)
}

// AddTo adds the members to a bit array that NewLimbs made for all ordinals. It is linear
// in the size of the set: uniting the sets of many values this way costs far less than a
// Clause of them, which visits every set for each test.
func (s *Set) AddTo(into []uint64) {
	if s.Len() >= len(into) {
		for i := 0; i*ChunkLimbs < len(into); i++ {
			s.orChunk(i, (*limbs)(into[i*ChunkLimbs:]))
		}
		return
	}
	var scratch [64]uint32
	for _, ord := range s.AppendTo(scratch[:0]) {
		into[ord>>6] |= 1 << (ord & 63)
	}
}
