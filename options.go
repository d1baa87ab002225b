package sessiondex

import (
	"errors"
	"fmt"
	"time"

	"github.com/sessiondex/sessiondex/index/shell"
	"github.com/sessiondex/sessiondex/index/title"
	"github.com/sessiondex/sessiondex/index/words"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// Options configure an engine. A zero field means its default, and a nil *Options
// all defaults. An engine copies them.
type Options struct {
	// Fields declares members, in addition to the contract's, by which sessions can be
	// filtered, counted and sorted. The file does not depend on them: the next Open may
	// declare others. Default none.
	Fields []schema.Field

	// MaxTitleBytes is the length of the longest title that is accepted, in bytes
	// of UTF-8. Default DefaultMaxTitleBytes, 1 MiB.
	MaxTitleBytes int

	// ScanTitles saves the memory of the title index: keyword searches read every
	// title, some 40 ms per million. The answers are the same.
	ScanTitles bool

	// Fold is how titles and literal keywords are compared. The file does not depend on
	// it: the next Open may choose another. Default FoldCase.
	Fold Fold

	// Words configures the search by words; nil means the defaults. It costs nothing
	// until the first search by words.
	Words *WordOptions

	// Sync says how durable a write is when Put or Delete returns, for engines from
	// Open. Default SyncAlways.
	Sync SyncMode
	// GroupDelay is how long a durable write waits for others to share its trip to the
	// disk, at most a second. It saves the device work when many write at once, and
	// adds its length to the latency of each write. Writes that arrive while another is
	// under way share the next trip in any case. Default 0.
	GroupDelay time.Duration
	// LockTimeout is how long Open waits for a file that is in use. Default 0: Open
	// fails at once with ErrLocked.
	LockTimeout time.Duration
	// KeepChanges is how many commits the file keeps, so that Changes can continue after
	// a restart. Each takes as much room as its sessions before and after. Default 0:
	// commits are remembered in memory only. For engines from Open.
	KeepChanges int
	// MembersInFile leaves long Extras in the file of an engine from Open and reads them
	// when sessions are returned, so that memory grows with the number of sessions and not
	// with the size of their Extras. Each page reads the file, which the system may have to
	// fetch from disk. Replaced Extras stay in memory while a snapshot, the feed or a watch
	// refers to them. Once the engine is closed, reading such a session from a snapshot
	// returns ErrClosed.
	MembersInFile bool
	// ReadOnly opens an existing file for reading; Put and Delete return
	// ErrReadOnly. Several processes may do so at the same time.
	ReadOnly bool
	// Progress is called by Open, in the calling goroutine, every few thousand sessions
	// and once at the end, with the number loaded so far and the total. Default none.
	Progress func(done, total int)

	// Observer has functions to call after queries, writes and background work. Default
	// none.
	Observer *Observer

	// forceMethod makes every page by this method wherever possible, for tests.
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
	var w WordOptions
	if out.Words != nil {
		w = *out.Words
	}
	out.Words = &w
	if !w.Off && w.Analyser != "" {
		if err := words.CheckAnalyser(w.Analyser); err != nil {
			faults = append(faults, fmt.Errorf("option Words.Analyser: %w", err))
		}
	}
	if len(faults) > 0 {
		return out, fmt.Errorf("sessiondex: invalid options: %w", errors.Join(faults...))
	}
	return out, nil
}

// Fold is how titles and literal keywords are normalised before they are compared, and
// titles and the values of sorted fields before they are ordered: values that fold to
// the same text stand side by side, in the order of their bytes. The search by words
// does not depend on it.
type Fold uint8

const (
	// FoldCase is Unicode's canonical caseless matching: upper and lower case compare
	// equal, as do composed and decomposed characters, and nothing else does.
	FoldCase Fold = iota
	// FoldLoose also folds what people leave out when they type: accents on Latin, Greek
	// and Cyrillic letters (but й is not и), Hebrew and Arabic vowel signs, strokes and
	// ligatures (ł, ø, đ, æ), full and half width and other compatibility forms,
	// typographic quotes, dashes and spaces, and invisible marks. "cafe" finds "Café",
	// "lodz" finds "Łódź", "ﾊﾟｿｺﾝ" finds "パソコン". A keyword that folds to nothing counts
	// as blank.
	FoldLoose
)

// String returns "case" or "loose".
func (f Fold) String() string {
	switch f {
	case FoldCase:
		return "case"
	case FoldLoose:
		return "loose"
	}
	return fmt.Sprintf("Fold(%d)", uint8(f))
}

// ParseFold returns the Fold with this name; see Fold.String.
func ParseFold(name string) (Fold, error) {
	for f := FoldCase; f <= FoldLoose; f++ {
		if f.String() == name {
			return f, nil
		}
	}
	return 0, fmt.Errorf("want case or loose, got %q", name)
}

// Fold returns how the engine compares titles: Options.Fold.
func (e *Engine) Fold() Fold { return e.opts.Fold }

// WordOptions configure the search by words ([query.MatchWords]).
type WordOptions struct {
	// Analyser cuts and compares words. "" is the analyser for any script, which folds
	// case, accents, width and typography. A language ("en", "de", "fr", …; "cjk") means
	// bleve's analyser for that language, which stems (it finds another number or tense
	// of a word), leaves out the most common words, and suits no other language.
	Analyser string
	// AtStart indexes the words of titles from the start. Otherwise the first search by
	// words starts the index in the background; until it is ready, searches by words
	// analyse titles as they go, some 2 µs each.
	AtStart bool
	// Off turns the search by words off: a query that asks for it is faulty.
	Off bool
}
