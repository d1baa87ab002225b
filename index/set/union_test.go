package set

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAUnionHasWhatAnyOfTheSetsHas(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const n = 3*ChunkBits + 77
	for range 50 {
		var sets []*Set
		want := map[uint32]bool{}
		for range r.IntN(40) {
			var s *Set
			for range r.IntN(1 << r.IntN(12)) {
				ord := uint32(r.IntN(n))
				s = s.Add(1, ord)
				want[ord] = true
			}
			sets = append(sets, s)
		}
		words := NewLimbs(n)
		for _, s := range sets {
			s.AddTo(words)
		}
		found := Found{Limbs: words, N: len(want)}
		require.Len(t, found.AppendTo(nil), len(want))
		for ord := range want {
			require.True(t, found.Contains(ord))
		}
	}
}
