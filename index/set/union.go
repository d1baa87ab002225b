package set

// Union returns a bit array, not of the pool, of the ordinals below n that any of the
// sets has. It costs what the sets have, and so for many small ones far less than a
// Clause of them costs at each test.
func Union(sets []*Set, n int) []uint64 {
	words := make([]uint64, (n+ChunkBits-1)/ChunkBits*ChunkWords)
	var room []uint32
	for _, s := range sets {
		if s.Len() >= len(words) {
			for i := 0; i*ChunkWords < len(words); i++ {
				s.orChunk(i, (*limbs)(words[i*ChunkWords:]))
			}
			continue
		}
		room = s.AppendTo(room[:0])
		for _, ord := range room {
			words[ord>>6] |= 1 << (ord & 63)
		}
	}
	return words
}
