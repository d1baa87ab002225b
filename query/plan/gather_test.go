package plan

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index"
)

// headsOf returns the heads of all sessions of a view whose sort keys are few, so
// that most comparisons come down to the whole keys.
func headsOf(v *index.View) []head {
	var heads []head
	for ord := range uint32(v.Limit()) {
		h := head{ord: ord}
		h.hi, h.lo = v.SortKey(index.ByUpdated, ord)
		heads = append(heads, h)
	}
	return heads
}

// In any order of the heads, also one that is bad for a quickselect.
func TestSelectingAWindowIsSortingAndSlicing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 31, 32, 33, 500, 3000} {
		for _, distinct := range []int{1, 7, n} {
			var entries []index.Entry
			for i := range n {
				entries = append(entries, index.Entry{ID: string(rune('0' + i)), Updated: index.Instant{Sec: int64(r.IntN(distinct)) - 3}})
			}
			w := index.NewWriter(nil, nil)
			w.Put(entries)
			v := w.View()
			s := selector{v: v, by: index.ByUpdated}
			sorted := headsOf(v)
			slices.SortFunc(sorted, s.compare)

			organPipe := slices.Clone(sorted)
			for i := range n {
				if i%2 == 0 {
					organPipe[i/2] = sorted[i]
				} else {
					organPipe[n-1-i/2] = sorted[i]
				}
			}
			backwards := slices.Clone(sorted)
			slices.Reverse(backwards)
			shuffled := slices.Clone(sorted)
			r.Shuffle(n, func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			for name, heads := range map[string][]head{"sorted": sorted, "backwards": backwards, "organ pipe": organPipe, "shuffled": shuffled} {
				for _, w := range []window{{0, 0}, {0, 1}, {0, n}, {n - 1, n}, {n, n}, {n / 2, n/2 + 1}, {n / 3, n/3 + min(50, n-n/3)}, {0, n / 2}} {
					got := s.window(slices.Clone(heads), w)
					require.True(t, slices.Equal(sorted[w.from:w.to], got), "%d heads, %d distinct, %s, %v", n, distinct, name, w)
				}
			}
		}
	}
}
