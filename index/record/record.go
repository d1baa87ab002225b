// Package record encodes the entries of sessions as records of a database.
package record

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/schema"
)

// Version is stored with each record of a database; a record of a newer version is
// refused.
//
// Version 1: flags, created_at and updated_at as (seconds varint, nanoseconds
// uvarint), the length of each string as a uvarint, the strings. The id is the
// record's key.
const Version = 1

// textRows are the rows whose values a record stores as strings, in order.
var textRows = [...]int{
	schema.RowState, schema.RowSourceChannel, schema.RowSessionType, schema.RowAppID, schema.RowWorkspaceID,
	schema.RowAOPAssetID, schema.RowTriggerType, schema.RowParentSessionID,
}

// The strings of a record, in order: title, the values of textRows, and Extra.
const numTexts = 1 + len(textRows) + 1

// Size returns an upper bound of the length that Append appends.
func Size(e *index.Entry) int {
	n := 1 + 2*(binary.MaxVarintLen64+binary.MaxVarintLen32) + numTexts*binary.MaxVarintLen32 + len(e.Title) + len(e.Extra)
	for _, row := range textRows {
		n += len(e.Values[row])
	}
	return n
}

// Append appends the record of an entry.
func Append(b []byte, e *index.Entry) []byte {
	b = append(b, byte(e.Kind&schema.KindBits))
	for _, at := range [...]index.Instant{e.Created, e.Updated} {
		b = binary.AppendVarint(b, at.Sec)
		b = binary.AppendUvarint(b, uint64(at.Nsec))
	}
	texts := [numTexts]string{0: e.Title, numTexts - 1: e.Extra}
	for i, row := range textRows {
		texts[1+i] = e.Values[row]
	}
	for _, s := range texts {
		b = binary.AppendUvarint(b, uint64(len(s)))
	}
	for _, s := range texts {
		b = append(b, s...)
	}
	return b
}

// Decode reads what Append appended. No input makes it panic. The entry does not alias b.
func Decode(id string, b []byte) (index.Entry, error) {
	e := index.Entry{ID: id}
	bad := func(what string) (index.Entry, error) {
		return index.Entry{}, errors.New(what)
	}
	if len(b) == 0 {
		return bad("it is empty")
	}
	e.Kind, b = index.Kind(b[0]), b[1:]
	if e.Kind&^schema.KindBits != 0 {
		return bad(fmt.Sprintf("flags %#x are not known", byte(e.Kind)))
	}
	for _, at := range [...]*index.Instant{&e.Created, &e.Updated} {
		sec, n := binary.Varint(b)
		if n <= 0 {
			return bad("a time is cut short")
		}
		nsec, m := binary.Uvarint(b[n:])
		if m <= 0 || nsec >= 1e9 {
			return bad("a time is out of range")
		}
		*at = index.Instant{Sec: sec, Nsec: int32(nsec)}
		b = b[n+m:]
	}
	var lengths [numTexts]uint64
	var total uint64
	for i := range lengths {
		n, m := binary.Uvarint(b)
		if m <= 0 || n > 1<<40 {
			return bad("a length is out of range")
		}
		lengths[i], b = n, b[m:]
		total += n
	}
	if total != uint64(len(b)) {
		return bad(fmt.Sprintf("it should have %d bytes of text, has %d", total, len(b)))
	}
	rest := string(b)
	var texts [numTexts]string
	for i, n := range lengths {
		texts[i], rest = rest[:n], rest[n:]
	}
	e.Title, e.Extra = texts[0], texts[numTexts-1]
	for i, row := range textRows {
		e.Values[row] = texts[1+i]
	}
	return e, nil
}
