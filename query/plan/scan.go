package plan

import (
	"context"
	"iter"
	"slices"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
)

// Scan yields every match in the order of the listing, all from one view, and
// ignores Limit. Offset and Cursor say where it starts. Memory does not grow with
// the number of matches, but for a bit per session. An error is yielded once, as
// the last thing.
func Scan(ctx context.Context, v *index.View, q query.Query) iter.Seq2[uint32, error] {
	return func(yield func(uint32, error) bool) {
		if err := scan(ctx, v, q, yield); err != nil {
			yield(0, err)
		}
	}
}

func scan(ctx context.Context, v *index.View, q query.Query, yield func(uint32, error) bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := validate(v, &q); err != nil {
		return err
	}
	q = normalized(q)
	if IsParted(v, &q) {
		return scanParts(ctx, v, &q, yield)
	}
	r := newRun(v, &q)
	if err := r.pager.resume(); err != nil {
		return err
	}
	if r.pager.back {
		return leadsBack()
	}
	if err := r.match(ctx); err != nil {
		return err
	}
	defer r.matches.release()
	return r.scan(ctx, yield)
}

func leadsBack() error {
	return &query.Error{Faults: []query.Fault{{Param: "cursor", Type: "value_error", Message: "Input should lead on, not back, to go through a whole listing"}}}
}

// scan yields the matches, from the offset or the cursor on.
func (r *run) scan(ctx context.Context, yield func(uint32, error) bool) error {
	p, m := &r.pager, r.pager.m
	v := p.v
	if m.n == 0 {
		return nil
	}
	p.choose(&r.filter, query.Walk)
	if m.list != nil {
		slices.SortFunc(m.list, func(a, b uint32) int { return v.Compare(p.by, a, b) })
	}

	var err error
	skip := r.query.Offset
	emit := func(ord uint32) bool {
		if skip > 0 {
			skip--
			return true
		}
		return yield(ord, nil)
	}
	var test func(ord uint32) bool
	visit := func(run []uint32) bool {
		if err = ctx.Err(); err != nil {
			return false
		}
		for i := range run {
			ord := run[i]
			if p.desc {
				ord = run[len(run)-1-i]
			}
			if !test(ord) {
				continue
			}
			if !emit(ord) {
				return false
			}
		}
		return true
	}
	if m.list != nil {
		list := p.afterCursor(m.list)
		if p.desc {
			slices.Reverse(list)
		}
		for run := range slices.Chunk(list, 1024) {
			if err := ctx.Err(); err != nil {
				return err
			}
			for _, ord := range run {
				if !emit(ord) {
					return nil
				}
			}
		}
		return nil
	}
	var o *index.Ordering
	var w window
	if m.ranked(p.by) {
		o, test = m.sel.Ordering(), m.sel.Has
		w = window{0, o.Len()}
		if m.sel.All() {
			w = m.window
		}
	} else {
		p.prepareWalk()
		o, w, test = p.walkIn, p.walkWin, p.isMatch
	}
	if p.cursor != nil {
		at := v.Rank(o, *p.cursor)
		if p.desc {
			w.to = min(w.to, at)
		} else {
			if run := o.AppendRange(nil, at, min(at+1, o.Len())); len(run) == 1 && v.CompareKey(p.by, run[0], p.cursor) == 0 {
				at++
			}
			w.from = max(w.from, at)
		}
	}
	if w.len() <= 0 {
		return nil
	}
	if p.desc {
		o.Descend(w.from, w.to, visit)
	} else {
		o.Ascend(w.from, w.to, visit)
	}
	return err
}

// afterCursor cuts a sorted list down to what lies behind the cursor, if there is one.
func (p *pager) afterCursor(sorted []uint32) []uint32 {
	if p.cursor == nil {
		return sorted
	}
	i, found := slices.BinarySearchFunc(sorted, p.cursor, func(ord uint32, k *index.Key) int {
		return p.v.CompareKey(p.by, ord, k)
	})
	if p.desc {
		return sorted[:i]
	}
	return sorted[i+btoi(found):]
}
