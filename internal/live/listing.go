package live

import (
	"context"
	"slices"
	"time"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
	"github.com/sessiondex/sessiondex/schema"
)

// listing is a window of a listing that somebody watches. What is not fixed is
// guarded by the hub's lock or, where it says so, belongs to whoever catches up.
type listing struct {
	// First what is read and written for every session written.
	stale     bool          // the window need not be that of the hub's version
	computing bool          // somebody is at it
	desc      bool          // the order, fixed
	by        index.Order   // the same
	terms     int           // of the keyword, fixed
	parted    bool          // it has several parts, so a place in its order says little, fixed
	byUpdate  bool          // it has a condition on the time of the update, fixed
	pass      uint64        // the last catching up that came by
	spent     time.Duration // what its tests would have taken by then
	doubted   bool          // by then; of whoever catches up
	cost      time.Duration // of computing the window the last time
	window    *Window       // the last one that was computed; nil at first
	matcher   plan.Matcher  // fixed
	group     *group        // whose it is; nil for none. Fixed once it is watched

	computed uint64        // the version that the window was last computed in
	changed  chan struct{} // closed and replaced when the window is, or stale
	watchers int
	route    route // fixed
	place    int   // among the general listings of the routes

	query query.Query // normalised, of its own
	key   string      // of the group and the query
	party string      // the group's name
	hash  uint64      // of the key, for tokens
}

// Window is the rows of a page of a listing. Immutable.
type Window struct {
	Rows                   []index.Packed
	Total                  int
	NextCursor, PrevCursor string

	version uint64
	// edits lead here from the window before, which is not kept for that. It is
	// known by its version.
	before uint64
	edits  []Edit
	first  bool // there is none before
}

// Version returns the version that the window is from.
func (w *Window) Version() uint64 { return w.version }

// Edits returns the steps from another window of the same listing to this one.
func (w *Window) Edits(from *Window) []Edit {
	if w.first || w.before != from.version {
		return diff(from.Rows, w.Rows)
	}
	return w.edits
}

func newListing(v *index.View, q query.Query, key string, hash uint64) (*listing, error) {
	m, err := plan.NewMatcher(q, v)
	if err != nil {
		return nil, err
	}
	c := q.Conditions(v.Schema())
	by, _ := v.OrderOf(c.SortBy.Index)
	byUpdate := slices.ContainsFunc(c.All, func(t query.Test) bool { return asksUpdate(&t) })
	return &listing{
		byUpdate: byUpdate, route: routeOf(v, &c), parted: plan.IsParted(v, &q),
		query: q, key: key, hash: hash, matcher: *m, by: by, desc: q.SortDirection == query.Desc, terms: len(q.Terms()),
		stale: true, changed: make(chan struct{}),
	}, nil
}

// asksUpdate reports whether a test is on the time of the update.
func asksUpdate(t *query.Test) bool {
	if t.Op == query.OpAnyOf {
		return slices.ContainsFunc(t.Any, func(one query.Test) bool { return asksUpdate(&one) })
	}
	return t.Row.Index == schema.RowUpdatedAt
}

// wake lets all watchers of the listing look.
func (l *listing) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// suspect marks the window.
func (l *listing) suspect() {
	if !l.stale {
		l.stale = true
		l.wake()
	}
}

// compute makes the window of a version. If nothing in it is different from the
// old one, which may be nil, it returns that.
func (l *listing) compute(ctx context.Context, v *index.View, old *Window) (*Window, error) {
	found, err := plan.Run(ctx, v, l.query, plan.Options{})
	if err != nil {
		return nil, err
	}
	w := &Window{
		version: v.Version(), Rows: make([]index.Packed, len(found.Ords)), Total: found.Total,
		NextCursor: found.NextCursor, PrevCursor: found.PrevCursor, first: old == nil,
	}
	for i, ord := range found.Ords {
		w.Rows[i] = v.Packed(ord)
	}
	if old != nil {
		w.before, w.edits = old.version, diff(old.Rows, w.Rows)
		if len(w.edits) == 0 && w.Total == old.Total {
			return old, nil
		}
	}
	return w, nil
}

// minTest is about what it takes to test a change by conditions other than a keyword.
const minTest = 25 * time.Nanosecond

// testCost returns about what it takes to test a change. A term is searched for in some
// 4 bytes of a title in a nanosecond.
func (l *listing) testCost(s *sights) time.Duration {
	bytes := len(s.before.folded)
	if !s.alike {
		bytes += len(s.after.folded)
	}
	return minTest + time.Duration(l.terms*bytes/4)
}

// spend adds the test of a change to those of a pass, and reports false where it is
// cheaper by then to compute the window anew.
func (l *listing) spend(pass uint64, s *sights) bool {
	if l.pass != pass {
		l.pass, l.spent, l.doubted = pass, 0, false
	}
	cost := l.testCost(s)
	l.spent += cost
	return l.spent <= l.cost && l.group.spend(pass, cost)
}

// verdict is what a change is to a listing.
type verdict uint8

const (
	foreign  verdict = iota // the session is in it neither before nor after
	concerns                // it comes or goes
	stays                   // it is in it before and after
)

// test tests a change by the conditions of the listing. It needs no lock.
func (l *listing) test(s *sights) verdict {
	is := s.after.there && l.matcher.Match(&s.after.entry, s.after.folded)
	was := is
	if !s.alike || l.byUpdate {
		was = s.before.there && l.matcher.Match(&s.before.entry, s.before.folded)
	}
	switch {
	case was != is:
		return concerns
	case is:
		return stays
	}
	return foreign
}

// crosses reports whether a session that stays in the listing is within a window of it
// before or after a change, or goes from one side of the window to the other.
//
// If no change of several crosses, comes or goes, the rest of the window stays as well:
// the same matches are before its first row. With no row, the window lies past the end.
func (l *listing) crosses(w *Window, s *sights) bool {
	if len(w.Rows) == 0 {
		return false
	}
	if l.parted {
		return true
	}
	before := l.side(w, s.before.packed)
	return before == 0 || before != l.side(w, s.after.packed)
}

// side returns -1 or 1 if the session sorts before or after the window, 0 within.
func (l *listing) side(w *Window, p *index.Packed) int {
	rows := w.Rows
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

// concerned reports whether one of several batches of changes could make another
// window, or another total. It needs no lock.
func (l *listing) concerned(w *Window, batches []Batch, budget time.Duration) bool {
	spent := time.Duration(0)
	for _, b := range batches {
		for i := range b.Changes {
			s := b.Changes[i].sights()
			if spent += l.testCost(&s); spent > budget {
				return true // computing the window anew is cheaper
			}
			switch l.test(&s) {
			case concerns:
				return true
			case stays:
				if l.crosses(w, &s) {
					return true
				}
			}
		}
	}
	return false
}
