package plan

import (
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/query"
)

// Matcher tells of one session at a time whether a query lists it, by its members
// alone: what a listing asks of sets, a Matcher asks of the session. It is
// immutable and safe for concurrent use.
type Matcher struct {
	// First what is read at every test: who has thousands of matchers waits for
	// memory, not for the processor.
	conds [numConds]condition // those that the query sets, the cheap ones first
	n     int                 // how many those are
	terms []string            // folded

	after, before index.Instant
	q             query.Query // normalised
}

// NewMatcher returns the matcher of a query, whose order and page do not matter,
// or a *query.Error if the query is not valid.
func NewMatcher(q query.Query) (*Matcher, error) {
	if err := validate(&q); err != nil {
		return nil, err
	}
	q = normalized(q).Clone() // it outlives the call
	q.Offset, q.Cursor = 0, ""
	m := &Matcher{q: q, after: index.InstantOf(q.CreatedAfter), before: index.InstantOf(q.CreatedBefore)}
	set := func(c condition, active bool) {
		if active {
			m.conds[m.n] = c
			m.n++
		}
	}
	set(condKinds, !q.IncludeSubSessions || !q.IncludeTaskSessions)
	set(condition(index.App), q.AppID != "")
	set(condition(index.Workspace), q.WorkspaceID != "")
	set(condition(index.Asset), q.AOPAssetID != "")
	set(condScopeApps, q.Scope.AppIDs != nil)
	set(condScopeWorkspaces, q.Scope.WorkspaceIDs != nil)
	set(condition(index.State), len(q.States) > 0)
	set(condition(index.SourceChannel), len(q.SourceChannels) > 0)
	set(condition(index.SessionType), len(q.SessionTypes) > 0)
	set(condition(index.Trigger), len(q.TriggerTypes) > 0)
	set(condCreated, !q.CreatedAfter.IsZero() || !q.CreatedBefore.IsZero())
	set(condKeyword, q.Keyword != "")
	for _, term := range q.Terms() {
		m.terms = append(m.terms, fold.String(term))
	}
	return m, nil
}

// Match reports whether the query lists a session, given all that is known of it
// and its folded title. Some nanoseconds for each condition.
func (m *Matcher) Match(e *index.Entry, folded string) bool {
	for _, c := range m.conds[:m.n] {
		if !m.meets(c, e, folded) {
			return false
		}
	}
	return true
}

// meets reports whether the session meets one condition.
func (m *Matcher) meets(c condition, e *index.Entry, folded string) bool {
	q := &m.q
	switch c {
	case condKinds:
		return (e.Kind&index.Sub == 0 || q.IncludeSubSessions) && (e.Kind&index.Task == 0 || q.IncludeTaskSessions)
	case condition(index.App):
		return e.Values[index.App] == q.AppID
	case condition(index.Workspace):
		return e.Values[index.Workspace] == q.WorkspaceID
	case condition(index.Asset):
		return e.Values[index.Asset] == q.AOPAssetID
	case condScopeApps:
		return has(q.Scope.AppIDs, e.Values[index.App])
	case condScopeWorkspaces:
		return has(q.Scope.WorkspaceIDs, e.Values[index.Workspace])
	case condition(index.State):
		return has(q.States, e.Values[index.State])
	case condition(index.SourceChannel):
		return has(q.SourceChannels, e.Values[index.SourceChannel])
	case condition(index.SessionType):
		return has(q.SessionTypes, e.Values[index.SessionType])
	case condition(index.Trigger):
		return has(q.TriggerTypes, e.Values[index.Trigger])
	case condCreated:
		return (q.CreatedAfter.IsZero() || e.Created.Compare(m.after) >= 0) &&
			(q.CreatedBefore.IsZero() || e.Created.Compare(m.before) <= 0)
	case condKeyword:
		for _, term := range m.terms {
			if !strings.Contains(folded, term) {
				return false
			}
		}
	}
	return true
}

// has reports whether a value is one of those wanted, which are sorted.
func has(wanted []string, value string) bool {
	if value == "" {
		return false
	}
	_, ok := slices.BinarySearch(wanted, value)
	return ok
}
