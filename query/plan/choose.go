package plan

import (
	"github.com/sessiondex/sessiondex/query"
)

// listMatches is how many matches are held as a list at most. The list is gathered,
// at some 22 ns a match wherever the matches lie; more matches are held as bits, and
// the order is walked, which costs some 2 ns a session and meets the more of them
// the sooner. At a million sessions and 2,000 matches both cost some 50 µs if the
// matches are spread evenly; where they all lie at the far end, a walk costs 2 ms.
func listMatches(limit int) int { return min(max(256, limit/512), 4096) }

// choose picks the way to make the page by the form of the matches, and gives those that
// are no positions in the order asked for the form that suits their number.
func (p *pager) choose(f *filter, force query.Method) {
	m := p.m
	p.walkIn = f.v.Ordering(p.by, f.visible)
	p.walkWin = f.ownWindow(p.walkIn)
	p.plan.SortBy, p.plan.SortDirection = p.q.SortBy, p.q.SortDirection
	few := m.n <= listMatches(p.v.Limit())
	switch {
	case m.n == 0 || p.cursor == nil && p.q.Offset >= m.n:
		p.plan.Method = query.Nothing
	case force == query.Gather || force == query.Walk:
		p.plan.Method, p.forced = force, true
	case m.ranked(p.by):
		p.plan.Method = query.Rank
	case few:
		p.plan.Method = query.Gather
		m.toList()
	default:
		p.plan.Method = query.Walk
		p.prepareWalk()
	}
}
