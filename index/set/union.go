package set

// NewWords returns an empty bit array for at least n ordinals, such as a Found has.
func NewWords(n int) []uint64 {
	return make([]uint64, (n+ChunkBits-1)/ChunkBits*ChunkWords)
}

// AddTo adds the members to a bit array that NewWords made for all ordinals. It costs
// what the set has: sets of many values that are united so cost far less than a Clause of
// them does at each test.
func (s *Set) AddTo(words []uint64) {
	if s.Len() >= len(words) {
		for i := 0; i*ChunkWords < len(words); i++ {
			s.orChunk(i, (*limbs)(words[i*ChunkWords:]))
		}
		return
	}
	var room [64]uint32
	for _, ord := range s.AppendTo(room[:0]) {
		words[ord>>6] |= 1 << (ord & 63)
	}
}
