package index

import (
	"encoding/binary"

	"github.com/sessiondex/sessiondex/index/set"
)

// slot is what is known of one ordinal: the packed entry, and the sort keys in
// place, so that comparing by time or by the start of the title costs one cache
// line. 64 bytes on 64-bit machines. A free ordinal has the zero slot.
type slot struct {
	text, rest               string
	createdSec, updatedSec   int64
	createdNsec, updatedNsec int32
	prefix                   uint64 // the folded title's first 8 bytes, big-endian, zero-padded
}

func (s *slot) used() bool       { return s.text != "" }
func (s *slot) id() string       { return textID(s.text) }
func (s *slot) kind() Kind       { return Kind(s.rest[0]) }
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

func prefixOf(folded string) uint64 {
	var b [8]byte
	copy(b[:], folded)
	return binary.BigEndian.Uint64(b[:])
}

// slots is a persistent vector of slots by ordinal: a tree of fixed height whose
// nodes are copied the first time that a write touches them, 3 KB for one slot.
type slots struct {
	root    []*slotBranch // owned by the version that holds it
	classes classVector
}

const (
	fanOut     = 32 // of leaves, twigs and branches alike
	twigStep   = fanOut * fanOut
	branchStep = fanOut * fanOut * fanOut
)

type slotBranch struct {
	node
	twigs [fanOut]*slotTwig
}

type slotTwig struct {
	node
	leaves [fanOut]*slotLeaf
}

type slotLeaf struct {
	node
	slots [fanOut]slot
}

// at returns the slot of an ordinal in use. It must not be written through, nor
// kept beyond the version.
func (v *slots) at(ord uint32) *slot {
	return &v.root[ord/branchStep].twigs[ord/twigStep%fanOut].leaves[ord/fanOut%fanOut].slots[ord%fanOut]
}

// get is at for any ordinal: nil if there is no such slot.
func (v *slots) get(ord uint32) *slot {
	if int(ord/branchStep) >= len(v.root) {
		return nil
	}
	branch := v.root[ord/branchStep]
	if branch == nil {
		return nil
	}
	twig := branch.twigs[ord/twigStep%fanOut]
	if twig == nil {
		return nil
	}
	leaf := twig.leaves[ord/fanOut%fanOut]
	if leaf == nil {
		return nil
	}
	return &leaf.slots[ord%fanOut]
}

// edit returns the slot of any ordinal for writing, within epoch e. The root
// slice must belong to the writer.
func (v *slots) edit(e set.Epoch, ord uint32) *slot {
	return &v.editLeaf(e, ord).slots[ord%fanOut]
}

func (v *slots) editLeaf(e set.Epoch, ord uint32) *slotLeaf {
	branch := ownRoot(e, &v.root, int(ord/branchStep))
	twig := own(e, &branch.twigs[ord/twigStep%fanOut])
	return own(e, &twig.leaves[ord/fanOut%fanOut])
}

// release makes an ordinal free, and gives the room of a leaf back with its last.
func (v *slots) release(e set.Epoch, ord uint32) {
	leaf := v.editLeaf(e, ord)
	leaf.slots[ord%fanOut] = slot{}
	for i := range leaf.slots {
		if leaf.slots[i].used() {
			return
		}
	}
	v.root[ord/branchStep].twigs[ord/twigStep%fanOut].leaves[ord/fanOut%fanOut] = nil
}

// sortsElsewhere reports whether the sort key of s differs from that of t, which
// is the same session in another version.
func (s *slot) sortsElsewhere(by Order, t *slot) bool {
	switch by {
	case ByTitle:
		_, a, _ := splitText(s.text)
		_, b, _ := splitText(t.text)
		return a != b
	case ByCreated:
		return s.created() != t.created()
	default:
		return s.updated() != t.updated()
	}
}

// value returns one member without cutting out the others.
func (s *slot) value(f Field) string {
	p, skip := 1, 0
	var n int
	for i := Field(0); i <= NumFields; i++ {
		var m int
		m, p = uvarint(s.rest, p)
		if i < f {
			skip += m
		} else if i == f {
			n = m
		}
	}
	return s.rest[p+skip : p+skip+n]
}
