package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

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
