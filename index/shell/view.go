package shell

import (
	"cmp"
	"fmt"
	"sync/atomic"

	"github.com/sessiondex/sessiondex/index/set"
)

// View is the texts of one version. It is immutable: it can be read for as long
// as it is held, from any goroutine, and keeps nobody waiting. There may be
// several Views of one version, which differ in how much is sealed, and not in
// what they find.
type View[S Segment] struct {
	cache   *cache[S]
	version uint64
	texts   int
	limit   int // one past the largest ordinal that ever had a text
	segs    []SegmentView[S]
	mems    []memView // the last one is the active memtable
	history history

	// recent holds the last match sets that were asked of this very View, so that
	// the pages of a snapshot stay known while the cache follows newer versions.
	recent [2]atomic.Pointer[known]
}

// Segment is an immutable index of some texts.
type Segment interface {
	// Numbering returns the texts and their numbers; a segment that embeds *Docs has it.
	Numbering() *Docs
	// Bytes estimates the memory of the segment, without the texts' own.
	Bytes() int
	// Check rebuilds what the segment knows of its texts, and compares.
	Check() error
}

// SegmentView is a segment and which of its documents are gone.
type SegmentView[S Segment] struct {
	*sealed[S]
	Deleted *set.Set // by document number
	size    int      // memory, estimated
}

// sealed is a segment and what the writer notes of it, under Index.mu.
type sealed[S Segment] struct {
	Segment S
	*Docs
	died   *died // where what is rewriting the segment hears of removals; nil: nothing is
	failed bool  // building from it has failed; it is left as it is
}

// Each calls f with the texts that are live. It asks goOn now and then, and reports
// whether it got to the end.
func (s SegmentView[S]) Each(goOn func() bool, f func(ord uint32, text string)) bool {
	for doc, t := range s.Texts {
		if doc%memChunkLen == 0 && !goOn() {
			return false
		}
		if t != "" && !s.Deleted.Contains(uint32(doc)) {
			f(s.Ord(uint32(doc)), t)
		}
	}
	return true
}

// next returns the beginnings of the next version.
func (v *View[S]) next() *View[S] {
	return &View[S]{cache: v.cache, version: v.version + 1, texts: v.texts, limit: v.limit, segs: v.segs, mems: v.mems}
}

// clone returns another View of the same version, to be given a better form.
func (v *View[S]) clone() *View[S] {
	c := &View[S]{
		cache: v.cache, version: v.version, texts: v.texts, limit: v.limit,
		segs: v.segs, mems: v.mems, history: v.history,
	}
	for i := range v.recent {
		c.recent[i].Store(v.recent[i].Load())
	}
	return c
}

// Len returns the number of texts.
func (v *View[S]) Len() int { return v.texts }

// Limit returns one past the largest ordinal that ever had a text.
func (v *View[S]) Limit() int { return v.limit }

// Segments returns the sealed segments, in the order of their first ordinals.
func (v *View[S]) Segments() []SegmentView[S] { return v.segs }

// EachBuffered calls f with the live texts that are not sealed. It asks goOn now and
// then, and reports whether it got to the end.
func (v *View[S]) EachBuffered(goOn func() bool, f func(ord uint32, text string)) bool {
	for _, m := range v.mems {
		if !m.each(v.version, goOn, f) {
			return false
		}
	}
	return true
}

// Verify compares the View with the truth: for every ordinal below universe, its
// text, or "" for none. It also rebuilds what the segments know of their texts, and
// compares.
func (v *View[S]) Verify(text func(ord uint32) string, universe int) error {
	seen := make([]uint64, (max(universe, v.limit)+63)/64)
	var err error
	n := 0
	one := func(ord uint32, got string) {
		n++
		switch {
		case err != nil:
		case int(ord) >= universe:
			err = fmt.Errorf("ordinal %d has the text %q, and there are only %d ordinals", ord, got, universe)
		case seen[ord>>6]>>(ord&63)&1 != 0:
			err = fmt.Errorf("ordinal %d is held twice", ord)
		default:
			seen[ord>>6] |= 1 << (ord & 63)
			if want := text(ord); got != want {
				err = fmt.Errorf("ordinal %d has the text %q, and is indexed as %q", ord, want, got)
			}
		}
	}
	always := func() bool { return true }
	for _, m := range v.mems {
		m.each(v.version, always, one)
	}
	for _, s := range v.segs {
		if err := s.Deleted.Check(); err != nil {
			return fmt.Errorf("the deleted of a segment: %w", err)
		}
		s.Each(always, one)
	}
	if err != nil {
		return err
	}
	for ord := range uint32(universe) {
		if seen[ord>>6]>>(ord&63)&1 == 0 && text(ord) != "" {
			return fmt.Errorf("ordinal %d has the text %q, and is not held", ord, text(ord))
		}
	}
	if n != v.texts {
		return fmt.Errorf("%d texts are held, said to be %d", n, v.texts)
	}
	for i, s := range v.segs {
		if err := cmp.Or(s.Docs.Check(), s.Segment.Check()); err != nil {
			return fmt.Errorf("segment %d of %d: %w", i, len(v.segs), err)
		}
	}
	return nil
}
