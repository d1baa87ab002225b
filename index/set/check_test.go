package set

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// All other tests rely on Check, so each fault that it looks for is planted once.
func TestCheckFindsPlantedFaults(t *testing.T) {
	list := func() *Set { return New(1, 5, 9) }
	// Chunk 0 is bits, chunk 1 a list, chunk 2 is empty, chunk 3 is bits.
	chunks := func() *Set {
		s := New(append(span(0, ChunkBits), ChunkBits+3, ChunkBits+8)...)
		for _, o := range span(3*ChunkBits, 3*ChunkBits+500) {
			s = s.Add(1, o)
		}
		return s
	}
	require.NoError(t, list().Check())
	require.NoError(t, chunks().Check())
	require.NotNil(t, chunks().bits(0))
	require.NotNil(t, chunks().chunks.At(1).list)

	tests := []struct {
		name  string
		of    func() *Set
		plant func(s *Set)
		want  string
	}{
		{"a list out of order", list, func(s *Set) { s.small[0], s.small[1] = s.small[1], s.small[0] }, "out of order"},
		{"a member listed twice", list, func(s *Set) { s.small[1] = s.small[0] }, "out of order"},
		{"a wrong count of a list", list, func(s *Set) { s.n++ }, "says 4 members, has 3"},
		{"both shapes", chunks, func(s *Set) { s.small = []uint32{1} }, "both shapes"},
		{"a wrong count", chunks, func(s *Set) { s.n-- }, "members, has"},
		{"a chunk with both shapes", chunks, func(s *Set) { s.chunks.At(0).list = []uint16{1} }, "chunk 0: not exactly one shape"},
		{"a chunk with no shape", chunks, func(s *Set) { s.chunks.At(1).list = nil }, "chunk 1: not exactly one shape"},
		{"a wrong count of a chunk of bits", chunks, func(s *Set) { s.chunks.At(0).n-- }, "chunk 0: says 4095 members, has 4096"},
		{"a wrong count of a chunk list", chunks, func(s *Set) { s.chunks.At(1).n++ }, "chunk 1: says 3 members, has 2"},
		{"an empty chunk", chunks, func(s *Set) { s.chunks.Edit(1, 2).chunk = &chunk{epoch: 1, list: []uint16{}} }, "chunk 2: says 0 members"},
		{"a chunk list out of order", chunks, func(s *Set) { s.chunks.At(1).list = []uint16{8, 3} }, "chunk 1: members out of order"},
		{"a member twice in a chunk list", chunks, func(s *Set) { s.chunks.At(1).list = []uint16{3, 3} }, "chunk 1: members out of order"},
		{"a member past the chunk", chunks, func(s *Set) { s.chunks.At(1).list[1] = ChunkBits }, "out of order or of range"},
		{"a lost bit", chunks, func(s *Set) { s.chunks.At(3).limbs[0] &^= 1 }, "chunk 3: says 500 members, has 499"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := test.of()
			test.plant(s)
			assert.ErrorContains(t, s.Check(), test.want)
		})
	}
}
