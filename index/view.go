package index

import (
	"iter"

	"github.com/tidwall/btree"

	"github.com/sessiondex/sessiondex/index/set"
)

// View is one version of everything that is known: immutable, safe for
// concurrent use, and freed by the garbage collector once nobody holds it.
//
// An ordinal means one session within one view. It may mean another in a later
// view, so ordinals must not be carried from view to view.
type View struct {
	version uint64
	n       int    // sessions
	limit   uint32 // every ordinal in use is below
	slots   slots
	ids     idMap
	orders  [NumOrders][2]*Ordering // of all sessions, and of the visible ones
	kinds   [NumKinds]*set.Set
	values  [NumFields]valueMap
	// valueOrderings are numbered by values.
	valueOrderings [NumFields]valueOrderings
	combos         *comboTable // of the classes in slots
	overflowed     int         // how many sessions have no combo of their own
	titles         Titles
	textBytes      int64 // of the packed entries
}

// valueMap holds what is known of each value of a field, in the order of the values.
type valueMap = *btree.Map[string, *valued]

// Version counts the writes that led to this view.
func (v *View) Version() uint64 { return v.version }

// Len returns the number of sessions, hidden ones included.
func (v *View) Len() int { return v.n }

// Limit returns a bound that every ordinal in use is below. It is at least Len
// and at most the largest Len there ever was.
func (v *View) Limit() int { return int(v.limit) }

// Find returns the ordinal of an id. O(log n).
func (v *View) Find(id string) (ord uint32, ok bool) { return v.ids.find(&v.slots, id) }

// Entry returns the session at an ordinal. Its strings are cut out of the index
// without a copy. The ordinal must be in use.
func (v *View) Entry(ord uint32) Entry { return v.slots.at(ord).entry() }

// EntryTo is Entry, into room of the caller's.
func (v *View) EntryTo(e *Entry, ord uint32) { v.slots.at(ord).unpack(e) }

// Touch reads a little of each of some sessions in use, which lie all over memory: in
// a loop in which the processor has many loads under way, that takes less time
// than to wait for each when its turn comes.
//
//go:noinline
func (v *View) Touch(ords []uint32) (touched byte) {
	for _, ord := range ords {
		s := v.slots.at(ord)
		touched |= s.text[0] | s.rest[0]
	}
	return touched
}

// ID returns the id of the session at an ordinal in use.
func (v *View) ID(ord uint32) string { return v.slots.at(ord).id() }

// Folded returns the folded title of the session at an ordinal in use.
func (v *View) Folded(ord uint32) string { return v.slots.at(ord).folded() }

// Created returns when the session at an ordinal in use was created.
func (v *View) Created(ord uint32) Instant { return v.slots.at(ord).created() }

// Updated returns when the session at an ordinal in use was last updated.
func (v *View) Updated(ord uint32) Instant { return v.slots.at(ord).updated() }

// Kind returns the visibility class of the session at an ordinal in use.
func (v *View) Kind(ord uint32) Kind { return v.slots.at(ord).kind() }

// Key returns the sort key of the session at an ordinal in use.
func (v *View) Key(by Order, ord uint32) Key { return v.slots.at(ord).key(by) }

// Compare orders two sessions in use.
func (v *View) Compare(by Order, a, b uint32) int {
	return compareSlots(by, v.slots.at(a), v.slots.at(b))
}

// CompareKey orders a session in use and a key.
func (v *View) CompareKey(by Order, ord uint32, k *Key) int {
	return v.slots.at(ord).compareKey(by, k, prefixOf(k.Folded))
}

// SortKey returns the head of a session's sort key as two integers: a session
// with the smaller pair comes first, and Compare decides between equal pairs.
func (v *View) SortKey(by Order, ord uint32) (hi uint64, lo uint32) {
	s := v.slots.at(ord)
	switch by {
	case ByTitle:
		return s.prefix, 0
	case ByCreated:
		return uint64(s.createdSec) ^ 1<<63, uint32(s.createdNsec)
	default:
		return uint64(s.updatedSec) ^ 1<<63, uint32(s.updatedNsec)
	}
}

// Ordering returns the sessions in an order: all of them, or the visible ones,
// which are neither sub-sessions nor task runs.
func (v *View) Ordering(by Order, visible bool) *Ordering {
	if visible {
		return v.orders[by][onlyVisible]
	}
	return v.orders[by][everything]
}

const (
	everything = iota
	onlyVisible
)

// newOrderings returns the orderings of an empty store. Of those by update, that of the
// visible sessions counts by state, channel and type, which users filter it by; that
// of all counts by kind, since it is asked for where some kinds are to be shown that
// are hidden by default.
func newOrderings() (orders [NumOrders][2]*Ordering) {
	for by := range orders {
		orders[by][everything] = newOrdering(Order(by), everyKind, byNothing)
		orders[by][onlyVisible] = newOrdering(Order(by), 1<<TopLevel, byNothing)
	}
	orders[ByUpdated][everything].counts = byKind
	orders[ByUpdated][onlyVisible].counts = byCombo
	return orders
}

// Rank returns how many sessions of the ordering come before the key. O(log n).
func (v *View) Rank(o *Ordering, k Key) int { return o.rank(&v.slots, &k) }

// OfKind returns the sessions of one kind.
func (v *View) OfKind(k Kind) *set.Set { return v.kinds[k] }

// Value returns the sessions that have a value, nil if there are none. O(log n)
// in the number of values.
func (v *View) Value(f Field, value string) *set.Set {
	s, _ := v.values[f].Get(value)
	return s.members()
}

// OrderingOf returns the sessions that have a value, hidden ones included, in the
// order of their last update; nil if they are too few for that to be kept, or the
// member is one of those whose values have no orderings (see HasOrderings). O(log n)
// in the number of values.
func (v *View) OrderingOf(f Field, value string) *Ordering {
	if s, ok := v.values[f].Get(value); ok {
		return v.valueOrderings[f].at(s.number)
	}
	return nil
}

// Values yields the values of a field in ascending order, each with the sessions
// that have it.
func (v *View) Values(f Field) iter.Seq2[string, *set.Set] {
	return func(yield func(string, *set.Set) bool) {
		v.values[f].Scan(func(value string, s *valued) bool { return yield(value, s.set) })
	}
}

// NumValues returns the number of different values of a field.
func (v *View) NumValues(f Field) int { return v.values[f].Len() }

// Titles returns the title index of this version.
func (v *View) Titles() Titles { return v.titles }

// TextBytes returns the size of the packed sessions themselves, without indexes.
func (v *View) TextBytes() int64 { return v.textBytes }
