package plan

import (
	"context"
	"time"

	"github.com/sessiondex/sessiondex/query"
)

// matchTimed is match, with the whole filter looked up and each step timed.
func (r *run) matchTimed(ctx context.Context) error {
	f, p := &r.filter, &r.pager.plan
	start := time.Now()
	f.lookUpTests(f.c.Wanted & f.c.Shown)
	if err := f.searchIDs(ctx, true); err != nil {
		return err
	}
	rarest := f.v.Len()
	for c := range f.conds {
		rarest = min(rarest, f.conds[c].size)
	}
	start = step(p, "conditions", start, rarest)
	if len(f.c.Terms) > 0 {
		if err := f.searchTitles(ctx, true); err != nil {
			return err
		}
		start = step(p, "titles", start, f.keyword().size)
	}
	var err error
	if r.matches, err = f.evaluate(ctx, r.pager.by, r.query.Limit+1); err != nil {
		return err
	}
	step(p, "intersect", start, r.matches.n)
	p.Steps[len(p.Steps)-1].EstimatedRows = f.expected()
	return nil
}

// sliceTimed is slice, timed.
func (p *pager) sliceTimed(ctx context.Context) error {
	start := time.Now()
	if err := p.slice(ctx); err != nil {
		return err
	}
	step(&p.plan, "page", start, p.plan.Examined)
	return nil
}

// step notes in a plan what has been done since start, and returns the start of the next.
func step(p *query.Plan, name string, start time.Time, rows int) time.Time {
	now := time.Now()
	p.Steps = append(p.Steps, query.Step{Name: name, Duration: now.Sub(start), Rows: rows, EstimatedRows: -1})
	return now
}

// expected returns how many matches there would be if the conditions were
// independent of each other.
func (f *filter) expected() int {
	n := float64(f.v.Len())
	if n == 0 {
		return 0
	}
	expected := n
	for c := range f.conds {
		cd := &f.conds[c]
		if cd == f.ranged && f.within.Len() > 0 {
			expected *= float64(cd.size) / float64(f.within.Len())
		} else {
			expected *= float64(cd.size) / n
		}
	}
	return int(expected + 0.5)
}
