package title

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
)

// cutter turns the titles of a segment into terms and the terms' titles: the
// counting half of an inverted index, of which bleve gets the common terms.
type cutter struct {
	pace       func() bool
	giantBytes int

	terms []string // distinct, in order of appearance, then sorted
	count []uint32 // of titles, by term in order of appearance
	rank  []uint32 // place in the sorted order, by term in order of appearance
	flat  []uint32 // the terms of all titles, title by title, without repeats
	ends  []uint32 // where each title's terms end in flat
	pairs pairs
}

const paceEvery = 64 // titles between calls of pace

// cut fills terms, count, flat and ends, and the segment's giants, long and gaps.
func (c *cutter) cut(s *segment) error {
	n := len(s.titles)
	number := make(map[string]uint32, n/2)
	var last []uint32 // the title that a term was last seen in, plus 1
	c.flat = make([]uint32, 0, 8*n)
	c.ends = make([]uint32, n)
	s.gaps, s.seams = newGapRows(n), newSeams(s.len())
	c.pairs.ends = make([]uint32, n)
	c.pairs.flat = make([]pair, 0, 6*n)
	var p parts
	for doc, text := range s.titles {
		if doc%paceEvery == 0 && !c.pace() {
			return errAborted
		}
		aside := !utf8.ValidString(text)
		p = parts{terms: p.terms[:0], joined: p.joined[:0]}
		if !aside {
			all := s.seams
			if len(text) > c.giantBytes {
				all = nil // it may be set aside yet
			}
			p.set(text, all)
		}
		if aside || len(text) > c.giantBytes {
			aside = aside || !repetitive(p.terms, len(text))
			s.giants = append(s.giants, newGiant(uint32(doc), text, aside))
			if aside {
				c.ends[doc], c.pairs.ends[doc] = uint32(len(c.flat)), uint32(len(c.pairs.flat))
				continue
			}
			s.seams.addAll(text)
		}
		s.gaps.add(uint32(doc), p.gaps)
		if p.long {
			if s.long == nil {
				s.long = make([]uint64, (n+63)/64)
			}
			s.long[doc>>6] |= 1 << (doc & 63)
		}
		before := uint32(0)
		for i, w := range p.terms {
			t, ok := number[w]
			if !ok {
				t = uint32(len(c.terms))
				number[w] = t
				c.terms = append(c.terms, w)
				c.count = append(c.count, 0)
				last = append(last, 0)
			}
			if p.joined[i] {
				c.pairs.flat = append(c.pairs.flat, pairOf(before, t))
			}
			before = t
			if last[t] == uint32(doc)+1 {
				continue
			}
			last[t] = uint32(doc) + 1
			c.count[t]++
			c.flat = append(c.flat, t)
		}
		if max(len(c.flat), len(c.pairs.flat)) > math.MaxUint32 {
			return fmt.Errorf("title: more than %d words in one segment", math.MaxUint32)
		}
		c.ends[doc], c.pairs.ends[doc] = uint32(len(c.flat)), uint32(len(c.pairs.flat))
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
	kind := func(k uint32) int {
		switch {
		case int(k)*solidShare > len(c.ends):
			return 0
		case k > sparseMax:
			return 1
		default:
			return 2
		}
	}
	var next [4]int // of each kind of common terms, their places in common
	for _, k := range c.count {
		if k > rareMax {
			next[kind(k)+1]++
		}
	}
	p.solid = make([][]uint64, next[1])
	next[2] += next[1]
	next[3] += next[2]
	p.bulky = next[2]
	short, common := 0, next[3]
	for t, k := range c.count {
		switch r := &p.refs[c.rank[t]]; {
		case k == 1:
		case k <= rareMax:
			*r = listRef | uint32(short)<<listShift | (k - 1)
			short += int(k)
		default:
			at := &next[kind(k)]
			*r = commonRef + uint32(*at)
			*at++
		}
	}
	if short > maxShort {
		return postings{}, fmt.Errorf("title: %d titles of rare words in one segment, more than %d", short, maxShort)
	}
	if common > 0 {
		if err := c.buildCommon(&p, common); err != nil {
			return postings{}, err
		}
	}
	p.short = make([]uint32, short)
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
			}
		}
		at = int(end)
	}
	return p, nil
}

// buildCommon has bleve index the common terms and takes their bitmaps.
func (c *cutter) buildCommon(p *postings, n int) error {
	var terms []string
	seen, aborted := 0, false
	var err error
	p.bleve, err = buildBleve(len(c.ends), func(doc int) []string {
		if seen++; seen%paceEvery == 0 && !aborted {
			aborted = !c.pace()
		}
		if aborted {
			return nil
		}
		at := uint32(0)
		if doc > 0 {
			at = c.ends[doc-1]
		}
		terms = terms[:0]
		for _, t := range c.flat[at:c.ends[doc]] {
			if c.count[t] > rareMax {
				terms = append(terms, c.terms[t])
			}
		}
		return terms
	})
	if aborted {
		return errAborted
	}
	if err != nil {
		return err
	}
	p.common, p.counts = make([]*roaring.Bitmap, n), make([]uint32, n)
	seen = 0
	for t, k := range c.count {
		if k <= rareMax {
			continue
		}
		if seen++; seen%paceEvery == 0 && !c.pace() {
			return errAborted
		}
		b, err := p.bleve.bitmap(c.terms[t])
		if err != nil {
			return err
		}
		if b == nil || b.GetCardinality() != uint64(k) {
			return fmt.Errorf("title: bleve does not hold the %d titles of %q", k, c.terms[t])
		}
		i := int(p.refs[c.rank[t]] - commonRef)
		p.counts[i] = k
		if i < len(p.solid) {
			p.solid[i] = make([]uint64, wordsFor(len(c.ends)))
			b.WriteDenseTo(p.solid[i])
		} else {
			p.common[i] = b
		}
	}
	return nil
}
