package title

import "github.com/sessiondex/sessiondex/internal/bitarray"

// This file looks into long runs, which are in the dictionary as pairs of runes only:
// for keywords of three runes and more these give candidates.

// inLongRuns returns the live titles of which a long run contains the keyword, less
// those that are known to match.
func (q *search) inLongRuns(s *segView, known func(doc uint32) bool) []uint32 {
	if !q.keyword.long || s.long == nil {
		return nil
	}
	docs := q.longCandidates(s.segment, &q.keyword.word)
	n := 0
	for _, doc := range docs {
		if !s.deleted.Contains(doc) && !known(doc) {
			docs[n] = doc
			n++
		}
	}
	docs = docs[:n]
	n = 0
	for _, doc := range docs {
		if q.reads(s.segment, doc, true) {
			docs[n] = doc
			n++
		}
	}
	return docs[:n]
}

// Up to longFew titles, a pair is looked up for each of them, some 10 ns each; for
// more, bit arrays are intersected, which takes 3 µs a pair.
const longFew = 128

// longCandidates returns titles that have a long run, among them all that have the
// unit's pairs of runes; deleted ones included. The list is valid until the next call.
func (q *search) longCandidates(s *segment, u *unit) []uint32 {
	var terms [maxPairs]uint32 // the rarest first
	n := 0
	for _, p := range u.pairs {
		if p == "" {
			break
		}
		r := s.dict.equal(p)
		if r.len() == 0 {
			return nil
		}
		k := n
		for ; k > 0 && s.posts.count(terms[k-1]) > s.posts.count(uint32(r.lo)); k-- {
			terms[k] = terms[k-1]
		}
		terms[k] = uint32(r.lo)
		n++
	}
	if q.long == nil {
		q.long = make([]uint32, 0, 4*longFew)
	}
	docs, left := q.long[:0], terms[:n]
	if n > 0 && s.posts.count(terms[0]) <= 2*longFew {
		docs = s.posts.appendTo(docs, terms[0], &q.iter)
		left = left[1:]
		kept := docs[:0]
		for _, doc := range docs {
			if s.long[doc>>6]>>(doc&63)&1 != 0 {
				kept = append(kept, doc)
			}
		}
		docs = kept
	} else {
		limbs, count := s.long, 0
		for i := 0; len(left) > 0 && (i == 0 || count > longFew); i++ {
			with := q.scratch.get(2+i%2, s)
			s.posts.dense(left[0], with)
			bitarray.And(with, limbs)
			limbs, left = with, left[1:]
			count = bitarray.Count(limbs)
		}
		if n == 0 {
			count = bitarray.Count(limbs)
		}
		docs = bitarray.Append(docs, limbs, 0, count)
	}
	const soonRead = 4
	for len(left) > 0 && len(docs) > soonRead {
		docs, left = s.posts.keep(docs, left[0], &q.iter), left[1:]
	}
	q.long = docs
	return docs
}
