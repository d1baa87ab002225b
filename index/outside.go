package index

import (
	"github.com/sessiondex/sessiondex/schema"
)

// Outside reads sessions that are in no view, as a Put would. It knows the fields, and
// keeps no version alive. Safe for concurrent use.
type Outside struct{ l *layout }

// Outside returns an Outside with the fields of the view.
func (v *View) Outside() Outside { return Outside{v.layout} }

// Fill completes an entry that is in no view: it reads the values of declared fields
// from the further members, and sets the bits of hidden flags. Linear in the length of
// the further members.
func (o Outside) Fill(e *Entry) {
	r := memberReader{l: o.l}
	r.fill(e, nil)
}

// Key returns the sort key of an entry, which must come from a view or Fill unless the
// order is one of the contract's.
func (o Outside) Key(by Order, e *Entry) Key {
	switch by {
	case ByTitle:
		return Key{Folded: o.l.fold.Fold(e.Title), Title: e.Title, ID: e.ID}
	case ByCreated:
		return Key{At: e.Created, ID: e.ID}
	case ByUpdated:
		return Key{At: e.Updated, ID: e.ID}
	}
	payload, _ := e.Members.payload(o.l.orders[by].Index)
	return o.l.orders[by].payloadKey(payload, e.ID)
}

// payloadKey returns the sort key for a payload of a declared row, which may be empty.
func (r *rowLayout) payloadKey(payload, id string) Key {
	k := Key{ID: id}
	switch {
	case payload == "":
		k.Absent = true
	case r.Type == schema.Keyword:
		k.Folded, k.Title = sortKeyword(payload)
	default:
		k.At = splitNumber(payload).instant()
	}
	return k
}
