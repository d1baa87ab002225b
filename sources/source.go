package sources

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/sessiondex/sessiondex"
)

// Source is one program's store on this machine.
type Source struct {
	App  string // the program, as in Session.AppID: "claude-code"
	Root string // its directory or file
}

// Reader reads the stores of one program. Its methods are safe for concurrent use.
type Reader interface {
	// App is the Source.App of the stores that it reads.
	App() string
	// Items lists the items of a store, in a fixed order, without reading the sessions.
	// It fails if the listing is not complete.
	Items(ctx context.Context, root string) ([]Item, error)
	// Read returns the sessions of one item and its faults. It returns the readable
	// sessions despite faults; a fault with Line 0 means that the item as a whole could
	// not be read.
	Read(ctx context.Context, root string, it Item, o *Options) ([]sessiondex.Session, []Fault)
}

// Item is a part of a store that is read as a whole: a transcript, a database.
type Item struct {
	// Path is relative to the root, with slashes.
	Path string
	// Stamp changes whenever the result of Read may have changed: it has the size and
	// the times of every file that the item's sessions depend on.
	Stamp string
	// Hint passes knowledge from Items to Read, such as a name from an index.
	Hint string
}

// File returns the path of the item's file. A few items lie outside the root and have
// absolute paths.
func (it Item) File(root string) string {
	name := filepath.FromSlash(it.Path)
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(root, name)
}

// Options configure reading. A zero field means its default, and a nil *Options all
// defaults.
type Options struct {
	// Readers are the readers to use. Default Files().
	Readers []Reader
	// Now is the clock that decides which open turns are still running. Default time.Now.
	Now func() time.Time
	// StaleAfter is how long a session with an open turn counts as running after its
	// last record. Default 12 hours.
	StaleAfter time.Duration
	// MaxLineBytes bounds one record of a transcript; longer ones are skipped and
	// reported. Default 64 MiB.
	MaxLineBytes int
	// Forget deletes the sessions that their store no longer has. By default they stay
	// and get the member source_missing.
	Forget bool
	// Poll is how often Follow checks stores without events. Default 1 minute.
	Poll time.Duration
	// Unknown, if set, is called for every unknown kind of record, once for each
	// transcript, possibly by several goroutines at once. Programs often add kinds; this
	// shows when the format of a store has changed.
	Unknown func(path, kind string)
	// Report, if set, is called by Follow after every pass that read something, found a
	// fault or failed.
	Report func(Source, Report, error)
}

const (
	defaultStaleAfter   = 12 * time.Hour
	defaultMaxLineBytes = 64 << 20
	defaultPoll         = time.Minute
)

func (o *Options) withDefaults() *Options {
	var d Options
	if o != nil {
		d = *o
	}
	if d.Readers == nil {
		d.Readers = Files()
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.StaleAfter <= 0 {
		d.StaleAfter = defaultStaleAfter
	}
	if d.MaxLineBytes <= 0 {
		d.MaxLineBytes = defaultMaxLineBytes
	}
	if d.Poll <= 0 {
		d.Poll = defaultPoll
	}
	return &d
}

// ErrUnknownApp is returned for a source without a reader.
var ErrUnknownApp = errors.New("no reader for this program")

func (o *Options) reader(app string) (Reader, error) {
	for _, r := range o.Readers {
		if r.App() == app {
			return r, nil
		}
	}
	return nil, fmt.Errorf("%q: %w", app, ErrUnknownApp)
}

// Fault is a part of a store that could not be read. It never ends a pass.
type Fault struct {
	Path   string // relative to the root, with slashes
	Line   int    // from 1; 0 for the file as a whole
	Reason string
}

// placed sets the path of faults to the item's.
func placed(it Item, faults []Fault) []Fault {
	for i := range faults {
		faults[i].Path = it.Path
	}
	return faults
}

// FileError is a Fault as an error; Read yields it.
type FileError struct {
	Source Source
	Fault
}

func (e *FileError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s: %s:%d: %s", e.Source.App, e.Path, e.Line, e.Reason)
	}
	return fmt.Sprintf("%s: %s: %s", e.Source.App, e.Path, e.Reason)
}

// Read yields every session of a source, item by item in the order of the listing. It
// yields a *FileError with a zero session for a part that cannot be read, and
// continues; any other error comes last. A session that two items have is yielded
// twice. Items are read in parallel on all processors, a few ahead of the loop.
func Read(ctx context.Context, src Source, o *Options) iter.Seq2[sessiondex.Session, error] {
	return func(yield func(sessiondex.Session, error) bool) {
		o := o.withDefaults()
		r, err := o.reader(src.App)
		if err != nil {
			yield(sessiondex.Session{}, err)
			return
		}
		items, err := listItems(ctx, r, src.Root)
		if err != nil {
			yield(sessiondex.Session{}, err)
			return
		}
		err = readAll(ctx, r, src.Root, items, o, func(_ Item, got reading) bool {
			for _, s := range got.sessions {
				if !yield(s, nil) {
					return false
				}
			}
			for _, f := range got.faults {
				if !yield(sessiondex.Session{}, &FileError{src, f}) {
					return false
				}
			}
			return true
		})
		if err != nil {
			yield(sessiondex.Session{}, err)
		}
	}
}

// listItems lists a source. A missing root is an error: a source that is gone is not
// empty.
func listItems(ctx context.Context, r Reader, root string) ([]Item, error) {
	if _, err := os.Stat(root); err != nil {
		return nil, fmt.Errorf("%s: %w", r.App(), err)
	}
	items, err := r.Items(ctx, root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.App(), err)
	}
	return items, nil
}

type reading struct {
	sessions []sessiondex.Session
	faults   []Fault
}

// readAll reads items in parallel and passes each to use in order; use returns false to
// stop. It holds at most a few items per processor at a time.
func readAll(ctx context.Context, r Reader, root string, items []Item, o *Options, use func(Item, reading) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer cancel()
	width := runtime.GOMAXPROCS(0)
	results := make([]chan reading, len(items))
	for i := range results {
		results[i] = make(chan reading, 1)
	}
	ahead := make(chan struct{}, 4*width)
	next := make(chan int)
	workers.Go(func() {
		defer close(next)
		for i := range items {
			select {
			case ahead <- struct{}{}:
			case <-ctx.Done():
				return
			}
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	})
	for range width {
		workers.Go(func() {
			for i := range next {
				var got reading
				got.sessions, got.faults = r.Read(ctx, root, items[i], o)
				results[i] <- got
			}
		})
	}
	for i, it := range items {
		select {
		case got := <-results[i]:
			if err := ctx.Err(); err != nil { // items read after the context ended may be incomplete
				return err
			}
			if !use(it, got) {
				return nil
			}
			<-ahead
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// reason says briefly why a file could not be read, without its path, which the fault
// already has.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
