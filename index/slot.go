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
	e.ID, e.Title, _ = splitText(s.text)
	e.Created, e.Updated = s.created(), s.updated()
	splitRest(s.rest, &e)
	return e
}

func prefixOf(folded string) uint64 {
	var b [8]byte
	copy(b[:], folded)
	return binary.BigEndian.Uint64(b[:])
}

// slots is a persistent vector of slots by ordinal: a tree of fixed height whose
// nodes are copied the first time that a write touches them, 7 KB for one slot.
type slots struct {
	root []*slotNode // owned by the version that holds it
}

const (
	leafSize = 64
	nodeSize = 256
	rootStep = leafSize * nodeSize
)

type slotNode struct {
	epoch  set.Epoch
	leaves [nodeSize]*slotLeaf
}

type slotLeaf struct {
	epoch set.Epoch
	slots [leafSize]slot
}

// at returns the slot of an ordinal below the version's limit. It must not be
// written through, nor kept beyond the version.
func (v *slots) at(ord uint32) *slot {
	return &v.root[ord/rootStep].leaves[ord/leafSize%nodeSize].slots[ord%leafSize]
}

// get is at for any ordinal: nil if there is no such slot.
func (v *slots) get(ord uint32) *slot {
	if int(ord/rootStep) >= len(v.root) || v.root[ord/rootStep] == nil {
		return nil
	}
	leaf := v.root[ord/rootStep].leaves[ord/leafSize%nodeSize]
	if leaf == nil {
		return nil
	}
	return &leaf.slots[ord%leafSize]
}

// edit returns the slot of any ordinal for writing, within epoch e. The root
// slice must belong to the writer.
func (v *slots) edit(e set.Epoch, ord uint32) *slot {
	r := int(ord / rootStep)
	for r >= len(v.root) {
		v.root = append(v.root, nil)
	}
	switch n := v.root[r]; {
	case n == nil:
		v.root[r] = &slotNode{epoch: e}
	case n.epoch != e:
		c := *n
		c.epoch = e
		v.root[r] = &c
	}
	l := &v.root[r].leaves[ord/leafSize%nodeSize]
	switch n := *l; {
	case n == nil:
		*l = &slotLeaf{epoch: e}
	case n.epoch != e:
		c := *n
		c.epoch = e
		*l = &c
	}
	return &(*l).slots[ord%leafSize]
}

// release makes an ordinal free, and gives the room of a leaf back with its last.
func (v *slots) release(e set.Epoch, ord uint32) {
	*v.edit(e, ord) = slot{}
	node := v.root[ord/rootStep]
	leaf := &node.leaves[ord/leafSize%nodeSize]
	for i := range (*leaf).slots {
		if (*leaf).slots[i].used() {
			return
		}
	}
	*leaf = nil
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
