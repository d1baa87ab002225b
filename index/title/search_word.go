package title

import (
	"slices"

	"github.com/sessiondex/sessiondex/index/shell"
)

// This file answers keywords without white space: from the titles of the words that
// contain them; only those with long runs are read.

// letter adds the titles with a frequent letter, or two.
func (q *search) letter(s *segView, limbs []uint64) {
	q.stats.Terms++
	if s.deleted.Len() > 0 {
		live := q.scratch.get(0, s.segment)
		copy(live, limbs)
		s.deleted.RemoveFrom(live)
		limbs = live
	}
	q.gather.AddDocs(s.Docs, limbs, s.Len())
}

// word adds the titles that have a word, or a long run, with the keyword in it.
func (q *search) word(s *segView) {
	r := q.keyword.word.terms(s.dict)
	q.stats.Terms += r.len()
	upperBound := s.posts.upperBound(s.dict, r, q.gather.Room())
	if upperBound <= shell.GatherFew {
		q.few(s, r)
		return
	}
	var hits []uint64
	direct := upperBound > q.gather.Room() && s.Ords == nil && s.deleted.Len() == 0
	if direct {
		hits = q.gather.LimbsOf(s.Docs)
	} else {
		hits = q.scratch.get(0, s.segment)
	}
	q.scratch.union(s.segment, r, hits)
	s.deleted.RemoveFrom(hits)
	for _, doc := range q.inLongRuns(s, func(doc uint32) bool { return hits[doc>>6]>>(doc&63)&1 != 0 }) {
		hits[doc>>6] |= 1 << (doc & 63)
		upperBound++
	}
	if !direct {
		q.gather.AddDocs(s.Docs, hits, upperBound)
	}
}

// few adds the titles of some terms that are in few titles.
func (q *search) few(s *segView, r termRange) {
	docs := q.docs[:0]
	s.dict.each(r, func(t uint32) { docs = s.posts.appendTo(docs, t, &q.iter) })
	if s.deleted.Len() > 0 {
		docs = slices.DeleteFunc(docs, s.deleted.Contains)
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
	q.gather.Grow(len(docs))
	for i, doc := range docs {
		if i == 0 || docs[i-1] != doc {
			q.gather.Add(s.Ord(doc))
		}
	}
}
