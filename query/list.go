package query

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The lists of bracket conditions (f[in]=a,b) can hold any value: a backslash before a
// comma, a backslash or white space makes that part of the value; before anything else
// it is a character like others. White space around values that is not so marked is
// trimmed, and empty values are dropped.

// splitList cuts such a list.
func splitList(list string) (values []string) {
	var b strings.Builder
	marked := 0 // how much of b is kept from trimming
	add := func() {
		all := b.String()
		head, tail := all[:marked], strings.TrimRightFunc(all[marked:], unicode.IsSpace)
		if value := head + tail; value != "" {
			values = append(values, value)
		}
		b.Reset()
		marked = 0
	}
	for len(list) > 0 {
		r, size := utf8.DecodeRuneInString(list)
		if r == '\\' {
			if next, n := utf8.DecodeRuneInString(list[1:]); next == ',' || next == '\\' || unicode.IsSpace(next) {
				b.WriteString(list[1 : 1+n])
				marked = b.Len()
				list = list[1+n:]
				continue
			}
		}
		switch {
		case r == ',':
			add()
		case b.Len() == 0 && unicode.IsSpace(r): // in front of the value
		default:
			b.WriteString(list[:size])
		}
		list = list[size:]
	}
	add()
	return values
}

// joinList writes values, none of them "", so that splitList gives them back.
func joinList(values []string) string {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		appendListValue(&b, v)
	}
	return b.String()
}

func appendListValue(b *strings.Builder, v string) {
	inner := strings.TrimRightFunc(v, unicode.IsSpace)
	for at, r := range v {
		edge := unicode.IsSpace(r) && (at == 0 || at >= len(inner) || strings.TrimSpace(v[:at]) == "")
		if r == ',' || r == '\\' || edge {
			b.WriteByte('\\')
		}
		_, size := utf8.DecodeRuneInString(v[at:])
		b.WriteString(v[at : at+size])
	}
}

// exactSet returns the values sorted, without duplicates and without "", which no
// session has. Values that are so already are shared.
func exactSet(values []string) []string {
	sorted := true
	for i, v := range values {
		if v == "" || i > 0 && values[i-1] >= v {
			sorted = false
			break
		}
	}
	if sorted {
		return values
	}
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	slices.Sort(values)
	return slices.Compact(values)
}
