package plan

import (
	"context"
	"math/bits"
	"slices"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// filter is a query's conditions, looked up in one view: which sets to intersect.
type filter struct {
	v     *index.View
	q     *query.Query
	c     query.Conditions
	conds []cond

	// kinds are those of the sessions that are listed. visible says that these are exactly
	// the sessions that nothing hides, and hides that it leaves out some.
	kinds          schema.Classes
	visible, hides bool

	// ranged is the condition that leaves a window of positions in an ordering, by the
	// order of by; nil if there is none.
	ranged    *cond
	rangeTest *query.Test
	by        index.Order
	within    *index.Ordering
	window    window
	// own is what conditions that the field of the listing's order has a value, or has
	// none, leave of that order, which is ownBy.
	own   window
	ownBy index.Order

	terms  []string // of the keyword, folded
	titles index.TitleStats
	found  set.Found // of the first term of a keyword
	bits   set.Dense // the same, if it is to be used as it is

	// part has further conditions, of the part of the listing that the filter is narrowed to.
	part []query.Test

	// What backs the lists, so that a common query makes none.
	termScratch [1]string
	condRoom    [10]cond
	sets        [24]*set.Set
	setsLen     int
}

// subject is what a condition asks about.
type subject uint8

const (
	ofTest     subject = iota // a field
	ofIDs                     // the id
	ofIDPrefix                // the beginning of the id
	ofKinds                   // the kind, and what hides a session
	ofKeyword                 // the title
)

// cond is one condition. more are further clauses that must hold as well.
type cond struct {
	of     subject
	test   *query.Test // ofTest
	size   int         // how many sessions satisfy it, or a bound on that
	clause set.Clause
	more   []set.Clause
	found  []string // of a list of values those that some session has
}

// own returns the row of the field whose facet leaves the condition out, -1 if none does.
func (c *cond) own() int {
	switch c.of {
	case ofKinds:
		return schema.RowKind
	case ofTest:
		if row := rowOf(c.test); row != nil && !c.test.Scope {
			return row.Index
		}
	}
	return -1
}

// rowOf returns the one row that a test asks about, nil if there are several or none.
func rowOf(t *query.Test) *schema.Row {
	if t.Op != query.OpAnyOf {
		return t.Row
	}
	var row *schema.Row
	for i := range t.Any {
		if one := rowOf(&t.Any[i]); i == 0 {
			row = one
		} else if one != row {
			return nil
		}
	}
	return row
}

type window struct{ from, to int }

func (w window) len() int { return w.to - w.from }

func (w window) and(v window) window {
	from := max(w.from, v.from)
	return window{from, max(from, min(w.to, v.to))}
}

// resolve looks the conditions' fields up.
func (f *filter) resolve(v *index.View, q *query.Query) {
	f.v, f.q, f.c = v, q, q.Conditions(v.Schema())
	f.terms = foldTerms(f.termScratch[:0], &f.c, v.Fold())
}

// foldTerms appends the terms of a keyword as titles are folded. Those of which nothing
// is left say nothing, and are no conditions. Words are left to their analyser.
func foldTerms(dst []string, c *query.Conditions, form fold.Form) []string {
	if c.Texts != nil {
		return dst
	}
	n := 0
	for _, term := range c.Terms { // they are the query's own
		if folded := form.Fold(term); folded != "" {
			c.Terms[n], dst = term, append(dst, folded)
			n++
		}
	}
	c.Terms = c.Terms[:n]
	return dst
}

// lookUpTests finds all conditions but those that take a search, and lists sessions of some
// kinds.
func (f *filter) lookUpTests(kinds schema.Classes) {
	f.lookUpOwn(kinds)
	f.addKinds()
}

// lookUpOwn is lookUpTests without the condition on the kind.
func (f *filter) lookUpOwn(kinds schema.Classes) {
	f.conds = f.condRoom[:0]
	// Beside those: ids, their beginning, the keyword, and the kind, twice where it is
	// counted, or once and the two of a part.
	if n := len(f.c.All) + 6; n > cap(f.conds) { // f.ranged points into the list
		f.conds = make([]cond, 0, n)
	}
	f.ofKinds(kinds)
	f.chooseRange()
	for i := range f.c.All {
		t := &f.c.All[i]
		c := cond{of: ofTest, test: t}
		switch {
		case t == f.rangeTest:
			c.size = f.window.len()
			f.conds = append(f.conds, c)
			f.ranged = &f.conds[len(f.conds)-1]
		case f.isOpen(t):
		case f.lookUpTest(&c, t):
			f.conds = append(f.conds, c)
		}
	}
	if f.c.IDs != nil {
		f.conds = append(f.conds, f.idsCond())
	}
}

// newSets returns an empty list with room for n sets.
func (f *filter) newSets(n int) []*set.Set {
	if f.setsLen+n > len(f.sets) {
		return make([]*set.Set, 0, n)
	}
	f.setsLen += n
	return f.sets[f.setsLen-n : f.setsLen-n : f.setsLen]
}

// ofKinds notes which kinds are listed.
func (f *filter) ofKinds(kinds schema.Classes) {
	f.kinds = kinds
	f.hides, f.visible = false, kinds.Has(0)
	for k := range index.Kind(schema.NumClasses) {
		if f.v.OfKind(k).Len() == 0 {
			continue
		}
		if !kinds.Has(k) {
			f.hides = true
		} else if k != 0 {
			f.visible = false
		}
	}
	f.visible = f.visible && f.hides
}

// addKinds adds the condition on the kind, if there are sessions that it leaves out.
func (f *filter) addKinds() {
	if !f.hides {
		return
	}
	sets := f.newSets(2)
	n := 0
	for rest := f.kinds; rest != 0; rest &= rest - 1 {
		if s := f.v.OfKind(index.Kind(bits.TrailingZeros64(uint64(rest)))); s.Len() > 0 {
			sets = append(sets, s)
			n += s.Len()
		}
	}
	f.conds = append(f.conds, cond{of: ofKinds, size: n, clause: set.Clause{Sets: sets}})
}

// idsCond is the condition on the id.
func (f *filter) idsCond() cond {
	list := make([]uint32, 0, len(f.c.IDs))
	for _, id := range f.c.IDs {
		if ord, ok := f.v.Find(id); ok {
			list = append(list, ord)
		}
	}
	slices.Sort(list)
	return cond{of: ofIDs, size: len(list), clause: set.Clause{Found: &set.Found{List: list, N: len(list)}}}
}

// searches reports whether there are conditions that lookUpTests does not find, but search.
func (f *filter) searches() bool { return f.c.IDPrefix != "" || len(f.c.Terms) > 0 }

// search finds the conditions that take a search: the beginning of the id, and the
// keyword. Without whole it stops where nothing is left.
func (f *filter) search(ctx context.Context, whole bool) error {
	if err := f.searchIDs(ctx, whole); err != nil {
		return err
	}
	return f.searchTitles(ctx, whole)
}

func (f *filter) searchIDs(ctx context.Context, whole bool) error {
	if f.c.IDPrefix == "" || !whole && f.isEmpty() {
		return nil
	}
	found, err := f.v.IDsFrom(ctx, f.c.IDPrefix)
	if err != nil {
		return err
	}
	f.conds = append(f.conds, cond{of: ofIDPrefix, size: found.N, clause: set.Clause{Found: &found}})
	return nil
}

func (f *filter) searchTitles(ctx context.Context, whole bool) error {
	if len(f.c.Terms) == 0 || !whole && f.isEmpty() {
		return nil
	}
	if f.c.Texts != nil {
		return f.words(ctx)
	}
	c := cond{of: ofKeyword, size: f.v.Len(), clause: set.Clause{Found: &f.found}}
	for i, term := range f.terms {
		found := &f.found
		if i > 0 {
			found = new(set.Found)
			c.more = append(c.more, set.Clause{Found: found})
		}
		var stats index.TitleStats
		var err error
		*found, stats, err = f.v.Titles().Search(ctx, f.v, term)
		if err != nil {
			return err
		}
		f.titles = addStats(f.titles, stats, i == 0)
		c.size = min(c.size, found.N)
		if found.N == 0 {
			break
		}
	}
	f.conds = append(f.conds, c)
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

// keyword returns the condition on the title, nil if there is none or it was not
// looked up.
func (f *filter) keyword() *cond {
	for i := range f.conds {
		if f.conds[i].of == ofKeyword {
			return &f.conds[i]
		}
	}
	return nil
}

// isEmpty reports whether some condition leaves nothing.
func (f *filter) isEmpty() bool {
	for c := range f.conds {
		if f.conds[c].size == 0 {
			return true
		}
	}
	return false
}
