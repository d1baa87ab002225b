package sessiondex

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/testrand"
)

// sessionLine returns a line of JSONL without its ending.
func sessionLine(id string) string {
	return `{"id":"` + id + `","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}`
}

// readIDs reads all of r and returns the ids, and the error that ended it.
func readIDs(r io.Reader) (ids []string, err error) {
	for s, err := range ReadJSONL(r) {
		if err != nil {
			return ids, err
		}
		ids = append(ids, s.ID)
	}
	return ids, nil
}

func TestReadJSONLSplitsLines(t *testing.T) {
	a, b, c := sessionLine("a"), sessionLine("b"), sessionLine("c")
	page := func(items ...string) string {
		return `{"has_more":false,"items":[` + strings.Join(items, ",") + `],"limit":50,"next_offset":null,"offset":0,"total":2}`
	}
	indented := func(text string) string {
		var out bytes.Buffer
		require.NoError(t, json.Indent(&out, []byte(text), "", "  "))
		return out.String()
	}
	tests := []struct {
		name, in string
		ids      []string
	}{
		{"nothing", "", nil},
		{"blank lines only", "\n \t\r\n\r\n", nil},
		{"a BOM only", "\uFEFF", nil},
		{"LF", a + "\n" + b + "\n", []string{"a", "b"}},
		{"CRLF", a + "\r\n" + b + "\r\n", []string{"a", "b"}},
		{"no last line end", a + "\n" + b, []string{"a", "b"}},
		{"blank lines between", "\n" + a + "\n\n \r\n" + b + "\n\n", []string{"a", "b"}},
		{"a BOM", "\uFEFF" + a + "\n" + b, []string{"a", "b"}},
		{"a BOM and a blank line", "\uFEFF\n" + a, []string{"a"}},
		{"space around", "  " + a + "\t\n", []string{"a"}},
		{"equal ids are the engine's matter", a + "\n" + a, []string{"a", "a"}},
		{"BOMs where files were joined", "\uFEFF" + a + "\n\uFEFF" + b + "\r\n\uFEFF", []string{"a", "b"}},
		{"a BOM where the first file lacks its last line end", a + "\uFEFF" + b, []string{"a", "b"}},
		{"two on a line", a + b + "\n" + c, []string{"a", "b", "c"}},
		{"two on a line, apart", a + " \t" + b, []string{"a", "b"}},
		{"an array on one line", "[" + a + "," + b + "]", []string{"a", "b"}},
		{"an array over lines", "\uFEFF[\n  " + a + ",\r\n  " + b + "\n]\n", []string{"a", "b"}},
		{"an empty array", "[]", nil},
		{"joined arrays", "[" + a + "]\uFEFF[" + b + "]\n" + c, []string{"a", "b", "c"}},
		{"sessions over lines", indented(a) + "\n" + indented(b), []string{"a", "b"}},
		{"an array of sessions over lines", indented("[" + a + "," + b + "]"), []string{"a", "b"}},
		{"a response", page(a, b), []string{"a", "b"}},
		{"a response over lines", indented(page(a, b)), []string{"a", "b"}},
		{"a response whose items come first", `{"items":[` + a + `],"total":1}` + "\n", []string{"a"}},
		{"an empty response", page(), nil},
		{"responses, a line each", page(a) + "\n" + page(b) + "\n" + c, []string{"a", "b", "c"}},
		{"a session with items", `{"items":[1],` + a[1:], []string{"a"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ids, err := readIDs(strings.NewReader(test.in))
			require.NoError(t, err)
			assert.Equal(t, test.ids, ids)
			ids, err = readIDs(iotest.OneByteReader(strings.NewReader(test.in)))
			require.NoError(t, err)
			assert.Equal(t, test.ids, ids)
			ids, err = readIDs(iotest.DataErrReader(strings.NewReader(test.in)))
			require.NoError(t, err)
			assert.Equal(t, test.ids, ids)
		})
	}
}

func TestReadJSONLEndsAtTheFirstFaultyLine(t *testing.T) {
	a, b := sessionLine("a"), sessionLine("b")
	tests := []struct {
		name, in, want string
		ids            []string
	}{
		{"wrong type", a + "\n\n" + `{"title":5,"id":"s-1"}` + "\n" + b, `line 3: invalid session "s-1": title: must be a string or null, got 5`, []string{"a"}},
		{"null", "null\n" + a,
			`line 1: invalid session: must be a JSON object: invalid character 'n' where an object begins at byte 1, got null`, nil},
		{"something after a session", a + " x",
			`line 1: invalid session "a": must be a JSON object: invalid character 'x' after the end of the object at byte 84, got ` + a + ` x`, nil},
		{"a comma after a session", a + ",\n" + b,
			`line 1: invalid session "a": must be a JSON object: invalid character ',' after the end of the object at byte 83, got ` + a + `,`, nil},
		{"an element that is no object", "[" + a + ",\n5," + b + "]",
			`line 2: invalid session: must be a JSON object: invalid character '5' where an object begins at byte 1, got 5`, []string{"a"}},
		{"an element with a fault", "[\n" + a + ",\n{\n\"id\":\"\"\n}\n," + b + "]",
			`line 3: invalid session: id: must be there and not be empty, got ""`, []string{"a"}},
		{"a response with a faulty item", "{\"total\":2,\n\"items\":[\n" + a + ",\n{\"id\":\"b\"}]}",
			`line 4: invalid session "b": created_at: must be there`, []string{"a"}},
		{"UTF-16", "\xff\xfe{\x00", `line 1: invalid session: must be a JSON object: byte 0xff, which is not UTF-8, where an object begins at byte 1, got "\xff\xfe{\x00"`, nil},
		{"cut off", a + "\n" + b[:8], `line 2: invalid session: must be a JSON object: unexpected end of the text in a string, got {"id":"b`, []string{"a"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ids, err := readIDs(strings.NewReader(test.in))
			require.EqualError(t, err, test.want)
			assert.ErrorIs(t, err, ErrInvalidSession)
			assert.Equal(t, test.ids, ids)

			// The sequence ends, also for a loop that does not leave at the error.
			yields := 0
			for range ReadJSONL(strings.NewReader(test.in)) {
				yields++
			}
			assert.Equal(t, len(test.ids)+1, yields)
		})
	}
}

// TestReadJSONLOfAResponseStoresNothingThatTheEndpointFilledIn, or it would stay when
// the state changes.
func TestReadJSONLOfAResponseStoresNothingThatTheEndpointFilledIn(t *testing.T) {
	a := validSession("a")
	a.State, a.Extra = "running", `{"n":1}`
	page := Page{Items: []Session{a}, Limit: 50, Total: 1}
	text := page.AppendJSON(nil)
	require.Contains(t, string(text), "session_status_v2")
	for s, err := range ReadJSONL(bytes.NewReader(text)) {
		require.NoError(t, err)
		assert.Equal(t, a.Extra, s.Extra)
	}
}

// TestReadJSONLNoticesAnArrayThatDoesNotEnd: half a download is a failure, not a few
// sessions.
func TestReadJSONLNoticesAnArrayThatDoesNotEnd(t *testing.T) {
	a, b := sessionLine("a"), sessionLine("b")
	whole := "[\n" + a + ",\n" + b + "\n]"
	for end := 1; end < len(whole); end++ {
		var last error
		for _, err := range ScanJSONL(strings.NewReader(whole[:end])) {
			last = err
		}
		require.ErrorIs(t, last, io.ErrUnexpectedEOF, "%q", whole[:end])
		require.ErrorContains(t, last, "the array that begins on line 1 does not end")
	}
}

func TestReadJSONLReportsTheReadersError(t *testing.T) {
	broken := errors.New("disk on fire")
	whole, part := sessionLine("a")+"\n", sessionLine("b")
	r := io.MultiReader(strings.NewReader(whole+part), iotest.ErrReader(broken))
	ids, err := readIDs(r)
	require.EqualError(t, err, "line 2: disk on fire")
	require.ErrorIs(t, err, broken)
	assert.NotErrorIs(t, err, ErrInvalidSession)
	var at *LineError
	require.ErrorAs(t, err, &at)
	assert.Equal(t, 2, at.Line)
	assert.Equal(t, []string{"a"}, ids, "a line that may be cut short is not yielded, although it reads as a session")

	// A truncated stream, as gzip reports it, and an error that wraps io.EOF are failures.
	for _, failure := range []error{io.ErrUnexpectedEOF, fmt.Errorf("tunnel: %w", io.EOF)} {
		_, err = readIDs(io.MultiReader(strings.NewReader(whole), iotest.ErrReader(failure)))
		require.ErrorIs(t, err, failure)
	}
}

// countingReader counts what is read of an endless stream of one line.
type countingReader struct {
	line string
	read int
}

func (c *countingReader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		n += copy(p[n:], c.line[(c.read+n)%len(c.line):])
	}
	c.read += n
	return n, nil
}

func TestReadJSONLStopsReadingAtBreak(t *testing.T) {
	r := &countingReader{line: sessionLine("a") + "\n"}
	n := 0
	for s, err := range ReadJSONL(r) {
		require.NoError(t, err)
		require.Equal(t, "a", s.ID)
		if n++; n == 3 {
			break
		}
	}
	assert.Equal(t, 3, n)
	assert.LessOrEqual(t, r.read, 64<<10, "one buffer")
}

func TestReadJSONLYieldsSessionsThatStay(t *testing.T) {
	r := testrand.New(t)
	var want, got []Session
	var text []byte
	for range 2_000 {
		s := randomJSONSession(r)
		if r.IntN(100) == 0 {
			s.Title = strings.Repeat("long title ", r.IntN(30_000))
		}
		want = append(want, s)
		text = append(s.AppendJSON(text), '\n')
	}
	for s, err := range ReadJSONL(bytes.NewReader(text)) {
		require.NoError(t, err)
		got = append(got, s)
	}
	require.Equal(t, len(want), len(got))
	for i := range want {
		require.True(t, want[i] == got[i], "session %d: %#v became %#v", i, want[i], got[i])
	}
}

func TestScanJSONLGoesOnPastFaultyLines(t *testing.T) {
	in := "\uFEFFrubbish\r\n" + sessionLine("a") + "\r\n\n{\"id\":\"\"}\n" + sessionLine("b") + "\n" + `{"id":"c"}`
	type seen struct {
		number  int
		raw, id string
		fault   string
	}
	var got []seen
	for line, err := range ScanJSONL(strings.NewReader(in)) {
		one := seen{number: line.Number, raw: string(line.Raw), id: line.Session.ID}
		if err != nil {
			require.ErrorIs(t, err, ErrInvalidSession)
			one.fault = err.Error()
		}
		assert.False(t, line.Truncated)
		got = append(got, one)
	}
	assert.Equal(t, []seen{
		{1, "rubbish", "", "line 1: invalid session: must be a JSON object: invalid character 'r' where an object begins at byte 1, got rubbish"},
		{2, sessionLine("a"), "a", ""},
		{4, `{"id":""}`, "", `line 4: invalid session: id: must be there and not be empty, got ""`},
		{5, sessionLine("b"), "b", ""},
		{6, `{"id":"c"}`, "", `line 6: invalid session "c": created_at: must be there`},
	}, got)
}

func TestScanJSONLGoesOnAfterATornLine(t *testing.T) {
	a, b, c := sessionLine("a"), sessionLine("b"), sessionLine("c")
	nested := strings.TrimSuffix(a, "}") + `,"agent":{"name":"x","tags":["y",{"z":1.5}],"none":null}}`
	for end := 1; end < len(nested); end++ {
		for _, after := range []string{"\n", "\r\n", "\n\n"} {
			in := b + "\n" + nested[:end] + after + c + "\n" + b
			var ids []string
			var faults []int
			for line, err := range ScanJSONL(strings.NewReader(in)) {
				if err != nil {
					require.ErrorIs(t, err, ErrInvalidSession)
					require.Equal(t, nested[:end], string(line.Raw))
					faults = append(faults, line.Number)
					continue
				}
				ids = append(ids, line.Session.ID)
			}
			require.Equal(t, []string{"b", "c", "b"}, ids, "%q", in)
			require.Equal(t, []int{2}, faults, "%q", in)
		}
	}
}

func TestScanJSONLRefusesALineThatIsTooLong(t *testing.T) {
	r := io.MultiReader(io.LimitReader(&countingReader{line: strings.Repeat("x", 1<<16)}, MaxLineBytes+10), strings.NewReader(sessionLine("a")+"\n"+sessionLine("b")))
	var numbers []int
	for line, err := range ScanJSONL(r) {
		numbers = append(numbers, line.Number)
		if line.Number == 1 {
			require.EqualError(t, err, "line 1: invalid session: the line has more than 67108864 bytes")
			require.ErrorIs(t, err, ErrInvalidSession)
			assert.True(t, line.Truncated)
			assert.Len(t, line.Raw, MaxLineBytes)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, "b", line.Session.ID)
	}
	assert.Equal(t, []int{1, 2}, numbers)
}

// TestScanJSONLEndsAtALineWithoutAnEnd, such as /dev/zero is.
func TestScanJSONLEndsAtALineWithoutAnEnd(t *testing.T) {
	var last error
	n := 0
	for _, err := range ScanJSONL(&countingReader{line: strings.Repeat("\x00", 1<<16)}) {
		last = err
		n++
	}
	require.ErrorContains(t, last, "line 1: the line does not end within 1073741824 bytes")
	assert.NotErrorIs(t, last, ErrInvalidSession)
	assert.Equal(t, 2, n)
}

// sequence yields sessions, then err unless it is nil.
func sequence(err error, sessions ...Session) iter.Seq2[Session, error] {
	return func(yield func(Session, error) bool) {
		for _, s := range sessions {
			if !yield(s, nil) {
				return
			}
		}
		if err != nil {
			yield(Session{}, err)
		}
	}
}

func TestWriteJSONLWritesALineEach(t *testing.T) {
	a, b := validSession("a"), validSession("b")
	a.Title, b.Extra = "two\nlines", "{\n \"n\" : 1.10\n}"
	var out bytes.Buffer
	require.NoError(t, WriteJSONL(&out, sequence(nil, a, b)))
	assert.Equal(t, string(a.AppendJSON(nil))+"\n"+string(b.AppendJSON(nil))+"\n", out.String())
	assert.Equal(t, 2, strings.Count(out.String(), "\n"))
	ids, err := readIDs(&out)
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b"}, ids)

	out.Reset()
	require.NoError(t, WriteJSONL(&out, sequence(nil)))
	assert.Empty(t, out.String())
}

func TestWriteJSONLStopsAtTheFirstError(t *testing.T) {
	a, b := validSession("a"), validSession("b")
	var out bytes.Buffer

	stop := errors.New("no more")
	require.Equal(t, stop, WriteJSONL(&out, sequence(stop, a, b)))
	assert.Equal(t, string(a.AppendJSON(nil))+"\n"+string(b.AppendJSON(nil))+"\n", out.String(), "what came before is written")

	out.Reset()
	b.Title = "\xff"
	err := WriteJSONL(&out, sequence(stop, a, b, a))
	require.EqualError(t, err, `invalid session "b" (index 1): title: must be valid UTF-8, breaks off at byte 1, got "\xff"`)
	require.ErrorIs(t, err, ErrInvalidSession)
	assert.Equal(t, string(a.AppendJSON(nil))+"\n", out.String())
}

func TestWriteJSONLReturnsTheWritersError(t *testing.T) {
	a := validSession("a")
	full := errors.New("disk full")
	pr, pw := io.Pipe()
	require.NoError(t, pr.CloseWithError(full))
	require.ErrorIs(t, WriteJSONL(pw, sequence(nil, a)), full, "found when flushing")

	taken := 0
	endless := func(yield func(Session, error) bool) {
		for yield(a, nil) {
			taken++
		}
	}
	require.ErrorIs(t, WriteJSONL(pw, endless), full)
	assert.Less(t, taken, 1000, "the sequence is left as soon as the writer fails")
}

func TestWriteJSONLRefusesALineThatCouldNotBeReadBack(t *testing.T) {
	a := validSession("a")
	a.Title = strings.Repeat("x", MaxLineBytes)
	err := WriteJSONL(io.Discard, sequence(nil, a))
	require.ErrorContains(t, err, `invalid session "a" (index 0): takes 67109`)
	require.ErrorIs(t, err, ErrInvalidSession)
}

func FuzzReadJSONL(f *testing.F) {
	a := sessionLine("a")
	for _, seed := range []string{
		"", "\n", a, a + "\n" + a, "\uFEFF" + a + "\r\n\r\n" + a + "\r\n", a + "\nrubbish\n" + a, a + "\r" + a, "\uFEFF\uFEFF" + a,
		realExport + "\n" + realExportBack + "\n", " \t\n" + a + " \n", "\xff\xfe\n", a + "\n\x00\n",
		"[" + a + "," + a + "]", "[\n" + a + "\n" + a + "x\n]\n", `{"items":[` + a + "],\n\"total\":1}" + a, a[:40] + "\n" + a, "[5,\"x\",[{}],{\n\"id\":]}",
	} {
		f.Add([]byte(seed))
	}
	type outcome struct {
		number int
		raw    string
		s      Session
		fault  string
	}
	scan := func(r io.Reader) (out []outcome) {
		for line, err := range ScanJSONL(r) {
			one := outcome{number: line.Number, raw: string(line.Raw), s: line.Session}
			if err != nil {
				one.fault = err.Error()
			}
			out = append(out, one)
		}
		return out
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := scan(bytes.NewReader(data))
		require.Equal(t, got, scan(iotest.HalfReader(bytes.NewReader(data))), "how the bytes arrive does not matter")
		require.Equal(t, got, scan(iotest.OneByteReader(bytes.NewReader(data))))

		// What stands alone on its line is read as such, and every fault has a line.
		lines := bytes.Split(data, []byte("\n"))
		plain := true
		var want []outcome
		for i, raw := range lines {
			raw = bytes.Trim(bytes.TrimPrefix(raw, []byte("\uFEFF")), " \t\r")
			if len(raw) == 0 {
				continue
			}
			s, err := decodeSession(raw)
			plain = plain && err == nil
			want = append(want, outcome{number: i + 1, s: s})
		}
		for i, one := range got {
			require.LessOrEqual(t, one.number, len(lines))
			if plain {
				require.Empty(t, one.fault)
				require.Equal(t, want[i].s, one.s)
				require.Equal(t, want[i].number, one.number)
			}
			if one.fault == "" {
				s, err := decodeSession([]byte(one.raw))
				require.NoError(t, err)
				require.Equal(t, s, one.s)
			}
		}
		require.True(t, !plain || len(want) == len(got))

		// ReadJSONL is the same up to the first fault, and what it yields can be written.
		end := slices.IndexFunc(got, func(o outcome) bool { return o.fault != "" })
		if end < 0 {
			end = len(got)
		}
		var out bytes.Buffer
		err := WriteJSONL(&out, ReadJSONL(bytes.NewReader(data)))
		require.Equal(t, end < len(got), err != nil, "%v", err)
		n := 0
		for s, err := range ReadJSONL(&out) {
			require.NoError(t, err)
			require.Equal(t, got[n].s, s)
			n++
		}
		require.Equal(t, end, n)
	})
}
