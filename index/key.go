package index

import (
	"cmp"
	"strings"

	"github.com/sessiondex/sessiondex/schema"
)

// Order is the number of an order within one schema: first the contract's orders, then
// those of the declared fields with Sorted. All are ascending, and total since the id
// decides last. Sessions without a value come last.
type Order uint8

// The orders of the contract.
const (
	ByUpdated Order = iota
	ByCreated
	ByTitle // folded title, then raw title, then id
	numContractOrders
)

// Key is the sort key of a session, whether the view has the session or not.
type Key struct {
	Absent        bool    // the session has no value
	At            Instant // for orders by time or number; see NumberKey
	Folded, Title string  // for orders by title or keyword: the folded text and the raw one
	ID            string
}

// NumberKey returns a key for an order by a number.
func NumberKey(f float64, id string) Key { return Key{At: cell{hi: sortable(f)}.instant(), ID: id} }

// Compare orders keys of one order.
func (k *Key) Compare(l *Key) int {
	if k.Absent != l.Absent {
		if l.Absent {
			return -1
		}
		return 1
	}
	if c := k.At.Compare(l.At); c != 0 {
		return c
	}
	return cmp.Or(strings.Compare(k.Folded, l.Folded), strings.Compare(k.Title, l.Title), strings.Compare(k.ID, l.ID))
}

// cell returns the head of a key: keys with different cells have the order of their
// cells. For an instant or a number the cell is the whole value.
func (k *Key) cell(inText bool) cell {
	switch {
	case k.Absent:
		return absent
	case inText:
		return cell{hi: prefixOf(k.Folded)}
	}
	return instantCell(k.At)
}

// key returns a session's key.
func (l *layout) key(s *slot, by Order) Key {
	switch by {
	case ByTitle:
		id, title, folded := splitText(s.text)
		return Key{Folded: folded, Title: title, ID: id}
	case ByCreated:
		return Key{At: s.created(), ID: s.id()}
	case ByUpdated:
		return Key{At: s.updated(), ID: s.id()}
	}
	r := l.orders[by]
	payload, _ := s.stored(r)
	return r.payloadKey(payload, s.id())
}

// cell returns the head of a session's key, from the slot.
func (l *layout) cell(s *slot, by Order) cell {
	switch by {
	case ByTitle:
		return cell{hi: s.prefix}
	case ByCreated:
		return instantCell(s.created())
	case ByUpdated:
		return instantCell(s.updated())
	}
	payload, _ := s.stored(l.orders[by])
	return l.orders[by].payloadCell(payload)
}

// compareRest orders sessions whose cells are equal.
func (l *layout) compareRest(s, t *slot, by Order) int {
	if by == ByTitle {
		sid, stitle, sfolded := splitText(s.text)
		tid, ttitle, tfolded := splitText(t.text)
		return cmp.Or(strings.Compare(sfolded, tfolded), strings.Compare(stitle, ttitle), strings.Compare(sid, tid))
	}
	if l.orders[by].inText {
		k, m := l.key(s, by), l.key(t, by)
		return k.Compare(&m)
	}
	return strings.Compare(s.id(), t.id())
}

// sortsElsewhere reports whether the sort keys of s and t, the same session in two
// versions, differ.
func (l *layout) sortsElsewhere(s, t *slot, by Order) bool {
	switch by {
	case ByTitle:
		_, a, _ := splitText(s.text)
		_, b, _ := splitText(t.text)
		return a != b
	case ByCreated:
		return s.created() != t.created()
	case ByUpdated:
		return s.updated() != t.updated()
	}
	if s.rest == t.rest {
		return false
	}
	r := l.orders[by]
	was, _ := s.stored(r)
	is, _ := t.stored(r)
	if was == is || was == "" || is == "" || r.Type != schema.Keyword {
		return was != is
	}
	wasFolded, wasRaw := sortKeyword(was)
	isFolded, isRaw := sortKeyword(is)
	return wasFolded != isFolded || wasRaw != isRaw
}

// cell returns the head of the key of a session in use.
func (v *View) cell(by Order, ord uint32) cell {
	if by >= numContractOrders {
		return v.fields[v.layout.orders[by].Index].column.at(ord)
	}
	return v.layout.cell(v.slots.at(ord), by)
}

// compareKey orders a session in use and a key with cell head.
func (v *View) compareKey(by Order, ord uint32, k *Key, head cell) int {
	if c := v.cell(by, ord).compare(head); c != 0 {
		return c
	}
	s := v.slots.at(ord)
	if v.layout.orders[by].inText {
		l := v.layout.key(s, by)
		return l.Compare(k)
	}
	return strings.Compare(s.id(), k.ID)
}
