package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
