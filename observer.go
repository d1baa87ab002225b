package sessiondex

import (
	"time"

	"github.com/sessiondex/sessiondex/query"
)

// Observer is told what an engine did, after it was done, for metrics and traces. A nil
// function is not called, and costs nothing. Functions are called in the goroutine
// that did the work, several at a time, and should return soon: what waits for them is
// said with each. They may read the engine; they must not write to it.
type Observer struct {
	// Query is called after each List, All, Count, Facets and Explain of the engine and
	// its snapshots, before they return; of All when the loop is over.
	Query func(QueryDone)
	// Write is called after each function given to Tx, and what is made of it, before
	// the call returns. Others do not wait for it.
	Write func(WriteDone)
	// Sync is called after each transaction of the file. The writes in it wait for it.
	Sync func(SyncDone)
	// Merge is called when the title index has got another form in the background.
	Merge func(MergeDone)
	// Open is called before Open returns.
	Open func(OpenDone)
}

// QueryDone is what Observer.Query is told.
type QueryDone struct {
	// Op is the method: "List", "All", "Count", "Facets" or "Explain".
	Op string
	// Query is what was asked, as it was given.
	Query query.Query
	// Plan is how it was answered; only of List, Count and Explain.
	Plan query.Plan
	// Rows is how many sessions were returned, and Total how many match; 0 of All.
	Rows, Total int
	Duration    time.Duration
	Err         error
}

// WriteDone is what Observer.Write is told.
type WriteDone struct {
	// Sessions is how many sessions are new, different or gone; 0 if nothing changed.
	Sessions int
	// Duration is from the call to its return, waiting for others and the file included.
	Duration time.Duration
	Err      error
}

// SyncDone is what Observer.Sync is told.
type SyncDone struct {
	// Writes is how many writes shared the transaction, and Bytes about what it wrote.
	Writes, Bytes int
	Duration      time.Duration
	Err           error
}

// MergeDone is what Observer.Merge is told.
type MergeDone struct {
	// Titles is the title index as it is now.
	Titles TitleStats
}

// OpenDone is what Observer.Open is told.
type OpenDone struct {
	Path     string
	Sessions int
	Duration time.Duration
	Err      error
}

// The functions below do nothing without an observer, so that the calls stay readable.

// queries returns whether to explain queries.
func (o *Observer) queries() bool { return o != nil && o.Query != nil }

// began returns the time if somebody wants to know how long it takes from here.
func (o *Observer) began() (t time.Time) {
	if o != nil {
		t = time.Now()
	}
	return t
}

func (o *Observer) query(start time.Time, d QueryDone) {
	if o.queries() {
		d.Duration = time.Since(start)
		o.Query(d)
	}
}

func (o *Observer) write(start time.Time, sessions int, err error) {
	if o != nil && o.Write != nil {
		o.Write(WriteDone{sessions, time.Since(start), err})
	}
}

func (o *Observer) sync(start time.Time, g *group, err error) {
	if o != nil && o.Sync != nil {
		o.Sync(SyncDone{len(g.results), g.bytes, time.Since(start), err})
	}
}

func (o *Observer) open(start time.Time, path string, e *Engine, err error) {
	if o != nil && o.Open != nil {
		d := OpenDone{Path: path, Duration: time.Since(start), Err: err}
		if err == nil {
			d.Sessions = e.Len()
		}
		o.Open(d)
	}
}
