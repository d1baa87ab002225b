package index

import (
	"encoding/binary"
	"math"

	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/schema"
)

// Members are a session's values of the declared fields of one schema, encoded as a
// string: shared, immutable, and "" for none. They are read from the session once, when
// it is put; see Writer.Put.
//
// A field with a value, or with one of the wrong type, is encoded as
//
//	number of the declared field << 1 | whether something did not fit, length, payload
//
// and the fields stand in the order of the schema. Numbers and lengths are varints.
type Members string

// A payload is, by type
//
//	keyword     number of values, length of each, the values in ascending order;
//	            if sorted by, the number of the smallest value by its folded form, and
//	            the folded form, if that is another string
//	flag        one byte, for true; a flag that is false has no payload
//	number      the double in eight bytes, such that their order is that of the numbers
//	time        seconds and nanoseconds, likewise, in twelve bytes
//	text        the text

// payload returns the payload of a declared field, "" if there is no value, and whether
// there was a value of the wrong type.
func (m Members) payload(row int) (payload string, illTyped bool) {
	for p := 0; p < len(m); {
		head, next := uvarint(string(m), p)
		n, next := uvarint(string(m), next)
		if at := head>>1 + schema.NumContractRows; at >= row {
			if at > row {
				break
			}
			return string(m[next : next+n]), head&1 != 0
		}
		p = next + n
	}
	return "", false
}

// appendMember appends the encoding of a declared field.
func appendMember(dst []byte, row int, payload []byte, illTyped bool) []byte {
	if len(payload) == 0 && !illTyped {
		return dst
	}
	head := uint64(row-schema.NumContractRows) << 1
	if illTyped {
		head |= 1
	}
	dst = binary.AppendUvarint(dst, head)
	dst = binary.AppendUvarint(dst, uint64(len(payload)))
	return append(dst, payload...)
}

// keywordPayload appends the values of a keyword field, which must be ascending,
// distinct and not empty.
func keywordPayload(dst []byte, form fold.Form, values []string, sorted bool) []byte {
	if len(values) == 0 {
		return dst
	}
	dst = binary.AppendUvarint(dst, uint64(len(values)))
	for _, v := range values {
		dst = binary.AppendUvarint(dst, uint64(len(v)))
	}
	for _, v := range values {
		dst = append(dst, v...)
	}
	if !sorted {
		return dst
	}
	at, folded := smallest(form, values)
	dst = binary.AppendUvarint(dst, uint64(at))
	if folded != values[at] {
		dst = append(dst, folded...)
	}
	return dst
}

// splitKeyword appends the values of a keyword payload. For a sorted field it also
// returns the index of the smallest value and its folded form.
func splitKeyword(payload string, dst []string) (values []string, at int, folded string) {
	if payload == "" {
		return dst, 0, ""
	}
	n, p := uvarint(payload, 0)
	first, lengths := len(dst), p
	text := lengths
	for range n {
		_, text = uvarint(payload, text)
	}
	for range n {
		var size int
		size, lengths = uvarint(payload, lengths)
		dst = append(dst, payload[text:text+size])
		text += size
	}
	if text < len(payload) {
		at, text = uvarint(payload, text)
		if folded = payload[text:]; folded == "" {
			folded = dst[first+at]
		}
	}
	return dst, at, folded
}

// sortKeyword returns the text of a keyword payload that decides the order, folded and
// raw. The payload must not be empty.
func sortKeyword(payload string) (folded, raw string) {
	var scratch [8]string
	values, at, folded := splitKeyword(payload, scratch[:0])
	return folded, values[at]
}

// sortable maps a number to an integer and preserves the order. No number maps to the
// highest integer, and -0 counts as 0.
func sortable(f float64) uint64 {
	b := math.Float64bits(f + 0)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

// number is the inverse of sortable.
func number(s uint64) float64 {
	if s>>63 != 0 {
		return math.Float64frombits(s &^ (1 << 63))
	}
	return math.Float64frombits(^s)
}

func numberPayload(dst []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(dst, sortable(f))
}

func timePayload(dst []byte, at Instant) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(at.Sec)^1<<63)
	return binary.BigEndian.AppendUint32(dst, uint32(at.Nsec))
}

// splitNumber returns the cell of a payload of a number or a time.
func splitNumber(payload string) (c cell) {
	for i := range 8 {
		c.hi = c.hi<<8 | uint64(payload[i])
	}
	for i := 8; i < len(payload); i++ {
		c.lo = c.lo<<8 | uint32(payload[i])
	}
	return c
}
