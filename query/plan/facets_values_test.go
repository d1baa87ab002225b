package plan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTopCountsAreTheFirstOfAllSorted(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 2000 {
		var all []Count
		top := topCounts{most: r.IntN(8)}
		for i := range r.IntN(60) {
			c := Count{fmt.Sprint(i), 1 + r.IntN(10)}
			all = append(all, c)
			top.add(c.Value, c.N)
		}
		slices.SortFunc(all, compareCounts)
		want := all
		if top.most > 0 {
			want = all[:min(len(all), top.most)]
		}
		require.Equal(t, len(all), top.distinct)
		require.Equal(t, want, top.sorted())
	}
}
