package title

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/internal/bitarray"
)

// bigramBits holds bit arrays of the titles for those two letters that take the longest
// to be found otherwise: ten thousands of words would be united for them, or those of
// half of all titles, for up to 3 ms. Like runeBits, they leave titles out that are set
// aside.
type bigramBits map[string][]uint64

// There are bigramMax of them, an eighth of a byte a title each, unless fewer are worth
// it.
const bigramMax = 12

// newBigramBits unites the titles of the words just as a search would. It returns nil if
// pace asks for it.
func newBigramBits(s *segment, pace func() bool) bigramBits {
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
		if c.cost > s.Limit()/8 {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Or(cmp.Compare(b.cost, a.cost), cmp.Compare(a.key, b.key)) })
	r := scratch{limit: s.Limit()}
	defer r.drop()
	b := bigramBits{}
	for _, c := range all[:min(len(all), bigramMax)] {
		if !pace() {
			return nil
		}
		limbs := make([]uint64, bitarray.Limbs(s.Limit()))
		r.union(s, c.suffixes(), limbs)
		b[c.text()] = limbs
	}
	return b
}

// check compares the bit arrays with the titles.
func (b bigramBits) check(s *segment) error {
	for pair, limbs := range b {
		if len(limbs) != bitarray.Limbs(s.Limit()) {
			return fmt.Errorf("the bit array of %q has %d limbs", pair, len(limbs))
		}
		for doc, text := range s.Texts {
			g := s.giant(uint32(doc))
			want := strings.Contains(text, pair) && (g == nil || !g.unindexed)
			if (limbs[doc>>6]>>(doc&63)&1 != 0) != want {
				return fmt.Errorf("the bit array of %q is wrong for title %d", pair, doc)
			}
		}
	}
	return nil
}
