package index

import (
	"math/rand/v2"
	"testing"

	"github.com/sessiondex/sessiondex/index/set"
)

// BenchmarkColumnWithin finds a range in a million numbers without an order.
func BenchmarkColumnWithin(b *testing.B) {
	const n = 1 << 20
	r := rand.New(rand.NewPCG(1, 1))
	c, e := new(column), set.Epoch(1)
	for i := range uint32(n) {
		c.set(e, i, cell{hi: sortable(float64(r.IntN(1_000_000)))})
	}
	bounds := NumberBounds(400_000, false, 500_000, false)
	into := make([]uint64, n/64)
	for b.Loop() {
		clear(into)
		c.within(bounds.lo, bounds.hi, into)
	}
}
