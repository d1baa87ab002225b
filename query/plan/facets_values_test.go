package plan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/sessiondex/sessiondex/query"
	"github.com/stretchr/testify/require"
)

func TestTopCountsAreTheFirstOfAllSorted(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 2000 {
		all := []query.FacetCount{}
		top := topCounts{most: 1 + r.IntN(8)}
		for i := range r.IntN(60) {
			c := query.FacetCount{Value: fmt.Sprint(i), Count: 1 + r.IntN(10)}
			all = append(all, c)
			top.add(c.Value, c.Count)
		}
		slices.SortFunc(all, compareCounts)
		sum := r.IntN(3)
		missing := sum
		for _, c := range all {
			sum += c.Count
		}
		want := query.Facet{Values: all[:min(len(all), top.most)], Distinct: len(all), Missing: missing}
		require.Equal(t, want, top.facet(sum))
	}
}
