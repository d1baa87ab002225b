package main

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// cells returns how many columns of a terminal a line takes: two for wide
// characters, none for marks that combine with the one before.
func cells(s string) int {
	n := 0
	var m cellMeter
	for _, r := range s {
		n += m.add(r)
	}
	return n
}

// cutCells cuts a line to at most n columns, and shows by … that it did.
func cutCells(s string, n int) string {
	if cells(s) <= n {
		return s
	}
	var m cellMeter
	used := 0
	for i, r := range s {
		c := m.add(r)
		if used+c > n-1 {
			return s[:i] + "…"
		}
		used += c
	}
	return s
}

// cellMeter adds up characters; it knows the one before, since joined emoji show
// as one.
type cellMeter struct{ joined bool }

const (
	zeroWidthJoiner   = '\u200d'
	variationSelector = '\ufe0f' // asks for the emoji form of the character before
)

func (m *cellMeter) add(r rune) int {
	joined := m.joined
	m.joined = r == zeroWidthJoiner
	switch {
	case joined, r == zeroWidthJoiner, r == variationSelector:
		return 0
	case r >= 0x1f3fb && r <= 0x1f3ff: // skin tones
		return 0
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1160 && r <= 0x11ff: // the vowels and finals of composed Hangul
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// oneLine makes text safe to print in a row: white space in one, nothing that
// could steer the terminal or turn the direction of what follows.
func oneLine(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
		return strings.Join(strings.Fields(s), " ")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == zeroWidthJoiner:
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
