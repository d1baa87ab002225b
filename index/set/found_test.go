package set

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// foundOf returns the ordinals in one of the two shapes, for a universe of n.
func foundOf(ords []uint32, n int, dense bool) *Found {
	if !dense {
		return &Found{List: ords, N: len(ords)}
	}
	f := &Found{Limbs: make([]uint64, (n+ChunkBits-1)/ChunkBits*ChunkLimbs), N: len(ords)}
	for _, o := range ords {
		f.Limbs[o>>6] |= 1 << (o & 63)
	}
	return f
}

func TestBothShapesOfFoundAreOneSet(t *testing.T) {
	r := newRand(t)
	for _, n := range []int{1, 64, ChunkBits - 1, ChunkBits, ChunkBits + 1, 3*ChunkBits - 5} {
		for _, p := range []float64{0, 0.01, 0.5, 1} {
			ords := some(r, n, p)
			list, dense := foundOf(ords, n, false), foundOf(ords, n, true)
			requireOrdinals(t, ords, list.AppendTo(nil))
			requireOrdinals(t, ords, dense.AppendTo(nil))
			in := make(map[uint32]bool)
			for _, o := range ords {
				in[o] = true
			}
			for o := range uint32(n + 2*ChunkBits) { // nothing is in it beyond its end
				if list.Contains(o) != in[o] || dense.Contains(o) != in[o] {
					require.Failf(t, "Contains is wrong", "ordinal %d of %d", o, n)
				}
			}
		}
	}
}

func TestListLimitGrowsWithTheUniverse(t *testing.T) {
	assert.Equal(t, 256, ListLimit(0))
	assert.Equal(t, 256, ListLimit(65_536))
	assert.Equal(t, 3906, ListLimit(1_000_000))
}
