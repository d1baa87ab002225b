package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Record is one pair of an id and its bytes.
type Record struct {
	// ID is the key: 1 to MaxIDBytes bytes, any bytes. Records are in the order of
	// their ids, compared byte by byte.
	ID string
	// Version is the version of the codec that Value was written with. Load sets
	// it. Apply ignores it and writes Options.RecordVersion.
	Version uint8
	// Value is the caller's, at most MaxValueBytes.
	Value []byte
}

// Limits of a record.
const (
	MaxIDBytes    = bolt.MaxKeySize
	MaxValueBytes = math.MaxInt32 - 1 - envelopeBytes // bolt.MaxValueSize without the envelope
)

// Write is a set of changes that are made together. Within one Write an id may
// stand only once.
type Write struct {
	// Put inserts records, or replaces those that have the same id.
	Put []Record
	// Delete removes records. An id that no record has is not an error.
	Delete []string
}

// The envelope goes before a record's bytes:
//
//	offset 0  1 byte   version of the caller's codec
//	offset 1  4 bytes  CRC-32C, little endian, of the version, the length of the
//	                   id (4 bytes, little endian), the id and the bytes
//
// The length of the id is part of the sum so that a byte cannot move between id
// and bytes unnoticed.
const envelopeBytes = 5

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(version uint8, id, value []byte) uint32 {
	var head [5]byte
	head[0] = version
	binary.LittleEndian.PutUint32(head[1:], uint32(len(id)))
	sum := crc32.Update(0, castagnoli, head[:])
	sum = crc32.Update(sum, castagnoli, id)
	return crc32.Update(sum, castagnoli, value)
}

// appendEnvelope appends the envelope and the value to dst.
func appendEnvelope(dst []byte, version uint8, id, value []byte) []byte {
	dst = append(dst, version)
	dst = binary.LittleEndian.AppendUint32(dst, checksum(version, id, value))
	return append(dst, value...)
}

// openEnvelope checks what is stored for an id and returns its version, its sum
// and its bytes, a part of stored.
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

// mark is a record's part in the digest of all records, which is the sum of the
// marks modulo 2^64: it does not depend on order, and a write can correct it by
// the records that it touches alone. The mixing (that of splitmix64) keeps sums
// of related checksums apart.
func mark(sum uint32, valueBytes int) uint64 {
	x := uint64(sum)<<32 ^ uint64(valueBytes)
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// op is one change, ready for the transaction.
type op struct {
	id     []byte
	stored []byte // envelope and bytes; nil removes the record
	mark   uint64
}

// encode checks a write and returns its changes in the order of their ids, with
// copies of everything. bytes is their size.
func (w Write) encode(version uint8) (ops []op, bytesTotal int, err error) {
	for i := range w.Put {
		r := &w.Put[i]
		if err := checkID("Put", i, r.ID); err != nil {
			return nil, 0, err
		}
		if len(r.Value) > MaxValueBytes {
			return nil, 0, fmt.Errorf("store: %w: Put[%d], record %s: value has %d bytes, at most %d are possible",
				ErrInvalid, i, quoteID([]byte(r.ID)), len(r.Value), MaxValueBytes)
		}
		bytesTotal += len(r.ID) + envelopeBytes + len(r.Value)
	}
	for i, id := range w.Delete {
		if err := checkID("Delete", i, id); err != nil {
			return nil, 0, err
		}
		bytesTotal += len(id)
	}
	ops = make([]op, 0, len(w.Put)+len(w.Delete))
	arena := make([]byte, 0, bytesTotal)
	cut := func(from int) []byte { return arena[from:len(arena):len(arena)] }
	for i := range w.Put {
		r := &w.Put[i]
		at := len(arena)
		arena = append(arena, r.ID...)
		id := cut(at)
		at = len(arena)
		arena = appendEnvelope(arena, version, id, r.Value)
		stored := cut(at)
		ops = append(ops, op{id: id, stored: stored, mark: mark(binary.LittleEndian.Uint32(stored[1:]), len(r.Value))})
	}
	for _, id := range w.Delete {
		at := len(arena)
		arena = append(arena, id...)
		ops = append(ops, op{id: cut(at)})
	}
	slices.SortFunc(ops, func(a, b op) int { return bytes.Compare(a.id, b.id) })
	for i := 1; i < len(ops); i++ {
		if bytes.Equal(ops[i-1].id, ops[i].id) {
			return nil, 0, fmt.Errorf("store: %w: id %s stands more than once in one write", ErrInvalid, quoteID(ops[i].id))
		}
	}
	return ops, bytesTotal, nil
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
