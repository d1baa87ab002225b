package title

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
	"strings"

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
	g := gather{limit: v.limit}
	q := search{ctx: ctx, keyword: newKeyword(folded), gather: &g}
	for _, s := range v.segs {
		q.rooms.places = max(q.rooms.places, s.places())
	}
	defer q.rooms.drop()
	within, ok := v.narrowed(folded)
	for i := range v.segs {
		if ok {
			q.within(&v.segs[i], within)
		} else {
			q.segment(&v.segs[i])
		}
		if err := ctx.Err(); err != nil {
			g.drop()
			return set.Found{}, q.stats, err
		}
	}
	for _, m := range v.mems {
		if !m.each(v.version, q.goOn, q.scan) {
			g.drop()
			return set.Found{}, q.stats, ctx.Err()
		}
	}
	found := g.finish()
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

// search is one keyword being looked for in one View.
type search struct {
	ctx     context.Context
	keyword keyword
	gather  *gather
	stats   SearchStats
	steps   int
	touched byte // what was read ahead, so that the compiler leaves the reading in
	rooms   rooms
}

// rooms are bit arrays to work in, for the places of one segment at a time.
type rooms struct {
	places int // of the largest segment
	dense  [3]*set.Dense
}

// get returns the array of a number, empty. It is valid until the next call for the
// same number.
func (r *rooms) get(k int, s *segment) []uint64 {
	n := wordsFor(s.places())
	if r.dense[k] == nil {
		r.dense[k] = set.GetDense(r.places)
	} else {
		clear(r.dense[k].Words[:n])
	}
	return r.dense[k].Words[:n]
}

func (r *rooms) drop() {
	for _, d := range r.dense {
		if d != nil {
			d.Release()
		}
	}
}

// goOn reports whether the caller still waits. It is asked every few hundred
// titles at the least.
func (q *search) goOn() bool {
	if q.steps++; q.steps%4 == 0 {
		return q.ctx.Err() == nil
	}
	return true
}

// scan adds a title if it contains the keyword.
func (q *search) scan(ord uint32, title string) {
	q.stats.Scanned++
	if strings.Contains(title, q.keyword.text) {
		q.gather.add(ord)
	}
}

// within looks only at some ordinals, known to hold all matches.
func (q *search) within(s *segView, ords []uint32) {
	for _, o := range ords {
		if doc, ok := s.find(o); ok && !s.dead.has(doc) {
			q.verify(s, doc)
		}
	}
}

// largeTitle is a length from which it is worth asking for what is known of giants.
const largeTitle = 1024

// verify reads the title of a candidate.
func (q *search) verify(s *segView, doc uint32) { q.read(s, doc, false) }

// read adds a candidate if its title contains the keyword. onlyLong says that no
// word of it does, so that its long runs are all that matters.
func (q *search) read(s *segView, doc uint32, onlyLong bool) {
	text := s.titles[doc]
	if len(text) > largeTitle {
		if g := s.giant(doc); g != nil {
			if !g.sig.mayContain(q.keyword.triples) {
				return
			}
			if onlyLong && !g.aside {
				text = g.long
			}
		}
	}
	q.stats.Verified++
	if strings.Contains(text, q.keyword.text) {
		q.gather.add(s.ord(doc))
	}
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
	if w := s.letters[k.rune]; k.way == oneRune && w != nil {
		q.stats.Terms++
		q.whole(s, w)
	} else if k.way == phrase {
		q.phrase(s)
	} else {
		q.word(s)
	}
	for _, g := range s.giants {
		if !g.aside || s.dead.has(g.doc) {
			continue
		}
		q.stats.Scanned++
		if !q.goOn() {
			return
		}
		if text := s.titles[g.doc]; g.contains(text, k.text, k.triples) {
			q.gather.add(s.ord(g.doc))
		}
	}
}

// whole adds the living among the titles that are set in words.
func (q *search) whole(s *segView, words []uint64) {
	if s.dead != nil {
		living := q.rooms.get(0, s.segment)
		copy(living, words)
		s.dead.remove(living)
		words = living
	}
	q.gather.addTitles(s.segment, words)
}

// word adds the titles of which one word, or long run, contains the keyword. Only
// titles with long runs are read.
func (q *search) word(s *segView) {
	u := &q.keyword.word
	r := u.terms(s.dict)
	q.stats.Terms += r.len()
	var hits []uint64
	if !q.few(s, r) {
		if s.ords == nil && s.dead == nil {
			hits = q.gather.of(s.segment)
			q.union(s, r, hits)
		} else {
			hits = q.rooms.get(0, s.segment)
			q.union(s, r, hits)
			s.dead.remove(hits)
			q.gather.addTitles(s.segment, hits)
		}
	}
	if q.keyword.long && s.long != nil {
		s.longCandidates(u.pairs, func(doc uint32) {
			if !s.dead.has(doc) && (hits == nil || hits[doc>>6]>>(doc&63)&1 == 0) {
				q.read(s, doc, true)
			}
		})
	}
}

// few adds the titles of some terms one by one, if they are few.
func (q *search) few(s *segView, r termRange) bool {
	const maxTerms, maxTitles = 64, 256
	if r.len() > maxTerms {
		return false
	}
	sum := 0
	s.dict.each(r, func(t uint32) { sum += s.posts.count(t) })
	if sum > maxTitles {
		return false
	}
	s.dict.each(r, func(t uint32) {
		s.posts.each(t, func(doc uint32) {
			if !s.dead.has(doc) {
				q.gather.add(s.ord(doc))
			}
		})
	})
	return true
}

// union adds the titles that have any of some terms to a bit array.
func (q *search) union(s *segView, r termRange, words []uint64) {
	var batch, refs [64]uint32
	for n := s.dict.take(&r, batch[:]); n > 0; n = s.dict.take(&r, batch[:]) {
		// All references first: the loads do not wait for one another, nor for what
		// is then guessed wrong about them.
		for i, t := range batch[:n] {
			refs[i] = s.posts.refs[t]
		}
		for _, ref := range refs[:n] {
			if ref >= commonRef && int(ref-commonRef) < s.posts.bulky {
				tmp := q.rooms.get(2, s.segment)
				s.posts.common[ref-commonRef].WriteDenseTo(tmp)
				orWords(words, tmp)
			} else {
				s.posts.or(ref, words)
			}
		}
	}
}

// readCost is how much longer reading a title takes than adding one to a union.
const readCost = 32

// phrase reads the titles that have, for each part of the keyword, a word or long
// run in which the part can lie.
func (q *search) phrase(s *segView) {
	type part struct {
		*unit
		terms termRange
		cost  int // titles to be united, at the most
	}
	var room [8]part
	parts := room[:0]
	for i := range q.keyword.all {
		u := &q.keyword.all[i]
		p := part{u, u.terms(s.dict), 0}
		q.stats.Terms += p.terms.len()
		if p.terms.len() == 0 && s.long == nil {
			return
		}
		if p.terms.len() > 1024 {
			p.cost = s.places() + p.terms.len()
		} else {
			s.dict.each(p.terms, func(t uint32) { p.cost += s.posts.count(t) })
		}
		parts = append(parts, p)
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.cost, b.cost) })

	// The titles of the rarest part, then of those the ones that have the others
	// too, as long as asking for that is cheaper than reading the candidates.
	var hits []uint64
	for i, p := range parts {
		if i > 0 && countBits(hits)*readCost <= p.cost {
			break
		}
		more := q.rooms.get(min(i, 1), s.segment)
		q.union(s, p.terms, more)
		if s.long != nil {
			s.longCandidates(p.pairs, func(doc uint32) { more[doc>>6] |= 1 << (doc & 63) })
		}
		if i > 0 {
			for k, w := range more {
				hits[k] &= w
			}
			continue
		}
		hits = more
		s.dead.remove(hits)
		s.filter(hits, q.keyword.gaps)
	}
	q.verifyAll(s, hits)
}

// filter takes out the titles that lack any of some word boundaries.
func (s *segment) filter(words []uint64, g gaps) {
	if g == 0 {
		return
	}
	for i, w := range words {
		for left := w; left != 0; left &= left - 1 {
			b := bits.TrailingZeros64(left)
			if g&^s.gaps[i<<6+b] != 0 {
				w &^= 1 << b
			}
		}
		words[i] = w
	}
}

// verifyAll reads the titles of many candidates. Most of the time goes into waiting
// for memory, so the titles of a batch are touched first, in a loop in which the
// processor has many loads under way, and compared then.
func (q *search) verifyAll(s *segView, words []uint64) {
	var batch [32]uint32
	n := 0
	flush := func() bool {
		for _, doc := range batch[:n] {
			if t := s.titles[doc]; t != "" {
				q.touched += t[0] + t[len(t)-1]
			}
		}
		for _, doc := range batch[:n] {
			q.verify(s, doc)
		}
		n = 0
		return q.goOn()
	}
	for i, w := range words {
		for ; w != 0; w &= w - 1 {
			batch[n] = uint32(i<<6 + bits.TrailingZeros64(w))
			if n++; n == len(batch) && !flush() {
				return
			}
		}
	}
	flush()
}

// longCandidates calls f with the titles that have a long run and all of some
// pairs of runes; dead ones included.
func (s *segment) longCandidates(pairs []string, f func(doc uint32)) {
	if len(pairs) == 0 {
		for i, w := range s.long {
			for ; w != 0; w &= w - 1 {
				f(uint32(i<<6 + bits.TrailingZeros64(w)))
			}
		}
		return
	}
	var room [maxPairs]uint32
	terms := room[:0]
	for _, p := range pairs {
		r := s.dict.equal(p)
		if r.len() == 0 {
			return
		}
		terms = append(terms, uint32(r.lo))
	}
	s.posts.intersect(terms, func(doc uint32) {
		if s.long[doc>>6]>>(doc&63)&1 != 0 {
			f(doc)
		}
	})
}
