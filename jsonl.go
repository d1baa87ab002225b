package sessiondex

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"
	"math"
)

// MaxLineBytes is the length of the longest line that ReadJSONL and ScanJSONL read and
// WriteJSONL writes, without its ending. It only bounds memory: it lies far above
// what sessions need, which is their title and what came with them.
const MaxLineBytes = 64 << 20

// LineError says at which line reading JSONL failed.
type LineError struct {
	// Line counts from 1. Blank lines count.
	Line int
	// Err is what failed: a *SessionError or another error that matches
	// ErrInvalidSession for what the line says, or the reader's own error.
	Err error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns Err.
func (e *LineError) Unwrap() error { return e.Err }

// Line is one line of JSONL, as ScanJSONL yields it.
type Line struct {
	// Number counts from 1. Blank lines count, although they are not yielded.
	Number int
	// Raw is the line without its ending. It is the scanner's, and changes when the
	// loop goes on.
	Raw []byte
	// Truncated says that the line is longer than MaxLineBytes; Raw is its beginning.
	Truncated bool
	// Session is what the line says, the zero Session if there was an error. It is the
	// caller's to keep.
	Session Session
}

// ReadJSONL yields the sessions of r, one JSON object a line; see
// Session.UnmarshalJSON for what is accepted. It ends at the first error, a *LineError
// that names the line. Use ScanJSONL to go on past faulty lines.
//
// Lines end in LF or CRLF, the last one may lack its ending; blank lines and a byte
// order mark at the very beginning are skipped. One session at a time is in memory,
// and a line may have up to MaxLineBytes bytes. The sequence reads as it is ranged over, ahead by
// a buffer, and so can be ranged over once.
func ReadJSONL(r io.Reader) iter.Seq2[Session, error] {
	return func(yield func(Session, error) bool) {
		for line, err := range ScanJSONL(r) {
			if !yield(line.Session, err) || err != nil {
				return
			}
		}
	}
}

// ScanJSONL yields the lines of r as ReadJSONL reads them, blank ones left out, but does
// not end at a line that holds no valid session: it yields it with a *LineError that
// matches ErrInvalidSession, and goes on if the loop does. A *LineError that does not
// match is the reader's own error and the last thing that is yielded.
func ScanJSONL(r io.Reader) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		lines := lineReader{r: bufio.NewReaderSize(r, 64<<10), max: MaxLineBytes}
		decoder := sessionDecoder{words: newWordTable()}
		for number := 1; ; number++ {
			raw, truncated, err := lines.next()
			last := err == io.EOF // not errors.Is: a reader that wraps io.EOF reports a failure
			if err != nil && !last {
				yield(Line{Number: number}, &LineError{Line: number, Err: err})
				return
			}
			if number == 1 {
				raw = bytes.TrimPrefix(raw, []byte("\uFEFF"))
			}
			if truncated || !isBlank(raw) {
				line := Line{Number: number, Raw: raw, Truncated: truncated}
				if truncated {
					err = fmt.Errorf("%w: the line has more than %d bytes", ErrInvalidSession, MaxLineBytes)
				} else {
					line.Session, err = decoder.decode(raw)
				}
				if err != nil {
					err = &LineError{Line: number, Err: err}
				}
				if !yield(line, err) {
					return
				}
			}
			if last {
				return
			}
		}
	}
}

func isBlank(line []byte) bool {
	for _, c := range line {
		if !isJSONSpace(c) {
			return false
		}
	}
	return true
}

// lineReader splits a stream into lines of at most max bytes.
type lineReader struct {
	r   *bufio.Reader
	max int
	// long collects a line that does not fit r's buffer.
	long []byte
}

// next returns the next line without its ending, until the next call. With io.EOF
// comes the last line, which may be empty. Of a line that is too long it returns the
// beginning and drops the rest unseen, so that memory stays bounded.
func (l *lineReader) next() (line []byte, truncated bool, err error) {
	line, err = l.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		l.long = l.long[:0]
		for {
			room := l.max + len("\r\n") - len(l.long)
			truncated = truncated || len(line) > room
			l.long = append(l.long, line[:min(len(line), room)]...)
			if err != bufio.ErrBufferFull {
				break
			}
			line, err = l.r.ReadSlice('\n')
		}
		line = l.long
	}
	if !truncated {
		line = bytes.TrimSuffix(line, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
	}
	if len(line) > l.max {
		line, truncated = line[:l.max], true
	}
	return line, truncated, err
}

// WriteJSONL writes the sessions to w, one a line as AppendJSON writes them, each line
// ended by LF. It buffers, and flushes before it returns. It stops at the first error
// and returns it: the sequence's own, a *SessionError for a session that ReadJSONL
// would not read back, or w's. What came before the error is written, in whole lines
// unless w failed.
func WriteJSONL(w io.Writer, sessions iter.Seq2[Session, error]) error {
	out := bufio.NewWriterSize(w, 64<<10)
	index := 0
	for s, err := range sessions {
		if err == nil {
			err = writeLine(out, &s, index)
		}
		if err != nil {
			_ = out.Flush() // the first error is the one to return; bufio repeats its own
			return err
		}
		index++
	}
	return out.Flush()
}

func writeLine(out *bufio.Writer, s *Session, index int) error {
	fault := sessionFault(s, math.MaxInt)
	var line []byte
	if fault == nil {
		line = s.AppendJSON(out.AvailableBuffer())
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
