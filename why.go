package sessiondex

import (
	"context"

	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
)

// Why says whether the query's listing has the session of this id: at which rank
// and on which page, or which conditions keep it out, each with what it wants and
// what the session has. The errors are *query.Error, ErrNotFound for an id that no
// session has (or none within the query's Scope), ErrClosed and the context's.
//
// A session that is left out costs some microseconds; a rank as much as the page
// there.
func (e *Engine) Why(ctx context.Context, q query.Query, id string) (query.Why, error) {
	return e.newest().Why(ctx, q, id)
}

// Why says whether the query's listing has a session; see Engine.Why.
func (r version) Why(ctx context.Context, q query.Query, id string) (query.Why, error) {
	if r.view == nil {
		return query.Why{}, ErrClosed
	}
	return plan.WhyListed(ctx, r.view, q, id)
}
