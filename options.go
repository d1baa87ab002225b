package sessiondex

import (
	"errors"
	"fmt"
	"time"

	"github.com/sessiondex/sessiondex/index/shell"
	"github.com/sessiondex/sessiondex/index/title"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// Options configure an engine. A zero field means its default, and a nil *Options
// all defaults. An engine copies them.
type Options struct {
	// Fields declares members beside the contract's to be filtered, counted and sorted
	// by. What is stored does not depend on them: other fields may be declared the next
	// time. Default none.
	Fields []schema.Field

	// MaxTitleBytes is the length of the longest title that is accepted, in bytes
	// of UTF-8. Default DefaultMaxTitleBytes, 1 MiB.
	MaxTitleBytes int

	// ScanTitles does without a title index: keyword searches read every title,
	// some 40 ms per million, in return for memory. The answers are the same.
	ScanTitles bool

	// Fold is how titles and literal keywords are compared. Nothing in a file depends on
	// it: another may be chosen the next time. Default FoldCase.
	Fold Fold

	// Words configure the search by words; nil means the defaults. Whoever never
	// searches by words pays nothing for it.
	Words *WordOptions

	// Sync is the promise of Put and Delete of an engine from Open. Default
	// SyncAlways.
	Sync SyncMode
	// GroupDelay is how long a durable write waits for others to share its trip to
	// the disk, at most a second: less work for the device where many write at
	// once, that much more latency for each. Writes that arrive while another is
	// under way share the next trip in any case. Default 0.
	GroupDelay time.Duration
	// LockTimeout is how long Open waits for a file that is in use. Default 0: it
	// fails at once with ErrLocked.
	LockTimeout time.Duration
	// KeepChanges is how many commits are kept in the file, for Changes to go on after
	// a restart: each once more as large as what it changed and what it changed that to.
	// Default 0: they are remembered in memory only. It is for engines from Open.
	KeepChanges int
	// MembersInFile leaves long Extras in the file of an engine from Open and reads them
	// when sessions are returned, so that memory grows with the number of sessions and not
	// with what they carry. A page costs a look at the file, which the system may have to
	// fetch. What was replaced stays in memory while a snapshot, the feed or a watch refers
	// to it. Once the engine is closed, such sessions of a snapshot are ErrClosed.
	MembersInFile bool
	// ReadOnly opens an existing file for reading; Put and Delete return
	// ErrReadOnly. Several processes may do so at a time.
	ReadOnly bool
	// Progress is called by Open, in the calling goroutine, every few thousand
	// sessions and once at the end, with how many are loaded and how many there
	// are. Default none.
	Progress func(done, total int)

	// Observer is told what the engine does. Default none.
	Observer *Observer

	// forceMethod makes every page in one way wherever it is possible, for tests.
	forceMethod query.Method
	// schema is the contract's with Fields.
	schema *schema.Schema
	// titles tunes the title index, for tests.
	titles title.Options
	// words tunes the indexes of words, for tests.
	words shell.Options
}

// withDefaults returns a copy with the defaults filled in, or every fault.
func (o *Options) withDefaults() (Options, error) {
	var out Options
	if o != nil {
		out = *o
	}
	var faults []error
	if out.MaxTitleBytes < 0 {
		faults = append(faults, fmt.Errorf("option MaxTitleBytes must not be negative, got %d", out.MaxTitleBytes))
	}
	if out.MaxTitleBytes == 0 {
		out.MaxTitleBytes = DefaultMaxTitleBytes
	}
	var err error
	if out.schema, err = schema.New(out.Fields...); err != nil {
		faults = append(faults, fmt.Errorf("option Fields: %w", err))
	}
	if out.Fold > FoldLoose {
		faults = append(faults, fmt.Errorf("option Fold must be FoldCase or FoldLoose, got %v", out.Fold))
	}
	if out.Sync > SyncSystem {
		faults = append(faults, fmt.Errorf("option Sync must be SyncAlways or SyncSystem, got %v", out.Sync))
	}
	if out.GroupDelay < 0 || out.GroupDelay > time.Second {
		faults = append(faults, fmt.Errorf("option GroupDelay must be from 0 to 1s, got %v", out.GroupDelay))
	}
	if out.KeepChanges < 0 {
		faults = append(faults, fmt.Errorf("option KeepChanges must not be negative, got %d", out.KeepChanges))
	}
	if out.LockTimeout < 0 {
		faults = append(faults, fmt.Errorf("option LockTimeout must not be negative, got %v", out.LockTimeout))
	}
	if out.Words != nil {
		w := *out.Words
		out.Words = &w
		if err := w.check(); err != nil {
			faults = append(faults, fmt.Errorf("option Words.Analyser: %w", err))
		}
	}
	if len(faults) > 0 {
		return out, fmt.Errorf("sessiondex: invalid options: %w", errors.Join(faults...))
	}
	return out, nil
}
