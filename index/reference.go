package index

import (
	"encoding/binary"
	"runtime"
	"unsafe"
)

// A reference replaces, in an entry, an Extra that is kept elsewhere. No JSON begins
// with its first byte.
//
//	0, length of the Extra as a varint, sum of the Extra
const referenceMark = 0

// ExtraReference returns the reference to an Extra of this length and sum.
func ExtraReference(length int, sum [16]byte) string {
	b := binary.AppendUvarint([]byte{referenceMark}, uint64(length))
	return string(append(b, sum[:]...))
}

// IsReference reports whether the Extra of an entry is a reference.
func IsReference(extra string) bool { return extra != "" && extra[0] == referenceMark }

// extraBytes returns the length of the Extra that a reference replaces, 0 for an Extra
// itself.
func extraBytes(extra string) int {
	if !IsReference(extra) {
		return 0
	}
	n, _ := uvarint(extra, 1)
	return n
}

// WhenDropped calls f, in a goroutine of the runtime's own, once nothing refers to this
// form of the session any more: no view, no Packed, no string of its Entry.
func (p *Packed) WhenDropped(f func()) {
	runtime.AddCleanup(unsafe.StringData(p.slot.rest), func(f func()) { f() }, f)
}
