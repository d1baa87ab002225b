package plan

import (
	"github.com/sessiondex/sessiondex/query"
)

// validate refuses what is invalid, and what no plan answers yet.
func validate(q *query.Query) error {
	if err := q.Validate(); err != nil {
		return err
	}
	n := q.Normalized()
	var e query.Error
	refuse := func(param string, set bool) {
		if set {
			e.Faults = append(e.Faults, query.Fault{Param: param, Type: "not_implemented", Message: "This condition is not answered yet"})
		}
	}
	refuse("match", n.Match == query.MatchWords)
	refuse("parent_session_id", n.ParentSessionID != "")
	refuse("ids", n.IDs != nil)
	refuse("kind", n.Kinds != nil)
	refuse("updated_after", !n.UpdatedAfter.IsZero())
	refuse("updated_before", !n.UpdatedBefore.IsZero())
	refuse("where", n.Where != nil || q.Scope.Where != nil)
	if e.Faults != nil {
		return &e
	}
	return nil
}

// normalized returns the form of a query that plans are made of, that of its scope
// included.
func normalized(q query.Query) query.Query {
	q = q.Normalized()
	q.Scope = q.Scope.Normalized()
	return q
}
