package fold

import (
	"strings"
	"unicode"
)

// Trim removes surrounding white space and invisible marks from a keyword: what comes
// along when text is pasted (byte order marks, zero-width characters, marks of writing
// direction), in any order.
func Trim(keyword string) string { return strings.TrimFunc(keyword, isSurrounding) }

// Terms splits a keyword at white space into trimmed terms, without empty ones.
func Terms(keyword string) []string {
	terms := strings.Fields(keyword)
	n := 0
	for _, term := range terms {
		if term = Trim(term); term != "" {
			terms[n] = term
			n++
		}
	}
	return terms[:n]
}

func isSurrounding(r rune) bool { return unicode.IsSpace(r) || isInvisible(r) }

// isInvisible reports whether a character is one that nobody sees in front of a text or
// behind it, and that says nothing there.
func isInvisible(r rune) bool {
	switch {
	case r == 0xfeff, // byte order mark, zero-width no-break space
		r == 0x00ad,                // soft hyphen
		r == 0x061c,                // Arabic letter mark
		r == 0x180e,                // Mongolian vowel separator
		0x200b <= r && r <= 0x200f, // zero-width space, non-joiner, joiner; left-to-right, right-to-left mark
		0x202a <= r && r <= 0x202e, // embeddings and overrides of direction
		0x2060 <= r && r <= 0x2064, // word joiner, invisible operators
		0x2066 <= r && r <= 0x206f: // isolates of direction, deprecated format characters
		return true
	}
	return false
}
