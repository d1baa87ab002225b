package main

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows on a terminal how far something is, and nothing elsewhere. Nil shows
// nothing.
type progress struct{ bar *progressbar.ProgressBar }

// newProgress begins to show how much of a size is done; -1 for a size that is not known.
func newProgress(w io.Writer, size int64, more ...progressbar.Option) *progress {
	if terminal(w) == nil {
		return nil
	}
	return &progress{progressbar.NewOptions64(size, append([]progressbar.Option{
		progressbar.OptionSetWriter(w), progressbar.OptionSetWidth(20), progressbar.OptionThrottle(100 * time.Millisecond),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetSpinnerChangeInterval(0), // else a goroutine turns it
	}, more...)...)}
}

// show says what was made so far, and how much of the size is done.
func (p *progress) show(done int64, made string) {
	if p == nil {
		return
	}
	p.bar.Describe(made)
	_ = p.bar.Set64(done) // a terminal that is gone is no reason to stop
}

// end leaves the line empty.
func (p *progress) end() {
	if p != nil {
		_ = p.bar.Clear()
	}
}
