package plan

import (
	"cmp"
	"slices"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
)

// What counting costs, in nanoseconds: orders of magnitude measured at a million
// sessions.
const (
	readPerMatch   = 90  // read a session's value and count it in a map
	probePerMember = 1.5 // test a member of a small set against a bit array
	countPerWord   = 0.6 // intersect and count 64 ordinals of a large set
	visitPerValue  = 20
)

// countValues counts by intersecting the set of each value or, where the matches
// are few beside the sessions, by reading the value of each match.
func (c *facetCounter) countValues(field index.Field) query.Facet {
	m := c.matches(condition(field))
	t := topCounts{most: c.w.top}
	switch {
	case m.dense == nil:
		for value, s := range c.v.Values(field) {
			t.add(value, s.Len())
		}
	case c.readsSessions(m, c.v.NumValues(field)):
		byValue := make(map[string]int)
		var values []string
		m.each(func(ord uint32) {
			values = c.v.AppendValues(values[:0], field, ord)
			for _, value := range values {
				byValue[value]++
			}
		})
		t.addAll(byValue)
	default:
		for value, s := range c.v.Values(field) {
			t.add(value, s.AndCount(m.dense))
		}
	}
	return t.facet(m.n)
}

// readsSessions reports whether reading all matches is cheaper than intersecting
// the sets of all values.
func (c *facetCounter) readsSessions(m *counted, values int) bool {
	words := float64(c.v.Limit()) / 64
	sets := min(float64(values)*words*countPerWord, float64(c.v.Len())*probePerMember) + float64(values)*visitPerValue
	return float64(m.n)*readPerMatch+words < sets
}

// countKinds counts by kind.
func (c *facetCounter) countKinds() query.Facet {
	m := c.matches(condKinds)
	t := topCounts{most: c.w.top}
	for k, name := range kindNames {
		s := c.v.OfKind(index.Kind(k))
		if m.dense == nil {
			t.add(name, s.Len())
		} else {
			t.add(name, s.AndCount(m.dense))
		}
	}
	return t.facet(m.n)
}

// kindNames are the values of the facet of kinds.
var kindNames = [index.NumKinds]string{
	index.TopLevel: "top_level", index.Sub: "sub_session", index.Task: "task_run", index.Sub | index.Task: "both",
}

// topCounts keeps the largest counts, and counts them all.
type topCounts struct {
	most     int
	counts   []query.FacetCount
	full     bool             // most counts at or above floor are there
	floor    query.FacetCount // what lies below it cannot be among the most any more
	distinct int
	sum      int
}

// add drops the smaller half when there are twice as many as wanted, so that a value
// costs a constant in the long run. A count of 0 is none.
func (t *topCounts) add(value string, n int) {
	if n == 0 {
		return
	}
	t.distinct++
	t.sum += n
	c := query.FacetCount{Value: value, Count: n}
	if t.full && compareCounts(c, t.floor) > 0 {
		return
	}
	t.counts = append(t.counts, c)
	if len(t.counts) >= 2*t.most {
		t.prune()
		t.full, t.floor = true, t.counts[t.most-1]
	}
}

func (t *topCounts) addAll(byValue map[string]int) {
	for value, n := range byValue {
		t.add(value, n)
	}
}

func (t *topCounts) prune() {
	slices.SortFunc(t.counts, compareCounts)
	t.counts = t.counts[:min(len(t.counts), t.most)]
}

// facet returns the facet of the values of which each match has one or none.
func (t *topCounts) facet(matches int) query.Facet {
	if t.counts == nil {
		t.counts = []query.FacetCount{}
	}
	t.prune()
	return query.Facet{Values: t.counts, Distinct: t.distinct, Missing: matches - t.sum}
}

// compareCounts puts the larger count first, then the lower value.
func compareCounts(a, b query.FacetCount) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
}
