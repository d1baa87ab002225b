package index

import (
	"encoding/binary"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/persist"
	"github.com/sessiondex/sessiondex/schema"
)

// slot holds the session of one ordinal: the packed entry, and the heads of the sort
// keys, so that comparing by time or by the start of the title costs one cache line. 64
// bytes on 64-bit machines. A free ordinal has the zero slot.
type slot struct {
	text, rest               string
	createdSec, updatedSec   int64
	createdNsec, updatedNsec int32
	prefix                   uint64 // the folded title's first 8 bytes, big-endian, zero-padded
}

func (s *slot) used() bool       { return s.text != "" }
func (s *slot) id() string       { return textID(s.text) }
func (s *slot) kind() Kind       { return Kind(s.rest[0] &^ notedBit) }
func (s *slot) noted() bool      { return s.rest[0]&notedBit != 0 }
func (s *slot) created() Instant { return Instant{s.createdSec, s.createdNsec} }
func (s *slot) updated() Instant { return Instant{s.updatedSec, s.updatedNsec} }

func (s *slot) folded() string {
	_, _, f := splitText(s.text)
	return f
}

func (s *slot) entry() (e Entry) {
	s.unpack(&e)
	return e
}

// unpack fills in the whole entry.
func (s *slot) unpack(e *Entry) {
	e.ID, e.Title, _ = splitText(s.text)
	e.Created, e.Updated = s.created(), s.updated()
	splitRest(s.rest, e)
}

func prefixOf(text string) uint64 {
	var b [8]byte
	copy(b[:], text)
	return binary.BigEndian.Uint64(b[:])
}

const slotLeafLen = 32

// slots holds the slot and the class of each ordinal. The classes take two bytes each
// and are stored apart: a walk that tests every session reads nothing else, and a
// million classes fit in the processor's caches.
type slots struct {
	rows    persist.Vector[slot, [slotLeafLen]slot]
	classes persist.Vector[class, [512]class]
}

// at returns the slot of an ordinal in use. The caller must not write to it, nor keep
// it longer than the version.
func (v *slots) at(ord uint32) *slot { return v.rows.At(ord) }

// get is at for any ordinal: nil if there is no such slot.
func (v *slots) get(ord uint32) *slot { return v.rows.Get(ord) }

// class returns the class of the session at an ordinal in use.
func (v *slots) class(ord uint32) class { return *v.classes.At(ord) }

// release frees an ordinal, and drops a leaf without sessions.
func (v *slots) release(e set.Epoch, ord uint32) {
	*v.rows.Edit(e, ord) = slot{}
	first := ord / slotLeafLen * slotLeafLen
	for i := range uint32(slotLeafLen) {
		if v.at(first + i).used() {
			return
		}
	}
	v.rows.Drop(e, ord)
}

// value returns one of the contract's values without unpacking the others.
func (s *slot) value(row int) string {
	p, skip := 1, 0
	var n int
	for i := range NumValues {
		var m int
		m, p = uvarint(s.rest, p)
		if i < row {
			skip += m
		} else if i == row {
			n = m
		}
	}
	_, p = uvarint(s.rest, p)
	return s.rest[p+skip : p+skip+n]
}

// members returns the values of declared fields.
func (s *slot) members() Members {
	m, _ := s.further()
	return m
}

// further returns the values of declared fields, and what is kept of the further members.
func (s *slot) further() (m Members, kept string) {
	p, skip := 1, 0
	for range NumValues {
		var m int
		m, p = uvarint(s.rest, p)
		skip += m
	}
	n, p := uvarint(s.rest, p)
	p += skip
	return Members(s.rest[p : p+n]), s.rest[p+n:]
}

// stored returns the stored form of a session's value in a row with values or members;
// "" if it has none, or if s is nil.
func (s *slot) stored(r *rowLayout) (payload string, illTyped bool) {
	switch {
	case s == nil:
		return "", false
	case r.Declared():
		return s.members().payload(r.Index)
	}
	return s.value(r.Index), false
}

// values appends the values of a keyed row's stored form.
func (r *rowLayout) values(payload string, dst []string) []string {
	switch {
	case payload == "":
		return dst
	case !r.Declared():
		return append(dst, payload)
	case r.Type == schema.Flag:
		return append(dst, FlagSet)
	}
	dst, _, _ = splitKeyword(payload, dst)
	return dst
}

// FlagSet is the only value of a flag: sessions with a false flag have no value.
const FlagSet = "true"
