package plan

import (
	"fmt"
	"slices"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
)

// describe fills in the parts of the plan that Explain shows.
func (p *pager) describe(f *filter) {
	q, to := f.q, &p.plan
	to.Sessions = f.v.Len()
	to.Titles = query.TitleStats(f.titles)
	for c := range condition(numConds) {
		cd := &f.conds[c]
		if !cd.active {
			if c != condKeyword || q.Keyword == "" {
				continue
			}
			cd = &cond{size: -1}
		}
		to.Conditions = append(to.Conditions, query.Condition{Param: c.param(), Values: slices.Clone(f.wanted(c)), Sessions: cd.size})
	}
	if f.conds[condKinds].active {
		switch {
		case visibleOnly(q):
			to.Hidden = "sub-sessions and task runs"
		case q.IncludeSubSessions:
			to.Hidden = "task runs"
		default:
			to.Hidden = "sub-sessions"
		}
	}
	switch m := p.m; {
	case m.selected():
		to.Matches = "positions"
	case m.list != nil:
		to.Matches = "list"
	default:
		to.Matches = "bits"
	}
	if p.m.selected() {
		to.Within = f.orderOf
	}
	to.Reason = p.reason(f)
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
			bounds = append(bounds, "from "+query.FormatTime(q.CreatedAfter))
		}
		if !q.CreatedBefore.IsZero() {
			bounds = append(bounds, "to "+query.FormatTime(q.CreatedBefore))
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
	case p.plan.Method == query.Nothing:
		return fmt.Sprintf("the page starts at %d, past the last of %d matches", p.q.Offset, m.n)
	case p.forced:
		return "as the caller wants it"
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
