package bitarray_test

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/bitarray"
	"github.com/sessiondex/sessiondex/internal/testrand"
)

func random(r *rand.Rand, n int) []uint64 {
	a := make([]uint64, n)
	for i := range a {
		if a[i] = r.Uint64(); r.IntN(3) == 0 {
			a[i] = 0
		}
	}
	return a
}

// All lengths around multiples of eight.
func TestLoopsAgreeWithOneLimbAtATime(t *testing.T) {
	r := testrand.New(t)
	for n := range 40 {
		a, b, c := random(r, n), random(r, n), random(r, n)
		for _, loop := range []struct {
			name string
			run  func(dst []uint64)
			one  func(i int) uint64
		}{
			{"Or", func(d []uint64) { bitarray.Or(d, b) }, func(i int) uint64 { return a[i] | b[i] }},
			{"And", func(d []uint64) { bitarray.And(d, b) }, func(i int) uint64 { return a[i] & b[i] }},
			{"AndNot", func(d []uint64) { bitarray.AndNot(d, b) }, func(i int) uint64 { return a[i] &^ b[i] }},
			{"AndEither", func(d []uint64) { bitarray.AndEither(d, b, c) }, func(i int) uint64 { return a[i] & (b[i] | c[i]) }},
			{"Not", bitarray.Not, func(i int) uint64 { return ^a[i] }},
		} {
			got, want := slices.Clone(a), make([]uint64, n)
			loop.run(got)
			for i := range want {
				want[i] = loop.one(i)
			}
			require.Equal(t, want, append([]uint64{}, got...), "%s of %d", loop.name, n)
		}
		ones, both := 0, 0
		for i := range a {
			ones += bits.OnesCount64(a[i])
			both += bits.OnesCount64(a[i] & b[i])
		}
		require.Equal(t, ones, bitarray.Count(a))
		require.Equal(t, both, bitarray.CountBoth(a, b))
	}
}

// A shorter second array leaves the rest of the first alone.
func TestOrAndAndNotOfAShorterArray(t *testing.T) {
	r := testrand.New(t)
	a, b := random(r, 20), random(r, 11)
	got := slices.Clone(a)
	bitarray.Or(got, b)
	require.Equal(t, a[11:], got[11:])
	got = slices.Clone(a)
	bitarray.AndNot(got, b)
	require.Equal(t, a[11:], got[11:])
}

func TestClearAndAppendAgreeWithOneBitAtATime(t *testing.T) {
	r := testrand.New(t)
	for range 200 {
		a := random(r, r.IntN(20))
		n := r.IntN(len(a)*64 + 70)
		var want []uint32
		for i := range min(n, len(a)*64) {
			if a[i>>6]>>(i&63)&1 != 0 {
				want = append(want, uint32(i)+1000)
			}
		}
		bitarray.Clear(a, n)
		require.Equal(t, len(want), bitarray.Count(a))
		got := bitarray.Append([]uint32{7}, a, 1000, len(want)+r.IntN(3))
		require.Equal(t, append([]uint32{7}, want...), got)
	}
	require.Equal(t, 2, bitarray.Limbs(65))
	require.Equal(t, 1, bitarray.Limbs(64))
	require.Zero(t, bitarray.Limbs(0))
}
