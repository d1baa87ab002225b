package plan

import (
	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// The parts of a filter that ask for the kind and for members of few values are
// conditions on the class of a session, and orderings by update count their sessions
// by what a class is made of. So a filter of such conditions, and of one
// application, workspace or asset at the most, is a selection of an ordering: its
// total is a sum of counts, and its pages are found by passing over blocks by their
// counts.

// selectable is a filter in that form.
type selectable struct {
	classes index.ClassFilter
	// row and value are those that all matches have; "" for a value if none is asked for.
	row   int
	value string
}

// selectable returns the filter in that form; false if it asks for more.
func (f *filter) selectable() (s selectable, ok bool) {
	s.classes.Kinds = f.kinds
	for i := range f.conds {
		c := &f.conds[i]
		switch {
		case c.of == ofKinds:
		case c.of != ofTest || c == f.ranged || c.test.Op != query.OpIn:
			return s, false
		case index.InClass(c.test.Row.Index):
			if s.classes.Values[c.test.Row.Index] != nil {
				return s, false
			}
			s.classes.Values[c.test.Row.Index] = c.found
		case len(c.test.Values) != 1 || c.clause.Not || !s.one(c.test.Row.Index, c.test.Values[0]):
			return s, false
		}
	}
	return s, true
}

// one notes the value that matches have, and reports false if they have another too.
func (s *selectable) one(row int, value string) bool {
	if s.value != "" {
		return s.row == row && s.value == value
	}
	s.row, s.value = row, value
	return true
}

// ordering returns the smallest ordering that holds all matches, nil if none is kept.
func (f *filter) ordering(s *selectable) *index.Ordering {
	if s.value != "" {
		return f.v.OrderingOf(s.row, s.value)
	}
	return f.v.Ordering(index.ByUpdated, f.visible && s.classes.Kinds == f.kinds)
}

// selectPerSession is what it costs, in nanoseconds, to read a class on the way to the
// page of a selection, and selectPerBlock how many are taken to be read for a match
// that is far from others.
const (
	selectPerSession = 1.4
	selectPerBlock   = 768
)

// selection returns the matches as a selection, if that costs less than what others
// cost, in nanoseconds: as a list, from which the page is then made, or as bits, in
// which it is yet to be found. take is how many sessions the page takes. Without a
// value that all matches have, their classes are all that tells them.
func (f *filter) selection(take int, asList bool, others float64) (sel index.Selection, classes *index.ClassSet, ok bool) {
	s, ok := f.selectable()
	if !ok {
		return sel, nil, false
	}
	o := f.ordering(&s)
	if o == nil {
		return sel, nil, false
	}
	classes, ok = f.v.Classes(&s.classes)
	if !ok {
		return sel, nil, false
	}
	cost := 0.0
	if !o.Counts(classes) {
		cost = float64(o.Len()) * selectPerSession
	}
	if cost > others {
		return sel, nil, false
	}
	sel = f.v.Select(o, classes)
	if n := min(take, sel.Len()); asList && n > 0 && !sel.All() {
		read := min(float64(o.Len())*float64(n)/float64(sel.Len()), float64(n)*selectPerBlock)
		cost += read * selectPerSession
	}
	if cost > others {
		return sel, nil, false
	}
	if s.value != "" {
		f.orderOf = f.v.Schema().Row(s.row).Name
		classes = nil
	}
	return sel, classes, true
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
	if found.Words == nil || len(found.Words)*64 < f.v.Limit() {
		return matches{}, false
	}
	f.bits.Words = found.Words
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
