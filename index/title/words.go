package title

import (
	"unicode"
	"unicode/utf8"
)

// A title is cut into words: maximal runs without white space (unicode.IsSpace).
// A keyword without white space therefore lies inside one word.
//
// A run that is too long to be shared with other titles would only bloat the
// dictionary: a path, a hash, a sentence of a script that does not part words. It
// is a long run, and enters the dictionary as the pairs of its adjacent runes.
// One- and two-rune keywords inside it are found as exactly as in words, longer
// ones as candidates that are then read.
const (
	maxWord     = 32 // bytes
	maxWideWord = 12 // bytes, for scripts of three bytes a rune
)

// longRun reports whether a run is kept as pairs of runes. Wide are the runes of
// three bytes, but not those from U+2000 to U+2FFF: dashes, quotation marks and
// arrows turn up inside the words of every script.
func longRun(s string) bool {
	if len(s) <= maxWideWord {
		return false
	}
	if len(s) > maxWord {
		return true
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 0xe0 && c < 0xf0 && c != 0xe2 {
			return true
		}
	}
	return false
}

// nextRun returns the bounds of the first run at or after byte i; from == len(s)
// when there is none.
func nextRun(s string, i int) (from, to int) {
	for i < len(s) {
		n := spaceAt(s, i)
		if n == 0 {
			break
		}
		i += n
	}
	from = i
	for i < len(s) && spaceAt(s, i) == 0 {
		if s[i] < utf8.RuneSelf {
			i++
		} else {
			_, n := utf8.DecodeRuneInString(s[i:])
			i += n
		}
	}
	return from, i
}

// spaceAt returns the length of the white space rune at byte i, or 0.
func spaceAt(s string, i int) int {
	c := s[i]
	if c < utf8.RuneSelf {
		if c == ' ' || c >= '\t' && c <= '\r' {
			return 1
		}
		return 0
	}
	// All other white space starts with one of these: U+0085, U+00A0; U+1680;
	// U+2000 to U+205F; U+3000.
	if c != 0xc2 && c != 0xe1 && c != 0xe2 && c != 0xe3 {
		return 0
	}
	if r, n := utf8.DecodeRuneInString(s[i:]); unicode.IsSpace(r) {
		return n
	}
	return 0
}

// parts is a title taken apart.
type parts struct {
	terms []string // of the dictionary, repeats included
	long  bool     // whether there is a long run
	bits  boundaryBits
}

// set takes a title apart.
func (p *parts) set(s string) {
	*p = parts{terms: p.terms[:0]}
	last := ""
	for i := 0; ; {
		from, to := nextRun(s, i)
		if from == len(s) {
			return
		}
		run := s[from:to]
		if longRun(run) {
			p.long = true
			p.terms = appendPairs(p.terms, run)
		} else {
			p.terms = append(p.terms, run)
		}
		if last != "" {
			p.bits |= between(last, run)
		}
		last = run
		i = to
	}
}

// appendPairs appends the pairs of adjacent runes of s, repeats included.
func appendPairs(dst []string, s string) []string {
	_, a := utf8.DecodeRuneInString(s)
	for i := 0; i+a < len(s); {
		_, b := utf8.DecodeRuneInString(s[i+a:])
		dst = append(dst, s[i:i+a+b])
		i += a
		a = b
	}
	return dst
}
