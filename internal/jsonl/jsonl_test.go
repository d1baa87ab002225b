package jsonl

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func object(id string) string { return `{"id":"` + id + `","about":"some text to read"}` }

// into returns a decode function that sets the id.
func into(id *string) func(text []byte) error {
	return func(text []byte) error {
		var v struct{ ID string }
		if err := json.Unmarshal(text, &v); err != nil {
			return err
		}
		if *id = v.ID; v.ID == "" {
			return errors.New("no id")
		}
		return nil
	}
}

// Lines, an array, a response, values that share lines or span several, and separators.
func TestEachFormIsSplitTheSame(t *testing.T) {
	a, b, c := object("a"), object("b"), object("c")
	for in, pages := range map[string]bool{
		a + "\n" + b + "\n" + c:                                       false,
		a + "\r\n\r\n" + b + "\n" + c + "\n\n":                        false,
		"\uFEFF" + a + "\n\uFEFF" + b + " " + c:                       false,
		"[" + a + "," + b + ",\n" + c + "]\n":                         false,
		"[" + a + "][" + b + "," + c + "]":                            false,
		strings.ReplaceAll(a, ",", ",\n") + b + c:                     false,
		`{"total":3,"items":[` + a + "," + b + "," + c + `]}`:         true,
		`{"items":[` + a + "]}\n" + `{"items":[` + b + "," + c + `]}`: true,
	} {
		for _, r := range []io.Reader{strings.NewReader(in), iotest.OneByteReader(strings.NewReader(in)), iotest.DataErrReader(strings.NewReader(in))} {
			var id string
			var ids []string
			s := New(r, 1000, into(&id))
			for {
				text, err := s.Next()
				if err == io.EOF {
					break
				}
				require.NoError(t, err, in)
				assert.Equal(t, pages, text.InPage, in)
				ids = append(ids, id)
			}
			assert.Equal(t, []string{"a", "b", "c"}, ids, in)
		}
	}
}

func TestObjectsBeforeABrokenEndComeFirst(t *testing.T) {
	for in, want := range map[string]string{
		"[" + object("a"):   "the array that begins on line 1 does not end: unexpected EOF",
		object("a") + "\n[": "the array that begins on line 2 does not end: unexpected EOF",
	} {
		var id string
		s := New(strings.NewReader(in), 1000, into(&id))
		_, err := s.Next()
		require.NoError(t, err)
		_, err = s.Next()
		var last *ReadError
		require.ErrorAs(t, err, &last, in)
		assert.EqualError(t, err, want)
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
}

func TestTextsAreBounded(t *testing.T) {
	const limit = 100
	text := func(length int) string {
		session := strings.TrimSuffix(object("b"), "}") + `,"x":""}`
		return strings.Replace(session, `"x":""`, `"x":"`+strings.Repeat("x", length-len(session))+`"`, 1)
	}
	for _, length := range []int{limit - 1, limit, limit + 1, limit + 2, limit + 3, 1000} {
		for _, form := range []string{"%s\n%s\n%s", "%s\r\n%s\r\n%s", "[%s,\n%s,\n%s]"} {
			t.Run(fmt.Sprintf("%d%q", length, form), func(t *testing.T) {
				in := fmt.Sprintf(form, object("a"), text(length), object("c"))
				var id string
				s := New(iotest.HalfReader(strings.NewReader(in)), limit, into(&id))
				got, err := s.Next()
				require.NoError(t, err)
				require.Equal(t, Text{Number: 1, Raw: got.Raw}, got)
				require.Equal(t, "a", id)
				got, err = s.Next()
				assert.Equal(t, 2, got.Number)
				assert.Equal(t, text(length)[:min(length, limit)], string(got.Raw))
				assert.Equal(t, length > limit, got.Truncated)
				if length > limit {
					require.EqualError(t, err, "the line has more than 100 bytes")
				} else {
					require.NoError(t, err)
				}
				got, err = s.Next()
				require.NoError(t, err)
				assert.Equal(t, "c", id)
				assert.Equal(t, 3, got.Number)
				_, err = s.Next()
				assert.Equal(t, io.EOF, err)
			})
		}
	}
}

func TestOnlyOneTextIsInMemoryInAnyForm(t *testing.T) {
	for _, form := range []string{"", ",", "\n"} {
		many := strings.Repeat(object("a")+form, 100_000)
		if form != "" {
			many = "[" + many
		}
		var id string
		s := New(strings.NewReader(many), 1<<20, into(&id))
		n := 0
		for _, err := s.Next(); err == nil; _, err = s.Next() {
			n++
		}
		assert.Equal(t, 100_000, n, form)
		assert.LessOrEqual(t, cap(s.buf), 4<<20)
	}
}
