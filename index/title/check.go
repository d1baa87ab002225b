package title

import (
	"fmt"
	"slices"
)

// check rebuilds what a segment knows of its titles, and compares.
func (s *segment) check() error {
	if err := s.dict.check(); err != nil {
		return fmt.Errorf("dictionary: %w", err)
	}
	if err := s.checkPlaces(); err != nil {
		return err
	}
	number := make(map[string]uint32, s.dict.len())
	left := make([]int, s.dict.len()) // titles of a term that are still to come
	for t := range s.dict.len() {
		number[string(s.dict.term(t))] = uint32(t)
		left[t] = s.posts.count(uint32(t))
		if !s.posts.counted(uint32(t)) {
			return fmt.Errorf("the titles of %q are miscounted", s.dict.term(t))
		}
	}
	last := make([]int, s.dict.len()) // the title that a term was last seen in, plus 1
	letters := newLetterCheck(s.letters)
	giants := s.giants
	all := newSeams(s.len())
	pairs := map[pair][]uint32{}
	var p parts
	for doc, text := range s.titles {
		if len(text) > s.longest {
			return fmt.Errorf("title %d has %d bytes, and the longest is said to have %d", doc, len(text), s.longest)
		}
		if len(giants) > 0 && giants[0].doc == uint32(doc) {
			g := giants[0]
			giants = giants[1:]
			if !slices.Equal(g.sig, newSignature(text)) {
				return fmt.Errorf("the signature of giant %d is wrong", doc)
			}
			if g.aside {
				if s.gaps.of(uint32(doc)) != 0 {
					return fmt.Errorf("giant %d is set aside, and has word boundaries", doc)
				}
				continue
			}
			if g.long != longRuns(text) {
				return fmt.Errorf("the long runs of giant %d are wrong", doc)
			}
		}
		p.set(text, all)
		if marked := s.long != nil && s.long[doc>>6]>>(doc&63)&1 != 0; marked != p.long {
			return fmt.Errorf("title %d has a long run: %v, marked: %v", doc, p.long, marked)
		}
		if p.gaps != s.gaps.of(uint32(doc)) {
			return fmt.Errorf("the word boundaries of title %d are digested wrongly", doc)
		}
		before := uint32(0)
		for i, w := range p.terms {
			t, ok := number[w]
			if !ok {
				return fmt.Errorf("the word %q of title %d is not in the dictionary", w, doc)
			}
			if docs := pairs[pairOf(before, t)]; p.joined[i] && (len(docs) == 0 || docs[len(docs)-1] != uint32(doc)) {
				pairs[pairOf(before, t)] = append(docs, uint32(doc))
			}
			before = t
			if last[t] == doc+1 {
				continue
			}
			last[t] = doc + 1
			left[t]--
			if !s.posts.has(t, uint32(doc)) {
				return fmt.Errorf("the postings of %q lack title %d", w, doc)
			}
		}
		if r, ok := letters.check(text, doc); !ok {
			return fmt.Errorf("the bit array of letter %q is wrong for title %d", r, doc)
		}
	}
	if !slices.Equal(all, s.seams) {
		return fmt.Errorf("the filter of word boundaries is wrong")
	}
	if err := s.bigrams.check(s); err != nil {
		return err
	}
	if err := s.pairs.check(pairs, s.len()); err != nil {
		return err
	}
	for t, n := range left {
		if n != 0 {
			return fmt.Errorf("the postings of %q have %d titles too many", s.dict.term(t), n)
		}
	}
	return nil
}

// checkPlaces compares the shape of a segment with its definition.
func (s *segment) checkPlaces() error {
	titles := 0
	for doc, text := range s.titles {
		if text != "" {
			titles++
		} else if s.ords != nil {
			return fmt.Errorf("place %d has no title", doc)
		}
	}
	switch {
	case titles != s.n:
		return fmt.Errorf("%d titles, said to be %d", titles, s.n)
	case s.ords == nil && s.base%64 != 0:
		return fmt.Errorf("the places start at ordinal %d, within a word", s.base)
	case s.ords != nil && len(s.ords) != len(s.titles):
		return fmt.Errorf("%d titles, and %d ordinals", len(s.titles), len(s.ords))
	}
	for i := 1; i < len(s.ords); i++ {
		if s.ords[i-1] >= s.ords[i] {
			return fmt.Errorf("ordinals %d and %d are out of order", i-1, i)
		}
	}
	return nil
}

type letterCheck struct {
	number map[rune]int
	runes  []rune
	bits   [][]uint64
	seen   []int // the title that a letter was last seen in, plus 1
}

func newLetterCheck(l letters) *letterCheck {
	c := &letterCheck{number: map[rune]int{}, seen: make([]int, len(l))}
	for r, w := range l {
		c.number[r] = len(c.runes)
		c.runes = append(c.runes, r)
		c.bits = append(c.bits, w)
	}
	return c
}

func (c *letterCheck) check(text string, doc int) (rune, bool) {
	for _, r := range text {
		if i, ok := c.number[r]; ok {
			c.seen[i] = doc + 1
		}
	}
	for i, w := range c.bits {
		if (w[doc>>6]>>(doc&63)&1 != 0) != (c.seen[i] == doc+1) {
			return c.runes[i], false
		}
	}
	return 0, true
}
