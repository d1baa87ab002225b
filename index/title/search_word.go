package title

import (
	"math/bits"
	"slices"
)

// This file answers keywords without white space: from the titles of the words that
// contain them, of which only those with long runs are read.

// letter adds the titles with a frequent letter.
func (q *search) letter(s *segView, words []uint64) {
	q.stats.Terms++
	if s.dead != nil {
		living := q.rooms.get(0, s.segment)
		copy(living, words)
		s.dead.remove(living)
		words = living
	}
	q.gather.addTitles(s.segment, words, s.len())
}

// word adds the titles of which one word, or long run, contains the keyword.
func (q *search) word(s *segView) {
	r := q.keyword.word.terms(s.dict)
	q.stats.Terms += r.len()
	most := s.posts.most(s.dict, r, q.gather.room())
	if most <= gatherFew {
		q.few(s, r)
		return
	}
	var hits []uint64
	direct := most > q.gather.room() && s.ords == nil && s.dead == nil
	if direct {
		hits = q.gather.of(s.segment)
	} else {
		hits = q.rooms.get(0, s.segment)
	}
	q.union(s.segment, r, hits)
	s.dead.remove(hits)
	q.inLongRuns(s, func(doc uint32) {
		if hits[doc>>6]>>(doc&63)&1 == 0 && q.reads(s.segment, doc, true) {
			hits[doc>>6] |= 1 << (doc & 63)
			most++
		}
	})
	if !direct {
		q.gather.addTitles(s.segment, hits, most)
	}
}

// few adds the titles of some terms that are in few titles.
func (q *search) few(s *segView, r termRange) {
	docs := q.docRoom[:0]
	s.dict.each(r, func(t uint32) { docs = s.posts.appendTo(docs, t, &q.iter) })
	if s.dead != nil {
		docs = slices.DeleteFunc(docs, s.dead.has)
	}
	slices.Sort(docs)
	n := len(docs)
	q.inLongRuns(s, func(doc uint32) {
		if _, ok := slices.BinarySearch(docs[:n], doc); !ok && q.reads(s.segment, doc, true) {
			docs = append(docs, doc)
		}
	})
	if n < len(docs) {
		slices.Sort(docs)
	}
	for i, doc := range docs {
		if i == 0 || docs[i-1] != doc {
			q.gather.add(s.ord(doc))
		}
	}
}

// union adds the titles that have any of some terms to a bit array.
func (q *search) union(s *segment, r termRange, words []uint64) {
	var batch, refs [64]uint32
	for {
		n := s.dict.take(&r, batch[:])
		if n == 0 {
			return
		}
		// All references first: these loads do not wait for one another, nor for
		// what is then guessed wrong about them.
		for i, t := range batch[:n] {
			refs[i] = s.posts.refs[t]
		}
		for _, ref := range refs[:n] {
			if !s.posts.or(ref, words) {
				tmp := q.rooms.get(2, s)
				s.posts.common[ref-commonRef].WriteDenseTo(tmp)
				orWords(words, tmp)
			}
		}
	}
}

// inLongRuns calls f with the live titles of which a long run may contain the keyword.
func (q *search) inLongRuns(s *segView, f func(doc uint32)) {
	if q.keyword.long && s.long != nil {
		q.longCandidates(s.segment, &q.keyword.word, func(doc uint32) {
			if !s.dead.has(doc) {
				f(doc)
			}
		})
	}
}

// longCandidates calls f with titles that have a long run, among them all that have
// the unit's pairs of runes; dead ones included.
func (q *search) longCandidates(s *segment, u *unit, f func(doc uint32)) {
	var terms [maxPairs]uint32 // the rarest first
	n := 0
	for _, p := range u.pairs {
		if p == "" {
			break
		}
		r := s.dict.equal(p)
		if r.len() == 0 {
			return
		}
		k := n
		for ; k > 0 && s.posts.count(terms[k-1]) > s.posts.count(uint32(r.lo)); k-- {
			terms[k] = terms[k-1]
		}
		terms[k] = uint32(r.lo)
		n++
	}
	if n > 0 {
		var one [1]uint32
		if docs, ok := s.posts.rare(terms[0], &one); ok {
			for _, doc := range docs {
				if s.long[doc>>6]>>(doc&63)&1 != 0 {
					f(doc)
				}
			}
			return
		}
	}
	words := s.long
	for i, t := range terms[:n] {
		if i > 0 && countBits(words) <= 16 {
			break // as quickly read
		}
		with := q.rooms.get(2+i%2, s)
		s.posts.dense(t, with)
		andWords(with, words)
		words = with
	}
	for i, w := range words {
		for ; w != 0; w &= w - 1 {
			f(uint32(i<<6 + bits.TrailingZeros64(w)))
		}
	}
}
