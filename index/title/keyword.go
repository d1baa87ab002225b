package title

import (
	"slices"
	"unicode/utf8"
)

// keyword is a keyword, taken apart for the segments.
type keyword struct {
	text     string
	find     finder
	strategy strategy
	rune     rune // of oneRune
	word     unit // of oneRune and oneWord
	// long is whether the word has to be looked for in long runs too: one or two
	// runes of those are in the dictionary as they are.
	long    bool
	all     []unit       // of phrase
	bits    boundaryBits // of phrase: those that a title must have
	triples []uint32     // for the giants
}

// strategy is how the matches of a keyword are found.
type strategy int

const (
	// scan: every title is read. For a keyword that is blank or not valid UTF-8.
	scan strategy = iota
	// oneRune: the frequent letters have bit arrays; others are as oneWord.
	oneRune
	// oneWord: without white space. The keyword lies inside one word, or inside one
	// long run.
	oneWord
	// phrase: with white space. Each part lies inside one word or long run, which
	// gives candidates that are then read.
	phrase
)

// unit is a part of a keyword between white space.
type unit struct {
	text string
	// open at an end: the word of the title may go on there. It may not where the
	// keyword has white space.
	openStart, openEnd bool
	pairs              [maxPairs]string // of adjacent runes, some, without repeats; "" for none
}

// maxUnits bounds the parts of a phrase that are looked up. All of it is compared
// with the candidates.
const maxUnits = 32

// maxPairs bounds the pairs that are looked up for a unit: a few of them are as
// selective as all.
const maxPairs = 4

// set takes a keyword apart.
func (k *keyword) set(text string) {
	*k = keyword{text: text, find: newFinder(text), all: k.all[:0], triples: k.triples[:0]} // in the memory there was
	if !utf8.ValidString(text) {
		return
	}
	n, from, to := 0, 0, 0
	for at := 0; n < maxUnits; n++ {
		a, b := nextRun(text, at)
		if a == len(text) {
			break
		}
		from, to, at = a, b, b
	}
	switch {
	case n == 0:
		k.strategy = scan
	case n > 1 || to-from < len(text):
		k.strategy = phrase
		k.all = slices.Grow(k.all, n)[:n]
		at := 0
		for i := range k.all {
			from, at = nextRun(text, at)
			k.all[i] = newUnit(text, from, at)
			if i > 0 {
				k.bits |= between(k.all[i-1].text, k.all[i].text)
			}
		}
	default:
		k.strategy, k.word = oneWord, newUnit(text, 0, len(text))
		if n := utf8.RuneCountInString(text); n == 1 {
			k.strategy = oneRune
			k.rune, _ = utf8.DecodeRuneInString(text)
		} else {
			k.long = n > 2
		}
	}
}

func newUnit(text string, from, to int) unit {
	u := unit{text: text[from:to], openStart: from == 0, openEnd: to == len(text)}
	// The pairs, evenly spread.
	all := utf8.RuneCountInString(u.text) - 1
	take, taken, kept := min(all, maxPairs), 0, 0
	_, a := utf8.DecodeRuneInString(u.text)
	for i, n := 0, 0; taken < take; n++ {
		_, b := utf8.DecodeRuneInString(u.text[i+a:])
		if take == 1 || n == taken*(all-1)/(take-1) {
			pair := u.text[i : i+a+b]
			dup := false
			for _, p := range u.pairs[:kept] {
				dup = dup || p == pair
			}
			if !dup {
				u.pairs[kept] = pair
				kept++
			}
			taken++
		}
		i += a
		a = b
	}
	return u
}

// terms returns the terms that a word must be for the unit to lie in it.
func (u *unit) terms(d *dictionary) termRange {
	switch {
	case u.openStart && u.openEnd:
		return d.containing(u.text)
	case u.openStart:
		return d.ending(u.text)
	case u.openEnd:
		return d.starting(u.text)
	default:
		return d.equal(u.text)
	}
}
