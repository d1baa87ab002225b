package title

import (
	"math/bits"
	"slices"
)

// Loops over bit arrays. They go by eights with constant bounds, which spares the
// checks of each index: twice as fast as ranging.

// wordsFor returns the length of a bit array for n bits.
func wordsFor(n int) int { return (n + 63) >> 6 }

// orWords adds the bits of src, which is no longer than dst.
func orWords(dst, src []uint64) {
	n := len(src) &^ 7
	for i := 0; i < n; i += 8 {
		d, s := (*[8]uint64)(dst[i:]), (*[8]uint64)(src[i:])
		d[0] |= s[0]
		d[1] |= s[1]
		d[2] |= s[2]
		d[3] |= s[3]
		d[4] |= s[4]
		d[5] |= s[5]
		d[6] |= s[6]
		d[7] |= s[7]
	}
	for i := n; i < len(src); i++ {
		dst[i] |= src[i]
	}
}

// andWords takes out of dst what is not in src, which is as long.
func andWords(dst, src []uint64) {
	n := len(src) &^ 7
	for i := 0; i < n; i += 8 {
		d, s := (*[8]uint64)(dst[i:]), (*[8]uint64)(src[i:])
		d[0] &= s[0]
		d[1] &= s[1]
		d[2] &= s[2]
		d[3] &= s[3]
		d[4] &= s[4]
		d[5] &= s[5]
		d[6] &= s[6]
		d[7] &= s[7]
	}
	for i := n; i < len(src); i++ {
		dst[i] &= src[i]
	}
}

// countBits returns the number of set bits.
func countBits(words []uint64) int {
	n := 0
	for len(words) >= 8 {
		w := (*[8]uint64)(words)
		n += bits.OnesCount64(w[0]) + bits.OnesCount64(w[1]) + bits.OnesCount64(w[2]) + bits.OnesCount64(w[3]) +
			bits.OnesCount64(w[4]) + bits.OnesCount64(w[5]) + bits.OnesCount64(w[6]) + bits.OnesCount64(w[7])
		words = words[8:]
	}
	for _, w := range words {
		n += bits.OnesCount64(w)
	}
	return n
}

// appendBits appends the places of the set bits, which are at most so many, each
// with base added.
func appendBits(list []uint32, words []uint64, base uint32, most int) []uint32 {
	// Where a word has about one bit, the processor guesses wrong at every other
	// word whether there is another one. So two are written without asking, and
	// overwritten if they were none.
	const blind = 2
	k := len(list)
	list = slices.Grow(list, most+blind)
	out := list[:cap(list)]
	for i, w := range words {
		if w == 0 && most < len(words)/3 {
			continue // as most are, which is guessed right
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
