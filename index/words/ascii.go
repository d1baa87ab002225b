//go:build !js

package words

import "strings"

// This file cuts ASCII, which nearly all titles are, as the default analyser does, in a
// tenth of the time: it makes no stream of tokens and no copies.

// The classes of ASCII characters in the rules for word boundaries.
const (
	other     = iota
	letter    // ALetter
	digit     // Numeric
	joiner    // ExtendNumLet
	midLetter // between letters
	midDigit  // between digits
	midBoth   // between letters, or between digits
)

var classOf = func() (c [128]uint8) {
	for b := range c {
		switch b := byte(b); {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z':
			c[b] = letter
		case '0' <= b && b <= '9':
			c[b] = digit
		case b == '_':
			c[b] = joiner
		case b == ':':
			c[b] = midLetter
		case b == ',', b == ';':
			c[b] = midDigit
		case b == '.', b == '\'':
			c[b] = midBoth
		}
	}
	return c
}()

// asciiTokens analyses a text, and is false for one that is not ASCII.
func asciiTokens(text string) ([]token, bool) {
	words := 0
	inWord := false
	for i := range len(text) {
		if text[i] >= 0x80 {
			return nil, false
		}
		is := classOf[text[i]] >= letter && classOf[text[i]] <= joiner
		if is && !inWord {
			words++
		}
		inWord = is
	}
	out := make([]token, 0, words)
	for i := 0; i < len(text); {
		class := classOf[text[i]]
		if class < letter || class > joiner {
			i++
			continue
		}
		start, plain := i, true // plain: joiners alone are no word
	word:
		for ; i < len(text); i++ {
			switch next := classOf[text[i]]; next {
			case letter, digit:
				class, plain = next, false
			case joiner:
				class = next
			default:
				between := class == letter && (next == midLetter || next == midBoth) ||
					class == digit && (next == midDigit || next == midBoth)
				if !between || i+1 == len(text) || classOf[text[i+1]] != class {
					break word
				}
			}
		}
		if !plain {
			out = append(out, token{term: strings.ToLower(text[start:i]), start: start, end: i})
		}
	}
	return out, true
}
