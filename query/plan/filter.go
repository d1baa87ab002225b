package plan

import (
	"context"
	"slices"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/bitarray"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// filter is a query's conditions, looked up in one view: which sets to intersect.
type filter struct {
	v     *index.View
	q     *query.Query
	conds [numConds]cond
	// created is the window of positions in byCreated that the bounds leave.
	created   window
	byCreated *index.Ordering
	titles    index.TitleStats
	found     set.Found // of the first term of a keyword
	bits      set.Dense // the same, if it is to be used as it is
	orderOf   string    // the parameter whose value a selection's ordering belongs to

	// sets backs the conditions' lists of sets, so that a common query makes none.
	sets    [24]*set.Set
	setsLen int
}

// condition names one part of the filter, so that a facet can leave it out.
type condition uint8

// The first conditions are the fields, in the order of index.Field.
const (
	condKeyword = condition(index.NumFields) + iota
	condKinds
	condCreated
	condScopeApps
	condScopeWorkspaces
	numConds
)

// param returns the parameter that the condition comes from.
func (c condition) param() string {
	switch c {
	case condKeyword:
		return "query"
	case condKinds:
		return "kind"
	case condCreated:
		return "created"
	case condScopeApps:
		return "scope.app_id"
	case condScopeWorkspaces:
		return "scope.workspace_id"
	}
	return schema.Contract().Row(int(c)).Name
}

// cond is one condition. more is for the further terms of a keyword, which must
// all hold.
type cond struct {
	active bool
	size   int // how many sessions satisfy it, or a bound on that
	clause set.Clause
	more   []set.Clause
	found  []string // of a list of values of a field those that some session has
}

type window struct{ from, to int }

func (w window) len() int { return w.to - w.from }

// visibleOnly reports whether sub-sessions and task runs are both left out.
func visibleOnly(q *query.Query) bool { return !q.IncludeSubSessions && !q.IncludeTaskSessions }

// lookUp finds the conditions of a normalised, valid query. Unless whole is set it
// searches no titles where another condition leaves nothing anyway.
func (f *filter) lookUp(ctx context.Context, v *index.View, q *query.Query, whole bool) error {
	f.lookUpSets(v, q)
	return f.searchTitles(ctx, whole)
}

// lookUpSets finds all conditions but the keyword.
func (f *filter) lookUpSets(v *index.View, q *query.Query) {
	f.v, f.q = v, q
	f.fields(index.State, q.States)
	f.fields(index.SourceChannel, q.SourceChannels)
	f.fields(index.SessionType, q.SessionTypes)
	f.fields(index.Trigger, q.TriggerTypes)
	f.field(index.App, q.AppID)
	f.field(index.Workspace, q.WorkspaceID)
	f.field(index.Asset, q.AOPAssetID)
	f.scope(condScopeApps, index.App, q.Scope.AppIDs)
	f.scope(condScopeWorkspaces, index.Workspace, q.Scope.WorkspaceIDs)
	f.kinds()
	f.createdBounds()
}

func (f *filter) searchTitles(ctx context.Context, whole bool) error {
	if f.q.Keyword != "" && (whole || !f.hopeless()) {
		return f.keyword(ctx)
	}
	return nil
}

// newSets returns an empty list with room for n sets.
func (f *filter) newSets(n int) []*set.Set {
	if f.setsLen+n > len(f.sets) {
		return make([]*set.Set, 0, n)
	}
	f.setsLen += n
	return f.sets[f.setsLen-n : f.setsLen-n : f.setsLen]
}

// either is the condition that one of some disjoint sets has the session.
func (f *filter) either(c condition, sets []*set.Set) {
	n := 0
	for _, s := range sets {
		n += s.Len()
	}
	f.conds[c] = cond{active: true, size: n, clause: set.Clause{Sets: sets}}
}

func (f *filter) field(field index.Field, value string) {
	if value != "" {
		f.one(condition(field), f.v.Value(field, value))
	}
}

func (f *filter) fields(field index.Field, values []string) {
	if len(values) > 0 {
		f.values(condition(field), field, values)
	}
}

func (f *filter) scope(c condition, field index.Field, values []string) {
	if values != nil {
		f.values(c, field, values)
	}
}

// manyValues is how many values a condition may have before their sets are united: to
// test an ordinal against them one by one would make a list of n values cost n a test.
const manyValues = 16

// values is the condition that a field has one of some values, which are sorted.
func (f *filter) values(c condition, field index.Field, values []string) {
	if len(values) > manyValues {
		f.union(c, field, values)
		return
	}
	sets := f.newSets(len(values))
	for _, value := range values {
		if s := f.v.Value(field, value); s.Len() > 0 {
			sets = append(sets, s)
		}
	}
	f.either(c, sets)
	f.conds[c].found = values
	if len(sets) < len(values) {
		f.conds[c].found = slices.DeleteFunc(slices.Clone(values), func(value string) bool { return f.v.Value(field, value).Len() == 0 })
	}
}

// union is values for many of them.
func (f *filter) union(c condition, field index.Field, values []string) {
	words := set.NewWords(f.v.Limit())
	found := []string{}
	add := func(value string, s *set.Set) {
		if s.Len() > 0 {
			s.AddTo(words)
			found = append(found, value)
		}
	}
	if known := f.v.NumValues(field); len(values) < known/8 {
		for _, value := range values {
			add(value, f.v.Value(field, value))
		}
	} else {
		rest := values
		for value, s := range f.v.Values(field) {
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
	n := bitarray.Count(words)
	f.conds[c] = cond{active: true, size: n, clause: set.Clause{Found: &set.Found{Words: words, N: n}}, found: found}
}

func (f *filter) one(c condition, s *set.Set) {
	f.either(c, append(f.newSets(1), s))
}

func (f *filter) kinds() {
	q := f.q
	if q.IncludeSubSessions && q.IncludeTaskSessions {
		return
	}
	sets := f.newSets(2)
	n := 0
	for k := range index.Kind(index.NumKinds) {
		if !shows(q, k) {
			continue
		}
		if s := f.v.OfKind(k); s.Len() > 0 {
			sets = append(sets, s)
			n += s.Len()
		}
	}
	if n == f.v.Len() {
		return // nothing is hidden: not a condition
	}
	f.either(condKinds, sets)
}

// createdBounds turns the bounds on the creation time into positions.
func (f *filter) createdBounds() {
	o := f.v.Ordering(index.ByCreated, visibleOnly(f.q))
	w := window{0, o.Len()}
	if t := f.q.CreatedAfter; !t.IsZero() {
		w.from = f.v.Rank(o, index.Key{At: index.InstantOf(t)})
	}
	if t := f.q.CreatedBefore; !t.IsZero() {
		// The first key after every session of that instant.
		w.to = f.v.Rank(o, index.Key{At: index.InstantOf(t.Add(1))})
	}
	w.to = max(w.from, w.to)
	f.byCreated, f.created = o, w
	if w.len() < o.Len() {
		f.conds[condCreated] = cond{active: true, size: w.len()}
	}
}

func (f *filter) keyword(ctx context.Context) error {
	c := cond{active: true, size: f.v.Len(), clause: set.Clause{Found: &f.found}}
	for i, term := range f.q.Terms() {
		found := &f.found
		if i > 0 {
			found = new(set.Found)
			c.more = append(c.more, set.Clause{Found: found})
		}
		var stats index.TitleStats
		var err error
		*found, stats, err = f.v.Titles().Search(ctx, f.v, fold.String(term))
		if err != nil {
			return err
		}
		f.titles = addStats(f.titles, stats, i == 0)
		c.size = min(c.size, found.N)
		if found.N == 0 {
			break
		}
	}
	f.conds[condKeyword] = c
	return nil
}

// addStats adds up the searches for the terms of a keyword.
func addStats(a, b index.TitleStats, first bool) index.TitleStats {
	return index.TitleStats{
		Segments: max(a.Segments, b.Segments),
		Terms:    a.Terms + b.Terms,
		Verified: a.Verified + b.Verified,
		Scanned:  a.Scanned + b.Scanned,
		Cached:   b.Cached && (first || a.Cached),
	}
}

// hopeless reports whether some condition leaves nothing.
func (f *filter) hopeless() bool {
	for c := range f.conds {
		if f.conds[c].active && f.conds[c].size == 0 {
			return true
		}
	}
	return false
}

// within reports whether a session was created within the bounds.
func (f *filter) within(ord uint32) bool {
	at := f.v.Created(ord)
	if t := f.q.CreatedAfter; !t.IsZero() && at.Compare(index.InstantOf(t)) < 0 {
		return false
	}
	t := f.q.CreatedBefore
	return t.IsZero() || at.Compare(index.InstantOf(t)) <= 0
}
