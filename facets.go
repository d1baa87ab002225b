package sessiondex

import (
	"context"

	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
)

// The results of Facets are the types of package query.
type (
	Facets     = query.Facets
	Facet      = query.Facet
	FacetCount = query.FacetCount
)

// Facets counts the matches by the values of the fields that the options name, all
// in one version. The errors are *query.Error, also for the options, ErrClosed and
// the context's.
//
// At a million sessions under filters, the facets of few values take some 0.8 ms
// together (1.4 ms under five filters at once), applications and months some 1 ms
// each, days up to 2 ms; without filters all of them 0.2 ms.
func (e *Engine) Facets(ctx context.Context, q query.Query, o query.FacetOptions) (Facets, error) {
	return e.newest().Facets(ctx, q, o)
}

// Facets counts the matches by value; see Engine.Facets.
func (r version) Facets(ctx context.Context, q query.Query, o query.FacetOptions) (Facets, error) {
	if r.view == nil {
		return Facets{}, ErrClosed
	}
	start := r.shared.observer.began()
	f, err := plan.CountFacets(ctx, r.view, q, o)
	r.shared.observer.query(start, QueryDone{Op: "Facets", Query: q, Total: f.Total, Err: err})
	return f, err
}
