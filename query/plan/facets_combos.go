package plan

import "github.com/sessiondex/sessiondex/index"

// inCombos reports whether nothing is wanted but members that make up combinations.
func (w *wanted) inCombos() bool {
	for field, is := range w.fields {
		if is && !index.InClass(index.Field(field)) {
			return false
		}
	}
	return !w.kinds && w.created == 0
}

// countCombos counts by members that make up combinations from what an ordering counts,
// or from the classes of the few sessions that it has, without a look at the filter's
// sets. False if the filter asks for something else, or if that is dearer.
func (f *filter) countCombos(w *wanted) (Facets, bool) {
	var out Facets
	s, ok := f.selectable()
	if !ok {
		return out, false
	}
	o := s.ordering(f.v)
	if o == nil || !o.CountsCombos(s.classes.Kinds) && float64(o.Len())*selectPerSession > float64(f.v.Limit())*densePerClause {
		return out, false
	}
	var counts [index.NumFields]map[string]int
	for field, is := range w.fields {
		if is {
			counts[field] = make(map[string]int)
		}
	}
	ok = f.v.CountCombos(o, s.classes.Kinds, func(c index.ComboCount) {
		unmet, n := index.Field(0), 0
		for field, values := range s.classes.Values {
			if values != nil && !has(values, c.Values[field]) {
				unmet = index.Field(field)
				n++
			}
		}
		if n == 0 {
			out.Total += c.N
		}
		for field := range counts {
			// A facet leaves out the filter on its own member.
			if value := c.Values[field]; counts[field] != nil && value != "" && (n == 0 || n == 1 && unmet == index.Field(field)) {
				counts[field][value] += c.N
			}
		}
	})
	for field, byValue := range counts {
		if byValue == nil {
			continue
		}
		t := topCounts{counts: []Count{}}
		for value, n := range byValue {
			t.add(value, n)
		}
		out.Values[field], out.Distinct[field] = t.sorted(), t.distinct
	}
	return out, ok
}
