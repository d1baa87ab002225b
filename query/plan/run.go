// Package plan answers a query.Query from one index.View, in ordinals.
//
// A query is answered in these steps:
//
//  1. Each parameter becomes a condition: the sets of the sessions that have one
//     of its values, a window of positions in the order by creation, or the
//     titles that the keyword was found in (filter.go).
//  2. The conditions are intersected into matches, which are positions in an
//     order, a list of ordinals, or a bit per ordinal (matches.go, selection.go).
//  3. A page is cut out of the matches by a method that suits that form
//     (choose.go, walk.go, gather.go), from an offset or after a cursor's key
//     (cursor.go).
//
// Facets, hidden counts, scans and explanations use the same conditions and matches. A
// Matcher tests one session at a time instead, for watches.
//
// The package serves the engine. It is exported for the project's own tools and
// makes no promise of compatibility.
package plan

import (
	"context"
	"slices"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
)

// Result is a page as ordinals of the view that was asked.
type Result struct {
	Ords  []uint32 // in the order of the listing
	Total int      // of all matches
	// Limit and Offset are those of the query, defaults filled in. With a cursor
	// the offset counts from there.
	Limit, Offset int
	HasMore       bool
	// NextCursor and PrevCursor lead on and back; "" at either end.
	NextCursor, PrevCursor string
	Plan                   query.Plan
}

// Options steer Run. The zero value lets the planner choose.
type Options struct {
	// Force makes the page in the given way wherever it is possible.
	Force query.Method
	// Explain fills in the parts of the plan that cost time.
	Explain bool
}

// Run answers a query from one view. It returns a *query.Error for an invalid
// query, query.ErrBadCursor, or the context's error.
func Run(ctx context.Context, v *index.View, q query.Query, o Options) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	if err := validate(v, &q); err != nil {
		return Result{}, err
	}
	q = normalized(q)
	if IsParted(v, &q) {
		return runParts(ctx, v, &q, o)
	}
	r := newRun(v, &q)
	p := &r.pager
	if err := p.resume(); err != nil {
		return Result{}, err
	}
	match := r.match
	if o.Explain {
		match = r.matchTimed
	}
	if err := match(ctx); err != nil {
		return Result{}, err
	}
	defer r.matches.release()
	p.choose(&r.filter, o.Force)
	slice := p.slice
	if o.Explain {
		slice = p.sliceTimed
	}
	if err := slice(ctx); err != nil {
		return Result{}, err
	}
	p.plan.Total, p.plan.Returned = r.matches.n, len(p.page)
	if o.Explain {
		p.describe(&r.filter)
	}
	out := Result{
		Ords: p.page, Total: r.matches.n, Limit: r.query.Limit, Offset: r.query.Offset,
		HasMore: p.after, Plan: p.plan,
	}
	if p.after || p.before {
		out.NextCursor, out.PrevCursor = p.cursors()
	}
	return out, nil
}

// run is the state of one query, in one piece, so that it is allocated once.
type run struct {
	query   query.Query
	filter  filter
	matches matches
	pager   pager
}

// newRun begins to answer a query that is valid and normalised.
func newRun(v *index.View, q *query.Query) *run {
	r := new(run)
	r.begin(v, q)
	return r
}

// begin is newRun in memory that is there.
func (r *run) begin(v *index.View, q *query.Query) {
	r.query = *q
	r.filter.resolve(v, &r.query)
	p := &r.pager
	p.v, p.q, p.m, p.desc = v, &r.query, &r.matches, r.query.SortDirection == query.Desc
	p.by, _ = v.OrderOf(r.filter.c.SortBy.Index)
}

// match evaluates the filter. The matches are to be released.
func (r *run) match(ctx context.Context) error {
	f := &r.filter
	f.lookUpTests(f.c.Wanted & f.c.Shown)
	if err := f.search(ctx, false); err != nil {
		return err
	}
	var err error
	r.matches, err = r.filter.evaluate(ctx, r.pager.by, r.query.Limit+1)
	return err
}

// pager cuts one page out of the matches.
type pager struct {
	v    *index.View
	q    *query.Query
	m    *matches
	by   index.Order
	desc bool
	// With a cursor: the key that it stands at, and whether it leads back.
	cursor     *index.Key
	cursorPart int // of a listing of several parts
	back       bool
	walkIn     *index.Ordering // where a walk goes, and between which positions
	walkWin    window
	// testClass says that the class of a session in walkIn has to be looked at.
	testClass     bool
	plan          query.Plan
	raw           [256]byte // where cursors are put together
	forced        bool      // the caller chose the method
	page          []uint32
	before, after bool // whether there are matches before and after the page
}

// below reports whether the page lies below the cursor's key.
func (p *pager) below() bool { return p.desc != p.back }

// slice makes the page. Inside, positions count matches in ascending order, and
// the page is turned round at the end if the listing descends.
func (p *pager) slice(ctx context.Context) error {
	if p.plan.Method == query.Nothing {
		p.before = p.m.n > 0
		return nil
	}
	if err := p.makePage(ctx); err != nil {
		return err
	}
	if p.desc {
		slices.Reverse(p.page)
	}
	return nil
}

// makePage makes the page in ascending order.
func (p *pager) makePage(ctx context.Context) error {
	if p.plan.Method == query.Walk && p.cursor != nil {
		return p.walkFromCursor(ctx)
	}
	w, less := p.positions()
	p.before, p.after = w.from > 0, w.to < p.m.n
	if p.desc {
		p.before, p.after = p.after, p.before
	}
	if w.len() == 0 && !less {
		return nil
	}
	return p.cut(ctx, w)
}

// positions returns the window of ascending positions among the matches that the
// page takes. With a cursor and a gather plan it is not known before the keys
// are: then less is set.
func (p *pager) positions() (w window, less bool) {
	n, limit := p.m.n, p.q.Limit
	if p.cursor == nil {
		off := min(p.q.Offset, n)
		w = window{off, off + min(limit, n-off)}
		if p.desc {
			w = window{n - w.to, n - w.from}
		}
		return w, false
	}
	if p.plan.Method != query.Rank {
		return window{}, true
	}
	s := &p.m.sel
	below := s.Rank(*p.cursor)
	upTo := below
	if at, _ := s.AppendRange(nil, below, below+1); len(at) == 1 && p.v.CompareKey(p.by, at[0], p.cursor) == 0 {
		upTo++
	}
	clamp := func(pos int) int { return min(max(pos-p.m.window.from, 0), n) }
	return p.beside(clamp(below), clamp(upTo)), false
}

// beside returns the page's window, given how many matches have a key below the
// cursor's, and how many one up to it. The offset counts from the cursor.
func (p *pager) beside(below, upTo int) window {
	if p.below() {
		to := below - min(p.q.Offset, below)
		return window{max(0, to-p.q.Limit), to}
	}
	from := upTo + min(p.q.Offset, p.m.n-upTo)
	return window{from, from + min(p.q.Limit, p.m.n-from)}
}

func (p *pager) cut(ctx context.Context, w window) error {
	switch p.plan.Method {
	case query.Rank:
		from := p.m.window.from
		p.page, p.plan.Examined = p.m.sel.AppendRange(make([]uint32, 0, w.len()), from+w.from, from+w.to)
		return nil
	case query.Gather:
		return p.gather(ctx, w)
	}
	return p.walk(ctx, w)
}
