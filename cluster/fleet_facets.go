package cluster

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// Facets counts the matches by value: each group's counts, added. Every group is asked for
// all its values, so that distinct values are those of all groups together; where one has
// more than query.MaxTop, the facet is marked (Facet.AtMost).
func (f *Fleet) Facets(ctx context.Context, q query.Query, o query.FacetOptions) (sessiondex.Facets, error) {
	// The empty engine finds the faults, and says which fields there are, in which order.
	out, err := f.local.Facets(ctx, q, o)
	if err != nil {
		return sessiondex.Facets{}, err
	}
	asked := &facetQuestion{Fields: o.Fields, Top: query.MaxTop, Search: o.Search, Period: o.Period, Zone: "UTC"}
	if o.Zone != nil {
		asked.Zone = o.Zone.String()
		if _, err := time.LoadLocation(asked.Zone); err != nil || asked.Zone == "Local" || asked.Zone == "" {
			return sessiondex.Facets{}, fmt.Errorf("%w: facets in a fleet need a time zone that has a name, such as Europe/Berlin, got %q", query.ErrInvalid, asked.Zone)
		}
	}
	answers, err := gather(ctx, f, func(ctx context.Context, g *group, a *sessiondex.Facets) error {
		return f.ask(ctx, g, "facets", &question{Query: q.AppendCanonical(nil), Facets: asked}, a)
	})
	if err != nil {
		return sessiondex.Facets{}, err
	}
	for _, a := range answers {
		out.Total += a.Total
	}
	for i := range out.Fields {
		parts := make([]sessiondex.Facet, len(answers))
		for j, a := range answers {
			parts[j] = a.Field(out.Fields[i].Field)
		}
		row := f.Schema().Lookup(out.Fields[i].Field)
		out.Fields[i] = addFacets(parts, cmp.Or(o.Top, query.DefaultTop), row != nil && row.Type == schema.Time)
	}
	return out, nil
}

// addFacets adds up the groups' facets of one field.
func addFacets(parts []sessiondex.Facet, top int, periods bool) sessiondex.Facet {
	out := sessiondex.Facet{Field: parts[0].Field, Values: []sessiondex.FacetCount{}}
	counts := make(map[string]int)
	for _, p := range parts {
		out.Missing += p.Missing
		out.Number = addNumbers(out.Number, p.Number)
		out.AtMost = out.AtMost || p.AtMost || p.Distinct > len(p.Values) && p.Number == nil
		out.Distinct += p.Distinct - len(p.Values)
		for _, c := range p.Values {
			counts[c.Value] += c.Count
		}
	}
	out.Distinct += len(counts)
	for value, n := range counts {
		out.Values = append(out.Values, sessiondex.FacetCount{Value: value, Count: n})
	}
	slices.SortFunc(out.Values, func(a, b sessiondex.FacetCount) int {
		if periods {
			return cmp.Compare(b.Value, a.Value) // the latest first
		}
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	if out.Values = out.Values[:min(top, len(out.Values))]; periods {
		slices.Reverse(out.Values)
	}
	return out
}

func addNumbers(a, b *query.NumberStats) *query.NumberStats {
	switch {
	case b == nil || a != nil && b.Count == 0:
		return a
	case a == nil || a.Count == 0:
		return b
	}
	return &query.NumberStats{Min: min(a.Min, b.Min), Max: max(a.Max, b.Max), Sum: a.Sum + b.Sum, Count: a.Count + b.Count}
}
