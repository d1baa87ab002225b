package shell

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// candidateOf is a segment of live texts and deleted ones.
func candidateOf(texts, deleted int) candidate[*plain] {
	d := &Docs{N: texts}
	s := SegmentView[*plain]{sealed: &sealed[*plain]{&plain{d}, d, nil, false}}
	for doc := range uint32(deleted) {
		s.Deleted = s.Deleted.Add(0, doc)
	}
	return candidate[*plain]{s, texts - deleted}
}

func sizes(pick []candidate[*plain]) (live []int) {
	for _, c := range pick {
		live = append(live, c.live)
	}
	return live
}

func TestPlanMerge(t *testing.T) {
	o, err := (&Options{SealTitles: 10, FanOut: 3, MaxSegment: 1000}).withDefaults()
	require.NoError(t, err)
	for _, c := range []struct {
		name   string
		all    []candidate[*plain]
		titles int
		want   []int
	}{
		{"nothing", nil, 0, nil},
		{"too few of a size", []candidate[*plain]{candidateOf(10, 0), candidateOf(12, 0), candidateOf(100, 0)}, 10_000, nil},
		{"enough of a size", []candidate[*plain]{candidateOf(12, 0), candidateOf(100, 0), candidateOf(5, 0), candidateOf(10, 0)}, 10_000, []int{5, 10, 12}},
		{"enough of a larger size", []candidate[*plain]{candidateOf(100, 0), candidateOf(120, 0), candidateOf(5, 0), candidateOf(110, 0)}, 10_000, []int{100, 110, 120}},
		{"as many as there is room for", []candidate[*plain]{candidateOf(400, 0), candidateOf(300, 0), candidateOf(450, 0), candidateOf(350, 0)}, 10_000, []int{300, 350}},
		{"the largest are done", []candidate[*plain]{candidateOf(600, 0), candidateOf(700, 0), candidateOf(800, 0)}, 10_000, nil},
		{"a small store has smaller ones", []candidate[*plain]{candidateOf(200, 0), candidateOf(250, 0), candidateOf(300, 0)}, 1200, nil},
		{"a quarter deleted is borne", []candidate[*plain]{candidateOf(100, 25)}, 10_000, nil},
		{"more is not", []candidate[*plain]{candidateOf(600, 0), candidateOf(100, 26)}, 10_000, []int{74}},
		{"the worst first, and small ones with it", []candidate[*plain]{candidateOf(100, 26), candidateOf(900, 500), candidateOf(20, 0), candidateOf(700, 0)}, 10_000, []int{400, 20, 74}},
		{"all deleted", []candidate[*plain]{candidateOf(100, 100)}, 0, []int{0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, sizes(planMerge(&o, c.all, c.titles)))
		})
	}
}

// There are few segments then, none too large, with few deleted texts.
func TestPlanningEnds(t *testing.T) {
	o, err := (&Options{SealTitles: 8, FanOut: 4, MaxSegment: 4096}).withDefaults()
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(3, 4))
	var all []candidate[*plain]
	titles, written := 0, 0
	for range 20_000 {
		n := 8 + r.IntN(8)
		all = append(all, candidateOf(n, 0))
		titles += n
		written += n
		for k := range all { // some are deleted
			c := &all[k]
			if r.IntN(4) == 0 && c.live > 0 {
				d := 1 + r.IntN(1+c.live/100)
				titles -= d
				*c = candidateOf(c.Len(), c.Deleted.Len()+d)
			}
		}
		for {
			pick := planMerge(&o, all, titles)
			if pick == nil {
				break
			}
			sum := 0
			rest := all[:0:0]
			for _, c := range all {
				merged := false
				for _, p := range pick {
					merged = merged || p.sealed == c.sealed
				}
				if merged {
					sum += c.live
				} else {
					rest = append(rest, c)
				}
			}
			require.LessOrEqual(t, sum, o.MaxSegment)
			written += sum
			all = rest
			if sum > 0 {
				all = append(all, candidateOf(sum, 0))
			}
		}
		deleted := 0
		for _, c := range all {
			deleted += c.Deleted.Len()
		}
		require.LessOrEqual(t, 3*deleted, titles+3)
		require.LessOrEqual(t, len(all), 3*6+8)
	}
	assert.Less(t, written, 40*20_000*12, "the same titles are written too often")
}
