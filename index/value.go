package index

import (
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/index/set"
)

// valued is what is known of one value of a member: which sessions have it and, of
// an application, a workspace or an asset with enough of them, their order. One of
// these is what a service shows a user of at every call.
type valued struct {
	set     *set.Set
	updated *Ordering // of all that have the value; nil if they are few
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
	values  valueMap
	touched []touchedValue
	at      map[string]int // places in touched, once they are many
}

// touchedValue is one that changes: its set after the write, and what the write does
// to its ordering, if it has one.
type touchedValue struct {
	value string
	set   *set.Set
	old   *Ordering
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
	if known, ok := r.values.Get(value); ok {
		t.set, t.old = known.set, known.updated
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

// revalue brings the values of a member in step with the changed slots.
func (v *View) revalue(e set.Epoch, f Field, changes []change) {
	r := revaluing{values: v.values[f]}
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
				if t := r.of(is); t.old != nil {
					t.edits = c.appendEdits(t.edits, ByUpdated, true, true)
				}
			}
			continue
		}
		if was != "" {
			t := r.of(was)
			t.set = t.set.Remove(e, c.ord)
			if t.old != nil {
				t.edits = c.appendEdits(t.edits, ByUpdated, true, false)
			}
		}
		if is != "" {
			t := r.of(is)
			t.set = t.set.Add(e, c.ord)
			if t.old != nil {
				t.edits = c.appendEdits(t.edits, ByUpdated, false, true)
			}
		}
	}
	v.values[f] = r.done(v, f)
}

// done returns the values after the write.
func (r *revaluing) done(v *View, f Field) valueMap {
	m := r.values
	for i := range r.touched {
		t := &r.touched[i]
		now := &valued{set: t.set}
		n := t.set.Len()
		switch {
		case t.old != nil && n >= orderingUpTo:
			now.updated = t.old.apply(&v.slots, t.edits)
		case t.old == nil && n >= orderingFrom && HasOrderings(f):
			now.updated = v.orderingOf(t.set)
		}
		known, ok := r.values.Get(t.value)
		if ok && known.set == now.set && known.updated == now.updated {
			continue
		}
		if m == r.values {
			m = r.values.Copy()
		}
		if n == 0 {
			m.Delete(t.value)
		} else {
			// The key is copied: it is cut out of a session that may not live as long.
			m.Set(strings.Clone(t.value), now)
		}
	}
	return m
}

// orderingOf sorts the sessions of a set by update.
func (v *View) orderingOf(s *set.Set) *Ordering {
	ords := s.AppendTo(make([]uint32, 0, s.Len()))
	v.sortBy(ByUpdated, ords)
	return buildOrdering(ByUpdated, &v.slots, slices.Clip(ords))
}
