package fold

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Loose returns s folded as String does, and beyond that what people leave out when they
// type:
//
//   - width and compatibility forms are those that they stand for: ＡＢＣ is abc, ﾊﾟ is
//     パ, ① is 1, ﬁ is fi;
//   - typographic quotation marks, dashes and spaces are those of a keyboard, and
//     invisible marks are nothing;
//   - marks are nothing on letters of the Latin, Greek and Cyrillic scripts (ё is е, but
//     й stays й), as are Hebrew points and Arabic vowel signs; ł, ø, đ, ħ and ŧ are the
//     letters without their strokes, ı is i, æ is ae and œ is oe. Marks of all other
//     scripts are part of their letters: か and が, the vowels of Devanagari and Thai.
//
// Folding what is folded changes nothing. It is safe for concurrent use.
func Loose(s string) string {
	if isASCII(s) {
		return String(s)
	}
	b := make([]byte, 0, len(s))
	LooseSegments(s)(func(_, _ int, folded []byte) bool {
		b = append(b, folded...)
		return true
	})
	return string(b)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// LooseSegments yields the segments of s, as the bytes from start up to end of it, with
// what Loose makes of each. The bytes are valid until the next step.
func LooseSegments(s string) func(yield func(start, end int, folded []byte) bool) {
	return func(yield func(int, int, []byte) bool) {
		var scratch [64]byte
		for i := 0; i < len(s); {
			start := i
			_, n := utf8.DecodeRuneInString(s[i:])
			for i += n; i < len(s) && s[i] >= utf8.RuneSelf; i += n {
				var r rune
				if r, n = utf8.DecodeRuneInString(s[i:]); !joinsLoosely(r) {
					break
				}
			}
			if !yield(start, i, appendLoose(scratch[:0], s[start:i])) {
				return
			}
		}
	}
}

// joinsLoosely reports whether a code point belongs to the segment of what is before it.
func joinsLoosely(r rune) bool {
	return propOf(r).joins || isNothing(r) || r == halfVoiced || r == halfSemiVoiced
}

// The half-width sound marks of kana compose with the kana before them.
const halfVoiced, halfSemiVoiced = 0xff9e, 0xff9f

// appendLoose appends the loose folding of a segment.
func appendLoose(out []byte, s string) []byte {
	if c := s[0]; len(s) == 1 {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		return append(out, c)
	}
	var plain strings.Builder
	s = String(s)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			plain.WriteByte(s[i])
		} else {
			for _, r := range compatible(r) {
				if t, ok := typography(r); ok {
					plain.WriteString(t)
				} else {
					plain.WriteRune(r)
				}
			}
		}
		i += n
	}
	folded := String(plain.String())
	var scratch [32]char
	cs := appendDecomposed(scratch[:0], folded)
	if !utf8.ValidString(folded) {
		return append(out, folded...)
	}
	var b [32]char
	kept := b[:0]
	base := rune(0)
	for _, c := range cs {
		if c.class == 0 {
			base = c.r
		} else if dropsMark(base, c.r) {
			continue
		}
		if t := stroked(c.r); t != "" {
			for _, r := range t {
				kept = append(kept, char{r, 0})
			}
			continue
		}
		kept = append(kept, c)
	}
	for _, c := range compose(kept) {
		out = utf8.AppendRune(out, c.r)
	}
	return out
}

// compatible returns what a code point stands for, by its compatibility decomposition.
func compatible(r rune) string {
	if 0x3131 <= r && r <= 0x318e { // Hangul letters on their own, which would become syllables
		return string(r)
	}
	if full := fullHangul(r); full != 0 {
		return string(full)
	}
	s := string(r)
	if _, ok := typography(r); ok {
		return s
	}
	d := norm.NFKD.String(s)
	if d[0] == ' ' || propOf(r).nfd == d { // a mark on nothing; or no compatibility
		return s
	}
	return d
}

// fullHangul returns the letter that a half-width one of Hangul stands for, 0 for all
// others.
func fullHangul(r rune) rune {
	switch {
	case 0xffa1 <= r && r <= 0xffbe:
		return r - 0xffa1 + 0x3131
	case 0xffc2 <= r && r <= 0xffc7:
		return r - 0xffc2 + 0x314f
	case 0xffca <= r && r <= 0xffcf:
		return r - 0xffca + 0x3155
	case 0xffd2 <= r && r <= 0xffd7:
		return r - 0xffd2 + 0x315b
	case 0xffda <= r && r <= 0xffdc:
		return r - 0xffda + 0x3161
	}
	return 0
}

// isNothing reports whether a character is left out: invisible marks, grapheme joiners
// and selectors of variations.
func isNothing(r rune) bool {
	return isInvisible(r) || r == 0x034f || 0xfe00 <= r && r <= 0xfe0f || 0xe0100 <= r && r <= 0xe01ef
}

// typography returns what the keyboard has for a typographic character, and false for
// all others.
func typography(r rune) (string, bool) {
	switch {
	case r < 0xa0:
		return "", false
	case r == 0xa0, r == 0x1680, 0x2000 <= r && r <= 0x200a, r == 0x202f, r == 0x205f, r == 0x3000:
		return " ", true
	case isNothing(r):
		return "", true
	case r == 0xb4, 0x2018 <= r && r <= 0x201b, r == 0x2032, r == 0x2035, r == 0x02b9, 0x02bb <= r && r <= 0x02bd:
		return "'", true
	case r == 0xab, r == 0xbb, 0x201c <= r && r <= 0x201f, r == 0x2033, r == 0x2036, 0x301d <= r && r <= 0x301f:
		return "\"", true
	case 0x2010 <= r && r <= 0x2015, r == 0x2043, r == 0x2212, r == 0xfe58, r == 0xfe63, r == 0xff0d:
		return "-", true
	case r == 0x2044, r == 0x2215:
		return "/", true
	}
	return "", false
}

// stroked returns the letters that a folded one is without its stroke, its missing dot
// or its ligature; "" for all others.
func stroked(r rune) string {
	switch r {
	case 'ł':
		return "l"
	case 'ø':
		return "o"
	case 'đ':
		return "d"
	case 'ħ':
		return "h"
	case 'ŧ':
		return "t"
	case 'ı':
		return "i"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	}
	return ""
}

// dropsMark reports whether a mark on a letter is nothing.
func dropsMark(base, mark rune) bool {
	switch {
	case base < 0x250 && isLatin(base), 0x1d00 <= base && base <= 0x1dbf, 0x250 <= base && base <= 0x2af,
		0x1e00 <= base && base <= 0x1eff, 0x2c60 <= base && base <= 0x2c7f, 0xa720 <= base && base <= 0xa7ff:
		return true
	case 0x370 <= base && base <= 0x3ff, 0x1f00 <= base && base <= 0x1fff:
		return true
	case 0x400 <= base && base <= 0x52f, 0x1c80 <= base && base <= 0x1c8f, 0xa640 <= base && base <= 0xa69f:
		return base != 'и' || mark != 0x306
	case 0x5d0 <= base && base <= 0x5f2:
		return 0x591 <= mark && mark <= 0x5c7
	case 0x620 <= base && base <= 0x6ff, 0x750 <= base && base <= 0x77f, 0x8a0 <= base && base <= 0x8ff:
		return 0x64b <= mark && mark <= 0x652 || mark == 0x670
	}
	return false
}

func isLatin(r rune) bool {
	return 'a' <= r && r <= 'z' || r >= 0xc0 && r != 0xd7 && r != 0xf7
}
