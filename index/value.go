package index

import (
	"maps"
	"slices"
	"strings"

	"github.com/tidwall/btree"

	"github.com/sessiondex/sessiondex/index/set"
)

// fieldIndex is one version's index of a row, except its orders: the sets of a keyed
// row, the column of a number, a time or a sorted row, and for a text field only which
// sessions have one. It is immutable, and versions share it until it changes.
type fieldIndex struct {
	exists   *set.Set // the sessions that have a value
	illTyped int      // how many sessions have one of the wrong type
	column   *column  // nil if the row has none
	values   *btree.Map[string, valueEntry]
	// orderings are numbered by values.
	orderings valueOrderings
}

// valueEntry is the index of one value: the sessions that have it and, if they are
// many, their order, since a service that shows each user their own sessions needs one
// at every call. A value of a single session has no set, since a field can have as many
// values as there are sessions.
type valueEntry struct {
	set    *set.Set
	only   uint32 // the session, if there is no set
	number uint32 // of the ordering of the sessions with the value; 0 if they are few
}

func newValueEntry(s *set.Set, number uint32) valueEntry {
	if s.Len() == 1 {
		return valueEntry{only: s.Min(), number: number}
	}
	return valueEntry{set: s, number: number}
}

// members returns the set of a value.
func (e *valueEntry) members() *set.Set {
	if e.set == nil {
		return set.New(e.only)
	}
	return e.set
}

// An ordering is kept for a keyword of orderingFrom sessions and more, and given up
// below orderingUpTo: reading the keys of fewer costs no more.
const (
	orderingFrom = 128
	orderingUpTo = 64
)

// valueUpdate is a write under way to one row.
type valueUpdate struct {
	before  *View
	v       *View // after the write
	r       *rowLayout
	old     *fieldIndex
	field   *fieldIndex // after the write: old until something of it changes
	touched []touchedValue
	at      map[string]int // indexes in touched, once they are many
}

// edit returns the field for writing.
func (u *valueUpdate) edit() *fieldIndex {
	if u.field == u.old {
		u.field = u.old.clone()
	}
	return u.field
}

// touchedValue is a value that changes: its set after the write, and the edits of its
// ordering, if it has one.
type touchedValue struct {
	value string
	known valueEntry // before the write
	found bool
	set   *set.Set
	edits []edit
}

// touch returns the touchedValue of a value; the pointer is valid until the next call.
func (u *valueUpdate) touch(value string) *touchedValue {
	const few = 8
	if u.at == nil {
		for i := range u.touched {
			if u.touched[i].value == value {
				return &u.touched[i]
			}
		}
	} else if i, ok := u.at[value]; ok {
		return &u.touched[i]
	}
	t := touchedValue{value: value}
	if t.known, t.found = u.old.values.Get(value); t.found {
		t.set = t.known.members()
	}
	u.touched = append(u.touched, t)
	n := len(u.touched)
	if u.at != nil {
		u.at[value] = n - 1
	} else if n > few {
		u.at = make(map[string]int)
		for i := range u.touched {
			u.at[u.touched[i].value] = i
		}
	}
	return &u.touched[n-1]
}

// edit appends the edits of a change to the ordering, if there is one.
func (t *touchedValue) edit(u *valueUpdate, c *change, before, after bool) {
	if t.known.number == 0 {
		return
	}
	if t.edits == nil {
		t.edits = make([]edit, 0, 2)
	}
	t.edits = u.v.appendEdits(t.edits, c, ByUpdated, before, after)
}

// revalue returns a row's index after the changes. It does not change the view, since
// the orders, which are updated at the same time, read the columns of its rows.
func (v *View) revalue(e set.Epoch, before *View, r *rowLayout, changes []change) *fieldIndex {
	u := valueUpdate{before: before, v: v, r: r, old: v.fields[r.Index], field: v.fields[r.Index]}
	if u.loads(changes) {
		u.load(e, changes)
		return u.field
	}
	for i := range changes {
		c := &changes[i]
		if c.old != nil && c.now != nil && c.old.rest == c.now.rest && (!r.orderings || !v.moved(c, ByUpdated)) {
			continue
		}
		was, wasIll := c.old.stored(r)
		is, isIll := c.now.stored(r)
		if wasIll != isIll {
			u.edit().illTyped += btoi(isIll) - btoi(wasIll)
		}
		if was == "" && is != "" {
			u.edit().exists = u.field.exists.Add(e, c.ord)
		} else if was != "" && is == "" {
			u.edit().exists = u.field.exists.Remove(e, c.ord)
		}
		if r.keyed {
			u.change(e, c, was, is)
		}
	}
	u.done(e)
	return u.field
}

// loads reports whether the write is a first load: the row is empty and all sessions
// are new.
func (u *valueUpdate) loads(changes []change) bool {
	if len(changes) < 2 || u.old.exists.Len() > 0 {
		return false
	}
	for i := range changes {
		if changes[i].old != nil {
			return false
		}
	}
	return true
}

// load makes the row of a first load, each set at once.
func (u *valueUpdate) load(e set.Epoch, changes []change) {
	f := u.edit()
	var exists []uint32
	byValue := make(map[string]*[]uint32)
	var values []string
	for i := range changes {
		c := &changes[i]
		is, ill := c.now.stored(u.r)
		f.illTyped += btoi(ill)
		if is == "" {
			continue
		}
		exists = append(exists, c.ord)
		if u.r.keyed {
			values = u.r.values(is, values[:0])
			for _, value := range values {
				ords := byValue[value]
				if ords == nil {
					ords = new([]uint32)
					byValue[value] = ords
				}
				*ords = append(*ords, c.ord)
			}
		}
	}
	if len(exists) > 0 {
		slices.Sort(exists)
		f.exists = set.New(exists...)
	}
	if u.r.keyed {
		f.values = btree.NewMap[string, valueEntry](32)
	}
	for _, value := range slices.Sorted(maps.Keys(byValue)) {
		ords := *byValue[value]
		slices.Sort(ords)
		s, number := set.New(slices.Clip(slices.Clone(ords))...), uint32(0)
		if len(ords) >= u.r.orderingFrom && u.r.orderings {
			number = f.orderings.add(e, u.v.treeOf(s))
		}
		f.values.Load(strings.Clone(value), newValueEntry(s, number))
	}
}

// change applies that a session's stored form in the row was was and is is.
func (u *valueUpdate) change(e set.Epoch, c *change, was, is string) {
	// A value's ordering counts by kind, so it does not change with the state, say.
	stays := c.old != nil && c.now != nil && (c.was.kind() != c.is.kind() || u.v.moved(c, ByUpdated))
	if was == is && !(u.r.orderings && stays) {
		return
	}
	var scratch [16]string
	before := u.r.values(was, scratch[:0:8])
	after := before
	if was != is {
		after = u.r.values(is, scratch[8:8])
	}
	// Both are ascending.
	for len(before)+len(after) > 0 {
		switch {
		case len(after) == 0 || len(before) > 0 && before[0] < after[0]:
			t := u.touch(before[0])
			t.set = t.set.Remove(e, c.ord)
			t.edit(u, c, true, false)
			before = before[1:]
		case len(before) == 0 || after[0] < before[0]:
			t := u.touch(after[0])
			t.set = t.set.Add(e, c.ord)
			t.edit(u, c, false, true)
			after = after[1:]
		default:
			// The set stays as it is, but the session may move in the ordering.
			if u.r.orderings && stays && u.isOrdered(after[0]) {
				u.touch(after[0]).edit(u, c, true, true)
			}
			before, after = before[1:], after[1:]
		}
	}
}

// isOrdered reports whether a value had an ordering before the write.
func (u *valueUpdate) isOrdered(value string) bool {
	known, ok := u.old.values.Get(value)
	return ok && known.number != 0
}

// done stores the changed values in the version.
func (u *valueUpdate) done(e set.Epoch) {
	for i := range u.touched {
		t := &u.touched[i]
		number := t.known.number
		old, n := u.old.orderings.at(number), t.set.Len()
		switch {
		case old != nil && n < u.r.orderingUpTo:
			u.edit().orderings.remove(e, number)
			number = 0
		case old != nil:
			u.edit().orderings.set(e, number, old.apply(u.before, u.v, t.edits))
		case n >= u.r.orderingFrom && u.r.orderings:
			number = u.edit().orderings.add(e, u.v.treeOf(t.set))
		}
		now := newValueEntry(t.set, number)
		if now == t.known && t.found || n == 0 && !t.found {
			continue
		}
		f := u.edit()
		if f.values == u.old.values {
			f.values = f.values.Copy()
		}
		if n == 0 {
			f.values.Delete(t.value)
		} else {
			// Copy the key, which otherwise would keep its session's memory alive.
			f.values.Set(strings.Clone(t.value), now)
		}
	}
}

// treeOf sorts the sessions of a set by update.
func (v *View) treeOf(s *set.Set) *tree {
	ords := s.AppendTo(make([]uint32, 0, s.Len()))
	v.sortBy(ByUpdated, ords)
	return v.layout.newTree(ByUpdated, byKind).built(v, ords)
}

// setCells updates the column of a row after the changes.
func (v *View) setCells(e set.Epoch, r *rowLayout, changes []change) {
	var next *fieldIndex
	for i := range changes {
		c := &changes[i]
		was, _ := c.old.stored(r)
		is, _ := c.now.stored(r)
		if was == is {
			continue
		}
		if next == nil {
			next = v.fields[r.Index].clone()
			c := *next.column
			next.column, v.fields[r.Index] = &c, next
		}
		next.column.set(e, c.ord, r.payloadCell(is))
	}
}

func (f *fieldIndex) clone() *fieldIndex {
	c := *f
	return &c
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
