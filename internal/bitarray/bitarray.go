// Package bitarray has the loops over bit arrays for sets, searches and columns. A limb
// is 64 bits of a bit array.
//
// The loops process eight limbs at a time with constant bounds, which eliminates bounds
// checks: twice as fast as ranging.
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

// And clears the bits in dst that src, which must not be shorter, does not have.
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

// AndNot clears in dst the bits of src, which must not be longer.
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

// AndEither clears the bits in dst that neither a nor b has; a and b must not be
// shorter.
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

// Not inverts every bit.
func Not(dst []uint64) {
	for i := range dst {
		dst[i] = ^dst[i]
	}
}

// Count returns the number of set bits.
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

// CountBoth returns the number of bits set in both a and b; b must not be shorter.
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

// Clear clears all bits from bit n on.
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

// Append appends the indexes of the set bits, each with base added. There must be at
// most upperBound set bits.
func Append(list []uint32, a []uint64, base uint32, upperBound int) []uint32 {
	// If limbs have about one bit each, the branch on a further bit is mispredicted at
	// every other limb. So the loop writes two indexes without a branch, and overwrites
	// those that do not exist.
	const blind = 2
	k := len(list)
	list = slices.Grow(list, upperBound+blind)
	out := list[:cap(list)]
	for i, w := range a {
		if w == 0 && upperBound < len(a)/3 {
			continue // the usual case, which is predicted right
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
