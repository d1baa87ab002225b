package plan

import (
	"cmp"
	"slices"

	"github.com/sessiondex/sessiondex/index"
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
// are few beside the sessions, by reading the value of each match. It returns
// the most frequent values, never nil, and how many there are in all.
func (c *facetCounter) countValues(field index.Field) ([]Count, int) {
	m := c.matches(condition(field))
	t := topCounts{most: c.w.top, counts: []Count{}}
	if field != index.App && field != index.Workspace {
		t.most = 0
	}
	switch {
	case m.dense == nil:
		for value, s := range c.v.Values(field) {
			t.add(value, s.Len())
		}
	case c.readsSessions(m, c.v.NumValues(field)):
		byValue := make(map[string]int)
		m.each(func(ord uint32) {
			if value := c.v.ValueOf(field, ord); value != "" {
				byValue[value]++
			}
		})
		for value, n := range byValue {
			t.add(value, n)
		}
	default:
		for value, s := range c.v.Values(field) {
			if n := s.AndCount(m.dense); n > 0 {
				t.add(value, n)
			}
		}
	}
	return t.sorted(), t.distinct
}

// readsSessions reports whether reading all matches is cheaper than intersecting
// the sets of all values.
func (c *facetCounter) readsSessions(m *counted, values int) bool {
	words := float64(c.v.Limit()) / 64
	sets := min(float64(values)*words*countPerWord, float64(c.v.Len())*probePerMember) + float64(values)*visitPerValue
	return float64(m.n)*readPerMatch+words < sets
}

// countKinds counts by visibility class.
func (c *facetCounter) countKinds() (counts [index.NumKinds]int) {
	m := c.matches(condKinds)
	for k := range counts {
		s := c.v.OfKind(index.Kind(k))
		if m.dense == nil {
			counts[k] = s.Len()
		} else {
			counts[k] = s.AndCount(m.dense)
		}
	}
	return counts
}

// topCounts keeps the largest counts, and counts them all.
type topCounts struct {
	most     int // 0: all
	counts   []Count
	full     bool  // most counts at or above floor are there
	floor    Count // what lies below it cannot be among the most any more
	distinct int
}

// add sorts out the smaller half when there are twice as many as wanted, so that
// a value costs a constant in the long run.
func (t *topCounts) add(value string, n int) {
	t.distinct++
	c := Count{value, n}
	if t.full && compareCounts(c, t.floor) > 0 {
		return
	}
	t.counts = append(t.counts, c)
	if t.most > 0 && len(t.counts) >= 2*t.most {
		t.prune()
		t.full, t.floor = true, t.counts[t.most-1]
	}
}

func (t *topCounts) prune() {
	slices.SortFunc(t.counts, compareCounts)
	if t.most > 0 {
		t.counts = t.counts[:min(len(t.counts), t.most)]
	}
}

func (t *topCounts) sorted() []Count {
	t.prune()
	return t.counts
}

// compareCounts puts the larger count first, then the lower value.
func compareCounts(a, b Count) int {
	return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Value, b.Value))
}
