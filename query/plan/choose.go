package plan

import (
	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
)

// What a step costs, in nanoseconds: orders of magnitude measured at a million
// sessions, good enough to compare ways that differ by factors.
const (
	gatherPerMatch      = 22 // read a key out of a slot, and its share of the selection
	gatherPerTitleMatch = 30 // titles share beginnings, so more whole keys are read
	walkPerSession      = 1.3
	walkPerBlock        = 12
	densePerMatch       = 1.5 // set a bit
	densePerThousand    = 4   // clear a bit array, per 1,000 ordinals
)

// choose picks the way to make the page, by counts alone.
func (p *pager) choose(f *filter, force query.Method) {
	m := p.m
	p.walkIn = f.v.Ordering(p.by, f.conds[condKinds].active && visibleOnly(p.q))
	p.walkWin = window{0, p.walkIn.Len()}
	if p.by == index.ByCreated && f.conds[condCreated].active && p.walkIn == f.byCreated {
		p.walkWin = f.created
	}
	p.plan.SortBy, p.plan.SortDirection = p.q.SortBy, p.q.SortDirection
	if m.n == 0 || p.cursor == nil && p.q.Offset >= m.n {
		p.plan.Method = query.Nothing
		return
	}
	p.plan.GatherCost, p.plan.WalkCost = p.gatherCost(), p.walkCost()
	switch {
	case force == query.Gather || force == query.Walk:
		p.plan.Method, p.forced = force, true
	case m.ranked(p.by):
		p.plan.Method = query.Rank
	case p.plan.WalkCost < p.plan.GatherCost:
		p.plan.Method = query.Walk
		p.patience = int(float64(max(walkPatience*p.plan.WalkCost, p.plan.GatherCost)) / walkPerSession)
	default:
		p.plan.Method = query.Gather
	}
}

func (p *pager) gatherCost() int {
	if p.by == index.ByTitle {
		return p.m.n * gatherPerTitleMatch
	}
	return p.m.n * gatherPerMatch
}

// walkCost assumes that the matches are spread evenly over the order.
func (p *pager) walkCost() int {
	take := p.q.Limit
	off := min(p.q.Offset, p.m.n)
	if p.cursor == nil {
		off = min(off, max(0, p.m.n-off-p.q.Limit)) // from the nearer end
	}
	take += off
	length := float64(p.walkWin.len())
	passed := length * min(1, float64(take)/float64(p.m.n))
	cost := passed*walkPerSession + passed/1500*walkPerBlock
	if p.m.dense == nil && p.m.classes == nil {
		cost += float64(p.m.n)*densePerMatch + float64(p.v.Limit())/1000*densePerThousand
	}
	return int(cost)
}
