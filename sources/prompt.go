package sources

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxTitle is the length of a title in characters; what is longer is cut and ends on
// an ellipsis.
const maxTitle = 200

// Title returns text as a title: white space collapsed, at most 200 characters, and ""
// for what programs call a session that has no title yet.
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

// defaultTitle matches what programs call a session before it has a title.
var defaultTitle = regexp.MustCompile(`^(?i:new chat|new session|new agent session|generate a title|untitled session)$|` +
	`^(?:New|Child) session - \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?$`)

// clean makes a string of a store valid: it may be cut in the middle of a character.
func clean(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// directory returns a path in the one form in which paths are compared. macOS gives
// out decomposed names.
func directory(path string) string { return norm.NFC.String(clean(path)) }
