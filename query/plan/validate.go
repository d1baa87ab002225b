package plan

import (
	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// validate refuses what is invalid by the fields that there are, and what no plan answers.
func validate(v *index.View, q *query.Query) error { return validateFor(v.Schema(), q) }

func validateFor(s *schema.Schema, q *query.Query) error {
	if err := q.ValidateWith(s); err != nil {
		return err
	}
	var e query.Error
	refuse := func(param string, set bool) {
		if set {
			e.Faults = append(e.Faults, query.Fault{Param: param, Type: "not_implemented", Message: "This is not answered yet"})
		}
	}
	refuse("sort_first", q.SortFirst != "")
	row := s.Lookup(string(q.SortBy))
	refuse("sort_by", row != nil && row.Declared())
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
