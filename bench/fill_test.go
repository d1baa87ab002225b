package main

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/query"
)

func TestAStoreLoadedInPartsIsTheSame(t *testing.T) {
	d := worlds["default"]
	sample, err := d.sample(sampleSize)
	require.NoError(t, err)
	ids := func(part int, again bool) []string {
		c, err := newOurs("")
		require.NoError(t, err)
		defer func() { assert.NoError(t, c.close()) }()
		loader := task{Data: d, Part: part}
		assert.Equal(t, part == 300, loader.inParts())
		f, err := loader.fill(c)
		require.NoError(t, err)
		all, err := d.collect()
		require.NoError(t, err)
		assert.Equal(t, ownBytesOf(all), f.own)
		assert.Positive(t, f.spent)
		require.NoError(t, settleIn(c, newUpdates(slices.Clone(sample))))
		if again {
			require.NoError(t, c.(forgetter).forget(func() error { return loader.refill(c, sample) }))
		}
		var out []string
		for s, err := range c.(*ours).engine.All(t.Context(), query.Query{IncludeSubSessions: true, IncludeTaskSessions: true}) {
			require.NoError(t, err)
			out = append(out, sessionLine(s))
		}
		return out
	}
	whole := ids(0, false)
	require.Len(t, whole, d.N)
	assert.Equal(t, whole, ids(300, false), "in parts")
	assert.Equal(t, whole, ids(300, true), "in parts, and once more after forgetting")
	assert.Equal(t, whole, ids(0, true), "as a whole, once more after forgetting")
	assert.Equal(t, whole, ids(1000, true), "of no more than twice a part")
}

func TestASpellSeesGarbageBeingCollected(t *testing.T) {
	held := make([][]byte, 1000)
	end := beginSpell()
	for i := range 200_000 {
		held[i%len(held)] = make([]byte, 4096)
	}
	s := end()
	assert.Positive(t, s.Cycles)
	assert.Positive(t, s.Pause)
	assert.GreaterOrEqual(t, s.Bytes, int64(200_000*4096))
	assert.GreaterOrEqual(t, s.LiveBytes, int64(1000*4096))
	assert.Positive(t, s.LiveObjects)
	assert.Positive(t, s.Busy)
	assert.Positive(t, s.Full)
	for _, share := range []float64{s.share(), s.reckoned()} {
		assert.True(t, share >= 0 && share <= 1, "%v", share)
	}
	assert.Len(t, held, 1000)

	idle := beginSpell()()
	assert.Zero(t, idle.Cycles, "the forced ones do not count")
	assert.Zero(t, idle.Collector)
}

func TestColdCachesAreAskedTheSame(t *testing.T) {
	d := worlds["default"]
	qs, sample := plan(t, d)
	c := filled(t, entrants()[1], d, sample)
	asked := 0
	for _, q := range qs {
		if !q.warms() {
			continue
		}
		asked++
		w, err := hotAndCold(t.Context(), c, q, limits{Budget: 20 * time.Millisecond, Most: 10}, make(sweep, 1000))
		require.NoError(t, err)
		assert.GreaterOrEqual(t, w.Hot.Calls, 3, q.Name)
		assert.GreaterOrEqual(t, w.Cold.Calls, 5, q.Name)
	}
	assert.Greater(t, asked, 8)
}
