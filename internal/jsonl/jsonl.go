// Package jsonl splits a stream into the texts of JSON objects: one per line, or an array
// of them, or responses with a list of items, or any mixture.
package jsonl

import (
	"bytes"
	"fmt"
	"io"

	"github.com/sessiondex/sessiondex/internal/jsontext"
)

// Scanner splits a stream into texts. The fast path decodes a whole line. Only if that
// fails, and inside an array, does it look for the end of one value (frame), which may
// span lines or share one.
//
// A faulty text costs one line and no more: a value that does not end properly counts
// as a torn line, and scanning resumes on the line after the one on which it began.
type Scanner struct {
	src    io.Reader
	err    error // how src ended; only io.EOF is a clean end
	max    int   // bytes of one text
	decode func(text []byte) error

	buf   []byte
	pos   int // buf[pos:] is read but not consumed
	clean int // buf[pos:pos+clean] has no line break
	line  int // of buf[pos], from 1

	array  int      // the line on which the enclosing array begins, 0 outside
	shared bool     // pos follows a value on its line: look for values, not for a line
	drop   bool     // the rest of an overlong line is still to be dropped
	page   *Scanner // the items of a response, to be read first
}

// Text is one text that was decoded, or one faulty line.
type Text struct {
	// Number is the line on which Raw begins, from 1.
	Number int
	// Raw is the text without a line ending. The scanner overwrites it.
	Raw []byte
	// Truncated means that Raw is only the beginning of a text of more than the allowed
	// bytes.
	Truncated bool
	// InPage means that it is an item of a response.
	InPage bool
}

// A ReadError is the end of a scan that is not the clean end of the stream.
type ReadError struct{ Err error }

func (e *ReadError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ReadError) Unwrap() error { return e.Err }

const (
	scanBuffer = 64 << 10
	// maxDroppedBytes bounds the search for the end of an overlong line. Input that
	// exceeds it is not text: /dev/zero never ends.
	maxDroppedBytes = 1 << 30
)

var byteOrderMark = []byte("\uFEFF")

// New returns a scanner that passes each text of up to max bytes to decode.
func New(r io.Reader, max int, decode func(text []byte) error) *Scanner {
	return &Scanner{src: r, max: max, line: 1, decode: decode}
}

// Next returns the next text, with decode's error if it is faulty. The last result has
// io.EOF at the clean end of the stream, or else a *ReadError.
func (s *Scanner) Next() (Text, error) {
	if s.page != nil {
		t, err := s.page.Next()
		if err != io.EOF {
			t.InPage = true
			return t, err
		}
		s.page = nil
	}
	if s.drop {
		if err := s.dropLine(); err != nil {
			return s.fail(err)
		}
	}
	if err := s.skipSeparators(); err != nil {
		if err == io.EOF && s.array == 0 {
			return Text{}, io.EOF
		}
		return s.fail(err)
	}
	t, err := s.value()
	if s.page != nil {
		return s.Next()
	}
	return t, err
}

// fail ends the scan.
func (s *Scanner) fail(err error) (Text, error) {
	if err == io.EOF {
		err = fmt.Errorf("the array that begins on line %d does not end: %w", s.array, io.ErrUnexpectedEOF)
	}
	return Text{Number: s.line}, &ReadError{err}
}

// cut reports whether a text that extends to the end of the buffer may be incomplete:
// src has failed, or an array is still open.
func (s *Scanner) cut() bool { return s.err != nil && (s.err != io.EOF || s.array > 0) }

// skipSeparators moves to the beginning of the next value.
func (s *Scanner) skipSeparators() error {
	for {
		if !s.have(1) {
			return s.err
		}
		switch c := s.buf[s.pos]; {
		case c == '\n', c == ' ', c == '\t', c == '\r', c == ',' && s.array > 0:
			s.consume(1)
		case c == byteOrderMark[0] && s.have(len(byteOrderMark)) && bytes.HasPrefix(s.buf[s.pos:], byteOrderMark):
			s.consume(len(byteOrderMark))
		case c == '[' && s.array == 0:
			s.array = s.line
			s.consume(1)
		case c == ']' && s.array > 0:
			s.array, s.shared = 0, true
			s.consume(1)
		default:
			return nil
		}
	}
}

// value reads the value at pos, or the faulty line that begins there.
func (s *Scanner) value() (Text, error) {
	if s.array > 0 {
		return s.framed(nil)
	}
	end, long := s.lineEnd()
	if s.pos+end == len(s.buf) && s.cut() {
		return s.fail(s.err)
	}
	if s.shared || long {
		return s.framed(nil)
	}
	text := bytes.TrimSuffix(s.buf[s.pos:s.pos+end], []byte("\r"))
	if err := s.decode(text); err != nil {
		return s.framed(err)
	}
	t := Text{Number: s.line, Raw: text}
	s.consume(end)
	return t, nil
}

// framed reads one value, from its beginning to its closing bracket. lineFault is the
// fault of the line as a whole, nil if decoding it was not tried.
func (s *Scanner) framed(lineFault error) (Text, error) {
	n, state := s.frame()
	switch {
	case state == valueEnds && s.cut():
		return s.fail(s.err)
	case state != valueWhole:
		return s.faultyLine(lineFault)
	}
	text := s.buf[s.pos : s.pos+n]
	ends := s.array > 0 || s.beginsAnew(n)
	err := s.decode(text)
	t := Text{Number: s.line, Raw: text}
	switch {
	case !ends:
		return s.faultyLine(lineFault)
	case err == nil:
	case s.enterPage(text):
		err = nil
	case s.array == 0 && bytes.IndexByte(text, '\n') >= 0 && !validJSONObject(text):
		return s.faultyLine(lineFault)
	}
	s.consume(n)
	s.shared = true
	return t, err
}

// faultyLine yields the rest of the line as faulty.
func (s *Scanner) faultyLine(fault error) (Text, error) {
	end, long := s.lineEnd()
	text := s.buf[s.pos : s.pos+end]
	if !long {
		text = bytes.TrimSuffix(text, []byte("\r"))
	}
	t := Text{Number: s.line, Raw: text, Truncated: long}
	s.drop = long
	switch {
	case long:
		fault = fmt.Errorf("the line has more than %d bytes", s.max)
	case fault == nil:
		fault = s.decode(text)
	}
	s.consume(end)
	return t, fault
}

// beginsAnew reports whether a value is followed on its line by nothing, or by the
// beginning of another.
func (s *Scanner) beginsAnew(n int) bool {
	for ; s.have(n + 1); n++ {
		switch c := s.buf[s.pos+n]; c {
		case ' ', '\t', '\r':
		case '\n', '{', '[':
			return true
		default:
			return s.have(n+len(byteOrderMark)) && bytes.HasPrefix(s.buf[s.pos+n:], byteOrderMark)
		}
	}
	return true
}

// enterPage makes the items of a response the next values. A response is an object
// with a list of items and without an id.
func (s *Scanner) enterPage(text []byte) bool {
	var items []byte
	first := 0
	scanner := jsontext.Scanner[[]byte]{Text: text}
	var m jsontext.Member
	for scanner.Next(&m) {
		switch string(text[m.Name:m.NameEnd]) {
		case `"id"`:
			return false
		case `"items"`:
			if text[m.Value] == '[' {
				items, first = text[m.Value:m.ValueEnd], m.Value
			}
		}
	}
	if scanner.Failed() || items == nil {
		return false
	}
	s.page = New(nil, s.max, s.decode)
	s.page.err, s.page.buf = io.EOF, items
	s.page.line = s.line + bytes.Count(text[:first], []byte("\n"))
	return true
}

func validJSONObject(text []byte) bool {
	scanner := jsontext.Scanner[[]byte]{Text: text}
	var m jsontext.Member
	for scanner.Next(&m) {
	}
	return !scanner.Failed()
}

type valueState int

const (
	valueWhole valueState = iota
	valueTorn             // a string or a bracket shows that its line is torn
	valueEnds             // src ends inside it
	valueLong             // it has more than max bytes
)

// frame returns the length of the value at pos by its brackets and quotes. It leaves
// the grammar to decode, but detects a torn line that is followed by another: a string
// does not span lines, and an object or array begins only after a colon, a comma or an
// opening bracket.
func (s *Scanner) frame() (n int, state valueState) {
	depth, before := 0, byte(0)
	quoted, escaped := false, false
	for i := 0; ; i++ {
		if i >= s.max {
			return 0, valueLong
		}
		if s.pos+i >= len(s.buf) && !s.have(i+1) {
			return i, valueEnds
		}
		c := s.buf[s.pos+i]
		switch {
		case quoted && escaped:
			escaped = false
			continue
		case quoted && c == '\n':
			return 0, valueTorn
		case quoted:
			escaped = c == '\\'
			if quoted = c != '"'; quoted || depth > 0 {
				continue
			}
			return i + 1, valueWhole
		case jsontext.IsSpace(c) && depth > 0:
			continue
		case depth == 0 && i > 0 && (jsontext.IsSpace(c) || c == ',' || c == ']'):
			return i, valueWhole
		}
		switch c {
		case '"':
			quoted = true
		case '{', '[':
			if i > 0 && before != ':' && before != ',' && before != '[' {
				return 0, valueTorn
			}
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				return i + 1, valueWhole
			}
		}
		before = c
	}
}

// lineEnd returns how many bytes the rest of the line has without its LF. For a line
// with more than max bytes it returns max and long.
func (s *Scanner) lineEnd() (n int, long bool) {
	for {
		if at := bytes.IndexByte(s.buf[s.pos+s.clean:], '\n'); at >= 0 {
			n = s.clean + at
			s.clean = n
			break
		}
		s.clean = len(s.buf) - s.pos
		if n = s.clean; n > s.max+1 || !s.have(n+1) {
			break
		}
	}
	if n > s.max && (n > s.max+1 || s.buf[s.pos+n-1] != '\r') {
		return s.max, true
	}
	return n, false
}

// dropLine consumes the rest of a line.
func (s *Scanner) dropLine() error {
	s.drop = false
	for dropped := 0; s.have(1); {
		rest := s.buf[s.pos:]
		if at := bytes.IndexByte(rest, '\n'); at >= 0 {
			s.consume(at)
			break
		}
		if dropped += len(rest); dropped > maxDroppedBytes {
			return fmt.Errorf("the line does not end within %d bytes: this is no text", maxDroppedBytes)
		}
		s.consume(len(rest))
	}
	return nil
}

// consume steps over n buffered bytes.
func (s *Scanner) consume(n int) {
	if breaks := bytes.Count(s.buf[s.pos:s.pos+n], []byte("\n")); breaks > 0 {
		s.line += breaks
		s.shared = false
	}
	s.pos += n
	s.clean = max(0, s.clean-n)
}

// have reads until at least n bytes are buffered, and reports whether they are.
func (s *Scanner) have(n int) bool {
	for empty := 0; len(s.buf)-s.pos < n && s.err == nil; {
		if s.pos > 0 && len(s.buf) == cap(s.buf) {
			s.buf = s.buf[:copy(s.buf, s.buf[s.pos:])]
			s.pos = 0
		}
		if len(s.buf) == cap(s.buf) {
			grown := make([]byte, len(s.buf), max(scanBuffer, 2*cap(s.buf)))
			copy(grown, s.buf)
			s.buf = grown
		}
		var read int
		read, s.err = s.src.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+read]
		if empty++; read > 0 {
			empty = 0
		} else if empty == 100 && s.err == nil {
			s.err = io.ErrNoProgress
		}
	}
	return len(s.buf)-s.pos >= n
}
