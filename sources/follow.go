package sources

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/sessiondex/sessiondex"
)

// Follow keeps an engine in step with sources until ctx ends, and then returns nil. It
// tries again to read a source that cannot be read now, without stopping the others,
// and reports it to Options.Report. It fails at once for a source without a reader, and
// later if the engine refuses a write.
//
// It polls every source each Options.Poll; events of the file system only make that
// faster, since network and container mounts have none. Events are collected for half a
// second, and the pause between passes over one source is at least five times as long
// as the pass, so that a constantly changing store takes at most a sixth of a
// processor.
func Follow(ctx context.Context, e *sessiondex.Engine, srcs []Source, o *Options) error {
	o = o.withDefaults()
	f := follower{e: e, o: o, watch: newWatch()}
	defer f.watch.close()
	for _, src := range srcs {
		r, err := o.reader(src.App)
		if err != nil {
			return err
		}
		f.followed = append(f.followed, &followed{Source: src, reader: r})
	}
	for {
		for _, s := range f.followed {
			if err := f.pass(ctx, s); err != nil {
				return err
			}
		}
		if !f.wait(ctx) {
			return nil
		}
	}
}

const (
	gather    = 500 * time.Millisecond // how long events are collected
	dutyCycle = 5                      // the pause after a pass, in lengths of the pass
)

type follower struct {
	e        *sessiondex.Engine
	o        *Options
	followed []*followed
	watch    *watch
}

type followed struct {
	Source
	reader   Reader
	due      time.Time // when the next pass begins; the zero time means at once
	earliest time.Time // no event starts the next pass before this
	failed   string    // the error of the last pass
	watched  bool
}

// pass syncs one source if it is due. Only the engine's own errors are returned.
func (f *follower) pass(ctx context.Context, s *followed) error {
	began := time.Now()
	if began.Before(s.due) || ctx.Err() != nil {
		return nil
	}
	report, err := syncWith(ctx, f.e, s.reader, s.Source, f.o)
	took := time.Since(began)
	s.due = time.Now().Add(max(f.o.Poll, dutyCycle*took))
	s.earliest = time.Now().Add(dutyCycle * took)
	if ctx.Err() != nil {
		return nil
	}
	if errors.Is(err, sessiondex.ErrClosed) || errors.Is(err, sessiondex.ErrReadOnly) {
		return err
	}
	if report.Put > 0 || !s.watched { // otherwise there are no new directories to watch
		s.watched = true
		f.watch.source(ctx, s)
	}
	failed := ""
	if err != nil {
		failed = err.Error()
	}
	changed := report.Put > 0 || report.Vanished > 0 || len(report.Faults) > 0 || failed != s.failed
	s.failed = failed
	if changed && f.o.Report != nil {
		f.o.Report(s.Source, report, err)
	}
	return nil
}

// wait returns when a source is due, and false when ctx ended.
func (f *follower) wait(ctx context.Context) bool {
	next := time.Now().Add(f.o.Poll)
	for _, s := range f.followed {
		if s.due.Before(next) {
			next = s.due
		}
	}
	timer := time.NewTimer(time.Until(next))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		case name, ok := <-f.watch.events:
			if !ok {
				f.watch.events = nil // the poll remains
				continue
			}
			for _, s := range f.followed {
				if !f.watch.concerns(s, name) {
					continue
				}
				f.watch.tree(name)
				at := time.Now().Add(gather)
				if at.Before(s.earliest) {
					at = s.earliest
				}
				if at.Before(s.due) {
					s.due = at
				}
				if s.due.Before(next) {
					next = s.due
					timer.Reset(time.Until(next))
				}
			}
		}
	}
}

// watch delivers events of the file system. They may be incomplete, or missing
// entirely.
type watch struct {
	fs     *fsnotify.Watcher
	events chan string // names of files
	dirs   map[string]bool
	done   chan struct{}
}

// maxWatched bounds the number of watched directories: on some systems each file in one
// takes a descriptor.
const maxWatched = 256

// recently is the age up to which a file makes its directory worth watching.
const recently = 7 * 24 * time.Hour

func newWatch() *watch {
	w := &watch{dirs: make(map[string]bool), done: make(chan struct{})}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		close(w.done)
		return w
	}
	w.fs, w.events = watcher, make(chan string, 64)
	go w.run()
	return w
}

// run passes events on until the watcher is closed. It ignores errors, which mean lost
// events: the poll makes up for them.
func (w *watch) run() {
	defer close(w.done)
	events, errs := w.fs.Events, w.fs.Errors
	for events != nil || errs != nil {
		select {
		case ev, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			// Reading a SQLite store touches its -shm file, which is not a change.
			if ev.Op == fsnotify.Chmod || strings.HasSuffix(ev.Name, "-shm") {
				continue
			}
			select {
			case w.events <- ev.Name:
			default: // the pending events cause a pass anyway
			}
		case _, ok := <-errs:
			if !ok {
				errs = nil
			}
		}
	}
}

func (w *watch) close() {
	if w.fs != nil {
		_ = w.fs.Close()
	}
	<-w.done
}

// concerns reports whether an event may belong to a source.
func (w *watch) concerns(s *followed, name string) bool {
	if name == s.Root || strings.HasPrefix(name, s.Root+string(filepath.Separator)) {
		return true
	}
	// Some items lie outside the root, and a file may be watched through its directory.
	return filepath.Dir(name) == filepath.Dir(s.Root) || s.App == Crush
}

// source watches the active directories of a source: those with files from the last
// days, and the root.
func (w *watch) source(ctx context.Context, s *followed) {
	if w.fs == nil {
		return
	}
	w.add(s.Root)
	items, err := s.reader.Items(ctx, s.Root)
	if err != nil {
		return
	}
	newest := time.Now().Add(-recently)
	for _, it := range items {
		file := it.File(s.Root)
		dir := filepath.Dir(file)
		if w.dirs[dir] {
			continue
		}
		if info, err := os.Stat(file); err != nil || info.ModTime().Before(newest) {
			continue
		}
		for ; !w.dirs[dir] && len(dir) > len(s.Root); dir = filepath.Dir(dir) {
			w.add(dir)
		}
		w.add(filepath.Dir(file))
	}
}

// tree watches a new directory and those in it. Files made in them before the watch
// begins are found by the next pass.
func (w *watch) tree(name string) {
	_ = filepath.WalkDir(name, func(dir string, d fs.DirEntry, err error) error {
		if err != nil || len(w.dirs) >= maxWatched {
			return filepath.SkipAll
		}
		if d.IsDir() {
			w.add(dir)
		}
		return nil
	})
}

// add watches a directory, or the directory of a file, since a watch on the file itself
// would not survive its replacement.
func (w *watch) add(name string) {
	if info, err := os.Stat(name); err == nil && info.Mode()&fs.ModeDir == 0 {
		name = filepath.Dir(name)
	}
	if len(w.dirs) >= maxWatched || w.dirs[name] {
		return
	}
	if w.fs.Add(name) == nil {
		w.dirs[name] = true
	}
}
