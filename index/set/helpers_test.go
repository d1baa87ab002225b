package set

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/testrand"
)

var newRand = testrand.New

// sorted returns the members of a map in ascending order.
func sorted(m map[uint32]bool) []uint32 { return slices.Sorted(maps.Keys(m)) }

// span returns the ordinals from up to but not including to.
func span(from, to uint32) []uint32 {
	out := make([]uint32, 0, to-from)
	for o := from; o < to; o++ {
		out = append(out, o)
	}
	return out
}

// some returns each of the ordinals below n with a probability of p.
func some(r *rand.Rand, n int, p float64) []uint32 {
	var out []uint32
	for o := range uint32(n) {
		if r.Float64() < p {
			out = append(out, o)
		}
	}
	return out
}

// requireMembers checks every read method of a set.
func requireMembers(t testing.TB, want []uint32, s *Set) {
	t.Helper()
	require.NoError(t, s.Check())
	require.Equal(t, len(want), s.Len())
	requireOrdinals(t, want, s.AppendTo(nil))
}

// requireOrdinals is require.Equal, fast enough for thousands of ordinals.
func requireOrdinals(t testing.TB, want, got []uint32, context ...any) {
	t.Helper()
	if !slices.Equal(want, got) {
		require.Equal(t, want, got, context...)
	}
}

// made returns a set of ascending ordinals, made by write 1.
func made(ords []uint32) *Set {
	s := &Set{epoch: 1}
	for _, o := range ords {
		s = s.Add(1, o)
	}
	return s
}
