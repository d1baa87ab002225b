package main

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"sync/atomic"
	"unicode/utf8"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/sessionfile"
)

// inputFlags say how files of sessions are read. They are the same wherever files are
// read.
type inputFlags struct {
	skipInvalid bool
	reject      string
	timeUnit    string
}

func (f *inputFlags) group() flagGroup {
	g := newFlags("How files are read")
	g.BoolVar(&f.skipInvalid, "skip-invalid", false, "leave out faulty lines, and name each; exit status 3 if there are any")
	g.StringVar(&f.reject, "reject", "", "put the lines that --skip-invalid leaves out into this new `file`, with their numbers and reasons")
	g.StringVar(&f.timeUnit, "time-unit", "", "read numbers in created_at and updated_at as Unix times in this `unit`: s, ms, or auto, which goes by their size (default: numbers are faults)")
	return g
}

// check refuses a reject file that would cost somebody a file.
func (f *inputFlags) check(db string) error {
	if _, ok := timeUnits[f.timeUnit]; f.timeUnit != "" && !ok {
		return usageError{fmt.Sprintf("time-unit: Input should be 's', 'ms' or 'auto' (got %q)", f.timeUnit)}
	}
	if f.reject == "" {
		return nil
	}
	if !f.skipInvalid {
		return usageError{"--reject is for --skip-invalid"}
	}
	if _, err := os.Lstat(f.reject); err == nil {
		return usageError{fmt.Sprintf("--reject: %s exists, and is not overwritten", f.reject)}
	}
	if db != "" && samePath(f.reject, db) {
		return usageError{fmt.Sprintf("--reject: %s is the database", f.reject)}
	}
	return nil
}

func samePath(a, b string) bool {
	a, errA := filepath.Abs(a)
	b, errB := filepath.Abs(b)
	return errA == nil && errB == nil && a == b
}

// rejectedError ends a command that did what it should but for some lines, which were
// named already: exit status 3.
type rejectedError struct{ lines int }

func (e rejectedError) Error() string { return counted(e.lines, "line") + " rejected" }

// input is one file of sessions, being read. Close it.
type input struct {
	name    string
	size    int64 // in bytes, -1 if that is not known
	flags   *inputFlags
	std     stdio
	cancel  context.CancelFunc
	file    *os.File // nil for standard input
	counted *countingReader
	text    io.Reader
	rejects rejectFile

	read     int // sessions
	rejected int // lines
	seed     maphash.Seed
	lines    map[uint64]int // of the ids that were read, by their hash
	repeated int            // sessions whose id an earlier line has
}

// shownRejects is how many faulty lines are named on standard error where all of them
// are in a file.
const shownRejects = 20

// open begins to read the file of the given name; - is standard input.
func (f *inputFlags) open(ctx context.Context, name string, std stdio) (*input, error) {
	ctx, cancel := context.WithCancel(ctx)
	i := &input{name: name, size: -1, flags: f, std: std, cancel: cancel, seed: maphash.MakeSeed(), lines: make(map[uint64]int)}
	i.rejects.path = f.reject
	source := std.in
	if name == "-" {
		i.name = "standard input"
	} else {
		// Opening a named pipe waits for its writer.
		file, err := interruptible(ctx, func() (*os.File, error) { return os.Open(name) })
		if err != nil {
			cancel()
			return nil, err
		}
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			i.size = info.Size()
		}
		i.file, source = file, file
	}
	i.counted = &countingReader{r: source}
	text, err := sessionfile.Decode(sessionfile.Interruptible(ctx, i.counted))
	if err != nil {
		return nil, errors.Join(i.failed(err), i.close())
	}
	i.text = text
	return i, nil
}

func (i *input) failed(err error) error { return fmt.Errorf("%s: %w", i.name, err) }

// sessions yields the valid sessions. With --skip-invalid it names what it leaves out,
// without it ends at the first fault. Of equal ids all are yielded: the last counts.
func (i *input) sessions() iter.Seq2[sessiondex.Session, error] {
	return func(yield func(sessiondex.Session, error) bool) {
		for line, err := range sessiondex.ScanJSONL(i.text) {
			if err != nil && i.flags.timeUnit != "" && !line.Truncated {
				line.Session, err = i.decodeNumbers(&line, err)
			}
			if err == nil {
				if invalid := line.Session.Validate(); invalid != nil {
					err = &sessiondex.LineError{Line: line.Number, Err: invalid}
				}
			}
			switch {
			case err == nil:
				i.note(&line)
			case i.flags.skipInvalid && errors.Is(err, sessiondex.ErrInvalidSession):
				if err := i.reject(&line, err); err != nil {
					yield(sessiondex.Session{}, err)
					return
				}
				continue
			default:
				yield(sessiondex.Session{}, i.failed(err))
				return
			}
			if !yield(line.Session, nil) {
				return
			}
		}
	}
}

// lastOfEach returns all valid sessions, of each id the last one.
func (i *input) lastOfEach() ([]sessiondex.Session, error) {
	var sessions []sessiondex.Session
	places := make(map[string]int)
	for s, err := range i.sessions() {
		if err != nil {
			return nil, err
		}
		if at, ok := places[s.ID]; ok {
			sessions[at] = s
			continue
		}
		places[s.ID] = len(sessions)
		sessions = append(sessions, s)
	}
	return sessions, nil
}

// decodeNumbers reads a line again that could not be read, with numbers as times.
func (i *input) decodeNumbers(line *sessiondex.Line, fault error) (s sessiondex.Session, err error) {
	if !errors.Is(fault, sessiondex.ErrInvalidSession) {
		return s, fault
	}
	text, reason, ok := withTimes(line.Raw, timeUnits[i.flags.timeUnit])
	switch {
	case reason != "":
		return s, &sessiondex.LineError{Line: line.Number, Err: fmt.Errorf("%w: %s", sessiondex.ErrInvalidSession, reason)}
	case !ok:
		return s, fault
	}
	if err := s.UnmarshalJSON(text); err != nil {
		return s, &sessiondex.LineError{Line: line.Number, Err: err}
	}
	return s, nil
}

// note counts a session, and says of the first one that repeats an id which it is.
func (i *input) note(line *sessiondex.Line) {
	i.read++
	hash := maphash.String(i.seed, line.Session.ID)
	if first, ok := i.lines[hash]; ok {
		if i.repeated++; i.repeated == 1 {
			fmt.Fprintf(i.std.err, "%s: line %d has the id %q of line %d; the last line of an id counts\n", i.name, line.Number, shown(line.Session.ID), first)
		}
	}
	i.lines[hash] = line.Number
}

func (i *input) reject(line *sessiondex.Line, err error) error {
	i.rejected++
	switch {
	case i.flags.reject == "" || i.rejected <= shownRejects:
		fmt.Fprintf(i.std.err, "%s: %s; left out\n", i.name, oneLine(err.Error()))
	case i.rejected == shownRejects+1:
		fmt.Fprintf(i.std.err, "%s: more faulty lines are in %s\n", i.name, i.flags.reject)
	}
	if i.flags.reject == "" {
		return nil
	}
	var at *sessiondex.LineError
	errors.As(err, &at)
	left := reject{Line: line.Number, Reason: at.Err.Error(), Text: string(line.Raw)}
	if !utf8.Valid(line.Raw) {
		left.Text, left.Bytes = "", line.Raw
	}
	return i.rejects.add(left)
}

// end closes the input and says what was left out, if the reading went well. The error
// is a rejectedError where some lines were rejected, and a failure where all were.
func (i *input) end() error {
	if err := i.close(); err != nil {
		return err
	}
	if i.repeated > 1 {
		fmt.Fprintf(i.std.err, "%s: %s lines have the id of an earlier one; the last counts\n", i.name, thousands(i.repeated))
	}
	switch {
	case i.rejected == 0:
		return nil
	case i.read == 0:
		return fmt.Errorf("%s: no line is a session, %s rejected", i.name, thousands(i.rejected))
	}
	return rejectedError{i.rejected}
}

// close ends the reading, wherever it is.
func (i *input) close() error {
	i.cancel()
	err := i.rejects.close()
	if i.file != nil {
		err = errors.Join(err, i.file.Close())
	}
	return err
}

// shown makes an id of a file fit to be printed.
func shown(id string) string { return cutCells(oneLine(id), 60) }

// reject is a line of a reject file.
type reject struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
	Text   string `json:"text,omitempty"`
	// Bytes stands for a text that is not UTF-8, in base64.
	Bytes []byte `json:"bytes,omitempty"`
}

// rejectFile takes the lines that were left out. It is made with the first, and is
// never a file that was there.
type rejectFile struct {
	path string
	f    *os.File
}

func (r *rejectFile) add(line reject) error {
	if r.f == nil {
		f, err := os.OpenFile(r.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			err = fmt.Errorf("--reject: %s exists, and is not overwritten", r.path)
		}
		if err != nil {
			return err
		}
		r.f = f
	}
	return writeJSON(r.f, line)
}

func (r *rejectFile) close() error {
	if r.f == nil {
		return nil
	}
	return r.f.Close()
}

type countingReader struct {
	r io.Reader
	n atomic.Int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// interruptible returns what f does, or the context's error as soon as it ends, without
// waiting: what f opens then is closed when it is there.
func interruptible[T io.Closer](ctx context.Context, f func() (T, error)) (T, error) {
	type outcome struct {
		opened T
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		opened, err := f()
		done <- outcome{opened, err}
	}()
	select {
	case o := <-done:
		return o.opened, o.err
	case <-ctx.Done():
		go func() {
			if o := <-done; o.err == nil {
				_ = o.opened.Close()
			}
		}()
		var none T
		return none, context.Cause(ctx)
	}
}
