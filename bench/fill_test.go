package main

import (
	"slices"
	"testing"

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
