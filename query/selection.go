package query

import (
	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/index/set"
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

// selectable returns the filter in that form; false if it asks for more.
func (f *filter) selectable() (s selectable, ok bool) {
	for k := range s.classes.Kinds {
		s.classes.Kinds[k] = f.q.shows(index.Kind(k))
	}
	for c := range condition(numConds) {
		if !f.conds[c].active || c == condKinds {
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
		default:
			if c < condKeyword && index.InClass(index.Field(c)) {
				s.classes.Values[c], fits = f.wanted(c), true
			}
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
	return v.Ordering(index.ByUpdated, s.classes.Kinds == [index.NumKinds]bool{index.TopLevel: true})
}

// shows reports whether a listing has sessions of a kind.
func (q *Query) shows(k index.Kind) bool {
	return (k&index.Sub == 0 || q.IncludeSubSessions) && (k&index.Task == 0 || q.IncludeTaskSessions)
}

// What a selection costs, in nanoseconds.
const (
	selectPerSession = 1.4 // read a class on the way to the page
	selectPerBlock   = 768 // sessions that are read for a match, at the most
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
		f.orderOf = s.field.String()
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
		s.classes.Kinds = [index.NumKinds]bool{}
		s.classes.Kinds[k] = true
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

// What it costs, in nanoseconds, to look at the class of a title that was found, to
// pass over 64 sessions without one, and to count those that are in a set as well.
const (
	classPerFound   = 2
	classPerWord    = 0.5
	countPerSession = 0.016
)

// foundOfClasses returns the matches of a keyword and conditions on the class as those
// of the titles found that are of the classes: the bits that the title index found
// are tested as they are, instead of being intersected with those of all
// conditions. False if there are other conditions, or that is dearer.
func (f *filter) foundOfClasses(clauses int) (matches, bool) {
	kw := &f.conds[condKeyword]
	if !kw.active || len(kw.more) > 0 || f.conds[condCreated].active {
		return matches{}, false
	}
	found := kw.clause.Found
	if found.Words == nil || len(found.Words)*64 < f.v.Limit() {
		return matches{}, false
	}
	kw.active = false
	s, ok := f.selectable()
	kw.active = true
	if !ok || s.value != "" {
		return matches{}, false
	}
	classes, ok := f.v.Classes(&s.classes)
	if !ok {
		return matches{}, false
	}
	m := matches{dense: &set.Dense{Words: found.Words}, shared: true, classes: classes, view: f.v}
	limit := float64(f.v.Limit())
	switch {
	case !f.conds[condKinds].active && classes.AnyValues():
		m.n, m.classes = found.N, nil
	case classes.AnyValues() && f.q.visibleOnly():
		m.n = f.v.OfKind(index.TopLevel).AndCount(m.dense)
	case float64(found.N)*classPerFound+limit/64*classPerWord < float64(clauses)*limit*countPerSession:
		m.n = f.v.CountClassIn(found.Words, classes)
	default:
		return matches{}, false
	}
	return m, true
}
