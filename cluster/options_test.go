package cluster

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOptionsListEveryFault(t *testing.T) {
	_, err := (&Options{
		Stream: "a.b", Name: "x y", Replicas: 6, PartitionCount: 4, Partitions: []int{0, 4, 0}, TombstoneTTL: 1500 * time.Millisecond, MaxLag: time.Millisecond,
	}).withDefaults()
	require.Error(t, err)
	for _, want := range []string{
		`Stream must be at most 128 letters, digits, '-' and '_', got "a.b"`, `got "x y"`, "Replicas must be from 1 to 5, got 6", "Partitions[1] must be from 0 to 3, got 4",
		"Partitions[2] is there twice, got 0", "TombstoneTTL must be whole seconds, at least one, got 1.5s", "MaxLag must be 0 or at least 100ms, got 1ms",
	} {
		assert.ErrorContains(t, err, want)
	}
	_, err = (&Options{PartitionCount: -1}).withDefaults()
	assert.ErrorContains(t, err, "PartitionCount must be from 1 to 4096, got -1")
}

func TestOptionsHaveDefaults(t *testing.T) {
	var none *Options
	o, err := none.withDefaults()
	require.NoError(t, err)
	assert.Equal(t, "SESSIONS", o.Stream)
	assert.Equal(t, 3, o.Replicas)
	assert.Equal(t, []int{0}, o.Partitions)
	assert.Equal(t, 7*24*time.Hour, o.TombstoneTTL)
	assert.NotEmpty(t, o.Name)
	o, err = (&Options{PartitionCount: 4, Partitions: []int{3, 1}}).withDefaults()
	require.NoError(t, err)
	assert.Equal(t, []int{1, 3}, o.Partitions)
	assert.True(t, o.holds(3))
	assert.False(t, o.holds(2))
}
