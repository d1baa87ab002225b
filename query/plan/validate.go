package plan

import (
	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
)

// validate refuses what is invalid by the fields that there are.
func validate(v *index.View, q *query.Query) error { return q.ValidateWith(v.Schema()) }

// normalized returns the form of a query that plans are made of, that of its scope
// included.
func normalized(q query.Query) query.Query {
	q = q.Normalized()
	q.Scope = q.Scope.Normalized()
	return q
}
