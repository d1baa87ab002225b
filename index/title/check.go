package title

import (
	"fmt"
	"slices"
)

// Check rebuilds what a segment knows of its titles, and compares.
func (s *segment) Check() error {
	if err := s.dict.check(); err != nil {
		return fmt.Errorf("dictionary: %w", err)
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
	runes := newRuneCheck(s.runes)
	giants := s.giants
	var p parts
	for doc, text := range s.Texts {
		if len(text) > s.longest {
			return fmt.Errorf("title %d has %d bytes, and the longest is said to have %d", doc, len(text), s.longest)
		}
		if len(giants) > 0 && giants[0].doc == uint32(doc) {
			g := giants[0]
			giants = giants[1:]
			if !slices.Equal(g.sig, newSignature(text)) {
				return fmt.Errorf("the signature of giant %d is wrong", doc)
			}
			if g.unindexed {
				if s.boundaries.bitsOf(uint32(doc)) != 0 {
					return fmt.Errorf("giant %d is not indexed, and has word boundaries", doc)
				}
				continue
			}
			if g.long != longRuns(text) {
				return fmt.Errorf("the long runs of giant %d are wrong", doc)
			}
		}
		p.set(text)
		if marked := s.long != nil && s.long[doc>>6]>>(doc&63)&1 != 0; marked != p.long {
			return fmt.Errorf("title %d has a long run: %v, marked: %v", doc, p.long, marked)
		}
		if p.bits != s.boundaries.bitsOf(uint32(doc)) {
			return fmt.Errorf("the word boundaries of title %d are digested wrongly", doc)
		}
		for _, w := range p.terms {
			t, ok := number[w]
			if !ok {
				return fmt.Errorf("the word %q of title %d is not in the dictionary", w, doc)
			}
			if last[t] == doc+1 {
				continue
			}
			last[t] = doc + 1
			left[t]--
			if !s.posts.has(t, uint32(doc)) {
				return fmt.Errorf("the postings of %q lack title %d", w, doc)
			}
		}
		if r, ok := runes.check(text, doc); !ok {
			return fmt.Errorf("the bit array of rune %q is wrong for title %d", r, doc)
		}
	}
	if err := s.pairs.check(s); err != nil {
		return err
	}
	for t, n := range left {
		if n != 0 {
			return fmt.Errorf("the postings of %q have %d titles too many", s.dict.term(t), n)
		}
	}
	return nil
}

type runeCheck struct {
	number map[rune]int
	runes  []rune
	bits   [][]uint64
	seen   []int // the title that a letter was last seen in, plus 1
}

func newRuneCheck(l runeBits) *runeCheck {
	c := &runeCheck{number: map[rune]int{}, seen: make([]int, len(l))}
	for r, w := range l {
		c.number[r] = len(c.runes)
		c.runes = append(c.runes, r)
		c.bits = append(c.bits, w)
	}
	return c
}

func (c *runeCheck) check(text string, doc int) (rune, bool) {
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
