package title

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/sessiondex/sessiondex/index/shell"
)

// cutter turns the titles of a segment into terms and the terms' titles.
type cutter struct {
	pace       func() bool
	giantBytes int

	terms []string // distinct, in order of appearance, then sorted
	count []uint32 // of titles, by term in order of appearance
	rank  []uint32 // place in the sorted order, by term in order of appearance
	flat  []uint32 // the terms of all titles, title by title, without repeats
	ends  []uint32 // where each title's terms end in flat
}

const paceEvery = 64 // titles between calls of pace

// cut fills terms, count, flat and ends, and the segment's giants, long and gaps.
func (c *cutter) cut(s *segment) error {
	n := len(s.Texts)
	number := make(map[string]uint32, n/2)
	var last []uint32 // the title that a term was last seen in, plus 1
	c.flat = make([]uint32, 0, 8*n)
	c.ends = make([]uint32, n)
	s.boundaries = newBoundaryRows(n)
	var p parts
	for doc, text := range s.Texts {
		if doc%paceEvery == 0 && !c.pace() {
			return shell.ErrAborted
		}
		unindexed := !utf8.ValidString(text)
		p = parts{terms: p.terms[:0]}
		if !unindexed {
			p.set(text)
		}
		if unindexed || len(text) > c.giantBytes {
			unindexed = unindexed || !repetitive(p.terms, len(text))
			s.giants = append(s.giants, newGiant(uint32(doc), text, unindexed))
			if unindexed {
				c.ends[doc] = uint32(len(c.flat))
				continue
			}
		}
		s.boundaries.add(uint32(doc), p.bits)
		if p.long {
			if s.long == nil {
				s.long = make([]uint64, (n+63)/64)
			}
			s.long[doc>>6] |= 1 << (doc & 63)
		}
		for _, w := range p.terms {
			t, ok := number[w]
			if !ok {
				t = uint32(len(c.terms))
				number[w] = t
				c.terms = append(c.terms, w)
				c.count = append(c.count, 0)
				last = append(last, 0)
			}
			if last[t] == uint32(doc)+1 {
				continue
			}
			last[t] = uint32(doc) + 1
			c.count[t]++
			c.flat = append(c.flat, t)
		}
		if uint64(len(c.flat)) > math.MaxUint32 {
			return fmt.Errorf("title: more than %d words in one segment", uint64(math.MaxUint32))
		}
		c.ends[doc] = uint32(len(c.flat))
	}
	return nil
}

// sortTerms returns the terms in ascending order and fills rank.
func (c *cutter) sortTerms() []string {
	order := make([]uint32, len(c.terms))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return strings.Compare(c.terms[a], c.terms[b]) })
	c.rank = make([]uint32, len(order))
	sorted := make([]string, len(order))
	for i, t := range order {
		c.rank[t] = uint32(i)
		sorted[i] = c.terms[t]
	}
	return sorted
}

// postings distributes the titles to the terms.
func (c *cutter) postings(n int) (postings, error) {
	p := postings{refs: make([]uint32, n)}
	var next [2]int // of the large common terms and of the others: the next place in common
	for _, k := range c.count {
		if k > largeBitmap {
			p.large++
		}
	}
	next[1] = p.large
	short := 0
	for t, k := range c.count {
		switch r := &p.refs[c.rank[t]]; {
		case k == 1:
		case k <= rareMax:
			*r = listRef | uint32(short)<<listShift | (k - 1)
			short += int(k)
		default:
			at := &next[1]
			if k > largeBitmap {
				at = &next[0]
			}
			*r = commonRef + uint32(*at)
			*at++
		}
	}
	common := next[1]
	if short > maxShort {
		return postings{}, fmt.Errorf("title: %d titles of rare words in one segment, more than %d", short, maxShort)
	}
	p.short = make([]uint32, short)
	var docs []uint32 // of the common terms, term by term
	ends := make([]int, common)
	p.counts = make([]uint32, common)
	for t, k := range c.count {
		if k > rareMax {
			p.counts[p.refs[c.rank[t]]-commonRef] = k
		}
	}
	sum := 0
	for i, k := range p.counts {
		ends[i] = sum
		sum += int(k)
	}
	docs = make([]uint32, sum)
	filled := make([]uint8, n) // how many of the titles of a rare term are in place
	at := 0
	for doc, end := range c.ends {
		for _, t := range c.flat[at:end] {
			switch r := p.refs[c.rank[t]]; {
			case c.count[t] == 1:
				p.refs[c.rank[t]] = uint32(doc)
			case r < commonRef:
				p.short[r&^commonRef>>listShift+uint32(filled[c.rank[t]])] = uint32(doc)
				filled[c.rank[t]]++
			default:
				docs[ends[r-commonRef]] = uint32(doc)
				ends[r-commonRef]++
			}
		}
		at = int(end)
	}
	p.common = make([]*roaring.Bitmap, common)
	for i, end := range ends {
		if i%paceEvery == 0 && !c.pace() {
			return postings{}, shell.ErrAborted
		}
		p.common[i] = roaring.BitmapOf(docs[end-int(p.counts[i]) : end]...)
		p.common[i].RunOptimize()
	}
	return p, nil
}
