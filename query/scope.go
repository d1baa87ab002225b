package query

import "slices"

// Scope is a filter that stands outside the query: what a principal may see. No
// parameter reaches it, and a listing, a total, a facet or a cursor outside it
// looks as if the sessions did not exist. It brings nothing into view: what it asks of a
// hidden flag does not imply Include.
type Scope struct {
	// AppIDs and WorkspaceIDs keep the sessions that have one of the values. nil is
	// no restriction; an empty list that is not nil keeps nothing. Both must hold.
	// Values are compared exactly; "" is no value, and no session has it. Sorted lists
	// without duplicates cost least.
	AppIDs, WorkspaceIDs []string
	// Where are further conditions. All must hold; AnyOf makes alternatives.
	Where []Cond
}

// Clone returns a query that shares no list with q.
func (q Query) Clone() Query {
	for _, list := range [...]*[]string{
		&q.SearchIn, &q.States, &q.SourceChannels, &q.SessionTypes, &q.TriggerTypes, &q.IDs, &q.Include,
	} {
		*list = slices.Clone(*list)
	}
	q.Kinds = slices.Clone(q.Kinds)
	q.Where = slices.Clone(q.Where) // conditions are immutable
	q.Scope = q.Scope.Clone()
	return q
}

// Clone returns a scope that shares no list with s.
func (s Scope) Clone() Scope {
	return Scope{slices.Clone(s.AppIDs), slices.Clone(s.WorkspaceIDs), slices.Clone(s.Where)}
}

// Normalized returns the one form of all scopes that mean the same as s: its lists are
// sorted, without duplicates and without "", and nil only where they were. A list that
// is in this form already is shared with s, any other is copied.
func (s Scope) Normalized() Scope {
	s.AppIDs, s.WorkspaceIDs = exactSet(s.AppIDs), exactSet(s.WorkspaceIDs)
	if len(s.Where) > 0 {
		s.Where = normalConds(slices.Clone(s.Where))
	}
	return s
}
