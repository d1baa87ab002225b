package plan

import (
	"context"
	"slices"
)

// prepareWalk gives the matches a form in which sessions of walkIn can be tested. A walk tests
// hidden sessions like all others: that takes less than picking out the visible ones would.
func (p *pager) prepareWalk() {
	p.walkIn, p.walkWin.from, p.walkWin.to = p.walkIn.Whole(p.walkWin.from, p.walkWin.to)
	m := p.m
	if m.dense == nil && m.classes == nil {
		m.toDense(p.v.Limit())
	}
	p.testClass = m.classes != nil
}

// isMatch tests a session of walkIn.
func (p *pager) isMatch(ord uint32) bool {
	if d := p.m.dense; d != nil && !d.Contains(ord) {
		return false
	}
	return !p.testClass || p.v.HasClass(ord, p.m.classes)
}

// countMatches tests some sessions of walkIn.
func (p *pager) countMatches(run []uint32) int {
	switch {
	case !p.testClass:
		return countIn(p.m.dense, run)
	case p.m.dense == nil:
		return p.v.CountClass(run, p.m.classes)
	}
	n := 0
	for _, ord := range run {
		if p.isMatch(ord) {
			n++
		}
	}
	return n
}

// walkStep is how many sessions are tested at a time.
const walkStep = 128

// findMatches returns the places of the matches among some sessions of walkIn. Each is
// noted, and overwritten by the next if it is none: matches are rare, but a branch
// that is hard to foresee costs more than the writing.
func (p *pager) findMatches(part []uint32, room *[walkStep]uint16) []uint16 {
	if p.m.dense == nil {
		return p.v.FindClass(part, p.m.classes, room[:])
	}
	n, limbs := 0, p.m.dense.Limbs
	for i, ord := range part {
		room[n&(walkStep-1)] = uint16(i)
		n += int(limbs[ord>>6] >> (ord & 63) & 1)
	}
	hits := room[:n]
	if p.testClass {
		hits = slices.DeleteFunc(hits, func(i uint16) bool { return !p.v.HasClass(part[i], p.m.classes) })
	}
	return hits
}

// walk goes along the order from the nearer end and tests each session against
// the matches' bits, passing over those before the page by counting.
func (p *pager) walk(ctx context.Context, w window) error {
	p.prepareWalk()
	if skipBack := p.m.n - w.to; skipBack < w.from {
		err := p.take(ctx, p.walkWin, skipBack, w.len(), true)
		slices.Reverse(p.page)
		return err
	}
	return p.take(ctx, p.walkWin, w.from, w.len(), false)
}

// walkFromCursor starts the walk at the cursor's key, however deep that lies.
func (p *pager) walkFromCursor(ctx context.Context) error {
	p.prepareWalk()
	o := p.walkIn
	at := min(max(p.v.Rank(o, *p.cursor), p.walkWin.from), p.walkWin.to)
	lower, upper := window{p.walkWin.from, at}, window{at, p.walkWin.to}
	if run := o.AppendRange(nil, at, min(at+1, o.Len())); len(run) == 1 && p.v.CompareKey(p.by, run[0], p.cursor) == 0 {
		upper.from = min(at+1, upper.to)
	}
	onward, behind := upper, window{p.walkWin.from, upper.from}
	if p.below() {
		onward, behind = lower, window{lower.to, p.walkWin.to}
	}
	// One more than the page tells whether there is more, and one on the other
	// side whether there is a way back.
	if err := p.take(ctx, behind, 0, 1, !p.below()); err != nil {
		return err
	}
	back := len(p.page) > 0
	p.page = nil
	if err := p.take(ctx, onward, p.q.Offset, p.q.Limit+1, p.below()); err != nil {
		return err
	}
	back = back || p.q.Offset > 0 && len(p.page) > 0 // what was skipped
	more := len(p.page) > p.q.Limit
	p.page = p.page[:min(len(p.page), p.q.Limit)]
	if p.below() {
		slices.Reverse(p.page)
	}
	p.before, p.after = back, more
	if p.back {
		p.before, p.after = more, back
	}
	return nil
}

// take walks a window of positions, passes over skip matches and takes the next k
// into the page, in the order in which it meets them.
func (p *pager) take(ctx context.Context, w window, skip, k int, backward bool) error {
	if k == 0 || w.len() <= 0 {
		return nil
	}
	if p.page == nil {
		p.page = make([]uint32, 0, k)
	}
	var err error
	var room [walkStep]uint16
	visit := func(run []uint32) bool {
		if err = ctx.Err(); err != nil {
			return false
		}
		for len(run) > 0 {
			var part []uint32
			if backward {
				at := max(0, len(run)-walkStep)
				run, part = run[:at], run[at:]
			} else {
				at := min(len(run), walkStep)
				part, run = run[:at], run[at:]
			}
			if skip > 0 {
				if n := p.countMatches(part); n <= skip {
					skip -= n
					p.plan.Examined += len(part)
					continue
				}
			}
			hits := p.findMatches(part, &room)
			if backward {
				slices.Reverse(hits)
			}
			hits, skip = hits[skip:], 0
			for n, i := range hits[:min(k, len(hits))] {
				p.page = append(p.page, part[i])
				if n == k-1 {
					if backward {
						i = uint16(len(part)-1) - i
					}
					p.plan.Examined += int(i) + 1
					return false
				}
			}
			k -= len(hits)
			p.plan.Examined += len(part)
		}
		return true
	}
	if backward {
		p.walkIn.Descend(w.from, w.to, visit)
	} else {
		p.walkIn.Ascend(w.from, w.to, visit)
	}
	return err
}
