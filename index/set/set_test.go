package set

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnEmptySet(t *testing.T) {
	for name, s := range map[string]*Set{"nil": nil, "made of nothing": New()} {
		t.Run(name, func(t *testing.T) {
			requireMembers(t, nil, s)
			assert.False(t, s.Contains(0))
			assert.Empty(t, slices.Collect(s.All()))
			requireMembers(t, nil, s.Remove(2, 7))
			requireMembers(t, []uint32{7}, s.Add(2, 7))
			requireMembers(t, nil, s)
		})
	}
}

// Each kind of edit takes sets across another threshold between their shapes.
var editKinds = map[string]func(r *rand.Rand) (ords []uint32, remove bool){
	"a few anywhere": func(r *rand.Rand) ([]uint32, bool) {
		var ords []uint32
		for range r.IntN(20) {
			ords = append(ords, r.Uint32N(2*(128*ChunkBits)+5))
		}
		return ords, r.IntN(2) == 0
	},
	"a few near chunk borders": func(r *rand.Rand) ([]uint32, bool) {
		var ords []uint32
		for range r.IntN(20) {
			ords = append(ords, 1+ChunkBits*r.Uint32N(6)+r.Uint32N(3)) // one of the borders is at 0
		}
		return ords, r.IntN(2) == 0
	},
	"a few near group borders": func(r *rand.Rand) ([]uint32, bool) {
		var ords []uint32
		for range r.IntN(20) {
			ords = append(ords, (128*ChunkBits)*(1+r.Uint32N(2))+r.Uint32N(3)-1)
		}
		return ords, r.IntN(2) == 0
	},
	"a run": func(r *rand.Rand) ([]uint32, bool) {
		from := r.Uint32N(4 * ChunkBits)
		return span(from, from+r.Uint32N(3000)), r.IntN(2) == 0
	},
	"a thinned-out chunk": func(r *rand.Rand) ([]uint32, bool) {
		ords := span(0, ChunkBits)
		r.Shuffle(len(ords), func(i, j int) { ords[i], ords[j] = ords[j], ords[i] })
		base := ChunkBits * r.Uint32N(4)
		for i := range ords {
			ords[i] += base
		}
		return ords[:ChunkBits-r.IntN(2*listMax)], r.IntN(3) > 0
	},
}

// A set is what a map would be, whatever the edits, and no edit shows in the
// versions that were published before it.
func TestRandomEditsAgreeWithAMap(t *testing.T) {
	r := newRand(t)
	type version struct {
		set     *Set
		members []uint32
	}
	names := []string{"a few anywhere", "a few near chunk borders", "a few near group borders", "a run", "a thinned-out chunk"}
	require.Len(t, editKinds, len(names))
	for range 2 {
		var s *Set
		model := make(map[uint32]bool)
		var published []version
		for epoch := Epoch(1); epoch <= 100; epoch++ {
			for range 1 + r.IntN(3) {
				ords, remove := editKinds[names[r.IntN(len(names))]](r)
				for _, o := range ords {
					if remove {
						s = s.Remove(epoch, o)
						delete(model, o)
					} else {
						s = s.Add(epoch, o)
						model[o] = true
					}
				}
			}
			members := sorted(model)
			requireMembers(t, members, s)
			for range 50 {
				o := r.Uint32N(2*(128*ChunkBits) + 5)
				require.Equal(t, model[o], s.Contains(o), "ordinal %d", o)
			}
			published = append(published, version{s, members})
		}
		for _, v := range published {
			requireMembers(t, v.members, v.set)
		}
	}
}

func TestTwoSuccessorsOfOneVersionDoNotMix(t *testing.T) {
	for name, members := range map[string][]uint32{"a list": span(0, 100), "chunks": span(0, 10_000)} {
		t.Run(name, func(t *testing.T) {
			base := made(members)
			left := base.Add(2, 50_000).Remove(2, 10)
			right := base.Add(3, 60_000).Remove(3, 20)
			requireMembers(t, members, base)
			requireMembers(t, append(slices.Concat(span(0, 10), span(11, uint32(len(members)))), 50_000), left)
			requireMembers(t, append(slices.Concat(span(0, 20), span(21, uint32(len(members)))), 60_000), right)
		})
	}
}

func TestAnEditThatChangesNothingMakesNoCopy(t *testing.T) {
	for _, members := range [][]uint32{span(0, 10), span(0, 10_000)} {
		s := made(members)
		assert.Same(t, s, s.Add(2, 5))
		assert.Same(t, s, s.Remove(2, 20_000))
	}
}

func TestAnEditCopiesOnlyTheChunkThatItTouches(t *testing.T) {
	s := New(span(0, 4*ChunkBits)...)
	edited := s.Remove(2, 2*ChunkBits+7)
	for i := range uint32(4) {
		if i == 2 {
			assert.NotSame(t, s.chunks.At(i).chunk, edited.chunks.At(i).chunk)
		} else {
			assert.Same(t, s.chunks.At(i).chunk, edited.chunks.At(i).chunk)
		}
	}
	again := edited.Remove(2, 2*ChunkBits+8)
	assert.Same(t, edited, again, "one write changes its own set in place")
}

// The thresholds up and down differ, so that a set near them does not change its shape
// with every write.
func TestASetChangesShapeAtItsThresholds(t *testing.T) {
	var s *Set
	for o := range uint32(smallMax) {
		s = s.Add(1, 3*o)
	}
	require.Nil(t, s.chunks, "a list as long as it has smallMax members")
	s = s.Add(1, 3*smallMax)
	require.NotNil(t, s.chunks, "chunks above")
	require.Nil(t, s.small)
	requireMembers(t, s.AppendTo(nil), s)

	for o := uint32(0); s.Len() > smallMin; o++ {
		s = s.Remove(2, 3*o)
		require.NotNil(t, s.chunks, "chunks down to smallMin, at %d", s.Len())
	}
	s = s.Remove(2, 3*smallMax)
	require.Nil(t, s.chunks, "a list below")
	require.Equal(t, smallMin-1, s.Len())
	requireMembers(t, s.AppendTo(nil), s)
	s = s.Add(2, 1)
	require.Nil(t, s.chunks)
}

func TestAChunkChangesShapeAtItsThresholds(t *testing.T) {
	const base = 2 * ChunkBits
	s := New(span(4*ChunkBits, 4*ChunkBits+smallMax+1)...) // in chunks, whatever becomes of chunk 2
	for i := range uint32(listMax) {
		s = s.Add(1, base+i*17)
	}
	require.Nil(t, s.bits(2), "a list up to listMax members")
	s = s.Add(1, base+1)
	require.NotNil(t, s.bits(2), "bits above")
	require.Nil(t, s.chunks.At(2).list)
	require.NoError(t, s.Check())

	for i := uint32(0); s.chunks.At(2).n > listMin; i++ {
		s = s.Remove(2, base+i*17)
		require.NotNil(t, s.bits(2), "bits down to listMin, at %d", s.chunks.At(2).n)
	}
	s = s.Remove(2, base+1)
	require.Nil(t, s.bits(2), "a list below")
	require.NoError(t, s.Check())

	for s.chunks.At(2).chunk != nil {
		s = s.Remove(3, base+uint32(s.chunks.At(2).list[0]))
	}
	requireMembers(t, span(4*ChunkBits, 4*ChunkBits+smallMax+1), s)
}

func TestAllYieldsTheMembersInOrderAndStops(t *testing.T) {
	for _, members := range [][]uint32{{3, 5, 70_000}, span(1, 9000)} {
		s := made(members)
		assert.Equal(t, members, slices.Collect(s.All()))
		for o := range s.All() {
			assert.Equal(t, members[0], o)
			break
		}
	}
}
