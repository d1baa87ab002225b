package index

import (
	"strings"

	"github.com/sessiondex/sessiondex/index/set"
)

// valued is what is known of one value of a member: which sessions have it and, of
// an application, a workspace or an asset with enough of them, their order: a service
// that shows each user what is theirs asks for one of these at every call.
type valued struct {
	set    *set.Set
	number uint32 // of the ordering of all that have the value; 0 if they are few
}

// An ordering is kept for a value of orderingFrom sessions and more, and given up
// below orderingUpTo: reading the keys of fewer costs no more.
const (
	orderingFrom = 128
	orderingUpTo = 64
)

// HasOrderings reports whether the values of a member have orderings.
func HasOrderings(f Field) bool { return f == App || f == Workspace || f == Asset }

// members returns the set of a value, which may be nil.
func (v *valued) members() *set.Set {
	if v == nil {
		return nil
	}
	return v.set
}

// revaluing is a write under way to the values of one member.
type revaluing struct {
	v       *View
	f       Field
	touched []touchedValue
	room    [2]touchedValue // for the touched of a write of one session
	at      map[string]int  // places in touched, once they are many
}

// touchedValue is one that changes: its set after the write, and what the write does
// to its ordering, if it has one.
type touchedValue struct {
	value string
	known valued // before the write
	set   *set.Set
	edits []edit
}

// of returns what is touched of a value, valid until the next call.
func (r *revaluing) of(value string) *touchedValue {
	const few = 8
	if r.at == nil {
		for i := range r.touched {
			if r.touched[i].value == value {
				return &r.touched[i]
			}
		}
	} else if i, ok := r.at[value]; ok {
		return &r.touched[i]
	}
	t := touchedValue{value: value}
	if known, ok := r.v.values[r.f].Get(value); ok {
		t.set, t.known = known.set, *known
	}
	r.touched = append(r.touched, t)
	n := len(r.touched)
	if r.at != nil {
		r.at[value] = n - 1
	} else if n > few {
		r.at = make(map[string]int)
		for i := range r.touched {
			r.at[r.touched[i].value] = i
		}
	}
	return &r.touched[n-1]
}

// edit notes what a change does to the ordering, if there is one.
func (t *touchedValue) edit(c *change, before, after bool) {
	if t.known.number == 0 {
		return
	}
	if t.edits == nil {
		t.edits = make([]edit, 0, 2)
	}
	t.edits = c.appendEdits(t.edits, ByUpdated, before, after)
}

// revalue brings the values of a member in step with the changed slots.
func (v *View) revalue(e set.Epoch, f Field, changes []change) {
	r := revaluing{v: v, f: f}
	r.touched = r.room[:0]
	for i := range changes {
		c := &changes[i]
		var was, is string
		if c.old != nil {
			was = c.old.value(f)
		}
		if c.now != nil {
			is = c.now.value(f)
		}
		if was == is && !HasOrderings(f) && c.old != nil && c.now != nil {
			continue
		}
		if was == is && c.old != nil && c.now != nil {
			// The set stays as it is, but the session may stand elsewhere in the ordering.
			if is != "" && (c.was != c.is || c.moved(ByUpdated)) {
				r.of(is).edit(c, true, true)
			}
			continue
		}
		if was != "" {
			t := r.of(was)
			t.set = t.set.Remove(e, c.ord)
			t.edit(c, true, false)
		}
		if is != "" {
			t := r.of(is)
			t.set = t.set.Add(e, c.ord)
			t.edit(c, false, true)
		}
	}
	r.done(e)
}

// done puts the values into the version.
func (r *revaluing) done(e set.Epoch) {
	v, f := r.v, r.f
	values, orderings := v.values[f], &v.valueOrderings[f]
	for i := range r.touched {
		t := &r.touched[i]
		now := valued{t.set, t.known.number}
		old, n := orderings.at(now.number), t.set.Len()
		switch {
		case old != nil && n < orderingUpTo:
			orderings.remove(e, now.number)
			now.number = 0
		case old != nil:
			orderings.set(e, now.number, old.apply(&v.slots, t.edits))
		case n >= orderingFrom && HasOrderings(f):
			now.number = orderings.add(e, v.orderingOf(t.set))
		}
		if now == t.known {
			continue
		}
		if values == v.values[f] {
			values = values.Copy()
		}
		if n == 0 {
			values.Delete(t.value)
		} else {
			// The key is copied: it is cut out of a session that may not live as long.
			values.Set(strings.Clone(t.value), &valued{now.set, now.number})
		}
	}
	v.values[f] = values
}

// orderingOf sorts the sessions of a set by update.
func (v *View) orderingOf(s *set.Set) *Ordering {
	ords := s.AppendTo(make([]uint32, 0, s.Len()))
	v.sortBy(ByUpdated, ords)
	return newOrdering(ByUpdated, everyKind, byKind).built(&v.slots, ords)
}
