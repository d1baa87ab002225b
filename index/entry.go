package index

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/sessiondex/sessiondex/schema"
)

// Entry is a session as the index sees it: the values to search, filter and sort by,
// and an opaque rest. Writer.Put copies it and retains nothing of it.
type Entry struct {
	ID, Title string
	Created   Instant
	Updated   Instant
	// Kind says why the session is left out of a default listing. In an entry to be put,
	// the caller leaves the bits of hidden flags, and Members, to the writer.
	Kind    Kind
	Values  [NumValues]string // by row; "" means no value
	Members Members           // the values of declared fields
	Extra   string            // the members that are not the contract's, as a JSON object, or ""
	noted   bool              // see Writer.Note
	// Reference, in an entry to be put, is stored instead of Extra, whose text is kept
	// elsewhere. An entry that is read has the reference as its Extra.
	Reference string
}

// kept returns the Extra to store.
func (e *Entry) kept() string {
	if e.Reference != "" {
		return e.Reference
	}
	return e.Extra
}

// SameSession reports whether two entries are equal in all that callers fill in,
// whatever a writer has added.
func (e *Entry) SameSession(o *Entry) bool {
	return e.ID == o.ID && e.Title == o.Title && e.Created == o.Created && e.Updated == o.Updated &&
		(e.Kind^o.Kind)&schema.KindBits == 0 && e.Values == o.Values && e.kept() == o.kept()
}

// NumValues is how many rows of the contract have string values: its first ones.
const NumValues = schema.RowParentSessionID + 1

// Kind is the visibility class of a session: the reasons to leave it out of a listing
// that does not include such sessions.
type Kind = schema.Visibility

// Instant is a point in time at nanosecond precision, over all years of RFC 3339.
type Instant struct {
	Sec  int64 // Unix seconds
	Nsec int32 // 0 to 999,999,999
}

// InstantOf converts a time; every time.Time has an instant.
func InstantOf(t time.Time) Instant { return Instant{Sec: t.Unix(), Nsec: int32(t.Nanosecond())} }

// Time returns the instant in UTC.
func (a Instant) Time() time.Time { return time.Unix(a.Sec, int64(a.Nsec)).UTC() }

// Compare orders instants by time.
func (a Instant) Compare(b Instant) int {
	switch {
	case a.Sec != b.Sec:
		if a.Sec < b.Sec {
			return -1
		}
		return 1
	case a.Nsec != b.Nsec:
		if a.Nsec < b.Nsec {
			return -1
		}
		return 1
	}
	return 0
}

// An entry is stored as two immutable strings without pointers inside, so that the
// garbage collector has little to mark and pages are cut out without copying.
//
//	text: flag, len(id), len(title), id, title [, folded title]
//	rest: kind, len of each value, len(members), values, members, extra
//
// Lengths are varints. They are two strings because an update that moves state
// and updated_at then shares the text, which can be a megabyte long.

const foldedIsTitle = 1 // text flag: the folded title equals the title and is not repeated

func appendText(b []byte, id, title, folded string) []byte {
	flag := byte(0)
	if folded == title {
		flag = foldedIsTitle
	}
	b = append(b, flag)
	b = binary.AppendUvarint(b, uint64(len(id)))
	b = binary.AppendUvarint(b, uint64(len(title)))
	b = append(b, id...)
	b = append(b, title...)
	if flag == 0 {
		b = append(b, folded...)
	}
	return b
}

func splitText(t string) (id, title, folded string) {
	if t == "" {
		return "", "", ""
	}
	n, p := uvarint(t, 1)
	m, p := uvarint(t, p)
	id, title = t[p:p+n], t[p+n:p+n+m]
	if t[0] == foldedIsTitle {
		return id, title, title
	}
	return id, title, t[p+n+m:]
}

func textID(t string) string {
	n, p := uvarint(t, 1)
	_, p = uvarint(t, p)
	return t[p : p+n]
}

// notedBit marks an entry whose Extra the writer's Note holds for. It shares a byte with
// the kind, which has at most six bits.
const notedBit = 0x80

func appendRest(b []byte, e *Entry) []byte {
	n := 1 + binary.MaxVarintLen32*(NumValues+1) + len(e.Members) + len(e.kept())
	for _, v := range e.Values {
		n += len(v)
	}
	b = slices.Grow(b, n)
	first := byte(e.Kind)
	if e.noted {
		first |= notedBit
	}
	b = append(b, first)
	for _, v := range e.Values {
		b = binary.AppendUvarint(b, uint64(len(v)))
	}
	b = binary.AppendUvarint(b, uint64(len(e.Members)))
	for _, v := range e.Values {
		b = append(b, v...)
	}
	b = append(b, e.Members...)
	return append(b, e.kept()...)
}

func splitRest(r string, e *Entry) {
	e.Kind, e.noted = Kind(r[0]&^notedBit), r[0]&notedBit != 0
	var n [NumValues]int
	p := len(n) + 1
	long := byte(0)
	for i, c := range []byte(r[1:p]) {
		n[i] = int(c)
		long |= c
	}
	if long >= 0x80 { // a value of 128 bytes or more
		p = 1
		for i := range n {
			n[i], p = uvarint(r, p)
		}
	}
	members, p := uvarint(r, p)
	for i := range e.Values {
		e.Values[i] = r[p : p+n[i]]
		p += n[i]
	}
	e.Members = Members(r[p : p+members])
	e.Extra = r[p+members:]
}

// uvarint reads a varint that appendText or appendRest wrote at s[p:].
func uvarint(s string, p int) (v, next int) {
	for shift := 0; ; shift += 7 {
		c := s[p]
		p++
		v |= int(c&0x7f) << shift
		if c < 0x80 {
			return v, p
		}
	}
}
