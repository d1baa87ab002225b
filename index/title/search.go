package title

import (
	"context"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/sessiondex/sessiondex/index/set"
)

// SearchStats says how a search was answered.
type SearchStats struct {
	Segments int  // segments asked
	Terms    int  // dictionary terms that the keyword, or a part of it, was found in
	Verified int  // candidates whose title was read
	Scanned  int  // titles that were scanned: not sealed yet, or too large to be cut
	Cached   bool // the match set was known, or brought up to date; the rest tells how it was found
}

// Search returns every ordinal whose folded title contains the keyword, which is
// folded and trimmed. It holds to strings.Contains for any keyword whatever, but
// one that is blank, or not valid UTF-8, makes it read every title. The error is
// that of the context. The set may be kept, and is shared with other callers.
func (v *View) Search(ctx context.Context, folded string) (set.Found, SearchStats, error) {
	if err := ctx.Err(); err != nil {
		return set.Found{}, SearchStats{}, err
	}
	if k := v.cache.get(v, folded); k != nil {
		stats := k.stats
		stats.Cached = true
		return k.found, stats, nil
	}
	q := searches.Get().(*search)
	defer q.drop()
	q.ctx, q.gather.limit = ctx, v.limit
	q.keyword.set(folded)
	for _, s := range v.segs {
		q.rooms.places = max(q.rooms.places, s.places())
	}
	within, ok := v.narrowed(folded)
	for i := range v.segs {
		q.gather.segs = len(v.segs) - i
		if ok {
			q.within(&v.segs[i], within)
		} else {
			q.segment(&v.segs[i])
		}
		if err := ctx.Err(); err != nil {
			return set.Found{}, q.stats, err
		}
	}
	for _, m := range v.mems {
		if !m.each(v.version, q.goOn, q.scan) {
			return set.Found{}, q.stats, ctx.Err()
		}
	}
	found := q.gather.finish()
	v.cache.put(v, folded, found, q.stats)
	return found, q.stats, nil
}

// narrowed returns a small known superset of a keyword's matches: those of the
// keyword without its last runes, as they come up while a keyword is typed.
func (v *View) narrowed(keyword string) ([]uint32, bool) {
	const (
		runes = 3  // looked back
		few   = 32 // found by ordinal, 0.1 µs a segment each
	)
	for n, i := 0, len(keyword)-1; i > 0 && n < runes; i-- {
		if c := keyword[i]; c&0xc0 == 0x80 {
			continue // within a rune
		}
		n++
		if k := v.cache.get(v, keyword[:i]); k != nil && k.found.N <= few && k.found.Words == nil {
			return k.found.List, true
		}
	}
	return nil, false
}

// searches are not in use; they keep their room.
var searches = sync.Pool{New: func() any { return new(search) }}

// search is one keyword being looked for in one View. It holds all that this needs
// for its time, so that a search makes its result and nothing else.
type search struct {
	ctx     context.Context
	keyword keyword
	gather  gather
	stats   SearchStats
	steps   int
	read    int  // bytes of titles, since the caller was last asked for
	stopped bool // the caller no longer waits
	touched byte // what was read ahead, so that the compiler leaves the reading in
	rooms   rooms
	iter    roaring.IntIterator
	docs    [gatherFew]uint32 // for titles of few words
	long    []uint32          // for titles with long runs
}

// drop gives the working memory back.
func (q *search) drop() {
	q.gather.drop()
	q.rooms.drop()
	clear(q.keyword.all) // of strings
	*q = search{
		keyword: keyword{all: q.keyword.all[:0], triples: q.keyword.triples[:0]},
		long:    q.long[:0],
	}
	searches.Put(q)
}

// goOn reports whether the caller still waits. It is asked every few hundred
// titles at least.
func (q *search) goOn() bool {
	if q.steps++; q.steps%4 == 0 {
		q.stopped = q.stopped || q.ctx.Err() != nil
	}
	return !q.stopped
}

// A search asks whether the caller still waits after reading this many bytes of
// titles, some tenths of a millisecond.
const pacedBytes = 256 << 10

// contains reports whether a title contains the keyword. Once the caller no longer
// waits it reads nothing: what has been found is dropped anyway.
func (q *search) contains(title string) bool {
	if q.read += len(title); q.read >= pacedBytes {
		q.read = 0
		q.stopped = q.stopped || q.ctx.Err() != nil
	}
	return !q.stopped && q.keyword.find.in(title)
}

// scan adds a title if it contains the keyword.
func (q *search) scan(ord uint32, title string) {
	q.stats.Scanned++
	if q.contains(title) {
		q.gather.add(ord)
	}
}

// within looks only at some ordinals, known to hold all matches.
func (q *search) within(s *segView, ords []uint32) {
	for _, o := range ords {
		if doc, ok := s.find(o); ok && !s.dead.has(doc) && q.reads(s.segment, doc, false) {
			q.gather.add(o)
		}
	}
}

// largeTitle is a length from which it is worth asking for what is known of giants.
const largeTitle = 1024

// reads reports whether the title of a candidate contains the keyword. onlyLong says
// that no word of it does, so that its long runs are all that matters.
func (q *search) reads(s *segment, doc uint32, onlyLong bool) bool {
	text := s.titles[doc]
	if len(text) > largeTitle {
		if g := s.giant(doc); g != nil {
			if !g.sig.mayContain(q.triples()) {
				return false
			}
			if onlyLong && !g.aside {
				text = g.long
			}
		}
	}
	q.stats.Verified++
	return q.contains(text)
}

// triples returns the keyword's for the giants; most searches need none.
func (q *search) triples() []uint32 {
	if len(q.keyword.triples) == 0 {
		q.keyword.triples = appendTriples(q.keyword.triples, q.keyword.text)
	}
	return q.keyword.triples
}

// segment adds the matches among the live titles of a segment.
func (q *search) segment(s *segView) {
	q.stats.Segments++
	k := &q.keyword
	if len(k.text) > s.longest {
		return
	}
	if k.way == scan {
		s.each(q.goOn, q.scan)
		return
	}
	switch k.way {
	case oneRune:
		if w := s.letters[k.rune]; w != nil {
			q.letter(s, w)
		} else {
			q.word(s)
		}
	case oneWord:
		var w []uint64
		if len(k.text) == 2 {
			w = s.bigrams[k.text]
		}
		if w != nil {
			q.letter(s, w)
		} else {
			q.word(s)
		}
	case phrase:
		q.phrase(s)
	}
	for _, g := range s.giants {
		if !g.aside || s.dead.has(g.doc) {
			continue
		}
		q.stats.Scanned++
		if !q.goOn() {
			return
		}
		if g.sig.mayContain(q.triples()) && q.contains(s.titles[g.doc]) {
			q.gather.add(s.ord(g.doc))
		}
	}
}
