package sessiondex

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/store"
)

// SyncMode says what has happened to a write when Put or Delete return; see the
// constants, and package store for every detail.
type SyncMode = store.SyncMode

const (
	// SyncAlways forces every write to the device: it survives a kill of the
	// process, a crash of the system and a loss of power. The default.
	SyncAlways = store.SyncAlways
	// SyncSystem hands every write to the operating system: it survives a kill of
	// the process. A crash of the system can lose or damage the file.
	SyncSystem = store.SyncSystem
)

// Open returns an engine whose sessions are kept in the file at path, which is
// created (mode 0600) if it is missing. It answers like an engine from New, from
// memory and at the same speed; Put and Delete return once the change is on disk,
// see Options.Sync.
//
// The sessions are all read before Open returns, in some seconds per million;
// titles are indexed in the background while keywords already find everything.
//
// What it costs, on two cores and a virtual disk: 10,000 sessions are open in
// 0.03 s, 100,000 in 0.45 s, a million in 4.8 s; a durable Put takes 0.6 ms for one
// session and 60 ms for a thousand, with SyncSystem 0.07 and 34 ms; a session of
// 615 bytes of JSON takes 677 bytes of file.
//
// The errors are those of the file system, ErrLocked, ErrVersion and ErrCorrupt;
// a faulty record is named with what was expected, and nothing is served.
func Open(path string, opts *Options) (*Engine, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	s, err := store.Open(path, &store.Options{
		ReadOnly: o.ReadOnly, Timeout: o.LockTimeout, Sync: o.Sync, GroupDelay: o.GroupDelay, RecordVersion: codecVersion,
	})
	if err != nil {
		return nil, err
	}
	e, err := newEngine(o, s)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if _, err := e.writer.Load(storedEntries(context.Background(), s, o.Progress)); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	e.cur.Store(e.writer.Number(0))
	return e, nil
}

// progressStep is how many sessions are loaded between two calls of
// Options.Progress.
const progressStep = 4096

func storedEntries(ctx context.Context, s *store.Store, progress func(done, total int)) iter.Seq2[index.Entry, error] {
	return func(yield func(index.Entry, error) bool) {
		done, total := 0, s.Len()
		for r, err := range s.Load(ctx) {
			var e index.Entry
			if err == nil {
				e, err = decodeRecord(r.ID, r.Value)
			}
			if !yield(e, err) || err != nil {
				return
			}
			if done++; progress != nil && done%progressStep == 0 {
				progress(done, total)
			}
		}
		if progress != nil {
			progress(done, total)
		}
	}
}

// ErrNotDurable is returned by Backup of an engine that has no file.
var ErrNotDurable = errors.New("engine is not durable")

// Backup writes a copy of the database file, consistent as of now, while the
// engine is in use. The copy can be opened. If the context ends, so does the copy.
func (e *Engine) Backup(ctx context.Context, w io.Writer) error {
	if e.store == nil {
		return ErrNotDurable
	}
	_, err := e.store.Backup(ctx, w)
	return storeError(err)
}

// verifyStore compares the file with a view, record by record. Writes wait.
func (e *Engine) verifyStore(ctx context.Context) error {
	e.verifying.Lock()
	defer e.verifying.Unlock()
	if err := e.store.Verify(ctx); err != nil {
		return storeError(err)
	}
	v := e.cur.Load()
	if v == nil {
		return ErrClosed
	}
	n := 0
	for got, err := range storedEntries(ctx, e.store, nil) {
		if err != nil {
			return storeError(err)
		}
		n++
		var there index.Entry
		if ord, ok := v.Find(got.ID); ok {
			there = v.Entry(ord)
		}
		if !got.SameSession(&there) {
			return fmt.Errorf("%w: record %q differs from the session in memory", ErrCorrupt, cut(got.ID))
		}
	}
	if n != v.Len() {
		return fmt.Errorf("%w: %d records in the file, %d sessions in memory", ErrCorrupt, n, v.Len())
	}
	return nil
}
