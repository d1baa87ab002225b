package main

import (
	"encoding/binary"
	"errors"
	"strings"
)

// errCatalogue says that a file is not what gettext compiles.
var errCatalogue = errors.New("not a message catalogue")

// readCatalogue calls use for each message of a catalogue in gettext's binary form (.mo):
// a header, then two tables of lengths and offsets, of the messages and of their
// translations. Contexts are left out, and of plural forms all but the first.
func readCatalogue(data []byte, use func(message, translation string)) error {
	const magic, header = 0x950412de, 20
	if len(data) < header {
		return errCatalogue
	}
	var order binary.ByteOrder = binary.LittleEndian
	if order.Uint32(data) != magic {
		order = binary.BigEndian
	}
	if order.Uint32(data) != magic {
		return errCatalogue
	}
	text := func(table, i uint32) (string, bool) {
		entry := uint64(table) + 8*uint64(i)
		if entry+8 > uint64(len(data)) {
			return "", false
		}
		length, at := uint64(order.Uint32(data[entry:])), uint64(order.Uint32(data[entry+4:]))
		if at+length > uint64(len(data)) {
			return "", false
		}
		first, _, _ := strings.Cut(string(data[at:at+length]), "\x00")
		return first, true
	}
	n, messages, translations := order.Uint32(data[8:]), order.Uint32(data[12:]), order.Uint32(data[16:])
	for i := range n {
		message, ok := text(messages, i)
		translation, ok2 := text(translations, i)
		if !ok || !ok2 {
			return errCatalogue
		}
		if _, after, found := strings.Cut(message, "\x04"); found {
			message = after
		}
		if message != "" { // the empty one is the catalogue's own header
			use(message, translation)
		}
	}
	return nil
}
