package corpus

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWeightedDrawsInProportion(t *testing.T) {
	const n = 400_000
	for _, weights := range [][]uint64{
		{1}, {7, 7}, {1, 0, 3}, {1000, 1, 1, 1}, {1, 2, 3, 4, 5, 6, 7}, zipf(100, 1), rootLaw(50, 150), {1<<32 - 1, 1<<32 - 1, 1 << 20},
	} {
		var sum uint64
		for _, w := range weights {
			sum += w
		}
		counts := make([]int, len(weights))
		table, d := newWeighted(weights), newDice(1, 2)
		for range n {
			counts[table.draw(&d)]++
		}
		for i, w := range weights {
			want := float64(w) / float64(sum) * n
			assert.InDelta(t, want, counts[i], 50+want/20, "%d of %v", i, weights)
			if w == 0 {
				assert.Zero(t, counts[i])
			}
		}
	}
}

func TestRootLawGivesTheFirstItsShare(t *testing.T) {
	weights := rootLaw(5000, 150)
	var sum uint64
	for _, w := range weights {
		sum += w
	}
	assert.InDelta(t, 0.15, float64(weights[0])/float64(sum), 0.001)
	assert.InDelta(t, 2, float64(weights[100])/float64(weights[400]), 0.01)
	assert.Positive(t, rootLaw(MaxValues, 150)[MaxValues-1])
}

func TestByRankFallsByOctaves(t *testing.T) {
	d := newDice(3, 1)
	var octaves [5]int
	for range 50_000 {
		rank := d.byRank(5)
		require.Less(t, rank, 31)
		for k := range octaves {
			if rank+1 < 2<<k {
				octaves[k]++
				break
			}
		}
	}
	for k, n := range octaves {
		assert.InDelta(t, 10_000, n, 500, "octave %d", k)
	}
}

func TestListsDrawnByRankAreLongEnough(t *testing.T) {
	// byRank(k) draws up to 1<<k - 2.
	assert.Len(t, ports, 15)
	assert.Len(t, projects, 15)
	assert.GreaterOrEqual(t, len(codeWords), 63)
	assert.Len(t, agentNames, 15)
	assert.Len(t, models, 7)
	assert.Len(t, failures, 7)
	assert.Len(t, joints, 7)
}

func TestTheDrawsNeverChange(t *testing.T) {
	d := newDice(1, streamFacts)
	got := []int{d.below(1000), d.below(1000), d.between(10, 20), d.byRank(20), int(d.bits64() >> 40)}
	assert.Equal(t, []int{608, 395, 18, 761660, 781261}, got)
	assert.Equal(t, "app_5pnydejbp", AppID(0))
	assert.Equal(t, "nalfantux", string(appendName(nil, 12345)))
}

func TestTheCalendarCoversTheSpan(t *testing.T) {
	const n = 100_000
	c := newCalendar()
	first, previous := c.at(0, n, 0), int64(0)
	assert.Equal(t, Reference.AddDate(0, 0, -spanDays), timeOf(first))
	busy := map[int]int{}
	for i := range n {
		at := c.at(i, n, 1<<16-1)
		require.Greater(t, at, previous)
		require.Less(t, at, Reference.UnixNano())
		previous = at
		busy[timeOf(at).Hour()]++
	}
	assert.Greater(t, Reference.UnixNano()-previous, int64(0))
	assert.Less(t, Reference.UnixNano()-previous, int64(time.Hour))
	assert.Greater(t, busy[14], 4*busy[1], "working hours")
}
