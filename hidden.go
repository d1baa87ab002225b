package sessiondex

import (
	"context"

	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
)

// Hidden returns how many more sessions List would show if sub-sessions and task runs
// were included, so that an empty list can say "3 hidden as task runs". These sessions
// meet all other conditions of the query. The counts are exact and of one version; they
// cost about as much as the total of the same query with everything included. The
// errors are *query.Error, ErrClosed and the context's.
func (e *Engine) Hidden(ctx context.Context, q query.Query) (query.Hidden, error) {
	return e.newest().Hidden(ctx, q)
}

// Hidden returns how many sessions the listing hides; see Engine.Hidden.
func (r version) Hidden(ctx context.Context, q query.Query) (query.Hidden, error) {
	if r.view == nil {
		return query.Hidden{}, ErrClosed
	}
	return plan.CountHidden(ctx, r.view, q)
}
