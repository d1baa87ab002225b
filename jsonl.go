package sessiondex

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"

	"github.com/sessiondex/sessiondex/internal/jsonl"
)

// MaxLineBytes is the length of the longest session, as JSON, that ReadJSONL and
// ScanJSONL read and WriteJSONL writes. It only bounds memory: it is far above the size
// of real sessions.
const MaxLineBytes = 64 << 20

// LineError says on which line reading JSONL failed.
type LineError struct {
	// Line counts from 1. Blank lines count.
	Line int
	// Err is the cause: a *SessionError or another error that matches ErrInvalidSession
	// for a faulty line, or the reader's own error.
	Err error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns Err.
func (e *LineError) Unwrap() error { return e.Err }

// Line is one session's text, or one faulty line, as ScanJSONL yields it.
type Line struct {
	// Number is the line on which Raw begins, from 1. Blank lines count, although they
	// are not yielded.
	Number int
	// Raw is the text of the session or of the faulty line, without a line ending. The
	// scanner owns it and overwrites it when the loop continues.
	Raw []byte
	// Truncated means that Raw is only the beginning of a text longer than
	// MaxLineBytes.
	Truncated bool
	// Session is the decoded text, the zero Session if there was an error. The caller
	// may keep it.
	Session Session
}

// ReadJSONL yields the sessions of r; see Session.UnmarshalJSON for what a session may
// look like. It ends at the first error, a *LineError that names the line. Use
// ScanJSONL to continue past faulty lines.
//
// The usual form is one JSON object per line. These forms are read too, also mixed, as
// in concatenated files: a JSON array of sessions, responses of the endpoint (objects
// without an id whose "items" is an array), sessions that span several lines or share
// one. Lines end in LF or CRLF, and the last one may lack its ending; blank lines are
// skipped, and so is a byte order mark before a session. Text must be UTF-8 and not
// compressed.
//
// One session at a time is in memory, and its text may have up to MaxLineBytes bytes. A
// response is held as a whole and has the same bound; an array is not held. The
// sequence reads from r, one buffer ahead, as it is ranged over, and so can be ranged
// over once.
func ReadJSONL(r io.Reader) iter.Seq2[Session, error] {
	return func(yield func(Session, error) bool) {
		for line, err := range ScanJSONL(r) {
			if !yield(line.Session, err) || err != nil {
				return
			}
		}
	}
}

// ScanJSONL reads like ReadJSONL, but does not end at a text that is no valid session:
// it yields the text with a *LineError that matches ErrInvalidSession, and continues
// with the next line if the loop does. A *LineError that does not match comes last: it
// wraps the reader's own error, io.ErrUnexpectedEOF for an array that does not end, or
// reports a line without an end.
func ScanJSONL(r io.Reader) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		d := sessionDecoder{words: newWordTable()}
		var session Session
		scanner := jsonl.New(r, MaxLineBytes, func(text []byte) (err error) {
			session, err = d.decode(text)
			return err
		})
		for {
			text, err := scanner.Next()
			if err == io.EOF {
				return
			}
			line := Line{Number: text.Number, Raw: text.Raw, Truncated: text.Truncated}
			var last *jsonl.ReadError
			switch {
			case err == nil:
				if line.Session = session; text.InPage {
					line.Session.DropDerived() // the endpoint filled it in
				}
			case errors.As(err, &last):
				err = &LineError{Line: line.Number, Err: last.Err}
			case text.Truncated:
				err = &LineError{Line: line.Number, Err: fmt.Errorf("%w: %w", ErrInvalidSession, err)}
			default:
				err = &LineError{Line: line.Number, Err: err}
			}
			if !yield(line, err) || last != nil {
				return
			}
		}
	}
}

// WriteJSONL writes the sessions to w as AppendJSON does, one per line, each line ended
// by LF. It buffers, and flushes before it returns. It stops at the first error and
// returns it: the sequence's own, a *SessionError for a session that ReadJSONL would
// not read back, or w's. The sessions before the error are written, in whole lines
// unless w failed.
func WriteJSONL(w io.Writer, sessions iter.Seq2[Session, error]) error {
	out := bufio.NewWriterSize(w, 64<<10)
	index := 0
	for s, err := range sessions {
		if err == nil {
			err = writeLine(out, &s, index)
		}
		if err != nil {
			_ = out.Flush() // return the first error; bufio repeats its own
			return err
		}
		index++
	}
	return out.Flush()
}

func writeLine(out *bufio.Writer, s *Session, index int) error {
	extra, fault := settle(s, math.MaxInt)
	var line []byte
	if fault == nil {
		settled := *s
		settled.Extra = extra
		line = settled.AppendJSON(out.AvailableBuffer())
		if len(line) > MaxLineBytes {
			fault = newFault("", "", fmt.Sprintf("takes %d bytes as a line, more than %d", len(line), MaxLineBytes))
		}
	}
	if fault != nil {
		fault.ID, fault.Index = s.ID, index
		return fault
	}
	if _, err := out.Write(line); err != nil {
		return err
	}
	return out.WriteByte('\n')
}
