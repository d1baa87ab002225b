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

// part is one of them: the sessions of the listing that pass some more tests.
type part struct {
	tests  []query.Test
	wanted schema.Classes // of which the sessions are
	absent bool           // they have no value to be sorted by
}

// IsParted reports whether a normalised listing has several parts.
func IsParted(v *index.View, q *query.Query) bool {
	return q.SortFirst != "" || v.Schema().Lookup(string(q.SortBy)).Declared()
}

// partsOf returns the parts of a listing.
func partsOf(c *query.Conditions) []part {
	parts := []part{{wanted: c.Wanted}}
	switch first := c.First; {
	case first == nil:
	case first.Hides != 0: // classes tell it
		parts = []part{{wanted: c.Wanted & schema.With(first.Hides)}, {wanted: c.Wanted &^ schema.With(first.Hides)}}
	default:
		flag := func(value string) []query.Test {
			return []query.Test{{Row: first, Op: query.OpIn, Values: []string{value}}}
		}
		parts = []part{{wanted: c.Wanted, tests: flag(index.FlagSet)}, {wanted: c.Wanted, tests: flag("false")}}
	}
	if !c.SortBy.Declared() {
		return parts
	}
	var all []part
	for _, p := range parts {
		with := func(op query.Op) []query.Test { return append(slices.Clip(p.tests), query.Test{Row: c.SortBy, Op: op}) }
		all = append(all, part{with(query.OpHas), p.wanted, false}, part{with(query.OpLacks), p.wanted, true})
	}
	return all
}

// partRuns are the parts, each with its matches.
type partRuns struct {
	parts []part
	runs  []*run
	total int
}

// matchParts finds the matches of each part of a query that is valid and normalised.
func matchParts(ctx context.Context, v *index.View, q *query.Query) (*partRuns, error) {
	c := q.Conditions(v.Schema())
	p := &partRuns{parts: partsOf(&c)}
	p.runs = make([]*run, 0, len(p.parts))
	for i := range p.parts {
		own := c
		own.Terms = slices.Clone(c.Terms) // a run drops those that fold to nothing
		r := newRunOf(v, *q, own)
		r.query.Offset, r.query.Cursor = 0, ""
		r.filter.c.Wanted = p.parts[i].wanted
		r.filter.c.All = p.parts[i].narrow(c.All)
		if err := r.match(ctx); err != nil {
			p.release()
			return nil, err
		}
		p.runs = append(p.runs, r)
		p.total += r.matches.n
	}
	return p, nil
}

// narrow returns the tests of the query and of the part, those that are the same once.
func (p *part) narrow(all []query.Test) []query.Test {
	out := slices.Clip(all)
	for _, t := range p.tests {
		if !slices.ContainsFunc(all, func(o query.Test) bool { return o.Row == t.Row && o.Op == t.Op && slices.Equal(o.Values, t.Values) }) {
			out = append(out, t)
		}
	}
	return out
}

func (p *partRuns) release() {
	for _, r := range p.runs {
		r.matches.release()
	}
}

// window returns the places of the page in the whole listing, and whether the cursor leads
// back.
func (p *partRuns) window(ctx context.Context, q *query.Query) (w window, back bool, err error) {
	offset, limit := min(q.Offset, p.total), q.Limit
	if q.Cursor == "" {
		return window{offset, offset + min(limit, p.total-offset)}, false, nil
	}
	first := &p.runs[0].pager
	at := pager{v: first.v, q: q, by: first.by}
	if err := at.resume(); err != nil {
		return w, false, err
	}
	key, back, in := *at.cursor, at.back, at.cursorPart
	if in >= len(p.parts) {
		return w, back, query.ErrBadCursor
	}
	key.Absent = p.parts[in].absent
	before, there, err := p.before(ctx, Place{in, key})
	if err != nil {
		return w, back, err
	}
	if back {
		to := max(0, before-offset)
		return window{max(0, to-limit), to}, back, nil
	}
	from := min(before+btoi(there)+offset, p.total)
	return window{from, from + min(limit, p.total-from)}, back, nil
}

// before returns how many matches come before a place, and whether one stands there.
func (p *partRuns) before(ctx context.Context, at Place) (n int, there bool, err error) {
	for _, r := range p.runs[:at.part] {
		n += r.matches.n
	}
	r := p.runs[at.part]
	below, there, err := r.countBelow(ctx, at.key)
	if r.pager.desc {
		below = r.matches.n - below - btoi(there)
	}
	return n + below, there, err
}

// runParts is Run for a listing of several parts.
func runParts(ctx context.Context, v *index.View, q query.Query, o Options) (Result, error) {
	p, err := matchParts(ctx, v, &q)
	if err != nil {
		return Result{}, err
	}
	defer p.release()
	w, _, err := p.window(ctx, &q)
	if err != nil {
		return Result{}, err
	}
	out := Result{Total: p.total, Limit: q.Limit, Offset: q.Offset, HasMore: w.to < p.total}
	fp := fingerprintOf(&q)
	from := 0 // where the part begins
	for i, r := range p.runs {
		at := window{max(w.from-from, 0), min(w.to-from, r.matches.n)}
		from += r.matches.n
		if at.len() <= 0 && (len(out.Ords) > 0 || i < len(p.runs)-1) {
			continue // it has none of the page, and another one is to be told of
		}
		r.query.Offset, r.query.Limit = at.from, max(at.len(), 0)
		r.pager.choose(&r.filter, o.Force)
		if err := r.pager.slice(ctx); err != nil {
			return Result{}, err
		}
		page := r.pager.page
		if len(out.Ords) == 0 {
			r.pager.plan.Total, r.pager.plan.Returned = p.total, w.len()
			if o.Explain {
				r.pager.describe(&r.filter)
			}
			out.Plan = r.pager.plan
			if len(page) > 0 && w.from > 0 {
				out.PrevCursor = r.pager.cursorAt(page[0], fp, cursorBack|byte(i)<<cursorPartShift)
			}
		}
		out.Ords = append(out.Ords, page...)
		if len(page) > 0 && out.HasMore {
			out.NextCursor = r.pager.cursorAt(page[len(page)-1], fp, byte(i)<<cursorPartShift)
		}
	}
	return out, nil
}

// scanParts is scan for a listing of several parts.
func scanParts(ctx context.Context, v *index.View, q query.Query, yield func(uint32, error) bool) error {
	p, err := matchParts(ctx, v, &q)
	if err != nil {
		return err
	}
	defer p.release()
	w, back, err := p.window(ctx, &q)
	if err != nil {
		return err
	}
	if back {
		return leadsBack()
	}
	skip, more := w.from, true
	for _, r := range p.runs {
		n := r.matches.n
		if skip >= n {
			skip -= n
			continue
		}
		r.query.Offset, skip = skip, 0
		err := r.scan(ctx, func(ord uint32, err error) bool {
			more = yield(ord, err)
			return more
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}
