//go:build !js

package store

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// FormatVersion is the newest version of the file's layout that this program
// reads, and the one that it writes. It covers everything but the caller's bytes.
//
// Version 2 has notes, a log, the reserve, and an identity and a counter in the state.
// The first write to a file of version 1 turns it into version 2.
const FormatVersion = 2

// The buckets of the file, and the keys of the first. Only the first two always exist.
var (
	metaBucket    = []byte("meta")
	recordsBucket = []byte("records")
	notesBucket   = []byte("notes")
	logBucket     = []byte("log")
	reserveBucket = []byte("reserve")

	formatKey = []byte("format")
	stateKey  = []byte("state")
)

// state describes the file's records as a whole; each transaction writes it together
// with the records that it changes.
type state struct {
	count  uint64 // records
	digest uint64 // sum of the marks of records, notes and log entries
	tx     uint64 // number of the transaction that wrote this
	// The caller's counter, and the identity of the file's history: zero in a file of
	// version 1.
	counter uint64
	id      ID
}

// ID identifies the history of a file. It is random, and differs in each backup.
type ID [16]byte

func newID() (id ID) {
	_, _ = rand.Read(id[:]) // never fails
	return id
}

const (
	formatBytes = 4 + 4
	stateBytes1 = 3*8 + 4 // in version 1
	stateBytes  = 4*8 + 16 + 4
)

// encodeFormat is 4 bytes of version and 4 of CRC-32C, little endian. Every later
// format must keep these 8 bytes, so that an older program recognises it.
func encodeFormat(version uint32) []byte {
	return seal(binary.LittleEndian.AppendUint32(nil, version))
}

func decodeFormat(b []byte) (uint32, error) {
	body, err := unseal("format version", b, formatBytes)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(body), nil
}

func (s state) encode() []byte {
	b := make([]byte, 0, stateBytes)
	b = binary.LittleEndian.AppendUint64(b, s.count)
	b = binary.LittleEndian.AppendUint64(b, s.digest)
	b = binary.LittleEndian.AppendUint64(b, s.tx)
	b = binary.LittleEndian.AppendUint64(b, s.counter)
	return seal(append(b, s.id[:]...))
}

func decodeState(b []byte) (state, error) {
	size := stateBytes
	if len(b) == stateBytes1 {
		size = stateBytes1
	}
	body, err := unseal("state of the store", b, size)
	if err != nil {
		return state{}, err
	}
	st := state{
		count:  binary.LittleEndian.Uint64(body),
		digest: binary.LittleEndian.Uint64(body[8:]),
		tx:     binary.LittleEndian.Uint64(body[16:]),
	}
	if size == stateBytes {
		st.counter = binary.LittleEndian.Uint64(body[24:])
		st.id = ID(body[32:])
	}
	return st, nil
}

func seal(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func unseal(what string, b []byte, size int) ([]byte, error) {
	if len(b) != size {
		return nil, &CorruptError{Where: what, Want: fmt.Sprintf("%d bytes", size), Got: fmt.Sprint(len(b))}
	}
	body := b[:size-4]
	want, got := binary.LittleEndian.Uint32(b[size-4:]), crc32.Checksum(body, castagnoli)
	if want != got {
		return nil, &CorruptError{Where: what, Want: fmt.Sprintf("checksum %08x", want), Got: fmt.Sprintf("%08x", got)}
	}
	return body, nil
}

// compare checks the count and digest from a walk over all records against the state.
func (s state) compare(count, digest uint64) error {
	if count != s.count {
		return &CorruptError{Where: "number of records", Want: fmt.Sprint(s.count), Got: fmt.Sprint(count)}
	}
	if digest != s.digest {
		return &CorruptError{Where: "digest of all records", Want: fmt.Sprintf("%016x", s.digest), Got: fmt.Sprintf("%016x (a record is lost, stale or doubled)", digest)}
	}
	return nil
}
