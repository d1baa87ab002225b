package sessiondex

import (
	"context"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
)

// TopApps is how many applications a facet lists unless FacetOptions say otherwise.
const TopApps = query.DefaultTop

// Facets counts the matches by what the options name; see Engine.Facets.
func (r version) Facets(ctx context.Context, q query.Query, o query.FacetOptions) (Facets, error) {
	if r.view == nil {
		return Facets{}, ErrClosed
	}
	c, err := plan.CountFacetsWith(ctx, r.view, q, o)
	if err != nil {
		return Facets{}, err
	}
	return Facets{
		Total:           c.Total,
		States:          facetCounts(c.Values[index.State]),
		SourceChannels:  facetCounts(c.Values[index.SourceChannel]),
		SessionTypes:    facetCounts(c.Values[index.SessionType]),
		TriggerTypes:    facetCounts(c.Values[index.Trigger]),
		Apps:            facetCounts(c.Values[index.App]),
		AppsTotal:       c.Distinct[index.App],
		Workspaces:      facetCounts(c.Values[index.Workspace]),
		WorkspacesTotal: c.Distinct[index.Workspace],
		Kinds: KindCounts{
			TopLevel:    c.Kinds[index.TopLevel],
			SubSessions: c.Kinds[index.Sub],
			TaskRuns:    c.Kinds[index.Task],
			Both:        c.Kinds[index.Sub|index.Task],
		},
		CreatedMonths: facetCounts(c.Months),
		CreatedDays:   facetCounts(c.Days),
	}, nil
}

// facetCounts returns nil for what was not counted, which its JSON leaves out, and
// otherwise a list, which may be empty.
func facetCounts(counts []plan.Count) []FacetCount {
	if counts == nil {
		return nil
	}
	out := make([]FacetCount, len(counts))
	for i, c := range counts {
		out[i] = FacetCount{Value: c.Value, Count: c.N}
	}
	return out
}
