package persist_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/persist"
	"github.com/sessiondex/sessiondex/internal/testrand"
)

func TestDifferencesAreTheLeavesThatAreNotShared(t *testing.T) {
	const limit = 2 * 4 * 32 * 32
	r := testrand.New(t)
	var v vector
	versions := []vector{v}
	for epoch := persist.Epoch(1); epoch <= 30; epoch++ {
		for range 1 + r.IntN(20) {
			i := r.Uint32N(limit)
			if r.IntN(5) == 0 {
				v.Drop(epoch, i)
			} else {
				*v.Edit(epoch, i) = r.IntN(3)
			}
		}
		versions = append(versions, v)
	}
	zero := new([4]int)
	for range 100 {
		a, b := versions[r.IntN(len(versions))], versions[r.IntN(len(versions))]
		got := map[int]bool{}
		persist.Differences(&a, &b, func(k int, x, y *[4]int) bool {
			require.False(t, got[k])
			got[k] = true
			for i, want := range [2]*[4]int{a.Leaf(k), b.Leaf(k)} {
				if want == nil {
					want = zero
				}
				require.Equal(t, *want, *[2]*[4]int{x, y}[i])
			}
			return true
		})
		for k := range limit / 4 {
			require.Equal(t, a.Leaf(k) != b.Leaf(k), got[k], "leaf %d", k)
		}
		n := 0
		persist.Differences(&a, &b, func(int, *[4]int, *[4]int) bool { n++; return false })
		require.LessOrEqual(t, n, 1, "visit ends it")
	}
}
