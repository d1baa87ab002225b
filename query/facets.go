package query

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/index/set"
)

// Facets counts the matches of a query by value.
type Facets struct {
	Total  int
	Values [index.NumFields][]Count // the field's own filter left out; by falling count, then by value
	Kinds  [index.NumKinds]int      // the visibility flags left out
	Months []Count                  // of creation, "2026-01", ascending; the bounds on it left out
}

// Count is a value and how many matches have it.
type Count struct {
	Value string
	N     int
}

// CountFacets counts the matches by each of the fields, by kind and by month of
// creation, all in one view. Limit, Offset and Cursor do not matter. About 20 µs per
// million sessions and value that many sessions have; 1 to 3 ms per million for a
// field with thousands of values, and for the months.
func CountFacets(ctx context.Context, v *index.View, q Query, fields ...index.Field) (Facets, error) {
	if err := ctx.Err(); err != nil {
		return Facets{}, err
	}
	q.Offset, q.Cursor = 0, ""
	if err := q.Validate(); err != nil {
		return Facets{}, err
	}
	q = q.Normalized()
	c := facetCounter{v: v}
	if err := c.f.lookUp(ctx, v, &q, true); err != nil {
		return Facets{}, err
	}
	if err := c.match(ctx, condNone); err != nil {
		return Facets{}, err
	}
	defer func() { c.whole.release() }()
	out := Facets{Total: c.whole.n}
	for _, field := range fields {
		m, err := c.without(ctx, condition(field))
		if err != nil {
			return Facets{}, err
		}
		out.Values[field] = countValues(v, m, field)
		c.done(m)
	}
	m, err := c.without(ctx, condKinds)
	if err != nil {
		return Facets{}, err
	}
	for k := range out.Kinds {
		out.Kinds[k] = v.OfKind(index.Kind(k)).AndCount(m.dense)
	}
	c.done(m)
	if m, err = c.without(ctx, condCreated); err != nil {
		return Facets{}, err
	}
	out.Months, err = countMonths(ctx, v, m)
	c.done(m)
	return out, err
}

// facetCounter evaluates the filter once as a whole, and once more without each
// condition that a facet leaves out.
type facetCounter struct {
	v     *index.View
	f     filter
	whole matches
}

func (c *facetCounter) match(ctx context.Context, omit condition) (err error) {
	c.whole, err = c.evaluate(ctx, omit)
	return err
}

func (c *facetCounter) evaluate(ctx context.Context, omit condition) (matches, error) {
	m, err := c.f.evaluate(ctx, omit, index.NumOrders)
	if err == nil {
		m.toDense(c.v.Limit())
	}
	return m, err
}

func (c *facetCounter) without(ctx context.Context, omit condition) (*matches, error) {
	if !c.f.conds[omit].active {
		return &c.whole, nil
	}
	m, err := c.evaluate(ctx, omit)
	return &m, err
}

func (c *facetCounter) done(m *matches) {
	if m != &c.whole {
		m.release()
	}
}

// countValues counts by intersecting the set of each value or, where the matches
// are few beside the sessions, by reading the value of each match.
func countValues(v *index.View, m *matches, field index.Field) []Count {
	var counts []Count
	if m.n*16 < v.Len() {
		byValue := make(map[string]int)
		m.each(func(ord uint32) bool {
			if value := v.Entry(ord).Values[field]; value != "" {
				byValue[value]++
			}
			return true
		})
		for value, n := range byValue {
			counts = append(counts, Count{value, n})
		}
	} else {
		for value, s := range v.Values(field) {
			if n := s.AndCount(m.dense); n > 0 {
				counts = append(counts, Count{value, n})
			}
		}
	}
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Value, b.Value))
	})
	return counts
}

// countMonths goes through the sessions by creation; the bounds of each month are
// looked up as positions, so that no session's date is read.
func countMonths(ctx context.Context, v *index.View, m *matches) ([]Count, error) {
	var months []Count
	o := v.Ordering(index.ByCreated, false)
	for pos := 0; pos < o.Len() && m.n > 0; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		first := o.AppendRange(nil, pos, pos+1)[0]
		at := time.Unix(v.Created(first).Sec, 0).UTC()
		next := time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		end := v.Rank(o, index.Key{At: index.InstantOf(next)})
		n := 0
		o.Ascend(pos, end, func(run []uint32) bool {
			n += countIn(m.dense, run)
			return true
		})
		if n > 0 {
			months = append(months, Count{at.Format("2006-01"), n})
		}
		pos = end
	}
	return months, nil
}

func countIn(d *set.Dense, run []uint32) int {
	n, words := 0, d.Words
	for _, ord := range run {
		n += int(words[ord>>6] >> (ord & 63) & 1)
	}
	return n
}
