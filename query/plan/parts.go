package plan

import (
	"context"
	"slices"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// A listing that is sorted by a declared field has the sessions without a value last, in
// either direction, and one with a flag that comes first has the flagged ones first. So
// such a listing is several, its parts, one after the other, each of them a listing in
// an order that its direction reverses. A cursor names the part that it stands in.
//
// The conditions of the query are looked up once, for all parts. Parts are matched in
// turn until the page is full. If some are left then, the total is that of the query's
// conditions alone.

// maxParts is how many parts there are at most: by a flag, and by a value to be sorted by.
const maxParts = 4

// parted is the state of such a listing: a run whose filter is narrowed to one part after
// the other.
type parted struct {
	run
	shared     int           // how many conditions are those of the query, before the part's own
	tests      [2]query.Test // of the part
	n, matched int           // how many parts there are, and are matched, from the first on
	parts      [maxParts]matches
}

// whole is no part, but all of the listing.
const whole = -1

// flagValues are the values of a flag by whether it comes first.
var flagValues = [2][]string{{index.FlagSet}, {"false"}}

// IsParted reports whether a normalised listing has several parts.
func IsParted(v *index.View, q *query.Query) bool {
	return q.SortFirst != "" || v.Schema().Lookup(string(q.SortBy)).Declared()
}

// lookUpParts finds the conditions of a query that is valid and normalised. The result is
// to be released.
func lookUpParts(ctx context.Context, v *index.View, q *query.Query) (*parted, error) {
	p := new(parted)
	p.begin(v, q)
	f := &p.filter
	p.n = (1 + btoi(f.c.First != nil)) * (1 + btoi(f.c.SortBy.Declared()))
	f.lookUpOwn(f.c.Wanted & f.c.Shown)
	err := f.search(ctx, false)
	p.shared = len(f.conds)
	return p, err
}

// lacks reports whether the sessions of a part are without the flag that comes first, and
// without a value to be sorted by.
func (p *parted) lacks(part int) (flag, value bool) {
	if p.filter.c.SortBy.Declared() {
		return part>>1 != 0, part&1 != 0
	}
	return part != 0, false
}

// narrow makes the filter that of a part, or of the whole.
func (p *parted) narrow(part int) {
	f := &p.filter
	kinds, first, by := f.c.Wanted&f.c.Shown, f.c.First, f.c.SortBy
	f.conds, f.part = f.conds[:p.shared], p.tests[:0]
	if part != whole {
		noFlag, noValue := p.lacks(part)
		switch {
		case first == nil:
		case first.Hides == 0:
			f.part = append(f.part, query.Test{Row: first, Op: query.OpIn, Values: flagValues[btoi(noFlag)]})
		case noFlag:
			kinds &^= schema.With(first.Hides)
		default:
			kinds &= schema.With(first.Hides)
		}
		switch {
		case noValue:
			f.part = append(f.part, query.Test{Row: by, Op: query.OpLacks})
		case by.Declared():
			f.part = append(f.part, query.Test{Row: by, Op: query.OpHas})
		}
	}
	if kinds != f.kinds {
		f.ofKinds(kinds)
		f.placeRange()
	}
	f.narrowOwn()
	for i := range f.part {
		t := &f.part[i]
		asked := slices.ContainsFunc(f.c.All, func(o query.Test) bool { return o.Row == t.Row && o.Op == t.Op && slices.Equal(o.Values, t.Values) })
		if c := (cond{of: ofTest, test: t}); !asked && f.lookUpTest(&c, t) {
			f.conds = append(f.conds, c)
		}
	}
	f.addKinds()
}

// enter narrows the filter to a part and hands its matches to the pager. All parts before
// it must have been entered.
func (p *parted) enter(ctx context.Context, part int) (m *matches, err error) {
	p.narrow(part)
	m = &p.parts[part]
	p.pager.m = m
	if part == p.matched {
		*m, err = p.filter.evaluate(ctx, p.pager.by, p.query.Limit+1)
		p.matched++
	}
	return m, err
}

func (p *parted) release() {
	for i := range p.parts {
		p.parts[i].release()
	}
}

// total returns how many matches there are in all parts.
func (p *parted) total(ctx context.Context) (n int, err error) {
	if p.matched < p.n {
		p.narrow(whole)
		if c := p.filter.conds; len(c) == 1 && c[0].of == ofKinds {
			return c[0].size, nil // exact, as a session is of one kind
		}
		m, err := p.filter.evaluate(ctx, p.pager.by, 0)
		m.release()
		return m.n, err
	}
	for i := range p.parts {
		n += p.parts[i].n
	}
	return n, nil
}

// window returns the positions of the page in the whole listing, which may end before
// them, and whether the cursor leads back. Offset and cursor are cleared in the run.
func (p *parted) window(ctx context.Context) (w window, back bool, err error) {
	q, at := &p.query, &p.pager
	if err := at.resume(); err != nil {
		return w, false, err
	}
	offset := min(q.Offset, p.filter.v.Len())
	q.Offset, q.Cursor = 0, ""
	if at.cursor == nil {
		return window{offset, offset + q.Limit}, false, nil
	}
	place := Place{at.cursorPart, *at.cursor}
	if place.part >= p.n {
		return w, at.back, query.ErrBadCursor
	}
	_, place.key.Absent = p.lacks(place.part)
	at.cursor = nil
	before, there, err := p.before(ctx, place)
	if at.back {
		to := max(0, before-offset)
		return window{max(0, to-q.Limit), to}, true, err
	}
	from := before + btoi(there) + offset
	return window{from, from + q.Limit}, false, err
}

// before returns how many matches come before a place, and whether one stands there.
func (p *parted) before(ctx context.Context, at Place) (n int, there bool, err error) {
	for part := range at.part {
		m, err := p.enter(ctx, part)
		if err != nil {
			return 0, false, err
		}
		n += m.n
	}
	m, err := p.enter(ctx, at.part)
	if err != nil {
		return 0, false, err
	}
	below, there, err := p.countBelow(ctx, at.key)
	if p.pager.desc {
		below = m.n - below - btoi(there)
	}
	return n + below, there, err
}

// runParts is Run for a listing of several parts.
func runParts(ctx context.Context, v *index.View, q *query.Query, o Options) (Result, error) {
	p, err := lookUpParts(ctx, v, q)
	if err != nil {
		return Result{}, err
	}
	defer p.release()
	w, _, err := p.window(ctx)
	if err != nil {
		return Result{}, err
	}
	out := Result{Limit: q.Limit, Offset: q.Offset}
	fp := fingerprintOf(q)
	r, left := &p.pager, &p.query
	left.Offset, left.Limit = w.from, w.len()
	last := 0 // part that the page reaches
	for part := range p.n {
		m, err := p.enter(ctx, part)
		if err != nil {
			return Result{}, err
		}
		if left.Offset >= m.n && part < p.n-1 { // the plan is that of another part
			left.Offset -= m.n
			continue
		}
		r.choose(&p.filter, o.Force)
		if err := r.slice(ctx); err != nil {
			return Result{}, err
		}
		if len(out.Ords) == 0 {
			if o.Explain {
				r.describe(&p.filter)
			}
			out.Ords, out.Plan = r.page, r.plan
			if len(r.page) > 0 && w.from > 0 {
				out.PrevCursor = r.cursorAt(r.page[0], fp, cursorBack|byte(part)<<cursorPartShift)
			}
		} else {
			out.Ords = append(out.Ords, r.page...)
		}
		if len(r.page) > 0 {
			last = part
		}
		left.Offset, left.Limit, r.page = 0, w.len()-len(out.Ords), nil
		if left.Limit == 0 {
			break
		}
	}
	if out.Total, err = p.total(ctx); err != nil {
		return Result{}, err
	}
	out.Plan.Total, out.Plan.Returned = out.Total, len(out.Ords)
	if out.HasMore = w.to < out.Total; out.HasMore && len(out.Ords) > 0 {
		out.NextCursor = r.cursorAt(out.Ords[len(out.Ords)-1], fp, byte(last)<<cursorPartShift)
	}
	return out, nil
}

// scanParts is scan for a listing of several parts.
func scanParts(ctx context.Context, v *index.View, q *query.Query, yield func(uint32, error) bool) error {
	p, err := lookUpParts(ctx, v, q)
	if err != nil {
		return err
	}
	defer p.release()
	w, back, err := p.window(ctx)
	if err != nil {
		return err
	}
	if back {
		return leadsBack()
	}
	skip, more := w.from, true
	for part := 0; part < p.n && more; part++ {
		m, err := p.enter(ctx, part)
		if err != nil {
			return err
		}
		if skip >= m.n {
			skip -= m.n
			continue
		}
		p.query.Offset, skip = skip, 0
		if err := p.scan(ctx, func(ord uint32, err error) bool {
			more = yield(ord, err)
			return more
		}); err != nil {
			return err
		}
	}
	return nil
}
