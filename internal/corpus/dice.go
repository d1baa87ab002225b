package corpus

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// dice draws numbers. It uses only the 64-bit outputs of a PCG, which are specified;
// how rand.Rand derives numbers from them is not.
type dice struct{ pcg rand.PCG }

func newDice(seed, stream uint64) dice {
	var d dice
	d.pcg.Seed(mix(seed), mix(stream^0x9e3779b97f4a7c15))
	return d
}

func (d *dice) bits64() uint64 { return d.pcg.Uint64() }

// below draws from 0 to n-1. The bias is below n/2^64.
func (d *dice) below(n int) int {
	hi, _ := bits.Mul64(d.pcg.Uint64(), uint64(n))
	return int(hi)
}

// between draws from a to b, both included.
func (d *dice) between(a, b int) int { return a + d.below(b-a+1) }

// chance returns true in n of 1,000 cases.
func (d *dice) chance(n int) bool { return d.below(1000) < n }

// byRank draws a rank from 0 up, with a probability that falls about as
// 1/(rank+1), below 2^octaves - 1: each octave is as probable as any other. This is
// Zipf's law without a table, so the supply can be arbitrarily large.
func (d *dice) byRank(octaves int) int {
	k := d.below(octaves)
	return 1<<k + d.below(1<<k) - 1
}

// mix spreads the bits of x; it is one-to-one (the finaliser of SplitMix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// weighted draws an index with given probabilities in constant time (Walker's
// alias method): each column holds its own index below a threshold, another above.
type weighted struct {
	threshold []uint32
	alias     []uint32
}

// newWeighted prepares drawing index i with probability weights[i] / their sum. The
// weights must be below 2^32 and not all 0, and there must be at least one.
func newWeighted(weights []uint64) weighted {
	n := uint64(len(weights))
	w := weighted{make([]uint32, n), make([]uint32, n)}
	var sum uint64
	for _, x := range weights {
		sum += x
	}
	// Every column holds sum units, so index i has weights[i]*n units to place.
	left := make([]uint64, n)
	var small, large []uint32
	for i, x := range weights {
		left[i] = x * n
		if left[i] < sum {
			small = append(small, uint32(i))
		} else {
			large = append(large, uint32(i))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		q, _ := bits.Div64(left[s]>>32, left[s]<<32, sum) // left[s] < sum, so q < 2^32
		w.threshold[s], w.alias[s] = uint32(q), l
		left[l] -= sum - left[s]
		if left[l] < sum {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, rest := range [][]uint32{small, large} {
		for _, i := range rest {
			w.threshold[i], w.alias[i] = math.MaxUint32, i
		}
	}
	return w
}

func (w *weighted) draw(d *dice) int {
	hi, lo := bits.Mul64(d.pcg.Uint64(), uint64(len(w.threshold)))
	if uint32(lo>>32) < w.threshold[hi] {
		return int(hi)
	}
	return int(w.alias[hi])
}

// zipf returns weights that fall as 1/(rank+offset).
func zipf(n, offset int) []uint64 {
	weights := make([]uint64, n)
	for i := range weights {
		weights[i] = (1 << 31) / uint64(i+offset)
	}
	return weights
}

// rootLaw returns weights: the first is share thousandths of all, and the
// others fall as 1/sqrt(rank): a long tail with a median near half of the mean.
func rootLaw(n, share int) []uint64 {
	weights := make([]uint64, n)
	var rest uint64
	for i := 1; i < n; i++ {
		// A square root is rounded correctly everywhere, so this is exact.
		weights[i] = (1 << 26) / uint64(math.Sqrt(float64(i)*(1<<20)))
		rest += weights[i]
	}
	weights[0] = max(1, rest*uint64(share)/uint64(1000-share))
	return weights
}
