package title

import (
	"math/bits"
	"slices"
	"strings"
)

// giant is a title longer than Options.GiantBytes (a title can be a whole prompt),
// or one that is not valid UTF-8.
//
// A prompt of prose repeats its words: it is cut into them like any other title,
// as long as the distinct ones make up little of its text. All others would fill
// the dictionary with words of their own: they are set aside and scanned. In
// either case a signature spares most of the readings.
type giant struct {
	doc       uint32
	unindexed bool
	sig       signature
	// long holds the long runs, each followed by a line feed: a keyword without
	// white space that is in none of the words can only be in them.
	long string
}

func newGiant(doc uint32, text string, unindexed bool) giant {
	g := giant{doc: doc, unindexed: unindexed, sig: newSignature(text)}
	if !unindexed {
		g.long = longRuns(text)
	}
	return g
}

// longRuns returns the long runs of a text, each followed by a line feed.
func longRuns(text string) string {
	var b strings.Builder
	for i := 0; ; {
		from, to := nextRun(text, i)
		if from == len(text) {
			return b.String()
		}
		if longRun(text[from:to]) {
			b.WriteString(text[from:to])
			b.WriteByte('\n')
		}
		i = to
	}
}

// A giant whose distinct words, and long runs' pairs of runes, have more than one
// byte in this many of its text is set aside.
const giantVocabulary = 2

// repetitive reports whether few distinct terms make up a text; text is its length.
func repetitive(terms []string, text int) bool {
	seen := make(map[string]struct{}, 256)
	left := text / giantVocabulary
	for _, t := range terms {
		if _, ok := seen[t]; !ok {
			seen[t] = struct{}{}
			if left -= len(t) + 1; left < 0 {
				return false
			}
		}
	}
	return true
}

// signature is a Bloom filter over every three adjacent bytes of a text, with one
// to two bits a byte of the text, up to 128 KiB. It is a power of two long.
type signature []uint64

const (
	minSignature = 1 << 4  // words
	maxSignature = 1 << 14 // words
)

func tripleHash(s string, i int) uint32 {
	return (uint32(s[i])<<16 | uint32(s[i+1])<<8 | uint32(s[i+2])) * 0x9e3779b1
}

func (s signature) place(hash uint32) (word int, bit uint) {
	h := hash >> (32 - bits.TrailingZeros(uint(len(s)*64)))
	return int(h >> 6), uint(h & 63)
}

func newSignature(text string) signature {
	n := minSignature
	for n*64 < len(text) && n < maxSignature {
		n *= 2
	}
	s := make(signature, n)
	for i := 0; i+2 < len(text); i++ {
		w, b := s.place(tripleHash(text, i))
		s[w] |= 1 << b
	}
	return s
}

const maxTriples = 64

// appendTriples appends the hashes of a keyword for mayContain: some of them, if it is
// long.
func appendTriples(hashes []uint32, keyword string) []uint32 {
	n := min(max(len(keyword)-2, 0), maxTriples)
	hashes = slices.Grow(hashes, n)
	for i := range n {
		hashes = append(hashes, tripleHash(keyword, i))
	}
	return hashes
}

func (s signature) mayContain(triples []uint32) bool {
	for _, h := range triples {
		if w, b := s.place(h); s[w]>>b&1 == 0 {
			return false
		}
	}
	return true
}
