package index

import (
	"strings"

	"github.com/tidwall/btree"

	"github.com/sessiondex/sessiondex/index/set"
)

// fieldIndex is what one version knows of a row beyond the orders: all of a keyed row,
// the column of a number, a time or a row that is sorted by, and of a text field only
// which sessions have one. It is immutable, and shared by the versions between which
// nothing of it changed.
type fieldIndex struct {
	exists   *set.Set // the sessions that have a value
	illTyped int      // how many have one that is not of the field's type
	column   column
	values   *btree.Map[string, valueEntry]
	// orderings are numbered by values.
	orderings valueOrderings
}

// valueEntry is what is known of one value: which sessions have it and, if they are
// many, their order: a service that shows each user what is theirs asks for one of
// these at every call. The value of a single session has no set, for a field can have
// as many values as there are sessions.
type valueEntry struct {
	set    *set.Set
	only   uint32 // the session, if there is no set
	number uint32 // of the ordering of all that have the value; 0 if they are few
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
		return set.Of(e.only)
	}
	return e.set
}

// An ordering is kept for a value of orderingFrom sessions and more, and given up
// below orderingUpTo: reading the keys of fewer costs no more.
const (
	orderingFrom = 128
	orderingUpTo = 64
)

// valueUpdate is a write under way to one row.
type valueUpdate struct {
	v       *View
	r       *rowLayout
	old     *fieldIndex
	field   fieldIndex // the version after the write
	changed bool
	touched []touchedValue
	room    [2]touchedValue // for the touched of a write of one session
	at      map[string]int  // positions in touched, once they are many
}

// touchedValue is one that changes: its set after the write, and what the write does
// to its ordering, if it has one.
type touchedValue struct {
	value string
	known valueEntry // before the write
	found bool
	set   *set.Set
	edits []edit
}

// of returns what is touched of a value, valid until the next call.
func (u *valueUpdate) of(value string) *touchedValue {
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

// edit notes what a change does to the ordering, if there is one.
func (t *touchedValue) edit(u *valueUpdate, c *change, before, after bool) {
	if t.known.number == 0 {
		return
	}
	if t.edits == nil {
		t.edits = make([]edit, 0, 2)
	}
	t.edits = u.v.appendEdits(t.edits, c, ByUpdated, before, after)
}

// revalue brings a row in step with the changed slots.
func (v *View) revalue(e set.Epoch, r *rowLayout, changes []change) {
	u := valueUpdate{v: v, r: r, old: v.fields[r.Index]}
	u.field = *u.old
	u.touched = u.room[:0]
	for i := range changes {
		c := &changes[i]
		if c.old != nil && c.now != nil && c.old.rest == c.now.rest && (!r.orderings || !v.moved(c, ByUpdated)) {
			continue
		}
		was, wasIll := c.old.stored(r)
		is, isIll := c.now.stored(r)
		if wasIll != isIll {
			u.field.illTyped += btoi(isIll) - btoi(wasIll)
			u.changed = true
		}
		if was == "" && is != "" {
			u.field.exists = u.field.exists.Add(e, c.ord)
		} else if was != "" && is == "" {
			u.field.exists = u.field.exists.Remove(e, c.ord)
		}
		if r.keyed {
			u.change(e, c, was, is)
		}
	}
	u.done(e)
}

// change takes in that a session had something stored in the row, and has something.
func (u *valueUpdate) change(e set.Epoch, c *change, was, is string) {
	stays := c.old != nil && c.now != nil && (c.was != c.is || u.v.moved(c, ByUpdated))
	if was == is && !(u.r.orderings && stays) {
		return
	}
	var room [16]string
	before := u.r.values(was, room[:0:8])
	after := before
	if was != is {
		after = u.r.values(is, room[8:8])
	}
	// Both are ascending.
	for len(before)+len(after) > 0 {
		switch {
		case len(after) == 0 || len(before) > 0 && before[0] < after[0]:
			t := u.of(before[0])
			t.set = t.set.Remove(e, c.ord)
			t.edit(u, c, true, false)
			before = before[1:]
		case len(before) == 0 || after[0] < before[0]:
			t := u.of(after[0])
			t.set = t.set.Add(e, c.ord)
			t.edit(u, c, false, true)
			after = after[1:]
		default:
			// The set stays as it is, but the session may stand elsewhere in the ordering.
			if u.r.orderings && stays {
				u.of(after[0]).edit(u, c, true, true)
			}
			before, after = before[1:], after[1:]
		}
	}
}

// done puts what has changed into the version.
func (u *valueUpdate) done(e set.Epoch) {
	f := &u.field
	for i := range u.touched {
		t := &u.touched[i]
		number := t.known.number
		old, n := f.orderings.at(number), t.set.Len()
		u.changed = u.changed || old != nil || n >= orderingFrom && u.r.orderings
		switch {
		case old != nil && n < orderingUpTo:
			f.orderings.remove(e, number)
			number = 0
		case old != nil:
			f.orderings.set(e, number, old.apply(u.v, t.edits))
		case n >= orderingFrom && u.r.orderings:
			number = f.orderings.add(e, u.v.orderingOf(t.set))
		}
		now := newValueEntry(t.set, number)
		if now == t.known && t.found || n == 0 && !t.found {
			continue
		}
		if f.values == u.old.values {
			f.values = f.values.Copy()
		}
		if n == 0 {
			f.values.Delete(t.value)
		} else {
			// The key is copied: it is cut out of a session that may not live as long.
			f.values.Set(strings.Clone(t.value), now)
		}
	}
	if u.changed || f.exists != u.old.exists || f.values != u.old.values {
		u.v.fields[u.r.Index] = f.clone()
	}
}

// orderingOf sorts the sessions of a set by update.
func (v *View) orderingOf(s *set.Set) *Ordering {
	ords := s.AppendTo(make([]uint32, 0, s.Len()))
	v.sortBy(ByUpdated, ords)
	return v.layout.newOrdering(ByUpdated, v.layout.kinds, byKind).built(v, ords)
}

// setCells brings the column of a row in step with the changed slots.
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
			v.fields[r.Index] = next
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
