package jsontext

import (
	"math/bits"
	"strings"
)

// Walk walks the members of an object that is known to be valid, which is much faster
// than checking it again, since only the ends of tokens have to be found. For other text
// it yields nonsense, but it ends and does not panic.
type Walk struct {
	text                                     string // between the braces
	nameBegin, nameEnd, valueBegin, valueEnd int    // of the member, quotes included
}

// WalkObject returns a walk positioned before the first member of the object.
func WalkObject(object string) Walk {
	from, to := 0, len(object)
	for from < to && IsSpace(object[from]) {
		from++
	}
	for from < to && IsSpace(object[to-1]) {
		to--
	}
	if to-from < len(`{}`) || object[from] != '{' || object[to-1] != '}' {
		return Walk{}
	}
	from, to = from+1, to-1
	for from < to && IsSpace(object[from]) {
		from++
	}
	for from < to && IsSpace(object[to-1]) {
		to--
	}
	return Walk{text: object[from:to]}
}

// Next moves to the next member; false at the end, or if the text is not an object after
// all.
func (w *Walk) Next() bool {
	text, i := w.text, w.valueEnd
	for i < len(text) && (text[i] == ',' || IsSpace(text[i])) {
		i++
	}
	if i >= len(text) || text[i] != '"' {
		return false
	}
	w.nameBegin = i
	i = stringEnd(text, i)
	w.nameEnd = i
	for i < len(text) && (text[i] == ':' || IsSpace(text[i])) {
		i++
	}
	w.valueBegin = i
	w.valueEnd = valueEnd(text, i)
	return w.valueEnd > i
}

// MembersOf returns the text between the braces of an object.
func MembersOf(object string) string { return WalkObject(object).text }

// Member returns the member's text, name and value.
func (w *Walk) Member() string { return w.text[w.nameBegin:w.valueEnd] }

// QuotedName returns the text of the member's name.
func (w *Walk) QuotedName() string { return w.text[w.nameBegin:w.nameEnd] }

// Value returns the text of the member's value, which is not empty.
func (w *Walk) Value() string { return w.text[w.valueBegin:w.valueEnd] }

// Name returns the member's name, unescaped.
func (w *Walk) Name() string {
	name := w.text[w.nameBegin+1 : w.nameEnd-1]
	if strings.IndexByte(name, '\\') >= 0 {
		return Unquoted(w.text[w.nameBegin:w.nameEnd])
	}
	return name
}

// Unquoted returns the decoded form of a valid JSON string with its quotes.
func Unquoted(quoted string) string {
	text, _ := AppendUnescaped(nil, quoted[1:len(quoted)-1])
	return string(text)
}

// stringEnd returns where the string that begins at i ends.
func stringEnd(text string, i int) int {
	for i++; i < len(text); {
		if i+8 <= len(text) {
			special := specialBytes(load64(text, i))
			if special == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(special) / 8
		}
		switch text[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
		i++
	}
	return len(text)
}

// valueEnd returns where the value that begins at i ends.
func valueEnd(text string, i int) int {
	if i >= len(text) {
		return i
	}
	switch text[i] {
	case '"':
		return stringEnd(text, i)
	case '{', '[':
		return containerEnd(text, i)
	}
	for i < len(text) && text[i] != ',' && text[i] != ']' && !IsSpace(text[i]) {
		i++
	}
	return i
}

func containerEnd(text string, i int) int {
	for depth := 0; i < len(text); {
		switch text[i] {
		case '"':
			i = stringEnd(text, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return len(text)
}

// AppendMembers appends what MembersOf or Walk.Member returned after a comma, as it is;
// only if it has line breaks, the white space between its tokens is dropped. It appends
// nothing if there are no members.
func AppendMembers(dst []byte, members string) []byte {
	if members == "" {
		return dst
	}
	dst = append(dst, ',')
	if strings.IndexByte(members, '\n') < 0 && strings.IndexByte(members, '\r') < 0 {
		return append(dst, members...)
	}
	return AppendCompact(dst, members)
}
