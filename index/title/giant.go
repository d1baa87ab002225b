package title

import "strings"

// giant is a title that is not cut into words: it is longer than
// Options.GiantBytes (a title can be a whole prompt), or it is not valid UTF-8. It
// is scanned, unless its signature shows that the keyword can't be in it.
type giant struct {
	doc uint32
	sig *signature
}

// signature has a bit set for every pair of adjacent bytes of a text, by a hash of
// the pair. A few thousand bytes of prose set one bit in eight.
type signature [signatureWords]uint64

const signatureWords = 64

func pairBit(a, b byte) (word, bit uint) {
	h := (uint32(a)<<8 | uint32(b)) * 0x9e3779b1 >> 20 // 12 bits
	return uint(h >> 6), uint(h & 63)
}

func newGiant(doc uint32, text string) giant {
	g := giant{doc, new(signature)}
	g.sig.add(text)
	return g
}

func (s *signature) add(text string) {
	for i := 1; i < len(text); i++ {
		w, b := pairBit(text[i-1], text[i])
		s[w] |= 1 << b
	}
}

// contains reports whether the title contains the keyword, whose signature is k.
func (g giant) contains(text, keyword string, k *signature) bool {
	for i, w := range k {
		if w&^g.sig[i] != 0 {
			return false
		}
	}
	return strings.Contains(text, keyword)
}
