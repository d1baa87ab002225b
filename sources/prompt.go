package sources

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxTitle is the length of the longest title in characters; a longer one is cut and
// ends in an ellipsis.
const maxTitle = 200

// Title returns text as a title: white space collapsed and at most 200 characters. It
// returns "" for the default titles of programs.
func Title(text string) string {
	var b strings.Builder
	runes, space := 0, false
	for _, r := range text {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			space = runes > 0
			continue
		}
		if space {
			if runes >= maxTitle {
				b.WriteRune('…')
				break
			}
			b.WriteByte(' ')
			runes++
			space = false
		}
		if runes >= maxTitle {
			b.WriteRune('…')
			break
		}
		b.WriteRune(r) // an invalid byte becomes U+FFFD
		runes++
	}
	t := b.String()
	if defaultTitle.MatchString(t) {
		return ""
	}
	return t
}

// defaultTitle matches the names that programs give to a session before it has a title.
var defaultTitle = regexp.MustCompile(`^(?i:new chat|new session|new agent session|generate a title|untitled session)$|` +
	`^(?:New|Child) session - \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?$`)

// clean makes a string from a store valid UTF-8: it may have been cut in the middle of
// a character.
func clean(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// directory normalises a path for comparison, since macOS returns decomposed names.
func directory(path string) string { return norm.NFC.String(clean(path)) }
