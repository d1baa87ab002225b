package index

import (
	"cmp"
	"strings"
)

// Order says what an order sorts by.
type Order uint8

// The orders, each ascending and total: every one ends on the id.
const (
	ByUpdated Order = iota
	ByCreated
	ByTitle // folded title, then raw title, then id
	NumOrders
)

// String returns the contract's word for the order.
func (o Order) String() string { return [NumOrders]string{"updated_at", "created_at", "title"}[o] }

// Key is a position in an order: the sort key of a session, there or not.
type Key struct {
	At            Instant // ByUpdated and ByCreated
	Folded, Title string  // ByTitle
	ID            string
}

// Compare orders keys of one order.
func (k *Key) Compare(o Order, l *Key) int {
	if o == ByTitle {
		return compareTitles(k.Folded, k.Title, k.ID, l.Folded, l.Title, l.ID)
	}
	if c := k.At.Compare(l.At); c != 0 {
		return c
	}
	return strings.Compare(k.ID, l.ID)
}

// head returns the start of a key as a number: keys with different heads are ordered
// as those.
func (k *Key) head(o Order) uint64 {
	if o == ByTitle {
		return prefixOf(k.Folded)
	}
	return uint64(k.At.Sec) ^ 1<<63
}

func compareTitles(folded, title, id, folded2, title2, id2 string) int {
	if c := strings.Compare(folded, folded2); c != 0 {
		return c
	}
	if c := strings.Compare(title, title2); c != 0 {
		return c
	}
	return strings.Compare(id, id2)
}

func (s *slot) key(o Order) Key {
	if o == ByTitle {
		id, title, folded := splitText(s.text)
		return Key{Folded: folded, Title: title, ID: id}
	}
	return Key{At: s.at(o), ID: s.id()}
}

func (s *slot) at(o Order) Instant {
	if o == ByCreated {
		return s.created()
	}
	return s.updated()
}

// compareKey compares the slot's key with k, which must be a whole key.
func (s *slot) compareKey(o Order, k *Key, prefix uint64) int {
	if o != ByTitle {
		if c := s.at(o).Compare(k.At); c != 0 {
			return c
		}
		return strings.Compare(s.id(), k.ID)
	}
	if s.prefix != prefix {
		return cmp.Compare(s.prefix, prefix)
	}
	id, title, folded := splitText(s.text)
	return compareTitles(folded, title, id, k.Folded, k.Title, k.ID)
}

// compareSlots orders two sessions.
func compareSlots(o Order, s, t *slot) int {
	switch o {
	case ByTitle:
		if s.prefix != t.prefix {
			return cmp.Compare(s.prefix, t.prefix)
		}
		sid, stitle, sfolded := splitText(s.text)
		tid, ttitle, tfolded := splitText(t.text)
		return compareTitles(sfolded, stitle, sid, tfolded, ttitle, tid)
	case ByCreated:
		if s.createdSec != t.createdSec {
			return cmp.Compare(s.createdSec, t.createdSec)
		}
		if s.createdNsec != t.createdNsec {
			return cmp.Compare(s.createdNsec, t.createdNsec)
		}
	default:
		if s.updatedSec != t.updatedSec {
			return cmp.Compare(s.updatedSec, t.updatedSec)
		}
		if s.updatedNsec != t.updatedNsec {
			return cmp.Compare(s.updatedNsec, t.updatedNsec)
		}
	}
	return strings.Compare(s.id(), t.id())
}
