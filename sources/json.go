package sources

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/sessiondex/sessiondex/internal/jsontext"
)

// The helpers here read single members out of records that can be megabytes long,
// without decoding the rest: a transcript is mostly the output of tools.

// members calls use with each member of an object: its name, and its value as raw
// JSON, which is valid during the call only. Names with escapes, which none of these
// programs writes, are skipped.
func members(object []byte, use func(name string, value []byte)) error {
	s := jsontext.Scanner[[]byte]{Text: object}
	var m jsontext.Member
	for s.Next(&m) {
		name := object[m.Name+1 : m.NameEnd-1]
		if bytes.IndexByte(name, '\\') < 0 {
			use(string(name), object[m.Value:m.ValueEnd])
		}
	}
	if s.Failed() {
		return errors.New(s.Fault())
	}
	return nil
}

// elements calls use with each element of an array, as raw JSON. The array is part of a
// record that members has checked, so it only looks for the commas.
func elements(array []byte, use func(value []byte)) {
	if len(array) < 2 || array[0] != '[' {
		return
	}
	begin, depth := 1, 0
	emit := func(end int) {
		if value := bytes.TrimSpace(array[begin:end]); len(value) > 0 {
			use(value)
		}
		begin = end + 1
	}
	for i := 1; i < len(array); i++ {
		switch array[i] {
		case '"':
			i = stringEnd(array, i)
		case '[', '{':
			depth++
		case ']', '}':
			if depth == 0 {
				emit(i)
				return
			}
			depth--
		case ',':
			if depth == 0 {
				emit(i)
			}
		}
	}
}

// stringEnd returns the index of the closing quote of the string that begins at i.
func stringEnd(b []byte, i int) int {
	for i++; i < len(b); i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			break
		}
		i += n
		slashes := 0
		for b[i-1-slashes] == '\\' { // the opening quote ends the loop at the latest
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
	return len(b)
}

// text returns the decoded JSON string; "" for any other value.
func text(raw []byte) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	inside := raw[1 : len(raw)-1]
	if bytes.IndexByte(inside, '\\') < 0 {
		return clean(string(inside))
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

func isTrue(raw []byte) bool { return string(raw) == "true" }
