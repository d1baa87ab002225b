// Package fold brings titles and keywords into the one form in which they are
// compared: Unicode's canonical caseless matching, NFC(toCasefold(NFD(s))), by tables
// of the Unicode version [UnicodeVersion], whatever version the Go release knows.
//
// # How it works
//
// Text is cut into segments: a code point that starts one, and all that follow it and
// may be reordered or composed with what precedes them (marks, Hangul vowels and finals).
// Folding never reaches across the border of a segment, so the folded text is its folded
// segments, one after another. Nearly all segments are a single code point, whose folding
// is in a table; the others are decomposed, reordered, folded and composed by Unicode's
// algorithms.
package fold

import "unicode/utf8"

//go:generate go run ./gen

// prop is what the tables say of a code point. The zero prop is that of most: it starts
// a segment, and folds to itself.
type prop struct {
	class  uint8  // canonical combining class
	joins  bool   // the segment of what is before it
	nfd    string // full canonical decomposition; "" for itself
	folded string // full case folding; "" for itself
	all    string // folding of a segment of this code point alone; "" for itself
}

func propOf(r rune) *prop {
	if i := int(r >> blockShift); i < len(blockOf) {
		return &props[blocks[blockOf[i]][r&(1<<blockShift-1)]]
	}
	return &props[0]
}

// String returns the folded form of s: "STRASSE" and "straße" both give "strasse", a
// composed é and a decomposed one a composed one. Text that is already folded is
// returned as it is, without a copy; bytes that are not UTF-8 stay what they are.
// Folding what is folded changes nothing. The cost is linear in s, but for a run of n
// marks on one letter, which takes n log n. It is safe for concurrent use.
func String(s string) string {
	upper := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return general(s, i)
		}
		upper = upper || 'A' <= c && c <= 'Z'
	}
	if !upper {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + ('a' - 'A')
		}
	}
	return string(b)
}

// general folds any text. The first ascii bytes of it are ASCII.
func general(s string, ascii int) string {
	var (
		out  []byte // the folding of s[:done]; nil if nothing has changed so far
		done int
		last int // where the last segment starts
		mark int // the length of out without that segment, if done is behind it
	)
	change := func(from, to int, folded string) {
		if out == nil {
			out = make([]byte, 0, len(s)+len(s)/8+8)
		}
		out = append(out, s[done:from]...)
		mark, done = len(out), to
		out = append(out, folded...)
	}
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			last = i
			if 'A' <= c && c <= 'Z' {
				change(i, i+1, lower[c-'A':c-'A'+1])
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		p := propOf(r)
		if !p.joins {
			last = i
			if p.all != "" {
				change(i, i+n, p.all)
			}
			i += n
			continue
		}
		end := i + n
		for end < len(s) {
			r, n := utf8.DecodeRuneInString(s[end:])
			if !propOf(r).joins {
				break
			}
			end += n
		}
		if done > last { // the start of the segment has changed, and is out already
			out, done = out[:mark], last
		}
		var scratch [64]byte
		if folded := appendSegment(scratch[:0], s[last:end]); string(folded) != s[last:end] {
			change(last, end, string(folded))
		}
		last, i = end, end
	}
	if out == nil {
		return s
	}
	return string(append(out, s[done:]...))
}

const lower = "abcdefghijklmnopqrstuvwxyz"

// Segments yields the segments of s, as the bytes from start up to end of it, with what
// folding makes of each; together that is String(s). The bytes are valid until the next
// step. A segment holds a letter with all marks on it.
func Segments(s string) func(yield func(start, end int, folded []byte) bool) {
	return func(yield func(int, int, []byte) bool) {
		var scratch [64]byte
		for i := 0; i < len(s); {
			start := i
			first, size := utf8.DecodeRuneInString(s[i:])
			for i += size; i < len(s); {
				r, n := utf8.DecodeRuneInString(s[i:])
				if !propOf(r).joins {
					break
				}
				i += n
			}
			folded := scratch[:0]
			if p := propOf(first); i-start > size || p.joins {
				folded = appendSegment(folded, s[start:i])
			} else if p.all != "" {
				folded = append(folded, p.all...)
			} else {
				folded = append(folded, s[start:i]...)
			}
			if !yield(start, i, folded) {
				return
			}
		}
	}
}
