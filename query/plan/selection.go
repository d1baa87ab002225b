package plan

import (
	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// The parts of a filter that ask for the kind and for members of few values are
// conditions on the class of a session, and orderings by update count their sessions
// by what a class is made of. So a filter of such conditions, and of one value that all
// have or that none has (of an application, a flag, a tag) at the most, is a selection of
// an ordering: its total is a sum of counts, and its pages are found by passing over
// branches by their counts.

// selectable is a filter in that form.
type selectable struct {
	classes index.ClassFilter
	// row and value are those that all matches have or, with not, that none has; "" for a
	// value if none is asked for.
	row   int
	value string
	not   bool
}

// selectable returns the filter in that form; false if it asks for more.
func (f *filter) selectable() (s selectable, ok bool) {
	s.classes.Kinds = f.kinds
	for i := range f.conds {
		c := &f.conds[i]
		switch {
		case c.of == ofKinds:
		case c.of != ofTest || c == f.ranged || c.test.Op != query.OpIn && c.test.Op != query.OpNotIn:
			return s, false
		case index.InClass(c.test.Row.Index):
			list := &s.classes.Values[c.test.Row.Index]
			found := c.found
			if c.test.Op == query.OpNotIn {
				list, found = &s.classes.Without[c.test.Row.Index], c.test.Values
			}
			if *list != nil {
				return s, false
			}
			*list = found
		case len(c.test.Values) != 1 || !s.one(c):
			return s, false
		}
	}
	return s, true
}

// one notes the value that matches have, or have not, and reports false if they have
// another too.
func (s *selectable) one(c *cond) bool {
	row, value := c.test.Row.Index, c.test.Values[0]
	if c.test.Row.Type == schema.Flag {
		value = index.FlagSet // the other value is its absence
	}
	if s.value != "" {
		return s.row == row && s.value == value && s.not == c.clause.Not
	}
	s.row, s.value, s.not = row, value, c.clause.Not
	return true
}

// ordering returns the smallest ordering that holds all matches, nil if none is kept.
func (f *filter) ordering(s *selectable) *index.Ordering {
	if s.value != "" && !s.not {
		return f.v.OrderingOf(s.row, s.value)
	}
	return f.v.Ordering(index.ByUpdated, f.visible && s.classes.Kinds == f.kinds)
}

// selectPerSession is what it costs, in nanoseconds, to read a class on the way to the
// page of a selection, and selectPerBranch how many are taken to be read for a match
// that is far from others.
const (
	selectPerSession = 1.4
	selectPerBranch  = 512
)

// selection returns the matches as a selection, if that costs less than what others
// cost, in nanoseconds: as a list, from which the page is then made, or as bits, in
// which it is yet to be found. take is how many sessions the page takes. Without a
// value that all matches have, their classes are all that tells them.
func (f *filter) selection(take int, asList bool, others float64) (m matches, ok bool) {
	s, ok := f.selectable()
	if !ok {
		return m, false
	}
	o := f.ordering(&s)
	if o == nil {
		return m, false
	}
	classes, ok := f.v.Classes(&s.classes)
	if !ok {
		return m, false
	}
	cost := 0.0
	if !o.Counts(classes) {
		cost = float64(o.Len()) * selectPerSession
	}
	if cost > others {
		return m, false
	}
	if s.not {
		sel, ok := f.without(&s, o, classes)
		return f.selected(sel), ok
	}
	m = f.selected(f.v.Select(o, classes))
	if n := min(take, m.n); asList && n > 0 && !m.sel.All() {
		read := min(float64(o.Len())*float64(n)/float64(m.n), float64(n)*selectPerBranch)
		cost += read * selectPerSession
	}
	if cost > others {
		return m, false
	}
	if s.value != "" {
		m.orderOf = f.v.Schema().Row(s.row).Name
	} else {
		m.classes = classes
	}
	return m, true
}

// selected returns all of a selection as matches.
func (f *filter) selected(s index.Selection) matches {
	return matches{n: s.Len(), sel: s, window: window{0, s.Len()}, view: f.v}
}

// without selects from an ordering what has not the value that matches have not. What is
// left out is bisected, so it must be found by counts: if it is not, ok is false.
func (f *filter) without(s *selectable, o *index.Ordering, classes *index.ClassSet) (sel index.Selection, ok bool) {
	out := f.v.OrderingOf(s.row, s.value)
	if out == nil || !out.Counts(classes) {
		return sel, false
	}
	sel = f.v.Select(o, classes)
	return sel.Without(f.v.Select(out, classes), f.v.Value(s.row, s.value)), true
}

// countKinds counts the matches by kind from what orderings count, and reports false
// if that does not give them. The filter lists all kinds.
func (f *filter) countKinds() (counts [schema.NumClasses]int, ok bool) {
	if f.isEmpty() {
		return counts, true
	}
	s, ok := f.selectable()
	if !ok {
		return counts, false
	}
	for k := range counts {
		if f.v.OfKind(index.Kind(k)).Len() == 0 {
			continue
		}
		s.classes.Kinds = 1 << k
		o := f.ordering(&s)
		classes, ok := f.v.Classes(&s.classes)
		if !ok || o == nil || !o.Counts(classes) {
			return counts, false
		}
		sel := f.v.Select(o, classes)
		if s.not {
			if sel, ok = f.without(&s, o, classes); !ok {
				return counts, false
			}
		}
		counts[k] = sel.Len()
	}
	return counts, true
}

// foundAsIs returns the matches of a keyword, and of visibility at the most, as the bits
// that the title index found: what is hidden is not met in an order of the visible
// sessions, so it need not be taken out, only left out of the count. (With other
// conditions on the class, intersecting bits is faster than looking up the class of
// each title found, which is a cache miss for most.) False if it asks for more.
func (f *filter) foundAsIs() (matches, bool) {
	kw := f.keyword()
	if kw == nil || len(kw.more) > 0 || len(f.conds) != 1+btoi(f.hides) {
		return matches{}, false
	}
	found := kw.clause.Found
	if found.Limbs == nil || len(found.Limbs)*64 < f.v.Limit() {
		return matches{}, false
	}
	f.bits.Limbs = found.Limbs
	m := matches{n: found.N, dense: &f.bits, shared: true}
	if f.hides {
		if !f.visible {
			return matches{}, false
		}
		m.n = f.v.OfKind(0).AndCount(m.dense)
		m.classes, m.view = index.VisibleClasses, f.v
	}
	return m, true
}
