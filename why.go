package sessiondex

import (
	"context"

	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
)

// Why says whether the query's listing has the session with this id: at which rank and
// on which page, or which conditions exclude it, each with the wanted value and the
// session's value. The errors are *query.Error, ErrNotFound for an id that no session
// has (or none within the query's Scope), ErrClosed and the context's.
//
// It costs some microseconds for an excluded session, otherwise as much as the page
// with that rank.
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
