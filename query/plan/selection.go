package plan

import (
	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
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
	// field and value are those that all matches have; "" for a value if none is asked for.
	field index.Field
	value string
}

// onClass reports whether a condition is on the class of a session.
func (c condition) onClass() bool {
	return c == condKinds || c < condKeyword && index.InClass(index.Field(c))
}

// classFilter returns the conditions on the class.
func (f *filter) classFilter() (classes index.ClassFilter) {
	for k := range index.Kind(index.NumKinds) {
		if shows(f.q, k) {
			classes.Kinds |= 1 << k
		}
	}
	for c := range condKeyword {
		if f.conds[c].active && c.onClass() {
			classes.Values[c] = f.conds[c].found
		}
	}
	return classes
}

// selectable returns the filter in that form; false if it asks for more.
func (f *filter) selectable() (s selectable, ok bool) {
	s.classes = f.classFilter()
	for c := range condition(numConds) {
		if !f.conds[c].active || c.onClass() {
			continue
		}
		fits := false
		switch c {
		case condition(index.App):
			fits = s.one(index.App, f.q.AppID)
		case condition(index.Workspace):
			fits = s.one(index.Workspace, f.q.WorkspaceID)
		case condition(index.Asset):
			fits = s.one(index.Asset, f.q.AOPAssetID)
		case condScopeApps:
			fits = len(f.q.Scope.AppIDs) == 1 && s.one(index.App, f.q.Scope.AppIDs[0])
		case condScopeWorkspaces:
			fits = len(f.q.Scope.WorkspaceIDs) == 1 && s.one(index.Workspace, f.q.Scope.WorkspaceIDs[0])
		}
		if !fits {
			return s, false
		}
	}
	return s, true
}

// one notes the value that matches have, and reports false if they have another too.
func (s *selectable) one(field index.Field, value string) bool {
	if s.value != "" {
		return s.field == field && s.value == value
	}
	s.field, s.value = field, value
	return value != ""
}

// ordering returns the smallest ordering that holds all matches, nil if none is kept.
func (s *selectable) ordering(v *index.View) *index.Ordering {
	if s.value != "" {
		return v.OrderingOf(s.field, s.value)
	}
	return v.Ordering(index.ByUpdated, s.classes.Kinds == 1<<index.TopLevel)
}

// shows reports whether a listing has sessions of a kind.
func shows(q *query.Query, k index.Kind) bool {
	return (k&index.Sub == 0 || q.IncludeSubSessions) && (k&index.Task == 0 || q.IncludeTaskSessions)
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
	o := s.ordering(f.v)
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
		f.orderOf = f.v.Schema().Row(s.field).Name
		classes = nil
	}
	return sel, classes, true
}

// countKinds counts the matches by kind from what orderings count, and reports false
// if that does not give them. The filter shows all kinds.
func (f *filter) countKinds() (counts [index.NumKinds]int, ok bool) {
	if f.hopeless() {
		return counts, true
	}
	s, ok := f.selectable()
	if !ok {
		return counts, false
	}
	for k := range counts {
		s.classes.Kinds = 1 << k
		o := s.ordering(f.v)
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
	kw := &f.conds[condKeyword]
	if !kw.active || len(kw.more) > 0 {
		return matches{}, false
	}
	for c := range condition(numConds) {
		if f.conds[c].active && c != condKeyword && c != condKinds {
			return matches{}, false
		}
	}
	found := kw.clause.Found
	if found.Words == nil || len(found.Words)*64 < f.v.Limit() {
		return matches{}, false
	}
	f.bits.Words = found.Words
	m := matches{n: found.N, dense: &f.bits, shared: true}
	if f.conds[condKinds].active {
		if !visibleOnly(f.q) {
			return matches{}, false
		}
		m.n = f.v.OfKind(index.TopLevel).AndCount(m.dense)
		m.classes, m.view = index.VisibleClasses, f.v
	}
	return m, true
}
