package index

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/schema"
)

func TestATallyUnderRandomChanges(t *testing.T) {
	r := newRand(t)
	const bins = int(schema.NumClasses) + maxCombos
	want := make([]int, bins)
	var now tally
	for range 2000 {
		before, was := now, now.all()
		var deltas []delta
		for range r.IntN(6) {
			p := r.IntN(40)
			if r.IntN(20) == 0 {
				p = r.IntN(bins)
			}
			if want[p] > 0 && r.IntN(2) == 0 {
				want[p]--
				deltas = append(deltas, delta(p)|less)
			} else {
				want[p]++
				deltas = append(deltas, delta(p))
			}
		}
		now = now.plus(deltas)
		require.True(t, slicesEqual(was, before.all()), "what others may hold stays as it was")

		for _, first := range []uint16{0, 4, uint16(schema.NumClasses)} {
			var holds comboSet
			var places []uint16
			n := 0
			for p := range uint16(maxCombos) {
				if r.IntN(2) == 0 {
					holds.add(p)
					places = append(places, p)
					n += want[first+p]
				}
			}
			require.Equal(t, n, now.sum(first, places, &holds))
		}
		var sum tally
		sum.add(&now)
		require.True(t, sum.same(now))
	}
}

func slicesEqual(a, b []uint32) bool { return tally{counts: a}.same(tally{counts: b}) }
