package plan

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// describe fills in the parts of the plan that Explain shows.
func (p *pager) describe(f *filter) {
	to := &p.plan
	to.Sessions = f.v.Len()
	to.Titles = query.TitleStats(f.titles)
	for i := range f.conds {
		c := &f.conds[i]
		to.Conditions = append(to.Conditions, query.Condition{Param: c.param(), Values: slices.Clone(f.wanted(c)), Sessions: c.size})
	}
	if len(f.c.Terms) > 0 && f.keyword() == nil {
		c := &cond{of: ofKeyword}
		to.Conditions = append(to.Conditions, query.Condition{Param: c.param(), Values: f.wanted(c), Sessions: -1})
	}
	if f.hides {
		to.Hidden = f.hidden()
	}
	switch m := p.m; {
	case m.selected():
		to.Matches = "positions"
	case m.list != nil:
		to.Matches = "list"
	default:
		to.Matches = "bits"
	}
	to.Within = p.m.orderOf
	to.Reason = p.reason(f)
}

// hidden says which kinds of sessions a listing leaves out.
func (f *filter) hidden() string {
	var names []string
	for reason, name := range reasons(f.v.Schema()) {
		if f.c.Shown.Has(reason) {
			continue // sessions that have it are left out for another reason
		}
		left := schema.With(reason) &^ f.kinds
		for k := range index.Kind(schema.NumClasses) {
			if left.Has(k) && f.v.OfKind(k).Len() > 0 {
				names = append(names, name)
				break
			}
		}
	}
	switch n := len(names); n {
	case 0:
		return "others"
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// reasons yields the reasons for which sessions are hidden, with words for them.
func reasons(s *schema.Schema) iter.Seq2[schema.Visibility, string] {
	return func(yield func(schema.Visibility, string) bool) {
		if !yield(schema.SubSession, "sub-sessions") || !yield(schema.TaskRun, "task runs") {
			return
		}
		for _, row := range s.Hidden() {
			if !yield(row.Hides, row.Name) {
				return
			}
		}
	}
}

// param returns the parameter that the condition comes from.
func (c *cond) param() string {
	switch c.of {
	case ofIDs:
		return "ids"
	case ofIDPrefix:
		return "ids[prefix]"
	case ofKinds:
		return "kind"
	case ofKeyword:
		return "query"
	}
	return testParam(c.test)
}

func testParam(t *query.Test) string {
	var name string
	switch t.Op {
	case query.OpAnyOf:
		if name = "any_of"; rowOf(t) != nil {
			name = rowOf(t).Name
		}
	case query.OpIn, query.OpRange:
		name = t.Row.Name
	case query.OpNotIn:
		name = t.Row.Name + "[not]"
	case query.OpHasAll:
		name = t.Row.Name + "[all]"
	case query.OpPrefix:
		name = t.Row.Name + "[prefix]"
	case query.OpHas, query.OpLacks:
		name = t.Row.Name + "[exists]"
	}
	if t.Scope {
		return "scope." + name
	}
	return name
}

// wanted returns the values that a condition asks for, shared with the query.
func (f *filter) wanted(c *cond) []string {
	switch c.of {
	case ofIDs:
		return f.c.IDs
	case ofIDPrefix:
		return []string{f.c.IDPrefix}
	case ofKinds:
		return nil
	case ofKeyword:
		return []string{f.q.Keyword}
	}
	return wantedBy(c.test)
}

func wantedBy(t *query.Test) []string {
	switch t.Op {
	case query.OpHas:
		return []string{"true"}
	case query.OpLacks:
		return []string{"false"}
	case query.OpRange:
		var ends []string
		if !openMin(t) {
			ends = append(ends, "from "+formatValue(t.Row, t.Min))
		}
		if !openMax(t) {
			ends = append(ends, "to "+formatValue(t.Row, t.Max))
		}
		return ends
	case query.OpAnyOf:
		var ways []string
		for _, one := range t.Any {
			one.Scope = false // it is said of all of them
			ways = append(ways, testParam(&one)+"="+strings.Join(wantedBy(&one), ","))
		}
		return ways
	}
	return t.Values
}

func formatValue(row *schema.Row, v query.Value) string {
	if row.Type == schema.Number {
		return strconv.FormatFloat(v.Number, 'g', -1, 64)
	}
	return query.FormatTime(v.Time)
}

func (p *pager) reason(f *filter) string {
	m := p.m
	switch {
	case m.n == 0:
		for i := range f.conds {
			if c := &f.conds[i]; c.size == 0 {
				return fmt.Sprintf("no session satisfies %s", c.param())
			}
		}
		return "no session satisfies all conditions"
	case p.plan.Method == query.Nothing:
		return fmt.Sprintf("the page starts at %d, past the last of %d matches", p.q.Offset, m.n)
	case p.forced:
		return "as the caller wants it"
	case p.plan.Method == query.Rank && m.sel.LeavesOut():
		return "the order counts its sessions and so does that of those left out, so the page is found between the two"
	case p.plan.Method == query.Rank && !m.sel.All():
		return "the order counts its sessions by class, so those before the page are passed over by their counts"
	case p.plan.Method == query.Rank && p.cursor != nil:
		return "the order holds exactly the matches, so the cursor's key gives the position of the page"
	case p.plan.Method == query.Rank:
		return "the order holds exactly the matches, so the page is a range of positions"
	case p.plan.Method == query.Gather:
		return fmt.Sprintf("%d matches are few, so their keys are read and the page is selected among them", m.n)
	default:
		return fmt.Sprintf("%d matches are many, so the order is walked and each session tested", m.n)
	}
}
