package query

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sessiondex/sessiondex/index"
)

// Plan says how a query was answered, and why so. String prints it for people.
type Plan struct {
	Method Method
	// Reason is why the method was chosen, in words.
	Reason string
	// Conditions are the parts of the filter with the number of sessions that
	// satisfy each, in the order in which they are looked up.
	Conditions []Condition
	// Hidden says what the listing leaves out by default; "" if nothing.
	Hidden string
	// Titles says how the keyword was searched; zero without one.
	Titles index.TitleStats
	// Matches is the form that the matches had: "positions", "list" or "bits".
	Matches string
	// Within is the parameter whose value the order belongs to, such as "app_id"; ""
	// for an order of all sessions.
	Within string
	// Sessions is how many there are in the version that answered.
	Sessions int
	// Total is the number of matches, Examined how many sessions were looked at
	// one by one to make the page, Returned how many the page has.
	Total, Examined, Returned int
	// GaveUp is how many sessions a walk examined before it was given up in favour
	// of gathering; 0 if none was. Examined does not count them.
	GaveUp int
	// GatherCost and WalkCost are the planner's estimates in nanoseconds.
	GatherCost, WalkCost int

	// Steps are the parts of the work in the order in which they were done, with
	// what each took and, where the planner had a notion of it, should have taken.
	// Timings prints them; String leaves them out, so that equal plans print alike.
	Steps []Step

	order index.Order
	desc  bool
	why   func(id string) (Why, error)
}

// Why says whether the listing has the session of this id, at which rank it stands
// or which conditions keep it out, in the version that the plan is of; see
// [WhyListed]. The plan must come from Explain, and holds on to that version.
func (p Plan) Why(id string) (Why, error) {
	if p.why == nil {
		return Why{}, errors.New("a plan that Explain did not make cannot tell why")
	}
	return p.why(id)
}

// Condition is one part of a filter.
type Condition struct {
	// Param is the parameter that it comes from.
	Param string
	// Values are what the parameter asks for.
	Values []string
	// Sessions is how many satisfy this condition alone, -1 if that was not worth
	// finding out.
	Sessions int
}

func (p *Plan) describe(f *filter, pg *pager) {
	q := f.q
	p.Sessions = f.v.Len()
	p.Titles = f.titles
	for c := range condition(numConds) {
		cd := &f.conds[c]
		if !cd.active {
			if c != condKeyword || q.Keyword == "" {
				continue
			}
			cd = &cond{size: -1}
		}
		p.Conditions = append(p.Conditions, Condition{Param: c.param(), Values: f.wanted(c), Sessions: cd.size})
	}
	if f.conds[condKinds].active {
		switch {
		case q.visibleOnly():
			p.Hidden = "sub-sessions and task runs"
		case q.IncludeSubSessions:
			p.Hidden = "task runs"
		default:
			p.Hidden = "sub-sessions"
		}
	}
	switch m := pg.m; {
	case m.selected():
		p.Matches = "positions"
	case m.list != nil:
		p.Matches = "list"
	default:
		p.Matches = "bits"
	}
	if pg.m.selected() {
		p.Within = f.orderOf
	}
	p.Reason = pg.reason(f)
}

// wanted returns the values that a condition asks for.
func (f *filter) wanted(c condition) []string {
	q := f.q
	one := func(s string) []string { return []string{s} }
	switch c {
	case condition(index.State):
		return q.States
	case condition(index.SourceChannel):
		return q.SourceChannels
	case condition(index.SessionType):
		return q.SessionTypes
	case condition(index.Trigger):
		return q.TriggerTypes
	case condition(index.App):
		return one(q.AppID)
	case condition(index.Workspace):
		return one(q.WorkspaceID)
	case condition(index.Asset):
		return one(q.AOPAssetID)
	case condScopeApps:
		return q.Scope.AppIDs
	case condScopeWorkspaces:
		return q.Scope.WorkspaceIDs
	case condKeyword:
		return one(q.Keyword)
	case condCreated:
		var bounds []string
		if !q.CreatedAfter.IsZero() {
			bounds = append(bounds, "from "+formatTime(q.CreatedAfter))
		}
		if !q.CreatedBefore.IsZero() {
			bounds = append(bounds, "to "+formatTime(q.CreatedBefore))
		}
		return bounds
	}
	return nil
}

func (p *pager) reason(f *filter) string {
	m := p.m
	switch {
	case m.n == 0:
		for c := range condition(numConds) {
			if f.conds[c].active && f.conds[c].size == 0 {
				return fmt.Sprintf("no session satisfies %s", c.param())
			}
		}
		return "no session satisfies all conditions"
	case p.plan.Method == Nothing:
		return fmt.Sprintf("the page starts at %d, past the last of %d matches", p.q.Offset, m.n)
	case p.forced:
		return fmt.Sprintf("as the caller wants it (gather: %s, walk: %s)", micros(p.plan.GatherCost), micros(p.plan.WalkCost))
	case p.plan.Method == Rank && !m.sel.All():
		return "the order counts its sessions by class, so those before the page are passed over by their counts"
	case p.plan.Method == Rank && p.cursor != nil:
		return "the order holds exactly the matches, so the cursor's key gives the position of the page"
	case p.plan.Method == Rank:
		return "the order holds exactly the matches, so the page is a range of positions"
	case p.plan.GaveUp > 0:
		return fmt.Sprintf("walking the order met too few of the %d matches in %d sessions and was given up: they are not spread evenly", m.n, p.plan.GaveUp)
	case p.plan.Method == Gather:
		return fmt.Sprintf("reading the keys of %d matches is cheaper (%s) than walking the order (%s)", m.n, micros(p.plan.GatherCost), micros(p.plan.WalkCost))
	default:
		return fmt.Sprintf("walking the order is cheaper (%s) than reading the keys of %d matches (%s)", micros(p.plan.WalkCost), m.n, micros(p.plan.GatherCost))
	}
}

func micros(ns int) string { return fmt.Sprintf("%d µs", (ns+999)/1000) }

// String prints the plan, a line for each step.
func (p Plan) String() string {
	var b strings.Builder
	direction := "ascending"
	if p.desc {
		direction = "descending"
	}
	fmt.Fprintf(&b, "%s: %s\n", p.Method, p.Reason)
	fmt.Fprintf(&b, "  order     %s, %s", p.order, direction)
	if p.Within != "" {
		fmt.Fprintf(&b, ", within %s", p.Within)
	}
	b.WriteByte('\n')
	if p.Hidden != "" {
		fmt.Fprintf(&b, "  hidden    %s\n", p.Hidden)
	}
	for _, c := range p.Conditions {
		if c.Param == condKinds.param() {
			continue // said by Hidden
		}
		fmt.Fprintf(&b, "  filter    %s", c.Param)
		if len(c.Values) > 0 {
			fmt.Fprintf(&b, " %s", quoteSome(c.Values))
		}
		if c.Sessions < 0 {
			b.WriteString(": not looked up\n")
		} else {
			fmt.Fprintf(&b, ": %d of %d\n", c.Sessions, p.Sessions)
		}
	}
	if t := p.Titles; t != (index.TitleStats{}) {
		fmt.Fprintf(&b, "  titles    %d segments, %d terms, %d candidates verified, %d titles scanned", t.Segments, t.Terms, t.Verified, t.Scanned)
		if t.Cached {
			b.WriteString(", known before")
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "  matches   %d of %d", p.Total, p.Sessions)
	if p.Total > 0 {
		fmt.Fprintf(&b, ", as %s", p.Matches)
	}
	fmt.Fprintf(&b, "\n  page      %d returned, %d examined", p.Returned, p.Examined)
	return b.String()
}

// quoteSome quotes the first few values.
func quoteSome(values []string) string {
	const most = 5
	var b strings.Builder
	for i, v := range values {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(values)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		if len(v) > 60 {
			v = strings.ToValidUTF8(v[:60], "") + "…"
		}
		fmt.Fprintf(&b, "%q", v)
	}
	return b.String()
}
