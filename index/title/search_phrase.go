package title

import (
	"cmp"
	"math/bits"
	"slices"
)

// This file answers keywords with white space: it narrows the titles down to those
// that have the words and the word boundaries, and reads what is left.

// phrasePart is a part of a phrase in a segment.
type phrasePart struct {
	*unit
	terms termRange
	cost  int // of uniting the titles of the terms, in additions of a title
}

// readCost is how much longer reading a title takes than adding one to a union.
const readCost = 64

// phrase reads the titles that have, for each part of the keyword, a word or long
// run in which the part can lie.
func (q *search) phrase(s *segView) {
	for i := 1; i < len(q.keyword.all); i++ {
		if !s.seams.may(q.keyword.all[i-1].text, q.keyword.all[i].text) {
			return
		}
	}
	var room [8]phrasePart
	parts := room[:0]
	for i := range q.keyword.all {
		u := &q.keyword.all[i]
		p := phrasePart{unit: u, terms: u.terms(s.dict)}
		q.stats.Terms += p.terms.len()
		if p.terms.len() == 0 && s.long == nil {
			return
		}
		parts = append(parts, p)
	}
	for i := range parts {
		parts[i].cost = s.posts.cost(s.dict, parts[i].terms, s.places())
	}
	slices.SortFunc(parts, func(a, b phrasePart) int { return cmp.Compare(a.cost, b.cost) })

	// The titles of the rarest part, then of those the ones that have the others
	// too, as long as asking for that is cheaper than reading the candidates.
	//
	// Of two parts some matches are known from the start, and not candidates.
	var found []uint64
	if q.keyword.joined {
		r := q.keyword.all[1].terms(s.dict)
		for i := range s.pairs.of(s.dict, q.keyword.all[0].text, r.lo, r.hi) {
			if found == nil {
				found = q.rooms.get(4, s.segment)
			}
			s.pairs.mark(i, found)
		}
		s.dead.remove(found)
	}
	hits := q.rooms.get(0, s.segment)
	for i, p := range parts {
		more := hits
		if i > 0 {
			n := countBits(hits)
			if n*readCost <= p.cost {
				break
			}
			more = q.rooms.get(1, s.segment)
		}
		q.rooms.union(s.segment, p.terms, more)
		if s.long != nil {
			for _, doc := range q.longCandidates(s.segment, p.unit) {
				more[doc>>6] |= 1 << (doc & 63)
			}
		}
		if i > 0 {
			andWords(hits, more)
		} else {
			s.dead.remove(hits)
			s.gaps.filter(hits, q.keyword.gaps)
			for k, w := range found {
				hits[k] &^= w
			}
		}
	}
	if found == nil {
		q.gather.grow(countBits(hits))
		q.readAll(s.segment, hits, func(doc uint32) { q.gather.add(s.ord(doc)) })
		return
	}
	q.readAll(s.segment, hits, func(doc uint32) { found[doc>>6] |= 1 << (doc & 63) })
	q.gather.addTitles(s.segment, found, countBits(found))
}

// readAll reads the titles of many candidates and calls f with those that contain the
// keyword.
func (q *search) readAll(s *segment, words []uint64, f func(doc uint32)) {
	var batch [64]uint32
	n := 0
	flush := func() bool {
		q.touch(s, batch[:n])
		for _, doc := range batch[:n] {
			if q.reads(s, doc, false) {
				f(doc)
			}
		}
		n = 0
		return q.goOn()
	}
	for i, w := range words {
		for ; w != 0; w &= w - 1 {
			batch[n] = uint32(i<<6 + bits.TrailingZeros64(w))
			if n++; n == len(batch) && !flush() {
				return
			}
		}
	}
	flush()
}

const (
	cacheLine  = 64
	touchBytes = 4 * cacheLine // of a title; in a longer one the processor reads ahead
)

// touch brings titles into the cache. Most of the time of reading titles goes into
// waiting for memory; here the processor has many loads under way.
func (q *search) touch(s *segment, docs []uint32) {
	touched := 0
	for _, doc := range docs {
		touched += len(s.titles[doc])
	}
	for _, doc := range docs {
		t := s.titles[doc]
		for i := 0; i < min(len(t), touchBytes); i += cacheLine {
			touched += int(t[i])
		}
		touched += int(t[len(t)-1])
	}
	q.touched += byte(touched)
}
