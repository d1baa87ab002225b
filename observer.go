package sessiondex

import (
	"time"

	"github.com/sessiondex/sessiondex/query"
)

// Observer has functions that an engine calls after queries, writes and background
// work, for metrics and traces. A nil function is not called, and costs nothing.
// Functions are called in the goroutine that did the work, possibly several at a time,
// and should return quickly: each field says what waits for it. They may read the
// engine; they must not write to it.
type Observer struct {
	// Query is called after each List, All, Count, Facets and Explain of the engine and
	// its snapshots, before they return; for All, when the loop is over.
	Query func(QueryDone)
	// Write is called after each Tx, and each method built on it, before the call
	// returns. Other writes do not wait for it.
	Write func(WriteDone)
	// Sync is called after each transaction of the file. The writes in the transaction
	// wait for it.
	Sync func(SyncDone)
	// Merge is called when the title index has sealed or merged in the background.
	Merge func(MergeDone)
	// Open is called before Open returns.
	Open func(OpenDone)
}

// QueryDone is the argument of Observer.Query.
type QueryDone struct {
	// Op is the method: "List", "All", "Count", "Facets" or "Explain".
	Op string
	// Query is the query as the caller passed it.
	Query query.Query
	// Plan is how it was answered; only for List, Count and Explain.
	Plan query.Plan
	// Rows is how many sessions were returned, and Total how many match; Total is 0 for
	// All.
	Rows, Total int
	Duration    time.Duration
	Err         error
}

// WriteDone is the argument of Observer.Write.
type WriteDone struct {
	// Sessions is how many sessions are new, different or gone; 0 if nothing changed.
	Sessions int
	// Duration is the time from the call to its return, including waits for other writes
	// and the file.
	Duration time.Duration
	Err      error
}

// SyncDone is the argument of Observer.Sync.
type SyncDone struct {
	// Writes is how many writes shared the transaction, and Bytes about how much it
	// wrote.
	Writes, Bytes int
	Duration      time.Duration
	Err           error
}

// MergeDone is the argument of Observer.Merge.
type MergeDone struct {
	// Titles is the title index as it is now.
	Titles TitleStats
}

// OpenDone is the argument of Observer.Open.
type OpenDone struct {
	Path     string
	Sessions int
	Duration time.Duration
	Err      error
}

// The methods below do nothing without an observer, which keeps the calls short.

// queries reports whether queries have to be explained.
func (o *Observer) queries() bool { return o != nil && o.Query != nil }

// began returns the current time if an observer needs a duration.
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
