package query

import (
	"cmp"
	"iter"
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
// the most frequent values and how many there are in all.
func (c *facetCounter) countValues(field index.Field) ([]Count, int) {
	m := c.matches(condition(field))
	t := topCounts{most: c.w.top}
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
		for ord := range ordinals(m.dense.Words) {
			if value := c.v.ValueOf(field, ord); value != "" {
				byValue[value]++
			}
		}
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
	distinct int
}

func (t *topCounts) add(value string, n int) {
	t.distinct++
	c := Count{value, n}
	if t.most == 0 || len(t.counts) < 2*t.most {
		t.counts = append(t.counts, c)
		return
	}
	// Full: the half that counts is sorted out, at a constant cost per value in
	// the long run, and what cannot get into it is not taken in.
	t.prune()
	if compareCounts(c, t.counts[t.most-1]) < 0 {
		t.counts = append(t.counts, c)
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

// ordinals yields the members of a bit array.
func ordinals(words []uint64) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for i, w := range words {
			for ; w != 0; w &= w - 1 {
				if !yield(uint32(i<<6 + trailingZeros(w))) {
					return
				}
			}
		}
	}
}
