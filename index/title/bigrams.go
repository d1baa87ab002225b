package title

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// bigrams holds bit arrays of the titles for those two letters that are in the most
// places of the dictionary: ten thousands of words would otherwise be united for
// them, for up to 3 ms. Like letters, they leave titles out that are set aside.
type bigrams map[string][]uint64

// There are bigramMax of them, an eighth of a byte a title each, if there are so many
// in more than bigramMin words.
const (
	bigramMax = 24
	bigramMin = 1024
)

// newBigrams unites the titles of the words just as a search would. It returns nil if
// pace asks for it.
func newBigrams(s *segment, pace func() bool) bigrams {
	var often []gram
	for _, g := range s.dict.grams {
		if g.asciiPair() && g.suffixEnd-g.suffix >= bigramMin {
			often = append(often, g)
		}
	}
	slices.SortFunc(often, func(a, b gram) int {
		return cmp.Or(cmp.Compare(b.suffixEnd-b.suffix, a.suffixEnd-a.suffix), cmp.Compare(a.key, b.key))
	})
	r := rooms{places: s.places()}
	defer r.drop()
	b := bigrams{}
	for _, g := range often[:min(len(often), bigramMax)] {
		if !pace() {
			return nil
		}
		words := make([]uint64, wordsFor(s.places()))
		r.union(s, termRange{int(g.suffix), int(g.suffixEnd), true}, words)
		b[g.text()] = words
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
