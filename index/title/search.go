package title

import (
	"context"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/index/shell"
)

// Search returns every ordinal whose folded title contains the keyword, which is
// folded and trimmed. It holds to strings.Contains for any keyword whatever, but
// one that is blank, or not valid UTF-8, makes it read every title. The error is
// that of the context. The set may be kept, and is shared with other callers.
func (v View) Search(ctx context.Context, folded string) (set.Found, SearchStats, error) {
	if err := ctx.Err(); err != nil {
		return set.Found{}, SearchStats{}, err
	}
	if found, stats, ok := v.Known(folded); ok {
		return found, stats, nil
	}
	q := searches.Get().(*search)
	defer q.drop()
	q.ctx, q.gather.Limit = ctx, v.Limit()
	q.keyword.set(folded)
	segs := v.Segments()
	for i := range segs {
		q.scratch.limit = max(q.scratch.limit, segs[i].Limit())
	}
	within, ok := v.narrowed(folded)
	for i := range segs {
		q.gather.Segments = len(segs) - i
		q.seg = segView{segs[i].Segment, segs[i].Deleted}
		if ok {
			q.within(&q.seg, within)
		} else {
			q.segment(&q.seg)
		}
		if err := ctx.Err(); err != nil {
			return set.Found{}, q.stats, err
		}
	}
	if !v.EachBuffered(q.goOn, q.scan) {
		return set.Found{}, q.stats, ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return set.Found{}, q.stats, err
	}
	found := q.gather.Finish()
	v.Remember(folded, found, q.stats)
	return found, q.stats, nil
}

// segView is a segment and which of its titles are gone.
type segView struct {
	*segment
	deleted *set.Set
}

// narrowed returns a small known superset of a keyword's matches: those of the
// keyword without its last runes, as they come up while a keyword is typed.
func (v View) narrowed(keyword string) ([]uint32, bool) {
	const (
		runes = 3  // looked back
		few   = 32 // found by ordinal, 0.1 µs a segment each
	)
	for n, i := 0, len(keyword)-1; i > 0 && n < runes; i-- {
		if c := keyword[i]; c&0xc0 == 0x80 {
			continue // within a rune
		}
		n++
		if found, _, ok := v.Known(keyword[:i]); ok && found.N <= few && found.Limbs == nil {
			return found.List, true
		}
	}
	return nil, false
}

// searches are not in use; they keep their memory.
var searches = sync.Pool{New: func() any { return new(search) }}

// search is one keyword being looked for in one View. It holds all that this needs
// for its time, so that a search makes its result and nothing else.
type search struct {
	ctx        context.Context
	keyword    keyword
	seg        segView // under way
	gather     shell.Gather
	stats      SearchStats
	steps      int
	read       int  // bytes of titles, since the caller was last asked for
	stopped    bool // the caller no longer waits
	scratch    scratch
	prefetched byte // see prefetch
	iter       roaring.IntIterator
	docs       [shell.GatherFew]uint32 // for titles of few words
	long       []uint32                // for titles with long runs
}

// drop gives the working memory back.
func (q *search) drop() {
	q.gather.Drop()
	q.scratch.drop()
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
		q.gather.Add(ord)
	}
}

// scanSegment reads every live title.
func (q *search) scanSegment(s *segView) {
	for doc, t := range s.Texts {
		if doc%256 == 0 && !q.goOn() {
			return
		}
		if t != "" && !s.deleted.Contains(uint32(doc)) {
			q.scan(s.Ord(uint32(doc)), t)
		}
	}
}

// within looks only at some ordinals, known to hold all matches.
func (q *search) within(s *segView, ords []uint32) {
	for _, o := range ords {
		if doc, ok := s.Find(o); ok && !s.deleted.Contains(doc) && q.reads(s.segment, doc, false) {
			q.gather.Add(o)
		}
	}
}

// largeTitle is a length from which it is worth asking for what is known of giants.
const largeTitle = 1024

// reads reports whether the title of a candidate contains the keyword. onlyLong says
// that no word of it does, so that its long runs are all that matters.
func (q *search) reads(s *segment, doc uint32, onlyLong bool) bool {
	text := s.Texts[doc]
	if len(text) > largeTitle {
		if g := s.giant(doc); g != nil {
			if !g.sig.mayContain(q.triples()) {
				return false
			}
			if onlyLong && !g.unindexed {
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
	if k.strategy == scan {
		q.scanSegment(s)
		return
	}
	switch k.strategy {
	case oneRune:
		if w := s.runes[k.rune]; w != nil {
			q.letter(s, w)
		} else {
			q.word(s)
		}
	case oneWord:
		var w []uint64
		if len(k.text) == 2 {
			w = s.pairs[k.text]
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
		if !g.unindexed || s.deleted.Contains(g.doc) {
			continue
		}
		q.stats.Scanned++
		if !q.goOn() {
			return
		}
		if g.sig.mayContain(q.triples()) && q.contains(s.Texts[g.doc]) {
			q.gather.Add(s.Ord(g.doc))
		}
	}
}
