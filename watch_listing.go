package sessiondex

import (
	"context"
	"iter"
	"time"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
)

// listing is a window of a listing that somebody watches. All but what is fixed
// is guarded by the hub's lock.
type listing struct {
	// First what the dispatcher reads and writes for every session written.
	stale     bool          // the window need not be that of the hub's version
	computing bool          // somebody is at it
	desc      bool          // the order, fixed
	by        index.Order   // the same
	tests     int           // how many changes of the hub's last batch were tested
	pass      uint64        // counts the batches that came by
	cost      time.Duration // of computing the window the last time
	window    *window       // the last one that was computed; nil at first
	matcher   plan.Matcher  // fixed

	computed uint64        // the version that the window was last computed in
	changed  chan struct{} // closed and replaced when the window is, or stale
	watchers int
	place    int // among the general listings of the routes

	query query.Query // normalised
	key   string
	hash  uint64 // of the key, for tokens
}

// window is the rows of a page, without the version that it is from. Immutable.
type window struct {
	version          uint64
	rows             []index.Packed
	total            int
	nextCur, prevCur string
	// edits lead here from the window before, which is not kept for that. It is
	// known by its version.
	before uint64
	edits  []edit
	first  bool // there is none before
}

func newListing(q query.Query, key string, hash uint64, v *index.View) (*listing, error) {
	m, err := plan.NewMatcher(q, v.Schema(), v.Words())
	if err != nil {
		return nil, err
	}
	by := index.ByUpdated
	switch q.SortBy {
	case query.CreatedAt:
		by = index.ByCreated
	case query.Title:
		by = index.ByTitle
	}
	return &listing{
		query: q, key: key, hash: hash, matcher: *m, by: by, desc: q.SortDirection == query.Desc,
		stale: true, changed: make(chan struct{}),
	}, nil
}

// wake lets all watchers of the listing look.
func (l *listing) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// suspect marks the window.
func (l *listing) suspect() {
	l.stale = true
	l.wake()
}

// compute makes the window of a version. If nothing in it is different from the
// old one, which may be nil, it returns that.
func (l *listing) compute(ctx context.Context, v *index.View, old *window) (*window, error) {
	found, err := plan.Run(ctx, v, l.query, plan.Options{})
	if err != nil {
		return nil, err
	}
	w := &window{
		version: v.Version(), rows: make([]index.Packed, len(found.Ords)), total: found.Total,
		nextCur: found.NextCursor, prevCur: found.PrevCursor, first: old == nil,
	}
	for i, ord := range found.Ords {
		w.rows[i] = v.Packed(ord)
	}
	if old != nil {
		w.before, w.edits = old.version, diff(old.rows, w.rows)
		if len(w.edits) == 0 && w.total == old.total {
			return old, nil
		}
	}
	return w, nil
}

// page returns the window as List would.
func (l *listing) page(w *window) *Page {
	p := &Page{
		Items: make([]Session, len(w.rows)), Limit: l.query.Limit, Offset: l.query.Offset, Total: w.total,
		HasMore: w.nextCur != "", NextCursor: w.nextCur, PrevCursor: w.prevCur,
	}
	for i := range w.rows {
		e := w.rows[i].Entry()
		restore(&p.Items[i], &e)
	}
	if p.HasMore {
		next := p.Offset + len(p.Items)
		p.NextOffset = &next
	}
	return p
}

// events yields what leads from the reader's window to the next.
func (w *watcher) events(next *window) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		blank := Event{OldRank: -1, NewRank: -1, Version: next.version, Total: next.total, listing: w.listing.hash}
		had := w.window
		if had == nil {
			ev := blank
			ev.Kind, ev.Last, ev.Page = Resync, true, w.listing.page(next)
			yield(ev)
			return
		}
		edits := next.edits
		if next.first || next.before != had.version {
			edits = diff(had.rows, next.rows)
		}
		for i, e := range edits {
			ev := blank
			ev.Kind, ev.OldRank, ev.NewRank, ev.Last = e.kind, e.oldRank, e.newRank, i == len(edits)-1
			if e.kind == Left {
				ev.ID = had.rows[e.row].ID()
			} else {
				row := next.rows[e.row].Entry()
				restore(&ev.Session, &row)
				ev.ID = ev.Session.ID
			}
			if !yield(ev) {
				return
			}
		}
		if len(edits) == 0 && had.total != next.total {
			ev := blank
			ev.Kind, ev.Last = TotalChanged, true
			yield(ev)
		}
	}
}

// concerned reports whether the change could make another window of the
// listing's, or another total. It could not if the session matches neither before
// nor after, or matches both and stays on one side of the window.
//
// That the rest of the window stays as well follows for any number of changes, of
// which none concerns it: the same matches are before its first row.
func (l *listing) concerned(s *sights) bool {
	is := s.now.there && l.matcher.Match(&s.now.entry, s.now.folded)
	was := is
	if !s.alike {
		was = s.old.there && l.matcher.Match(&s.old.entry, s.old.folded)
	}
	if was != is {
		return true
	}
	rows := l.window.rows
	if !is || len(rows) == 0 {
		return false // with no row, the window lies past the end, and the total is the same
	}
	before := l.side(s.old.packed)
	return before == 0 || before != l.side(s.now.packed)
}

// side returns -1 or 1 if the session sorts before or after the window, 0 within.
func (l *listing) side(p *index.Packed) int {
	rows := l.window.rows
	toFirst, toLast := p.Compare(l.by, &rows[0]), p.Compare(l.by, &rows[len(rows)-1])
	if l.desc {
		toFirst, toLast = -toFirst, -toLast
	}
	switch {
	case toFirst < 0:
		return -1
	case toLast > 0:
		return 1
	}
	return 0
}
