package title

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/sessiondex/sessiondex/index/shell"
)

// postings say, for every term of a dictionary, which titles have it. Titles are
// numbered by their place in the segment.
//
// A term of a few titles (nine terms in ten) keeps their numbers here, four bytes each
// and one for a term of a single title; all others have a roaring bitmap.
type postings struct {
	refs   []uint32          // by term; see below
	short  []uint32          // title numbers of the rare terms
	common []*roaring.Bitmap // of the common terms, the large ones first
	counts []uint32          // of titles, by common term
	large  int               // how many bitmaps are large
}

// A term in more titles than this is common: its bitmap, of some 100 bytes at least,
// then takes no more than the numbers would.
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
		return int(p.counts[r-commonRef])
	}
}

// rare returns the titles of a rare term, and false for a common one. one is scratch
// space for the single-title case.
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

// or adds the titles of a reference to a bit array, and is false for a large bitmap: a
// container of those that is a bit array itself would overwrite what is there.
func (p *postings) or(r uint32, limbs []uint64) bool {
	switch {
	case r < listRef:
		limbs[r>>6] |= 1 << (r & 63)
	case r < commonRef:
		n, at := r&(1<<listShift-1)+1, r&^commonRef>>listShift
		for _, doc := range p.short[at : at+n] {
			limbs[doc>>6] |= 1 << (doc & 63)
		}
	default:
		i := int(r - commonRef)
		if i < p.large {
			return false
		}
		p.common[i].WriteDenseTo(limbs)
	}
	return true
}

// A bitmap of no more members than this has only array and run containers, which add
// to a bit array instead of overwriting it. Those of more are large.
const largeBitmap = 4096

// bytes estimates the memory of the postings.
func (p *postings) bytes() int {
	n := 4*(cap(p.refs)+cap(p.short)+cap(p.counts)) + 8*cap(p.common)
	for _, b := range p.common {
		// The bitmap, and of each container its content, the head and its place in
		// three lists.
		n += 88 + int(b.GetSizeInBytes()) + 51*int(b.Stats().Containers)
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

// counted reports whether count is right.
func (p *postings) counted(term uint32) bool {
	if r := p.refs[term]; r >= commonRef {
		return p.common[r-commonRef].GetCardinality() == uint64(p.counts[r-commonRef])
	}
	return true
}

// dense writes the titles of a common term to an empty bit array.
func (p *postings) dense(term uint32, limbs []uint64) {
	p.common[p.refs[term]-commonRef].WriteDenseTo(limbs)
}

// appendTo appends the titles of a term. it is scratch.
func (p *postings) appendTo(docs []uint32, term uint32, it *roaring.IntIterator) []uint32 {
	var one [1]uint32
	if few, ok := p.rare(term, &one); ok {
		return append(docs, few...)
	}
	for it.Initialize(p.common[p.refs[term]-commonRef]); it.HasNext(); {
		docs = append(docs, it.Next())
	}
	return docs
}

// keep filters docs, which must be ascending, to those that have the term, in place. it
// is scratch.
func (p *postings) keep(docs []uint32, term uint32, it *roaring.IntIterator) []uint32 {
	n := 0
	if r := p.refs[term]; r >= commonRef {
		// Goes on from title to title, where has would start from the beginning.
		it.Initialize(p.common[r-commonRef])
		for _, doc := range docs {
			if it.AdvanceIfNeeded(doc); !it.HasNext() {
				break
			}
			if it.PeekNext() == doc {
				docs[n] = doc
				n++
			}
		}
		return docs[:n]
	}
	for _, doc := range docs {
		if p.has(term, doc) {
			docs[n] = doc
			n++
		}
	}
	return docs[:n]
}

// upperBound returns a number that the titles of some terms together do not exceed. It
// stops counting above limit.
func (p *postings) upperBound(d *dictionary, r termRange, limit int) int {
	limit = max(limit, shell.GatherFew)
	if r.len() > limit {
		return r.len() // of a title each, at least
	}
	var batch [64]uint32
	sum := 0
	for n := d.take(&r, batch[:]); n > 0 && sum <= limit; n = d.take(&r, batch[:]) {
		for _, t := range batch[:n] {
			sum += p.count(t)
		}
	}
	return sum
}

// cost estimates the work of uniting the titles of some terms, in that of adding one
// title.
func (p *postings) cost(d *dictionary, r termRange, limit int) int {
	const exact = 256 // terms; more are taken to be like these
	n := r.len()
	if n == 0 {
		return 0
	}
	var batch [exact]uint32
	k := d.take(&r, batch[:])
	sum := 0
	for _, t := range batch[:k] {
		sum += 2 + min(p.count(t), limit>>5)
	}
	return sum * n / k
}
