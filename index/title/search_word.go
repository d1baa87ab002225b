package title

import "slices"

// This file answers keywords without white space: from the titles of the words that
// contain them, of which only those with long runs are read.

// letter adds the titles with a frequent letter, or two.
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
	q.rooms.union(s.segment, r, hits)
	s.dead.remove(hits)
	for _, doc := range q.inLongRuns(s, func(doc uint32) bool { return hits[doc>>6]>>(doc&63)&1 != 0 }) {
		hits[doc>>6] |= 1 << (doc & 63)
		most++
	}
	if !direct {
		q.gather.addTitles(s.segment, hits, most)
	}
}

// few adds the titles of some terms that are in few titles.
func (q *search) few(s *segView, r termRange) {
	docs := q.docs[:0]
	s.dict.each(r, func(t uint32) { docs = s.posts.appendTo(docs, t, &q.iter) })
	if s.dead != nil {
		docs = slices.DeleteFunc(docs, s.dead.has)
	}
	slices.Sort(docs)
	long := q.inLongRuns(s, func(doc uint32) bool {
		_, ok := slices.BinarySearch(docs, doc)
		return ok
	})
	if len(long) > 0 {
		docs = append(docs, long...)
		slices.Sort(docs)
	}
	q.gather.grow(len(docs))
	for i, doc := range docs {
		if i == 0 || docs[i-1] != doc {
			q.gather.add(s.ord(doc))
		}
	}
}
