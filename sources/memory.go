package sources

import (
	"encoding/binary"
	"hash/fnv"
	"io"
	"maps"
	"slices"
)

// memory holds the items of the previous Sync, by the hash of their path.
type memory map[uint64]remembered

// remembered is an item as it was last read.
type remembered struct {
	stamp    uint64 // hash of Item.Stamp; 0 if the item must be read again
	deadline int64  // Unix seconds at which a running session stops counting as one; 0 for none
	ids      []uint64
}

func hash(s string) uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, s)
	return h.Sum64()
}

const memoryVersion = 1

// append writes the items in the order of their hashes.
//
//	version, number of items as a uvarint, and of each: path and stamp in 8 bytes each,
//	deadline as a varint, number of ids as a uvarint, ids in 8 bytes each
func (m memory) append(b []byte) []byte {
	b = append(b, memoryVersion)
	b = binary.AppendUvarint(b, uint64(len(m)))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		r := m[key]
		b = binary.LittleEndian.AppendUint64(b, key)
		b = binary.LittleEndian.AppendUint64(b, r.stamp)
		b = binary.AppendVarint(b, r.deadline)
		b = binary.AppendUvarint(b, uint64(len(r.ids)))
		for _, id := range r.ids {
			b = binary.LittleEndian.AppendUint64(b, id)
		}
	}
	return b
}

// readMemory decodes the output of append. For anything else, another version included,
// it returns an empty memory, and so everything is read again.
func readMemory(b []byte) memory {
	d := decoder{b: b}
	if d.fixed(1) != memoryVersion {
		return memory{}
	}
	n := d.uvarint()
	m := make(memory)
	for range n {
		key := d.fixed(8)
		r := remembered{stamp: d.fixed(8), deadline: d.varint()}
		ids := d.uvarint()
		if d.bad || ids > uint64(len(d.b))/8 {
			return memory{}
		}
		r.ids = make([]uint64, ids)
		for i := range r.ids {
			r.ids[i] = d.fixed(8)
		}
		m[key] = r
	}
	if d.bad || len(d.b) > 0 {
		return memory{}
	}
	return m
}

// decoder takes numbers from the front of b; it sets bad if b is too short.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) fixed(size int) uint64 {
	if len(d.b) < size {
		d.bad, d.b = true, nil
		return 0
	}
	var v [8]byte
	copy(v[:], d.b[:size])
	d.b = d.b[size:]
	return binary.LittleEndian.Uint64(v[:])
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

// without returns the ids of m that other does not have.
func (m memory) without(other memory) map[uint64]bool {
	gone := make(map[uint64]bool)
	for _, r := range m {
		for _, id := range r.ids {
			gone[id] = true
		}
	}
	for _, r := range other {
		for _, id := range r.ids {
			delete(gone, id)
		}
	}
	return gone
}
