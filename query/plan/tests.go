package plan

import (
	"math"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/bitarray"
	"github.com/sessiondex/sessiondex/internal/civil"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// manyValues is how many values a condition may have before their sets are united: to
// test an ordinal against them one by one would make a list of n values cost n a test.
const manyValues = 16

// lookUpTest gives a condition the clauses of a test, and reports false if every session
// passes it.
func (f *filter) lookUpTest(c *cond, t *query.Test) bool {
	switch t.Op {
	case query.OpIn:
		return f.lookUpIn(c, t)
	case query.OpNotIn:
		if t.Row.Type == schema.Flag && len(t.Values) > 0 { // none but those of the other value
			return f.lookUpIn(c, &query.Test{Row: t.Row, Values: slices.DeleteFunc([]string{"false", index.FlagSet}, func(v string) bool { return has(t.Values, v) })})
		}
		f.lookUpIn(c, t)
		return f.not(c)
	case query.OpHasAll:
		for i, value := range t.Values {
			s := f.v.Value(t.Row.Index, value)
			clause := set.Clause{Sets: append(f.newSets(1), s)}
			if i == 0 {
				c.clause, c.size = clause, s.Len()
			} else {
				c.more = append(c.more, clause)
				c.size = min(c.size, s.Len())
			}
		}
		return len(t.Values) > 0
	case query.OpPrefix:
		limbs := set.NewLimbs(f.v.Limit())
		for value, s := range f.v.ValuesFrom(t.Row.Index, t.Values[0]) {
			if !strings.HasPrefix(value, t.Values[0]) {
				break
			}
			s.AddTo(limbs)
		}
		c.unite(limbs)
		return true
	case query.OpHas, query.OpLacks:
		if !t.Row.Declared() && t.Row.Type == schema.Time { // every session has one
			c.size = 0
			return t.Op == query.OpLacks
		}
		s := f.v.Exists(t.Row.Index)
		c.clause, c.size = set.Clause{Sets: append(f.newSets(1), s)}, s.Len()
		if t.Op == query.OpLacks {
			return f.not(c)
		}
		return c.size < f.v.Len()
	case query.OpRange:
		found := f.v.Range(t.Row.Index, boundsOf(t))
		c.clause, c.size = set.Clause{Found: &found}, found.N
		return c.size < f.v.Len()
	}
	limbs := set.NewLimbs(f.v.Limit())
	for i := range t.Any {
		f.addTest(limbs, &t.Any[i])
	}
	c.unite(limbs)
	return true
}

// lookUpIn is lookUpTest for a list of values of which one is wanted.
func (f *filter) lookUpIn(c *cond, t *query.Test) bool {
	row, values := t.Row.Index, t.Values
	if t.Row.Type == schema.Flag {
		s := f.v.Value(row, index.FlagSet)
		c.clause, c.size = set.Clause{Sets: append(f.newSets(1), s)}, s.Len()
		switch yes, no := has(values, index.FlagSet), has(values, "false"); {
		case yes && no:
			return false
		case no:
			return f.not(c)
		case !yes:
			c.clause, c.size = set.Clause{}, 0
		}
		return true
	}
	if len(values) > manyValues || len(values) > 1 && t.Row.Declared() {
		f.union(c, row, values) // of declared rows sets may overlap
		return true
	}
	sets := f.newSets(len(values))
	for _, value := range values {
		if s := f.v.Value(row, value); s.Len() > 0 {
			sets = append(sets, s)
			c.size += s.Len()
		}
	}
	c.clause, c.found = set.Clause{Sets: sets}, values
	if len(sets) < len(values) {
		c.found = slices.DeleteFunc(slices.Clone(values), func(value string) bool { return f.v.Value(row, value).Len() == 0 })
	}
	return true
}

// union is lookUpIn for many values.
func (f *filter) union(c *cond, row int, values []string) {
	limbs := set.NewLimbs(f.v.Limit())
	c.found = []string{}
	add := func(value string, s *set.Set) {
		if s.Len() > 0 {
			s.AddTo(limbs)
			c.found = append(c.found, value)
		}
	}
	if known := f.v.NumValues(row); len(values) < known/8 {
		for _, value := range values {
			add(value, f.v.Value(row, value))
		}
	} else {
		rest := values
		for value, s := range f.v.Values(row) {
			for len(rest) > 0 && rest[0] < value {
				rest = rest[1:]
			}
			if len(rest) == 0 {
				break
			}
			if rest[0] == value {
				add(value, s) // which is added up before the next is yielded
			}
		}
	}
	c.unite(limbs)
}

// unite makes a bit array the clause of a condition.
func (c *cond) unite(limbs []uint64) {
	n := bitarray.Count(limbs)
	c.clause, c.size = set.Clause{Found: &set.Found{Limbs: limbs, N: n}}, n
}

// not turns a condition of one clause round, and reports false if every session
// passes it then.
func (f *filter) not(c *cond) bool {
	n := c.size
	c.clause.Not, c.size, c.found = true, f.v.Len()-n, nil
	return n > 0
}

// addTest adds the sessions that pass a test to a bit array.
func (f *filter) addTest(limbs []uint64, t *query.Test) {
	var c cond
	if !f.lookUpTest(&c, t) {
		for _, s := range f.everything().Sets {
			s.AddTo(limbs)
		}
		return
	}
	if c.size == 0 {
		return
	}
	d, _ := set.Intersect(append([]set.Clause{f.everything(), c.clause}, c.more...), f.v.Limit())
	bitarray.Or(limbs, d.Limbs)
	d.Release()
}

// boundsOf returns the bounds of a range.
func boundsOf(t *query.Test) index.Bounds {
	if t.Row.Type == schema.Number {
		return index.NumberBounds(t.Min.Number, false, t.Max.Number, false)
	}
	lo, hi := index.InstantOf(t.Min.Time), index.InstantOf(t.Max.Time)
	bounds := [2]*index.Instant{&lo, &hi}
	if t.Min.Time.Equal(civil.Earliest) {
		bounds[0] = nil
	}
	if t.Max.Time.Equal(civil.Latest) {
		bounds[1] = nil
	}
	return index.TimeBounds(bounds[0], bounds[1])
}

// openMin and openMax report whether a range has no lower or no upper end.
func openMin(t *query.Test) bool {
	return t.Row.Type == schema.Number && math.IsInf(t.Min.Number, -1) || t.Row.Type == schema.Time && t.Min.Time.Equal(civil.Earliest)
}

func openMax(t *query.Test) bool {
	return t.Row.Type == schema.Number && math.IsInf(t.Max.Number, 1) || t.Row.Type == schema.Time && t.Max.Time.Equal(civil.Latest)
}

// chooseRange picks the range that is treated as a window of positions in an ordering: of
// the listing's own order or else the narrowest one.
func (f *filter) chooseRange() {
	f.ranged, f.within, f.rangeTest = nil, nil, nil
	for i := range f.c.All {
		if t := &f.c.All[i]; t.Op == query.OpRange {
			f.considerRange(t)
		}
	}
	f.narrowOwn()
}

// considerRange takes a range as the window if it is a better one.
func (f *filter) considerRange(t *query.Test) {
	by, ok := f.v.OrderOf(t.Row.Index)
	if !ok || f.isOpen(t) || f.rangeTest != nil && f.rangeTest.Row == f.c.SortBy {
		return
	}
	o := f.v.Ordering(by, f.visible)
	w := f.windowOf(o, t)
	if t.Row == f.c.SortBy || f.rangeTest == nil || w.len() < f.window.len() {
		f.rangeTest, f.by, f.within, f.window = t, by, o, w
	}
}

// placeRange places the window of the range that was chosen in the ordering of what is
// listed now.
func (f *filter) placeRange() {
	if f.ranged != nil {
		f.within = f.v.Ordering(f.by, f.visible)
		f.window = f.windowOf(f.within, f.rangeTest)
		f.ranged.size = f.window.len()
	}
}

// narrowOwn notes what conditions that a session has a value, or has none, leave of the
// listing's own order.
func (f *filter) narrowOwn() {
	f.ownBy, _ = f.v.OrderOf(f.c.SortBy.Index)
	o := f.v.Ordering(f.ownBy, f.visible)
	f.own = window{0, o.Len()}
	for _, tests := range [...][]query.Test{f.c.All, f.part} {
		for i := range tests {
			t := &tests[i]
			if !f.isPresence(t) {
				continue
			}
			if present := f.v.Present(o); t.Op == query.OpHas {
				f.own.to = min(f.own.to, present)
			} else {
				f.own.from = max(f.own.from, present)
			}
		}
	}
	f.own.to = max(f.own.from, f.own.to)
}

// ownWindow returns the positions of an ordering between which all matches lie, as far as
// its key tells.
func (f *filter) ownWindow(o *index.Ordering) window {
	w := window{0, o.Len()}
	if o == f.v.Ordering(f.ownBy, f.visible) {
		w = f.own
	}
	if f.ranged != nil && o == f.within {
		w = w.and(f.window)
	}
	return w
}

// isPresence reports whether a test asks that the field of the listing's order has a value,
// or has none: the sessions without one are the last of the order.
func (f *filter) isPresence(t *query.Test) bool {
	return (t.Op == query.OpHas || t.Op == query.OpLacks) && t.Row == f.c.SortBy && t.Row.Declared()
}

// isOpen reports whether every session that is listed passes a test on a time of the
// contract, of which each has one.
func (f *filter) isOpen(t *query.Test) bool {
	if t.Op != query.OpRange || t.Row.Declared() {
		return false
	}
	by, _ := f.v.OrderOf(t.Row.Index)
	o := f.v.Ordering(by, f.visible)
	return f.windowOf(o, t).len() == o.Len()
}

// windowOf turns a range into positions of an ordering by its row.
func (f *filter) windowOf(o *index.Ordering, t *query.Test) window {
	rank := func(at query.Value, after bool) int {
		if t.Row.Type == schema.Number {
			if after {
				at.Number = math.Nextafter(at.Number, math.Inf(1))
			}
			return f.v.Rank(o, index.NumberKey(at.Number, ""))
		}
		if after {
			at.Time = at.Time.Add(1)
		}
		return f.v.Rank(o, index.Key{At: index.InstantOf(at.Time)})
	}
	w := window{0, f.v.Present(o)}
	if !openMin(t) {
		w.from = rank(t.Min, false)
	}
	if !openMax(t) {
		w.to = rank(t.Max, true)
	}
	w.to = max(w.from, w.to)
	return w
}

// inRange reports whether a session passes a range.
func (f *filter) inRange(t *query.Test, ord uint32) bool {
	if t.Row.Type == schema.Number {
		n, ok := f.v.Number(t.Row.Index, ord)
		return ok && n >= t.Min.Number && n <= t.Max.Number
	}
	at, ok := f.v.Instant(t.Row.Index, ord)
	return ok && instantInRange(t, at)
}

func instantInRange(t *query.Test, at index.Instant) bool {
	return (openMin(t) || at.Compare(index.InstantOf(t.Min.Time)) >= 0) && (openMax(t) || at.Compare(index.InstantOf(t.Max.Time)) <= 0)
}
