package title

import (
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
	common []*roaring.Bitmap // views of the bleve segment's bytes; nil for the solid
	counts []uint32          // of titles, by common term
	solid  [][]uint64        // bit arrays of the first common terms
	bulky  int               // so many common terms, the solid included, are the first and large
	bleve  *bleveSegment     // nil if no term is common
}

// A common term in more than one title of solidShare is kept as a bit array, which
// is added to another several times as fast as bleve's bitmap is. There are five to
// ten of them, an eighth of a byte a title each.
const solidShare = 16

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
		return int(p.counts[r-commonRef])
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

// or adds the titles of a reference to a bit array, and is false for one of a bulky
// term that is not solid: a container of those that is a bit array itself would
// overwrite what is there.
func (p *postings) or(r uint32, words []uint64) bool {
	switch {
	case r < listRef:
		words[r>>6] |= 1 << (r & 63)
	case r < commonRef:
		n, at := r&(1<<listShift-1)+1, r&^commonRef>>listShift
		for _, doc := range p.short[at : at+n] {
			words[doc>>6] |= 1 << (doc & 63)
		}
	default:
		i := int(r - commonRef)
		if i < len(p.solid) {
			orWords(words, p.solid[i])
		} else if i < p.bulky {
			return false
		} else {
			p.common[i].WriteDenseTo(words)
		}
	}
	return true
}

// A bitmap of no more members than this has none but array and run containers,
// which add to a bit array instead of overwriting it.
const sparseMax = 4096

// bytes estimates the memory of the postings.
func (p *postings) bytes() int {
	n := 4*(cap(p.refs)+cap(p.short)+cap(p.counts)) + 8*cap(p.common)
	if p.bleve != nil {
		n += p.bleve.bytes
	}
	for i, b := range p.common {
		if i < len(p.solid) {
			n += 24 + 8*cap(p.solid[i])
			continue
		}
		// The bitmap, and of each container the head and its place in three lists.
		n += 88 + 51*int(b.Stats().Containers)
	}
	return n
}

// has reports whether a term has a title.
func (p *postings) has(term, doc uint32) bool {
	var one [1]uint32
	if docs, ok := p.rare(term, &one); ok {
		return slices.Contains(docs, doc)
	}
	i := int(p.refs[term] - commonRef)
	if i < len(p.solid) {
		return p.solid[i][doc>>6]>>(doc&63)&1 != 0
	}
	return p.common[i].Contains(doc)
}

// counted reports whether count is right.
func (p *postings) counted(term uint32) bool {
	if r := p.refs[term]; r >= commonRef {
		if i := int(r - commonRef); i < len(p.solid) {
			return countBits(p.solid[i]) == int(p.counts[i])
		} else {
			return p.common[i].GetCardinality() == uint64(p.counts[i])
		}
	}
	return true
}

// dense writes the titles of a common term to an empty bit array.
func (p *postings) dense(term uint32, words []uint64) {
	if i := int(p.refs[term] - commonRef); i < len(p.solid) {
		copy(words, p.solid[i])
	} else {
		p.common[i].WriteDenseTo(words)
	}
}

// appendTo appends the titles of a term. it is working memory.
func (p *postings) appendTo(docs []uint32, term uint32, it *roaring.IntIterator) []uint32 {
	var one [1]uint32
	if few, ok := p.rare(term, &one); ok {
		return append(docs, few...)
	}
	i := int(p.refs[term] - commonRef)
	if i < len(p.solid) {
		return appendBits(docs, p.solid[i], 0, int(p.counts[i]))
	}
	for it.Initialize(p.common[i]); it.HasNext(); {
		docs = append(docs, it.Next())
	}
	return docs
}

// keep takes the titles out of an ascending list that do not have a term, in place. it
// is working memory.
func (p *postings) keep(docs []uint32, term uint32, it *roaring.IntIterator) []uint32 {
	n := 0
	if i := int(p.refs[term]) - commonRef; i >= len(p.solid) {
		// Goes on from title to title, where has would start from the beginning.
		it.Initialize(p.common[i])
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

// most returns a number that the titles of some terms together do not exceed. It
// stops counting above limit.
func (p *postings) most(d *dictionary, r termRange, limit int) int {
	limit = max(limit, gatherFew)
	if r.len() > limit {
		return r.len() // of a title each, at the least
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
func (p *postings) cost(d *dictionary, r termRange, places int) int {
	const exact = 256 // terms; more are taken to be like these
	n := r.len()
	if n == 0 {
		return 0
	}
	var batch [exact]uint32
	k := d.take(&r, batch[:])
	sum := 0
	for _, t := range batch[:k] {
		sum += 2 + min(p.count(t), places>>5)
	}
	return sum * n / k
}
