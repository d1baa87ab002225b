package title

import (
	"cmp"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// postings say, for every term of a dictionary, which titles have it. Titles are
// numbered by their place in the segment.
//
// A term of a few titles (nine terms in ten) keeps their numbers here, four bytes
// each and one for a term of a single title; all others are bleve's, read in
// place.
type postings struct {
	refs   []uint32          // by term; see below
	short  []uint32          // title numbers of the rare terms
	common []*roaring.Bitmap // views of the bleve segment's bytes, first the bulky
	bulky  int               // how many have more than sparseMax titles
	bleve  *bleveSegment     // nil if no term is common
}

// A term in more titles than this is common. With a quarter of a million titles
// in a segment, bleve takes 66 bytes a title for all terms, 35 for those of more
// than 8 titles, 33 for those of more than 16.
const rareMax = 16

// A reference is a title number, if there is one only; or listRef with the place
// of the titles in short, shifted, and their number less one; or commonRef with
// the place in common.
const (
	listRef   = 1 << 31
	commonRef = 1<<31 | 1<<30
	listShift = 4
	maxShort  = 1 << (30 - listShift)
)

// count returns the number of titles that have a term.
func (p *postings) count(term uint32) int {
	switch r := p.refs[term]; {
	case r < listRef:
		return 1
	case r < commonRef:
		return int(r&(1<<listShift-1)) + 1
	default:
		return int(p.common[r-commonRef].GetCardinality())
	}
}

// rare returns the titles of a rare term, and false for a common one. one is room
// for a single title.
func (p *postings) rare(term uint32, one *[1]uint32) ([]uint32, bool) {
	r := p.refs[term]
	if r < listRef {
		one[0] = r
		return one[:], true
	}
	if r < commonRef {
		n, at := r&(1<<listShift-1)+1, r&^commonRef>>listShift
		return p.short[at : at+n], true
	}
	return nil, false
}

// or adds the titles of a reference to a bit array, unless it is that of a bulky term:
// a container of those that is a bit array itself would overwrite what is there.
func (p *postings) or(r uint32, words []uint64) {
	if r < listRef {
		words[r>>6] |= 1 << (r & 63)
		return
	}
	if r < commonRef {
		n, at := r&(1<<listShift-1)+1, r&^commonRef>>listShift
		for _, doc := range p.short[at : at+n] {
			words[doc>>6] |= 1 << (doc & 63)
		}
		return
	}
	p.common[r-commonRef].WriteDenseTo(words)
}

// A bitmap of no more members than this has none but array and run containers,
// which add to a bit array instead of overwriting it.
const sparseMax = 4096

// bytes estimates the memory of the postings.
func (p *postings) bytes() int {
	n := 4 * (cap(p.refs) + cap(p.short))
	if p.bleve != nil {
		n += p.bleve.bytes
	}
	for _, b := range p.common {
		// The bitmap, and of each container the head and its place in three lists.
		n += 96 + 51*int(b.Stats().Containers)
	}
	return n
}

// has reports whether a term has a title.
func (p *postings) has(term, doc uint32) bool {
	var one [1]uint32
	if docs, ok := p.rare(term, &one); ok {
		return slices.Contains(docs, doc)
	}
	return p.common[p.refs[term]-commonRef].Contains(doc)
}

// each calls f with the titles of a term.
func (p *postings) each(term uint32, f func(doc uint32)) {
	var one [1]uint32
	if docs, ok := p.rare(term, &one); ok {
		for _, doc := range docs {
			f(doc)
		}
		return
	}
	for it := p.common[p.refs[term]-commonRef].Iterator(); it.HasNext(); {
		f(it.Next())
	}
}

// intersect calls f with titles among which are all that have every one of some
// terms. It sorts the terms.
func (p *postings) intersect(terms []uint32, f func(doc uint32)) {
	slices.SortFunc(terms, func(a, b uint32) int { return cmp.Compare(p.count(a), p.count(b)) })
	if p.refs[terms[0]] < commonRef {
		p.each(terms[0], f)
		return
	}
	// The rarest term is common, so all are.
	both := p.common[p.refs[terms[0]]-commonRef]
	for _, t := range terms[1:] {
		if both.GetCardinality() <= 32 {
			break
		}
		both = roaring.And(both, p.common[p.refs[t]-commonRef])
	}
	for it := both.Iterator(); it.HasNext(); {
		f(it.Next())
	}
}
