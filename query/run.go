package query

import (
	"context"
	"errors"
	"slices"

	"github.com/sessiondex/sessiondex/index"
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
	Plan                   Plan
}

// Options steer Run. The zero value lets the planner choose.
type Options struct {
	// Force makes the page in the given way wherever it is possible.
	Force Method
	// Explain fills in the parts of the plan that cost time.
	Explain bool
}

// Run answers a query from one view. It returns an *Error for an invalid query,
// ErrBadCursor, or the context's error.
func Run(ctx context.Context, v *index.View, q Query, o Options) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	if err := q.Validate(); err != nil {
		return Result{}, err
	}
	r := newRun(v, q)
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
		p.plan.describe(&r.filter, p)
		p.plan.why = whyIn(v, q)
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
	query   Query
	filter  filter
	matches matches
	pager   pager
}

func newRun(v *index.View, q Query) *run {
	r := &run{query: q.Normalized()}
	r.pager = pager{v: v, q: &r.query, m: &r.matches, by: orderOf(r.query.SortBy), desc: r.query.SortDirection == Desc}
	return r
}

// match evaluates the filter. The matches are to be released.
func (r *run) match(ctx context.Context) error {
	if err := r.filter.lookUp(ctx, r.pager.v, &r.query, false); err != nil {
		return err
	}
	var err error
	r.matches, err = r.filter.evaluate(ctx, r.pager.by, r.query.Limit+1)
	return err
}

func orderOf(s SortField) index.Order {
	switch s {
	case CreatedAt:
		return index.ByCreated
	case Title:
		return index.ByTitle
	}
	return index.ByUpdated
}

// pager cuts one page out of the matches.
type pager struct {
	v    *index.View
	q    *Query
	m    *matches
	by   index.Order
	desc bool
	// With a cursor: the key that it stands at, and whether it leads back.
	cursor  *index.Key
	back    bool
	walkIn  *index.Ordering // where a walk goes, and between which positions
	walkWin window
	// testClass says that the class of a session in walkIn has to be looked at.
	testClass bool
	plan      Plan
	forced    bool // the plan's method was not chosen by cost
	// patience is how many sessions a walk may examine before it gives up; 0 is any
	// number.
	patience int

	raw           [256]byte // where cursors are put together
	page          []uint32
	before, after bool // whether there are matches before and after the page
}

// below reports whether the page lies below the cursor's key.
func (p *pager) below() bool { return p.desc != p.back }

// slice makes the page. Inside, positions count matches in ascending order, and
// the page is turned round at the end if the listing descends.
func (p *pager) slice(ctx context.Context) error {
	if p.plan.Method == Nothing {
		p.before = p.m.n > 0
		return nil
	}
	err := p.makePage(ctx)
	if errors.Is(err, errGaveUp) {
		p.plan.Method, p.plan.GaveUp, p.page = Gather, p.plan.Examined, nil
		err = p.makePage(ctx)
	}
	if err != nil {
		return err
	}
	if p.desc {
		slices.Reverse(p.page)
	}
	return nil
}

// makePage makes the page in ascending order.
func (p *pager) makePage(ctx context.Context) error {
	if p.plan.Method == Walk && p.cursor != nil {
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
	if p.plan.Method != Rank {
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
	case Rank:
		from := p.m.window.from
		p.page, p.plan.Examined = p.m.sel.AppendRange(make([]uint32, 0, w.len()), from+w.from, from+w.to)
		return nil
	case Gather:
		return p.gather(ctx, w)
	}
	return p.walk(ctx, w)
}
