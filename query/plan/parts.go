package plan

import (
	"context"
	"slices"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
)

// A listing that is sorted by a declared field has the sessions without a value last, in
// either direction, and one with a flag that comes first has the flagged ones first. So
// such a listing is several, its parts, one after the other, each of them a listing in
// an order that its direction reverses. A cursor names the part that it stands in.

// part is one of them.
type part struct {
	q      query.Query
	absent bool // its sessions have no value to be sorted by
}

// partsOf returns the parts of a normalised listing, nil if it is of one piece.
func partsOf(v *index.View, q *query.Query) []part {
	row := v.Schema().Lookup(string(q.SortBy))
	if q.SortFirst == "" && !row.Declared() {
		return nil
	}
	with := func(p part, c query.Cond) part {
		p.q.Where = append(slices.Clone(p.q.Where), c)
		return p
	}
	parts := []part{{q: *q}}
	parts[0].q.SortFirst, parts[0].q.Offset, parts[0].q.Cursor = "", 0, ""
	if first := q.SortFirst; first != "" {
		if f := v.Schema().Lookup(first); f.Hidden && !slices.Contains(q.Include, first) {
			parts[0].q.Include = append(slices.Clone(q.Include), first)
		}
		parts = []part{with(parts[0], query.In(first, index.FlagSet)), with(parts[0], query.In(first, "false"))}
	}
	if !row.Declared() {
		return parts
	}
	var all []part
	for _, p := range parts {
		absent := with(p, query.Lacks(row.Name))
		absent.absent = true
		all = append(all, with(p, query.Has(row.Name)), absent)
	}
	return all
}

// partRuns are the parts, each with its matches.
type partRuns struct {
	parts []part
	runs  []*run
	total int
}

func matchParts(ctx context.Context, v *index.View, parts []part) (*partRuns, error) {
	p := &partRuns{parts: parts}
	for i := range parts {
		r := newRun(v, parts[i].q)
		if err := r.match(ctx); err != nil {
			p.release()
			return nil, err
		}
		p.runs = append(p.runs, r)
		p.total += r.matches.n
	}
	return p, nil
}

func (p *partRuns) release() {
	for _, r := range p.runs {
		r.matches.release()
	}
}

// window returns the places of the page in the whole listing.
func (p *partRuns) window(ctx context.Context, q *query.Query) (w window, err error) {
	offset, limit := min(q.Offset, p.total), q.Limit
	if q.Cursor == "" {
		return window{offset, offset + min(limit, p.total-offset)}, nil
	}
	at := &p.runs[0].pager
	own := at.q
	at.q = q
	err = at.resume()
	at.q = own
	if err != nil {
		return w, err
	}
	key, back, in := *at.cursor, at.back, at.cursorPart
	at.cursor, at.back = nil, false
	if in >= len(p.parts) {
		return w, query.ErrBadCursor
	}
	key.Absent = p.parts[in].absent
	before, there, err := p.before(ctx, Place{in, key})
	if err != nil {
		return w, err
	}
	if back {
		to := max(0, before-offset)
		return window{max(0, to-limit), to}, nil
	}
	from := min(before+btoi(there)+offset, p.total)
	return window{from, from + min(limit, p.total-from)}, nil
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
func runParts(ctx context.Context, v *index.View, q query.Query, parts []part, o Options) (Result, error) {
	p, err := matchParts(ctx, v, parts)
	if err != nil {
		return Result{}, err
	}
	defer p.release()
	w, err := p.window(ctx, &q)
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
func scanParts(ctx context.Context, v *index.View, q query.Query, parts []part, yield func(uint32, error) bool) error {
	p, err := matchParts(ctx, v, parts)
	if err != nil {
		return err
	}
	w, err := p.window(ctx, &q)
	p.release()
	if err != nil {
		return err
	}
	skip, more := w.from, true
	for i := range parts {
		n := p.runs[i].matches.n
		if skip >= n {
			skip -= n
			continue
		}
		parts[i].q.Offset = skip
		skip = 0
		err := scanPart(ctx, v, parts[i].q, func(ord uint32, err error) bool {
			more = yield(ord, err)
			return more
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}
