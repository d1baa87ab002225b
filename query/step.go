package query

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Step is a part of the work for a page.
type Step struct {
	// Name is "conditions" (look up the sets of the filter), "titles" (search the
	// keyword), "intersect" (find the matches and count them) or "page" (cut the page
	// out of them).
	Name string
	// Duration is what the step took, Estimated what the planner had reckoned with,
	// 0 if it makes no difference to the plan and so is not estimated.
	Duration, Estimated time.Duration
	// Rows are, in this order of steps: the sessions that the rarest condition
	// leaves, the titles that match, the matches, the sessions examined for the page.
	Rows int
	// EstimatedRows is, for the matches, the number that there would be if the
	// conditions had nothing to do with each other; -1 for other steps.
	EstimatedRows int
}

// matchTimed is match, with the whole filter looked up and each step timed.
func (r *run) matchTimed(ctx context.Context) error {
	f, p := &r.filter, &r.pager.plan
	start := time.Now()
	f.lookUpSets(r.pager.v, &r.query)
	rarest := f.v.Len()
	for c := range f.conds {
		if f.conds[c].active {
			rarest = min(rarest, f.conds[c].size)
		}
	}
	start = p.step("conditions", start, rarest)
	if r.query.Keyword != "" {
		if err := f.searchTitles(ctx, true); err != nil {
			return err
		}
		start = p.step("titles", start, f.conds[condKeyword].size)
	}
	var err error
	if r.matches, err = f.evaluate(ctx, r.pager.by, r.query.Limit+1); err != nil {
		return err
	}
	p.step("intersect", start, r.matches.n)
	p.Steps[len(p.Steps)-1].EstimatedRows = f.expected()
	return nil
}

// sliceTimed is slice, timed.
func (p *pager) sliceTimed(ctx context.Context) error {
	start := time.Now()
	if err := p.slice(ctx); err != nil {
		return err
	}
	p.plan.step("page", start, p.plan.Examined)
	s := &p.plan.Steps[len(p.plan.Steps)-1]
	switch p.plan.Method {
	case Gather:
		s.Estimated = time.Duration(p.plan.GatherCost)
	case Walk:
		s.Estimated = time.Duration(p.plan.WalkCost)
	}
	return nil
}

// step notes what has been done since start, and returns the start of the next.
func (p *Plan) step(name string, start time.Time, rows int) time.Time {
	now := time.Now()
	p.Steps = append(p.Steps, Step{Name: name, Duration: now.Sub(start), Rows: rows, EstimatedRows: -1})
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
		switch {
		case !cd.active:
		case condition(c) == condCreated && f.byCreated.Len() > 0:
			expected *= float64(cd.size) / float64(f.byCreated.Len())
		default:
			expected *= float64(cd.size) / n
		}
	}
	return int(expected + 0.5)
}

// Timings prints the steps, a line for each: what each took, what it was reckoned
// to take, and with how many sessions it dealt.
func (p Plan) Timings() string {
	var b strings.Builder
	for i, s := range p.Steps {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%-10s  %9s", s.Name, tenths(s.Duration))
		if s.Estimated > 0 {
			fmt.Fprintf(&b, ", estimated %s", tenths(s.Estimated))
		}
		switch s.Name {
		case "conditions":
			fmt.Fprintf(&b, ", %d of %d sessions left by the rarest", s.Rows, p.Sessions)
		case "titles":
			fmt.Fprintf(&b, ", %d found", s.Rows)
		case "intersect":
			fmt.Fprintf(&b, ", %d matches", s.Rows)
		case "page":
			fmt.Fprintf(&b, ", %d examined", s.Rows)
		}
		if s.EstimatedRows >= 0 {
			fmt.Fprintf(&b, ", %d if the conditions were independent", s.EstimatedRows)
		}
	}
	return b.String()
}

func tenths(d time.Duration) string { return fmt.Sprintf("%.1f µs", float64(d)/1e3) }
