package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// FormatVersion is the newest version of the file's layout that this program
// reads, and the one that it writes. It covers everything but the caller's bytes.
const FormatVersion = 1

// The two buckets of the file, and the keys of the first.
var (
	metaBucket    = []byte("meta")
	recordsBucket = []byte("records")

	formatKey = []byte("format")
	stateKey  = []byte("state")
)

// state is what the file says about its records as a whole; each transaction
// writes it together with the records that it changes.
type state struct {
	count  uint64 // records
	digest uint64 // sum of their marks
	tx     uint64 // number of the transaction that wrote this
}

const (
	formatBytes = 4 + 4
	stateBytes  = 3*8 + 4
)

// encodeFormat is 4 bytes of version and 4 of CRC-32C, little endian. Every later
// format must keep this much, so that an older program can tell.
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
	return seal(b)
}

func decodeState(b []byte) (state, error) {
	body, err := unseal("state of the store", b, stateBytes)
	if err != nil {
		return state{}, err
	}
	return state{
		count:  binary.LittleEndian.Uint64(body),
		digest: binary.LittleEndian.Uint64(body[8:]),
		tx:     binary.LittleEndian.Uint64(body[16:]),
	}, nil
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

// compare checks what a walk over all records found against what the file says.
func (s state) compare(count, digest uint64) error {
	if count != s.count {
		return &CorruptError{Where: "number of records", Want: fmt.Sprint(s.count), Got: fmt.Sprint(count)}
	}
	if digest != s.digest {
		return &CorruptError{Where: "digest of all records", Want: fmt.Sprintf("%016x", s.digest), Got: fmt.Sprintf("%016x (a record is lost, stale or doubled)", digest)}
	}
	return nil
}
