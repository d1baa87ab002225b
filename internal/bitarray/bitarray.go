// Package bitarray has the loops over arrays of bits that sets, searches and columns
// are made of. A limb is 64 bits of one.
//
// The loops go by eights with constant bounds, which spares the check of each index:
// twice as fast as ranging.
package bitarray

import (
	"math/bits"
	"slices"
)

// Limbs returns the length of an array for n bits.
func Limbs(n int) int { return (n + 63) >> 6 }

// Or adds the bits of src, which must not be longer, to dst.
func Or(dst, src []uint64) {
	dst = dst[:len(src)]
	for len(src) >= 8 {
		d, s := (*[8]uint64)(dst), (*[8]uint64)(src)
		d[0] |= s[0]
		d[1] |= s[1]
		d[2] |= s[2]
		d[3] |= s[3]
		d[4] |= s[4]
		d[5] |= s[5]
		d[6] |= s[6]
		d[7] |= s[7]
		dst, src = dst[8:], src[8:]
	}
	for i, w := range src {
		dst[i] |= w
	}
}

// And leaves those bits in dst that src, which must not be shorter, has too.
func And(dst, src []uint64) {
	src = src[:len(dst)]
	for len(dst) >= 8 {
		d, s := (*[8]uint64)(dst), (*[8]uint64)(src)
		d[0] &= s[0]
		d[1] &= s[1]
		d[2] &= s[2]
		d[3] &= s[3]
		d[4] &= s[4]
		d[5] &= s[5]
		d[6] &= s[6]
		d[7] &= s[7]
		dst, src = dst[8:], src[8:]
	}
	for i := range dst {
		dst[i] &= src[i]
	}
}

// AndNot takes the bits of src, which must not be longer, out of dst.
func AndNot(dst, src []uint64) {
	dst = dst[:len(src)]
	for len(src) >= 8 {
		d, s := (*[8]uint64)(dst), (*[8]uint64)(src)
		d[0] &^= s[0]
		d[1] &^= s[1]
		d[2] &^= s[2]
		d[3] &^= s[3]
		d[4] &^= s[4]
		d[5] &^= s[5]
		d[6] &^= s[6]
		d[7] &^= s[7]
		dst, src = dst[8:], src[8:]
	}
	for i, w := range src {
		dst[i] &^= w
	}
}

// AndEither leaves those bits in dst that a or b has, which must not be shorter.
func AndEither(dst, a, b []uint64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for len(dst) >= 8 {
		d, s, t := (*[8]uint64)(dst), (*[8]uint64)(a), (*[8]uint64)(b)
		d[0] &= s[0] | t[0]
		d[1] &= s[1] | t[1]
		d[2] &= s[2] | t[2]
		d[3] &= s[3] | t[3]
		d[4] &= s[4] | t[4]
		d[5] &= s[5] | t[5]
		d[6] &= s[6] | t[6]
		d[7] &= s[7] | t[7]
		dst, a, b = dst[8:], a[8:], b[8:]
	}
	for i := range dst {
		dst[i] &= a[i] | b[i]
	}
}

// Not turns every bit over.
func Not(dst []uint64) {
	for i := range dst {
		dst[i] = ^dst[i]
	}
}

// Count returns the number of bits that are set.
func Count(a []uint64) int {
	n := 0
	for len(a) >= 8 {
		w := (*[8]uint64)(a)
		n += bits.OnesCount64(w[0]) + bits.OnesCount64(w[1]) + bits.OnesCount64(w[2]) + bits.OnesCount64(w[3]) +
			bits.OnesCount64(w[4]) + bits.OnesCount64(w[5]) + bits.OnesCount64(w[6]) + bits.OnesCount64(w[7])
		a = a[8:]
	}
	for _, w := range a {
		n += bits.OnesCount64(w)
	}
	return n
}

// CountBoth returns the number of bits that are set in both, of which b must not be shorter.
func CountBoth(a, b []uint64) int {
	b = b[:len(a)]
	n := 0
	for len(a) >= 8 {
		v, w := (*[8]uint64)(a), (*[8]uint64)(b)
		n += bits.OnesCount64(v[0]&w[0]) + bits.OnesCount64(v[1]&w[1]) + bits.OnesCount64(v[2]&w[2]) + bits.OnesCount64(v[3]&w[3]) +
			bits.OnesCount64(v[4]&w[4]) + bits.OnesCount64(v[5]&w[5]) + bits.OnesCount64(v[6]&w[6]) + bits.OnesCount64(v[7]&w[7])
		a, b = a[8:], b[8:]
	}
	for i, w := range a {
		n += bits.OnesCount64(w & b[i])
	}
	return n
}

// Clear takes out all bits from bit n on.
func Clear(a []uint64, n int) {
	i := n >> 6
	if i < len(a) && n&63 != 0 {
		a[i] &= 1<<(n&63) - 1
		i++
	}
	if i < len(a) {
		clear(a[i:])
	}
}

// Append appends the positions of the bits that are set, each with base added. There
// must be no more than upperBound of them.
func Append(list []uint32, a []uint64, base uint32, upperBound int) []uint32 {
	// Where a limb has about one bit, the processor guesses wrong at every other limb
	// whether there is another one. So two are written without asking, and overwritten
	// if they were none.
	const blind = 2
	k := len(list)
	list = slices.Grow(list, upperBound+blind)
	out := list[:cap(list)]
	for i, w := range a {
		if w == 0 && upperBound < len(a)/3 {
			continue // as most limbs are, which is guessed right
		}
		at := base + uint32(i<<6)
		next := k + bits.OnesCount64(w)
		two := (*[blind]uint32)(out[k:])
		two[0] = at + uint32(bits.TrailingZeros64(w))
		w &= w - 1
		two[1] = at + uint32(bits.TrailingZeros64(w))
		for k += blind; k < next; k++ {
			w &= w - 1
			out[k] = at + uint32(bits.TrailingZeros64(w))
		}
		k = next
	}
	return out[:k]
}
