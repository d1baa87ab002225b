package main

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

const zeroWidthJoiner = '\u200d'

// cells returns how many columns of a terminal a line takes: two for wide characters
// and emoji, none for marks that combine with the one before.
func cells(s string) int { return uniseg.StringWidth(s) }

// cutCells cuts a line to at most n columns, between what is seen as characters, and
// shows by … that it did.
func cutCells(s string, n int) string {
	if cells(s) <= n {
		return s
	}
	used, end := 0, 0
	for rest, state := s, -1; rest != ""; {
		var character string
		var boundaries int
		character, rest, boundaries, state = uniseg.StepString(rest, state)
		if used += boundaries >> uniseg.ShiftWidth; used > n-1 {
			break
		}
		end += len(character)
	}
	return s[:end] + "…"
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
