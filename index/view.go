package index

import (
	"github.com/tidwall/btree"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/schema"
)

// View is one version of all indexes: immutable, safe for concurrent use, and freed by
// the garbage collector once it is no longer referenced.
//
// An ordinal identifies a session within one view. It may identify another in a later
// view, so do not carry ordinals from view to view.
type View struct {
	version uint64
	n       int    // sessions
	limit   uint32 // every ordinal in use is below it
	slots   slots
	ids     idMap
	orders  []*tree
	kinds   []*set.Set
	fields  []*fieldIndex // by row
	layout  *layout

	combos     *comboTable // of the classes in slots
	overflowed int         // how many sessions have no combo of their own
	titles     Titles
	words      wordViews
	textBytes  int64 // of the packed entries
	noted      int   // sessions for which the writer's Note holds
}

// Schema returns the view's fields. Methods identify rows by their Index.
func (v *View) Schema() *schema.Schema { return v.layout.schema }

// Fold returns the form in which titles and sorted texts are compared.
func (v *View) Fold() fold.Form { return v.layout.fold }

// Version counts the writes that led to this view.
func (v *View) Version() uint64 { return v.version }

// Len returns the number of sessions, hidden ones included.
func (v *View) Len() int { return v.n }

// Limit returns an exclusive bound of the ordinals in use. It is at least Len and at
// most the largest Len that ever was.
func (v *View) Limit() int { return int(v.limit) }

// Find returns the ordinal of an id. O(log n).
func (v *View) Find(id string) (ord uint32, ok bool) { return v.ids.find(&v.slots, id) }

// Entry returns the session at an ordinal. Its strings share the index's memory. The
// ordinal must be in use.
func (v *View) Entry(ord uint32) Entry { return v.slots.at(ord).entry() }

// EntryTo is Entry, into e.
func (v *View) EntryTo(e *Entry, ord uint32) { v.slots.at(ord).unpack(e) }

// Touch prefetches some sessions in use, which lie scattered over memory: a loop that
// only loads lets the processor overlap many cache misses instead of waiting for each
// in turn.
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
func (v *View) Key(by Order, ord uint32) Key { return v.layout.key(v.slots.at(ord), by) }

// Compare orders two sessions in use.
func (v *View) Compare(by Order, a, b uint32) int {
	if c := v.cell(by, a).compare(v.cell(by, b)); c != 0 {
		return c
	}
	return v.layout.compareRest(v.slots.at(a), v.slots.at(b), by)
}

// CompareKey orders a session in use and a key.
func (v *View) CompareKey(by Order, ord uint32, k *Key) int {
	return v.compareKey(by, ord, k, k.cell(v.layout.orders[by].inText))
}

// SortKey returns the head of a session's sort key as two integers: a session
// with the smaller pair comes first, and Compare decides between equal pairs.
func (v *View) SortKey(by Order, ord uint32) (hi uint64, lo uint32) {
	c := v.cell(by, ord)
	return c.hi, c.lo
}

// OrderOf returns the order of a row, and false if the row has none.
func (v *View) OrderOf(row int) (Order, bool) {
	r := &v.layout.rows[row]
	return r.order, r.hasOrder
}

// RowOf returns the row of an order.
func (v *View) RowOf(by Order) *schema.Row { return v.layout.orders[by].Row }

// NumOrders returns the number of orders: each Order below is one.
func (v *View) NumOrders() int { return len(v.orders) }

// Ordering returns the sessions in an order, ascending: all of them, or only the
// visible ones.
func (v *View) Ordering(by Order, visible bool) *Ordering {
	if visible {
		return &v.orders[by].visible
	}
	return &v.orders[by].all
}

// visible are the kinds of visible sessions: no reason to hide them.
const visible = schema.Classes(1)

// counts returns what the tree of an order counts. That by update counts by kind and by
// state, channel and type: users filter it by those, and queries use it to include kinds
// that are hidden by default.
func (by Order) counts() counting {
	if by == ByUpdated {
		return byCombo
	}
	return byNothing
}

// newView returns the version of an empty store.
func newView(l *layout, titles Titles) *View {
	v := &View{layout: l, titles: titles, combos: newComboTable()}
	v.kinds = make([]*set.Set, l.numKinds)
	v.fields = make([]*fieldIndex, len(l.rows))
	for i := range v.fields {
		if r := &l.rows[i]; r.keyed || r.Declared() {
			v.fields[i] = new(fieldIndex)
			if r.keyed {
				v.fields[i].values = btree.NewMap[string, valueEntry](32)
			}
			if r.hasColumn {
				v.fields[i].column = new(column)
			}
		}
	}
	for by := range l.orders {
		v.orders = append(v.orders, l.newTree(Order(by), Order(by).counts()))
	}
	return v
}

// Present returns how many sessions of an ordering have a value: they come first, and
// those without one follow, by id. A descending listing has the latter last too: it
// lists the present from their end, and then the others from theirs. O(log n).
func (v *View) Present(o *Ordering) int { return o.rank(v, &Key{Absent: true}) }

// Rank returns how many sessions of the ordering come before the key. O(log n).
func (v *View) Rank(o *Ordering, k Key) int { return o.rank(v, &k) }

// OfKind returns the sessions of one kind: those with exactly these reasons to be
// hidden. nil if there are none.
func (v *View) OfKind(k Kind) *set.Set {
	if int(k) >= len(v.kinds) {
		return nil
	}
	return v.kinds[k]
}

// Titles returns the title index of this version.
func (v *View) Titles() Titles { return v.titles }

// TextBytes returns the size of the packed sessions themselves, without indexes.
func (v *View) TextBytes() int64 { return v.textBytes }

// Noted returns for how many sessions the writer's Note holds. O(1).
func (v *View) Noted() int { return v.noted }
