package plan

import (
	"context"
	"slices"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/schema"
)

// matches is the set of sessions that satisfy a filter, in one of three forms: a
// window of positions in a selection, a list of ordinals in no order, or a bit
// array. release it when done.
type matches struct {
	n      int
	sel    index.Selection // with window: every session there matches
	window window
	// orderOf is the parameter whose value the ordering of sel belongs to, "" if none does.
	orderOf string
	// classes are what tells the matches of sel from all other sessions; nil if it
	// takes more than that. With dense, the matches are what of it is of the classes.
	classes *index.ClassSet
	view    *index.View // of classes
	shared  bool        // dense is somebody else's
	list    []uint32
	dense   *set.Dense
}

// selected reports whether the matches are positions in a selection.
func (m *matches) selected() bool { return m.sel.Ordering() != nil }

// ranked reports whether the matches are positions in the order asked for.
func (m *matches) ranked(by index.Order) bool { return m.selected() && m.sel.Ordering().By() == by }

func (m *matches) release() {
	if m.dense != nil && !m.shared {
		m.dense.Release()
	}
	m.dense = nil
}

// What it costs, in nanoseconds, to test whether a session of a list is in another
// set, and to intersect that as a bit array, by session of the store.
const (
	testPerClause  = 10
	densePerClause = 0.02
	// readPerKey is what it costs to read a sort key, and its share of the selection.
	readPerKey = 22
)

// listLimit is the size of the smallest condition up to which its members are
// tested one by one, at some 10 ns for each further condition; above it all
// conditions are intersected as bit arrays, at some 20 µs each per million.
func listLimit(limit int) int { return max(256, limit/256) }

// evaluate intersects all conditions. by and take are the order of the page and how
// many sessions it takes.
func (f *filter) evaluate(ctx context.Context, by index.Order, take int) (matches, error) {
	if err := ctx.Err(); err != nil {
		return matches{}, err
	}
	if f.isEmpty() {
		return matches{}, nil
	}
	var buf [16]set.Clause
	clauses := buf[:0]
	limit := f.v.Limit()
	smallest, at := limit+1, -1
	others := 0 // clauses that are more than the visibility and a window of the own order
	for i := range f.conds {
		if c := &f.conds[i]; c != f.ranged {
			if c.of != ofKinds && !(by == f.ownBy && c.of == ofTest && f.isPresence(c.test)) {
				others++
			}
			clauses = append(clauses, c.clause)
			clauses = append(clauses, c.more...)
		}
	}
	for i := range clauses {
		if n := clauses[i].Size(limit); n < smallest && !clauses[i].Not {
			smallest, at = n, i
		}
	}
	w := f.window // if there is a range

	// What the visibility and a range keep between them is a window of an ordering.
	if (!f.hides || f.visible) && others == 0 && (f.ranged == nil || by == f.by) {
		o := f.v.Ordering(by, f.visible)
		w := f.ownWindow(o)
		return matches{n: w.len(), sel: f.v.Select(o, nil), window: w}, nil
	}

	few := listLimit(limit)
	listable := at >= 0 && smallest <= few
	if f.ranged == nil && f.keyword() == nil && (by == index.ByUpdated || !listable) {
		others := float64(len(clauses)) * float64(limit) * densePerClause
		if listable {
			// A list is short enough to be made and sorted for less, now and then.
			others = float64(smallest) * (float64(len(clauses)-1)*testPerClause + readPerKey)
		}
		if m, ok := f.selection(take, listable, others); ok {
			return m, nil
		}
	}
	if !listable {
		if m, ok := f.foundAsIs(); ok {
			return m, nil
		}
	}
	switch {
	case f.ranged != nil && w.len() <= few && w.len() <= smallest:
		list := f.within.AppendRange(make([]uint32, 0, w.len()), w.from, w.to)
		return f.testList(list, clauses, -1, false), nil
	case listable:
		list := clauses[at].AppendTo(make([]uint32, 0, smallest))
		return f.testList(list, clauses, at, f.ranged != nil), nil
	}

	// The smallest first: a chunk that it leaves empty costs no more.
	if at > 0 {
		clauses[0], clauses[at] = clauses[at], clauses[0]
	}
	complement := at < 0 // which holds free ordinals too
	if f.ranged != nil {
		clause, d := rangeClause(f.within, w, limit)
		defer d.Release()
		complement = complement && clause.Not
		clauses = append(clauses, clause)
	}
	if complement {
		clauses = append(clauses, f.everything())
	}
	if last := len(clauses) - 1; at < 0 { // a complement may not be the first
		clauses[0], clauses[last] = clauses[last], clauses[0]
	}
	d, n := set.Intersect(clauses, limit)
	return matches{n: n, dense: d}, nil
}

// everything is the clause that all sessions satisfy.
func (f *filter) everything() set.Clause {
	var sets []*set.Set
	for k := range index.Kind(schema.NumClasses) {
		if s := f.v.OfKind(k); s.Len() > 0 {
			sets = append(sets, s)
		}
	}
	return set.Clause{Sets: sets}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// testList keeps what satisfies every clause but the one that the list is from.
func (f *filter) testList(list []uint32, clauses []set.Clause, from int, ranged bool) matches {
	list = slices.DeleteFunc(list, func(ord uint32) bool {
		for i := range clauses {
			if i != from && !clauses[i].Contains(ord) {
				return true
			}
		}
		return ranged && !f.inRange(f.rangeTest, ord)
	})
	return matches{n: len(list), list: list}
}

// rangeClause returns the sessions in a window of positions, hidden ones among them: as a
// bit array or, if they are most of all, as the complement of one.
func rangeClause(o *index.Ordering, w window, limit int) (set.Clause, *set.Dense) {
	d := set.GetDense(limit)
	o, w.from, w.to = o.Whole(w.from, w.to)
	if w.len() <= o.Len()/2 {
		addRange(d, o, w.from, w.to)
		return set.Clause{Found: &set.Found{Limbs: d.Limbs, N: w.len()}}, d
	}
	addRange(d, o, 0, w.from)
	addRange(d, o, w.to, o.Len())
	return set.Clause{Found: &set.Found{Limbs: d.Limbs, N: o.Len() - w.len()}, Not: true}, d
}

func addRange(d *set.Dense, o *index.Ordering, from, to int) { o.Ascend(from, to, addRun(d)) }

// addRun returns a function that adds ordinals to a bit array.
func addRun(d *set.Dense) func(run []uint32) bool {
	limbs := d.Limbs
	return func(run []uint32) bool {
		// Neighbours in an order by time often share a limb: it is put together in a
		// register, four times as fast as one bit after another in memory.
		at, bits := run[0]>>6, uint64(0)
		for _, ord := range run {
			if ord>>6 != at {
				limbs[at] |= bits
				at, bits = ord>>6, 0
			}
			bits |= 1 << (ord & 63)
		}
		limbs[at] |= bits
		return true
	}
}

// toList gives the matches the form of a list.
func (m *matches) toList() {
	if m.list != nil {
		return
	}
	list := make([]uint32, 0, m.n)
	m.each(func(ord uint32) bool {
		list = append(list, ord)
		return true
	})
	m.release()
	*m = matches{n: m.n, list: list}
}

// toDense gives the matches the form of a bit array that has nothing else.
func (m *matches) toDense(limit int) {
	if m.dense != nil && m.classes == nil {
		return
	}
	d := set.GetDense(limit)
	if m.selected() {
		m.sel.Ascend(m.window.from, m.window.to, addRun(d))
	} else {
		m.each(func(ord uint32) bool {
			d.Add(ord)
			return true
		})
	}
	m.release()
	m.dense, m.shared, m.classes = d, false, nil
}
