package title

import "unicode/utf8"

// keyword is a keyword, taken apart for the segments.
type keyword struct {
	text string
	way  way
	rune rune // of oneRune
	word unit // of oneRune and oneWord
	// long is whether the word has to be looked for in long runs too: one or two
	// runes of those are in the dictionary as they are.
	long    bool
	all     []unit   // of phrase
	gaps    gaps     // of phrase: bits that a title must have
	triples []uint32 // for the giants
}

// way is how the matches of a keyword are found.
type way int

const (
	// scan: every title is read. For a keyword that is blank or not valid UTF-8.
	scan way = iota
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
	pairs              []string // of adjacent runes, some, without repeats
}

// maxUnits bounds the parts of a phrase that are looked up. All of it is compared
// with the candidates.
const maxUnits = 32

// maxPairs bounds the pairs that are looked up for a unit: a few of them are as
// selective as all.
const maxPairs = 4

func newKeyword(text string) keyword {
	k := keyword{text: text, triples: triples(text)}
	if !utf8.ValidString(text) {
		return k
	}
	for i := 0; len(k.all) < maxUnits; {
		from, to := nextRun(text, i)
		if from == len(text) {
			break
		}
		k.all = append(k.all, newUnit(text, from, to))
		i = to
	}
	switch {
	case len(k.all) == 0:
		k.way = scan
	case len(k.all) > 1 || len(k.all[0].text) < len(text):
		k.way = phrase
		for i := 1; i < len(k.all); i++ {
			k.gaps |= between(k.all[i-1].text, k.all[i].text)
		}
	default:
		k.way, k.word = oneWord, k.all[0]
		if n := utf8.RuneCountInString(text); n == 1 {
			k.way = oneRune
			k.rune, _ = utf8.DecodeRuneInString(text)
		} else {
			k.long = n > 2
		}
	}
	return k
}

func newUnit(text string, from, to int) unit {
	u := unit{text: text[from:to], openStart: from == 0, openEnd: to == len(text)}
	pairs := appendPairs(nil, u.text)
	// Evenly spread.
	n := min(len(pairs), maxPairs)
	for i := range n {
		at := 0
		if n > 1 {
			at = i * (len(pairs) - 1) / (n - 1)
		}
		dup := false
		for _, p := range u.pairs {
			dup = dup || p == pairs[at]
		}
		if !dup {
			u.pairs = append(u.pairs, pairs[at])
		}
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
