package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// progress shows on a terminal how far an import is, and nothing elsewhere.
type progress struct {
	w     io.Writer
	size  int64 // of the input in bytes, -1 if that is not known
	read  *countingReader
	start time.Time
	last  time.Time
	shown int // columns of the line on the screen
}

func newProgress(w io.Writer, size int64, read *countingReader) *progress {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return &progress{w: w, size: size, read: read, start: time.Now()}
}

func (p *progress) show(sessions int) {
	if p == nil || time.Since(p.last) < 100*time.Millisecond {
		return
	}
	p.last = time.Now()
	line := progressLine(sessions, p.read.n.Load(), p.size, time.Since(p.start))
	n := cells(line)
	fmt.Fprintf(p.w, "\r%s%s", line, strings.Repeat(" ", max(0, p.shown-n)))
	p.shown = n
}

// end leaves the line empty.
func (p *progress) end() {
	if p != nil && p.shown > 0 {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", p.shown))
	}
}

// progressLine says how many sessions, how fast and, where the size of the input
// is known, how much is left.
func progressLine(sessions int, done, size int64, took time.Duration) string {
	rate := float64(sessions) / max(took.Seconds(), 1e-3)
	if size <= 0 {
		return fmt.Sprintf("%s sessions, %s/s", thousands(sessions), thousands(int(rate)))
	}
	const width = 30
	share := min(float64(done)/float64(size), 1)
	full := int(share * width)
	left := time.Duration(0)
	if share > 0 {
		left = time.Duration(float64(took) * (1 - share) / share)
	}
	return fmt.Sprintf("[%s%s] %3.0f %%  %s sessions, %s/s, %s left",
		strings.Repeat("#", full), strings.Repeat("-", width-full), share*100,
		thousands(sessions), thousands(int(rate)), left.Round(time.Second))
}
