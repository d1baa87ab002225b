package title

import (
	"fmt"
	"sync/atomic"
	"unsafe"
)

// View is the titles of one version. It is immutable: it can be read for as long
// as it is held, from any goroutine, and keeps nobody waiting. There may be
// several Views of one version, which differ in how much is sealed, and not in
// what they find.
type View struct {
	cache   *cache
	version uint64
	titles  int
	limit   int // one past the largest ordinal that ever had a title
	segs    []segView
	mems    []memView // the last one is the active memtable
	history history

	// recent holds the last match sets that were asked of this very View, so that
	// the pages of a snapshot stay known while the cache follows newer versions.
	recent [2]atomic.Pointer[known]
}

// segView is a segment and which of its titles are gone.
type segView struct {
	*segment
	dead *deadSet
	size int // memory, estimated
}

// each calls f with the titles that are alive. It asks goOn now and then, and
// reports whether it got to the end.
func (s segView) each(goOn func() bool, f func(ord uint32, title string)) bool {
	for doc, t := range s.titles {
		if doc%memChunkLen == 0 && !goOn() {
			return false
		}
		if t != "" && !s.dead.has(uint32(doc)) {
			f(s.ord(uint32(doc)), t)
		}
	}
	return true
}

// next returns the beginnings of the next version.
func (v *View) next() *View {
	return &View{cache: v.cache, version: v.version + 1, titles: v.titles, limit: v.limit, segs: v.segs, mems: v.mems}
}

// clone returns another View of the same version, to be given a better form.
func (v *View) clone() *View {
	c := &View{
		cache: v.cache, version: v.version, titles: v.titles, limit: v.limit,
		segs: v.segs, mems: v.mems, history: v.history,
	}
	for i := range v.recent {
		c.recent[i].Store(v.recent[i].Load())
	}
	return c
}

// Len returns the number of titles.
func (v *View) Len() int { return v.titles }

// Verify compares the View with the truth: for every ordinal below universe, its
// folded title, or "" for none. It also rebuilds what the segments know of their
// titles and compares that. About 4 µs a title.
func (v *View) Verify(title func(ord uint32) string, universe int) error {
	seen := make([]uint64, (max(universe, v.limit)+63)/64)
	var err error
	n := 0
	one := func(ord uint32, got string) {
		n++
		switch {
		case err != nil:
		case int(ord) >= universe:
			err = fmt.Errorf("ordinal %d has the title %q, and there are only %d ordinals", ord, got, universe)
		case seen[ord>>6]>>(ord&63)&1 != 0:
			err = fmt.Errorf("ordinal %d is held twice", ord)
		default:
			seen[ord>>6] |= 1 << (ord & 63)
			if want := title(ord); got != want {
				err = fmt.Errorf("ordinal %d has the title %q, and is indexed as %q", ord, want, got)
			}
		}
	}
	always := func() bool { return true }
	for _, m := range v.mems {
		m.each(v.version, always, one)
	}
	for _, s := range v.segs {
		if !s.dead.check() {
			return fmt.Errorf("title view: the dead of a segment are miscounted")
		}
		s.each(always, one)
	}
	if err != nil {
		return fmt.Errorf("title view: %w", err)
	}
	for ord := range uint32(universe) {
		if seen[ord>>6]>>(ord&63)&1 == 0 && title(ord) != "" {
			return fmt.Errorf("title view: ordinal %d has the title %q, and is not held", ord, title(ord))
		}
	}
	if n != v.titles {
		return fmt.Errorf("title view: holds %d titles, and says %d", n, v.titles)
	}
	for i, s := range v.segs {
		if err := s.check(); err != nil {
			return fmt.Errorf("title view: segment %d of %d: %w", i, len(v.segs), err)
		}
	}
	return nil
}

// view returns the bytes as a string without a copy; they must not change.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
