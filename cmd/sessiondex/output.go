package main

import (
	"fmt"
	"io"
	"os"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/term"
)

// output is standard output. It remembers the first error, so that no command reports
// success for what nobody can read.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil && o.err == nil {
		o.err = err
	}
	return n, err
}

// terminal returns the terminal that w writes to, nil if it is none.
func terminal(w io.Writer) *os.File {
	if o, ok := w.(*output); ok {
		w = o.w
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// jsonWriter returns where JSON is written to. On a terminal nothing in it steers the
// terminal or turns the direction of what follows: such characters are escaped.
func jsonWriter(w io.Writer) io.Writer {
	if terminal(w) != nil {
		return &escapingWriter{w: w}
	}
	return w
}

// escapingWriter writes JSON, where other than ASCII characters stand in strings only
// and so may be escaped.
type escapingWriter struct {
	w    io.Writer
	part []byte // the beginning of a character
}

func (e *escapingWriter) Write(p []byte) (int, error) {
	text := append(e.part, p...)
	out := make([]byte, 0, len(text))
	for len(text) > 0 && utf8.FullRune(text) {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == zeroWidthJoiner || !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r), r == '\n', r == '\t':
			out = append(out, text[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		text = text[size:]
	}
	e.part = append([]byte(nil), text...)
	if _, err := e.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}
