//go:build !js

package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
)

// The envelope precedes a record's bytes:
//
//	offset 0  1 byte   version of the caller's codec
//	offset 1  4 bytes  CRC-32C, little endian, of the version, the length of the
//	                   id (4 bytes, little endian), the id and the bytes
//
// The length of the id is part of the sum so that a byte cannot move between id
// and bytes unnoticed.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(version uint8, id, value []byte) uint32 {
	var head [5]byte
	head[0] = version
	binary.LittleEndian.PutUint32(head[1:], uint32(len(id)))
	sum := crc32.Update(0, castagnoli, head[:])
	sum = crc32.Update(sum, castagnoli, id)
	return crc32.Update(sum, castagnoli, value)
}

// openEnvelope checks the stored bytes of a record and returns its version, its sum and
// its value, a slice of stored.
func openEnvelope(id, stored []byte) (version uint8, sum uint32, value []byte, err error) {
	if len(stored) < envelopeBytes {
		return 0, 0, nil, recordError(id, fmt.Sprintf("an envelope of %d bytes", envelopeBytes), fmt.Sprintf("%d bytes in all", len(stored)))
	}
	version, value = stored[0], stored[envelopeBytes:]
	sum = binary.LittleEndian.Uint32(stored[1:])
	if got := checksum(version, id, value); got != sum {
		return 0, 0, nil, recordError(id, fmt.Sprintf("checksum %08x", sum), fmt.Sprintf("%08x over %d bytes", got, len(value)))
	}
	return version, sum, value, nil
}

// mark returns a record's contribution to the digest of all records. The digest is the
// sum of the marks modulo 2^64, so it does not depend on order, and a write can update
// it from the records that it touches. The mixing function of splitmix64 keeps sums of
// related checksums apart.
func mark(sum uint32, valueBytes int) uint64 {
	x := uint64(sum)<<32 ^ uint64(valueBytes)
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// op is one encoded change.
type op struct {
	id     []byte
	stored []byte // envelope and bytes; nil removes the record
	mark   uint64
}

// changes are the encoded changes of a write, in the order of their ids.
type changes struct {
	records, notes, log []op
	logFrom, counter    uint64
	deletesOnly         bool
	reserve             int
}

func (c *changes) empty() bool {
	return len(c.records)+len(c.notes)+len(c.log) == 0 && c.logFrom == 0 && c.counter == 0
}

// encode checks a write and returns its changes.
func (w *Write) encode(version uint8) (*changes, error) {
	c := &changes{
		records: make([]op, 0, len(w.Put)+len(w.Delete)), logFrom: w.LogFrom, counter: w.Counter,
		deletesOnly: len(w.Put) == 0 && len(w.Delete) > 0, reserve: keepReserve,
	}
	if len(w.Put) > 0 {
		c.reserve = growReserve
	}
	for i := range w.Put {
		r := &w.Put[i]
		if err := checkID("Put", i, r.ID); err != nil {
			return nil, err
		}
		value := r.Value
		if r.Room {
			value = value[RoomBytes:]
		}
		if len(value) > MaxValueBytes {
			return nil, fmt.Errorf("store: %w: Put[%d], record %s: value has %d bytes, at most %d are possible",
				ErrInvalid, i, quoteID([]byte(r.ID)), len(value), MaxValueBytes)
		}
		id := []byte(r.ID)
		if r.Room {
			c.records = append(c.records, newOp(id, r.Value, version))
		} else {
			c.records = append(c.records, valueOp(id, value, version))
		}
	}
	for i, id := range w.Delete {
		if err := checkID("Delete", i, id); err != nil {
			return nil, err
		}
		c.records = append(c.records, op{id: []byte(id)})
	}
	for i, n := range w.Notes {
		if len(n.Name) >= MaxIDBytes {
			return nil, fmt.Errorf("store: %w: Notes[%d]: name %s is longer than %d bytes", ErrInvalid, i, quoteID([]byte(n.Name)), MaxIDBytes-1)
		}
		if n.Value == nil {
			c.notes = append(c.notes, op{id: noteKey(n.Name)})
		} else {
			c.notes = append(c.notes, valueOp(noteKey(n.Name), n.Value, 0))
		}
	}
	for _, e := range w.Log {
		c.log = append(c.log, valueOp(logKey(e.Number), e.Value, version))
	}
	return c, errors.Join(sortOps("id", c.records), sortOps("note", c.notes), sortOps("log entry", c.log))
}

// sortOps sorts changes by their ids.
func sortOps(what string, ops []op) error {
	slices.SortFunc(ops, func(a, b op) int { return bytes.Compare(a.id, b.id) })
	for i := 1; i < len(ops); i++ {
		if bytes.Equal(ops[i-1].id, ops[i].id) {
			return fmt.Errorf("store: %w: %s %s stands more than once in one write", ErrInvalid, what, quoteID(ops[i].id))
		}
	}
	return nil
}

// noteKey begins with a byte of its own, since bbolt has no empty keys.
func noteKey(name string) []byte { return append([]byte{'n'}, name...) }

func logKey(number uint64) []byte { return binary.BigEndian.AppendUint64(nil, number) }

func valueOp(id, value []byte, version uint8) op {
	stored := make([]byte, envelopeBytes+len(value))
	copy(stored[envelopeBytes:], value)
	return newOp(id, stored, version)
}

// newOp fills in the envelope that stored begins with.
func newOp(id, stored []byte, version uint8) op {
	value := stored[envelopeBytes:]
	sum := checksum(version, id, value)
	stored[0] = version
	binary.LittleEndian.PutUint32(stored[1:], sum)
	return op{id: id, stored: stored, mark: mark(sum, len(value))}
}

func checkID(list string, i int, id string) error {
	switch {
	case id == "":
		return fmt.Errorf("store: %w: %s[%d]: id is empty", ErrInvalid, list, i)
	case len(id) > MaxIDBytes:
		return fmt.Errorf("store: %w: %s[%d]: id %s is longer than %d bytes", ErrInvalid, list, i, quoteID([]byte(id)), MaxIDBytes)
	}
	return nil
}
