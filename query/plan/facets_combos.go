package plan

import (
	"slices"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// inCombos reports whether nothing is wanted but members that make up combinations.
func (w *wanted) inCombos() bool {
	return !slices.ContainsFunc(w.rows, func(r *schema.Row) bool { return !index.InClass(r.Index) })
}

// countCombos counts by members that make up combinations from what an ordering counts,
// or from the classes of the few sessions that it has, without a look at the filter's
// sets. False if the filter asks for something else, or if that is more expensive.
func (f *filter) countCombos(w *wanted) (query.Facets, bool) {
	var out query.Facets
	s, ok := f.selectable()
	if !ok || s.not {
		return out, false
	}
	o := f.ordering(&s)
	if o == nil || !o.CountsCombos(s.classes.Kinds) && float64(o.Len())*selectPerSession > float64(f.v.Limit())*densePerClause {
		return out, false
	}
	counts := make([]map[string]int, len(w.rows))
	matches := make([]int, len(w.rows)) // without the filter on the field
	for i := range counts {
		counts[i] = make(map[string]int)
	}
	ok = f.v.CountCombos(o, s.classes.Kinds, func(c index.ComboCount) {
		unmet, n := 0, 0
		for field, values := range s.classes.Values {
			if values != nil && !has(values, c.Values[field]) || has(s.classes.Without[field], c.Values[field]) {
				unmet = field
				n++
			}
		}
		if n == 0 {
			out.Total += c.N
		}
		for i, row := range w.rows {
			if own := row.Index; n == 0 || n == 1 && unmet == own {
				matches[i] += c.N
				if value := c.Values[own]; value != "" {
					counts[i][value] += c.N
				}
			}
		}
	})
	for i, row := range w.rows {
		t := topCounts{most: w.top, find: w.find}
		t.addAll(counts[i])
		facet := t.facet(matches[i])
		facet.Field = row.Name
		out.Fields = append(out.Fields, facet)
	}
	return out, ok
}
