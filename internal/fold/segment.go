package fold

import (
	"cmp"
	"slices"
	"sync"
	"unicode/utf8"
)

// This file folds a segment by the book: decompose, fold, compose.

// char is a code point with its canonical combining class.
type char struct {
	r     rune
	class uint8
}

// composite is a code point that the first two compose to.
type composite struct{ first, second, to rune }

// The Hangul syllables decompose and compose by rule: an initial, a vowel, and perhaps a
// final, which are numbered with "none" as the first.
const (
	hangul    = 0xac00
	initial   = 0x1100
	vowel     = 0x1161
	final     = 0x11a7
	numVowels = 21
	numFinals = 28
	numRest   = numVowels * numFinals // syllables of an initial

	initialEnd = initial + 19
	vowelEnd   = vowel + numVowels
	finalEnd   = final + numFinals
	hangulEnd  = hangul + 19*numRest
)

// appendSegment appends the folding of a segment. Bytes that are not UTF-8 are segments
// of their own, and stay.
func appendSegment(out []byte, s string) []byte {
	if r, n := utf8.DecodeRuneInString(s); r == utf8.RuneError && n <= 1 {
		out = append(out, s[:n]...)
		if s = s[n:]; s == "" {
			return out
		}
	}
	var scratch, scratch2 [32]char // enough for nearly all
	cs := appendDecomposed(scratch[:0], s)
	sortMarks(cs)
	folded := scratch2[:0]
	for _, c := range cs {
		if p := propOf(c.r); p.folded == "" {
			folded = append(folded, c)
		} else {
			for _, r := range p.folded {
				folded = append(folded, char{r, propOf(r).class})
			}
		}
	}
	sortMarks(folded)
	for _, c := range compose(folded) {
		out = utf8.AppendRune(out, c.r)
	}
	return out
}

func appendDecomposed(cs []char, s string) []char {
	for _, r := range s {
		if i := r - hangul; 0 <= i && i < hangulEnd-hangul {
			cs = append(cs, char{initial + i/numRest, 0}, char{vowel + i%numRest/numFinals, 0})
			if f := i % numFinals; f > 0 {
				cs = append(cs, char{final + f, 0})
			}
			continue
		}
		p := propOf(r)
		if p.nfd == "" {
			cs = append(cs, char{r, p.class})
			continue
		}
		for _, r := range p.nfd {
			cs = append(cs, char{r, propOf(r).class})
		}
	}
	return cs
}

// sortMarks brings each run of marks into the order of their classes.
func sortMarks(cs []char) {
	for i := 0; i < len(cs); i++ {
		if cs[i].class == 0 {
			continue
		}
		from := i
		for i < len(cs) && cs[i].class != 0 {
			i++
		}
		if i-from > 1 {
			slices.SortStableFunc(cs[from:i], func(a, b char) int { return cmp.Compare(a.class, b.class) })
		}
	}
}

// compose composes what is in canonical order, in place.
func compose(cs []char) []char {
	n, starter := 0, -1
	for _, c := range cs {
		// A mark composes with the starter before it unless another mark between them
		// has its class or a higher one, or there is a starter between.
		if starter >= 0 && (n == starter+1 || cs[n-1].class != 0 && cs[n-1].class < c.class) {
			if to, ok := composeTwo(cs[starter].r, c.r); ok {
				cs[starter].r = to
				continue
			}
		}
		if c.class == 0 {
			starter = n
		}
		cs[n] = c
		n++
	}
	return cs[:n]
}

// composeTwo returns what two code points compose to.
func composeTwo(a, b rune) (rune, bool) {
	switch {
	case a >= initial && a < initialEnd && b >= vowel && b < vowelEnd:
		return hangul + (a-initial)*numRest + (b-vowel)*numFinals, true
	case a >= hangul && a < hangulEnd && (a-hangul)%numFinals == 0 && b > final && b < finalEnd:
		return a + b - final, true
	}
	r, ok := composites()[[2]rune{a, b}]
	return r, ok
}

var composites = sync.OnceValue(func() map[[2]rune]rune {
	m := make(map[[2]rune]rune, len(composed))
	for _, c := range composed {
		m[[2]rune{c.first, c.second}] = c.to
	}
	return m
})
