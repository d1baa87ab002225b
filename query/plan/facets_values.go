package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// What counting costs, in nanoseconds: orders of magnitude measured at a million
// sessions.
const (
	readPerMatch   = 90  // read a session's value and count it in a map
	probePerMember = 1.5 // test a member of a small set against a bit array
	countPerLimb   = 0.6 // intersect and count 64 ordinals of a large set
	visitPerValue  = 20
)

// countValues counts by intersecting the set of each value or, where the matches
// are few beside the sessions, by reading the value of each match.
func (c *facetCounter) countValues(row *schema.Row) query.Facet {
	field := row.Index
	m := c.matches(field)
	t := topCounts{most: c.w.top, find: c.w.find}
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
			if t.find.in(value) {
				t.add(value, s.AndCount(m.dense))
			}
		}
	}
	facet := t.facet(m.n)
	if row.Declared() || t.find.text != "" { // a session may have several values, or none that is found
		facet.Missing = m.n - c.having(row, m)
	}
	return facet
}

// having returns how many of some matches have a value.
func (c *facetCounter) having(row *schema.Row, m *counted) int {
	s := c.v.Exists(row.Index)
	if m.dense == nil {
		return s.Len()
	}
	return s.AndCount(m.dense)
}

// countFlag counts how many have a flag, and how many do not.
func (c *facetCounter) countFlag(row *schema.Row) query.Facet {
	m := c.matches(row.Index)
	n := 0
	if s := c.v.Value(row.Index, index.FlagSet); m.dense == nil {
		n = s.Len()
	} else {
		n = s.AndCount(m.dense)
	}
	t := topCounts{most: c.w.top}
	t.add(index.FlagSet, n)
	t.add("false", m.n-n)
	return t.facet(m.n)
}

// measure adds up the numbers of the matches.
func (c *facetCounter) measure(row *schema.Row) query.Facet {
	m := c.matches(row.Index)
	all := c.v.Measure(row.Index, func(yield func(uint32) bool) {
		if m.dense == nil {
			c.v.Ordering(index.ByCreated, false).Ascend(0, c.v.Len(), func(run []uint32) bool {
				for _, ord := range run {
					if !yield(ord) {
						return false
					}
				}
				return true
			})
			return
		}
		all := matches{dense: m.dense}
		all.each(yield)
	})
	return query.Facet{
		Values: []query.FacetCount{}, Missing: m.n - all.Count,
		Number: &query.NumberStats{Min: all.Min, Max: all.Max, Sum: all.Sum, Count: all.Count},
	}
}

// readsSessions reports whether reading all matches is cheaper than intersecting
// the sets of all values.
func (c *facetCounter) readsSessions(m *counted, values int) bool {
	limbs := float64(c.v.Limit()) / 64
	sets := min(float64(values)*limbs*countPerLimb, float64(c.v.Len())*probePerMember) + float64(values)*visitPerValue
	return float64(m.n)*readPerMatch+limbs < sets
}

// countKinds counts by kind.
func (c *facetCounter) countKinds() query.Facet {
	m := c.matches(schema.RowKind)
	var counts [len(kindNames)]int
	for k := range index.Kind(schema.NumClasses) {
		s := c.v.OfKind(k)
		if m.dense == nil {
			counts[k&schema.KindBits] += s.Len()
		} else {
			counts[k&schema.KindBits] += s.AndCount(m.dense)
		}
	}
	t := topCounts{most: c.w.top}
	for k, name := range kindNames {
		t.add(name, counts[k])
	}
	return t.facet(m.n)
}

// kindNames are the values of the facet of kinds.
var kindNames = [schema.KindBits + 1]string{
	0: "top_level", schema.SubSession: "sub_session", schema.TaskRun: "task_run", schema.SubSession | schema.TaskRun: "both",
}

// topCounts keeps the largest counts, and counts them all.
type topCounts struct {
	most     int
	find     finder
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
	t.sum += n
	if !t.find.in(value) {
		return
	}
	t.distinct++
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

// finder finds values that contain a text, which is folded in the form that all are; ""
// is in every one.
type finder struct {
	text string
	form fold.Form
}

func (f *finder) in(value string) bool {
	return f.text == "" || strings.Contains(f.form.Fold(value), f.text)
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
