package schema

import (
	"cmp"
	"strings"
)

// Path returns the names that lead to the field's value, from the session's JSON
// object inwards.
func (f *Field) Path() []string {
	return splitMember(cmp.Or(f.Member, f.Name))
}

// splitMember splits a path at its dots. A backslash escapes a dot or a backslash;
// before any other character it is literal.
func splitMember(member string) (path []string) {
	var part strings.Builder
	for i := 0; i < len(member); i++ {
		switch c := member[i]; {
		case c == '\\' && i+1 < len(member) && (member[i+1] == '.' || member[i+1] == '\\'):
			i++
			part.WriteByte(member[i])
		case c == '.':
			path = append(path, part.String())
			part.Reset()
		default:
			part.WriteByte(c)
		}
	}
	return append(path, part.String())
}
