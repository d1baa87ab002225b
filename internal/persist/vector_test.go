package persist_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/persist"
	"github.com/sessiondex/sessiondex/internal/testrand"
)

type vector = persist.Vector[int, [4]int]

// requireVector compares a vector with the elements that it should have.
func requireVector(t testing.TB, want map[uint32]int, limit uint32, v *vector) {
	t.Helper()
	for i := range limit {
		at := v.Get(i)
		if at == nil {
			require.Zero(t, want[i], "element %d has no leaf", i)
			continue
		}
		require.Equal(t, want[i], *at, "element %d", i)
		require.Same(t, at, v.At(i))
		require.Same(t, at, &v.Leaf(int(i / 4))[i%4])
	}
	require.Nil(t, v.Get(1<<20))
	require.Nil(t, v.Leaf(v.Leaves()))
}

// Every version equals a map of its time, whatever later writes do.
func TestVersionsOfAVectorStayAsTheyWere(t *testing.T) {
	const limit = 3 * 4 * 32 * 32 // three nodes of the highest level
	r := testrand.New(t)
	var v vector
	model := make(map[uint32]int)
	type version struct {
		v     vector
		model map[uint32]int
	}
	var versions []version
	for epoch := persist.Epoch(1); epoch <= 40; epoch++ {
		for range 1 + r.IntN(60) {
			i := r.Uint32N(limit)
			if r.IntN(2) == 0 {
				i = r.Uint32N(50)
			}
			if r.IntN(10) > 0 {
				model[i] = r.Int()
				*v.Edit(epoch, i) = model[i]
				continue
			}
			v.Drop(epoch, i)
			for k := range uint32(4) {
				delete(model, i/4*4+k)
			}
		}
		versions = append(versions, version{v, maps.Clone(model)})
	}
	for _, at := range versions {
		requireVector(t, at.model, limit, &at.v)
	}
}

func TestAnEditCopiesWhatIsSharedAndOnceOnly(t *testing.T) {
	var v vector
	for i := range uint32(12) {
		*v.Edit(1, i) = int(i)
	}
	old := v
	one := v.Edit(2, 5)
	assert.NotSame(t, old.At(5), one)
	assert.Same(t, one, v.Edit(2, 5), "the write's own")
	assert.Same(t, old.At(1), v.At(1), "another leaf is shared")
	assert.Same(t, one, v.Edit(2, 5))
	assert.Zero(t, *new(vector).Edit(1, 3), "a leaf that was not there is zeros")
	assert.Equal(t, 3, v.Leaves())
}

// The next write has another epoch.
func TestAnAbandonedWriteIsNotSeen(t *testing.T) {
	var v vector
	*v.Edit(1, 7) = 7
	abandoned := v
	*abandoned.Edit(2, 7) = 8
	*abandoned.Edit(2, 5000) = 9
	*v.Edit(3, 6) = 6
	requireVector(t, map[uint32]int{6: 6, 7: 7}, 6000, &v)
}
