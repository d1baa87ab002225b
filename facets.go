package sessiondex

import (
	"context"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
)

// TopApps is how many applications a facet lists.
const TopApps = 20

// Facets counts the matches by value; see Engine.Facets.
func (r version) Facets(ctx context.Context, q query.Query) (Facets, error) {
	if r.view == nil {
		return Facets{}, ErrClosed
	}
	c, err := query.CountFacets(ctx, r.view, q, index.State, index.SourceChannel, index.SessionType, index.Trigger, index.App)
	if err != nil {
		return Facets{}, err
	}
	apps := c.Values[index.App]
	return Facets{
		Total:          c.Total,
		States:         facetCounts(c.Values[index.State]),
		SourceChannels: facetCounts(c.Values[index.SourceChannel]),
		SessionTypes:   facetCounts(c.Values[index.SessionType]),
		TriggerTypes:   facetCounts(c.Values[index.Trigger]),
		Apps:           facetCounts(apps[:min(len(apps), TopApps)]),
		AppsTotal:      len(apps),
		Kinds: KindCounts{
			TopLevel:    c.Kinds[index.TopLevel],
			SubSessions: c.Kinds[index.Sub],
			TaskRuns:    c.Kinds[index.Task],
			Both:        c.Kinds[index.Sub|index.Task],
		},
		CreatedMonths: facetCounts(c.Months),
	}, nil
}

// facetCounts never returns nil, which JSON would show as null.
func facetCounts(counts []query.Count) []FacetCount {
	out := make([]FacetCount, len(counts))
	for i, c := range counts {
		out[i] = FacetCount{Value: c.Value, Count: c.N}
	}
	return out
}
