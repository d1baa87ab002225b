package title

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/sessiondex/sessiondex/internal/bitarray"
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
	var buf [8]phrasePart
	parts := buf[:0]
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
		parts[i].cost = s.posts.cost(s.dict, parts[i].terms, s.Limit())
	}
	slices.SortFunc(parts, func(a, b phrasePart) int { return cmp.Compare(a.cost, b.cost) })

	// The titles of the rarest part, then of those the ones that have the others
	// too, as long as asking for that is cheaper than reading the candidates.
	hits := q.scratch.get(0, s.segment)
	for i, p := range parts {
		more := hits
		if i > 0 {
			n := bitarray.Count(hits)
			if n*readCost <= p.cost {
				break
			}
			more = q.scratch.get(1, s.segment)
		}
		q.scratch.union(s.segment, p.terms, more)
		if s.long != nil {
			for _, doc := range q.longCandidates(s.segment, p.unit) {
				more[doc>>6] |= 1 << (doc & 63)
			}
		}
		if i > 0 {
			bitarray.And(hits, more)
		} else {
			s.deleted.RemoveFrom(hits)
			s.boundaries.filter(hits, q.keyword.bits)
		}
	}
	q.gather.Grow(bitarray.Count(hits))
	q.readAll(s.segment, hits, func(doc uint32) { q.gather.Add(s.Ord(doc)) })
}

// readAll reads the titles of many candidates and calls f with those that contain the
// keyword.
func (q *search) readAll(s *segment, limbs []uint64, f func(doc uint32)) {
	var batch [64]uint32
	n := 0
	flush := func() bool {
		q.prefetched += prefetch(s, batch[:n])
		for _, doc := range batch[:n] {
			if q.reads(s, doc, false) {
				f(doc)
			}
		}
		n = 0
		return q.goOn()
	}
	for i, w := range limbs {
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
	cacheLine     = 64
	prefetchBytes = 4 * cacheLine // of a title; in a longer one the processor reads ahead
)

// prefetch brings titles into the cache: most of the time of reading them goes into
// waiting for memory, and here the processor has many loads under way. It returns a sum
// of what it read, which the caller must keep, or the compiler eliminates the loads.
func prefetch(s *segment, docs []uint32) byte {
	sum := 0
	for _, doc := range docs {
		sum += len(s.Texts[doc])
	}
	for _, doc := range docs {
		t := s.Texts[doc]
		for i := 0; i < min(len(t), prefetchBytes); i += cacheLine {
			sum += int(t[i])
		}
		sum += int(t[len(t)-1])
	}
	return byte(sum)
}
