package title

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// bigrams holds bit arrays of the titles for those two letters that take the longest
// to be found otherwise: ten thousands of words would be united for them, or those of
// half of all titles, for up to 3 ms. Like letters, they leave titles out that are set
// aside.
type bigrams map[string][]uint64

// There are bigramMax of them, an eighth of a byte a title each, unless fewer are worth
// it.
const bigramMax = 12

// newBigrams unites the titles of the words just as a search would. It returns nil if
// pace asks for it.
func newBigrams(s *segment, pace func() bool) bigrams {
	type candidate struct {
		*gram
		cost int
	}
	var all []candidate
	for i := range s.dict.grams {
		g := &s.dict.grams[i]
		if !g.asciiPair() {
			continue
		}
		if !pace() {
			return nil
		}
		c := candidate{gram: g}
		s.dict.each(g.suffixes(), func(t uint32) { c.cost += 4 + s.posts.count(t) })
		if c.cost > s.places()/8 {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Or(cmp.Compare(b.cost, a.cost), cmp.Compare(a.key, b.key)) })
	r := rooms{places: s.places()}
	defer r.drop()
	b := bigrams{}
	for _, c := range all[:min(len(all), bigramMax)] {
		if !pace() {
			return nil
		}
		words := make([]uint64, wordsFor(s.places()))
		r.union(s, c.suffixes(), words)
		b[c.text()] = words
	}
	return b
}

// check compares the bit arrays with the titles.
func (b bigrams) check(s *segment) error {
	for pair, words := range b {
		if len(words) != wordsFor(s.places()) {
			return fmt.Errorf("the bit array of %q has %d words", pair, len(words))
		}
		for doc, text := range s.titles {
			g := s.giant(uint32(doc))
			want := strings.Contains(text, pair) && (g == nil || !g.aside)
			if (words[doc>>6]>>(doc&63)&1 != 0) != want {
				return fmt.Errorf("the bit array of %q is wrong for title %d", pair, doc)
			}
		}
	}
	return nil
}
