package sessiondex

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/index/record"
	"github.com/sessiondex/sessiondex/internal/live"
	"github.com/sessiondex/sessiondex/store"
)

// SyncMode says how durable a write is when Put or Delete returns; see the constants,
// and package store for every detail.
type SyncMode = store.SyncMode

const (
	// SyncAlways forces every write to the device: it survives a kill of the
	// process, a crash of the system and a loss of power. The default.
	SyncAlways = store.SyncAlways
	// SyncSystem hands every write to the operating system: it survives a kill of
	// the process. A crash of the system can lose or damage the file.
	SyncSystem = store.SyncSystem
)

// ErrNotDurable is returned by Backup and Compact of an engine that has no file.
var ErrNotDurable = errors.New("engine is not durable")

// file is where an engine keeps its sessions in addition to memory: a *store.Store on
// systems that have files.
type file interface {
	Apply(w store.Write) error
	Fill(ctx context.Context, records iter.Seq2[store.Record, error], w store.Write) error
	Load(ctx context.Context) iter.Seq2[store.Record, error]
	Read(ids []string, visit func(i int, value []byte) error) error
	Log(from uint64) ([]store.Entry, error)
	Len() int
	Backup(ctx context.Context, w io.Writer) (int64, error)
	Compact(ctx context.Context) error
	Verify(ctx context.Context) error
	Close() error
}

// Backup writes a consistent copy of the database file, without free pages, while the
// engine is in use. The copy can be opened, and starts a history of its own: its Mark
// has another epoch. Backup stops when the context ends.
func (e *Engine) Backup(ctx context.Context, w io.Writer) error {
	if e.store == nil {
		return ErrNotDurable
	}
	_, err := e.store.Backup(ctx, w)
	return storeError(err)
}

// Compact returns the file's free pages, which deletions left behind and later writes
// would reuse, to the file system. Readers continue and writers wait, about a second
// for each 100 MB. While it runs it needs as much disk space again as the sessions
// take. A crash leaves the file either as it was or compacted.
func (e *Engine) Compact(ctx context.Context) error {
	if e.store == nil {
		return ErrNotDurable
	}
	return storeError(e.store.Compact(ctx))
}

func storeError(err error) error {
	if errors.Is(err, store.ErrClosed) {
		return ErrClosed
	}
	return err
}

// progressStep is how many sessions are loaded between two calls of
// Options.Progress.
const progressStep = 4096

func (m *membersInFile) storedEntries(ctx context.Context, f file, progress func(done, total int)) iter.Seq2[index.Entry, error] {
	return func(yield func(index.Entry, error) bool) {
		done, total := 0, f.Len()
		for r, err := range f.Load(ctx) {
			var e index.Entry
			if err == nil {
				e, err = entryOf(r.ID, r.Value)
				m.refer(&e)
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
	for got, err := range e.shared.members.storedEntries(ctx, e.store, nil) {
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

// recordOf returns the record that the file keeps for a session, in the form that
// Record.Room expects.
func recordOf(entry *index.Entry) store.Record {
	b := make([]byte, store.RoomBytes, store.RoomBytes+record.Size(entry))
	return store.Record{ID: entry.ID, Value: record.Append(b, entry), Room: true}
}

// entryOf returns what a record of the file holds.
func entryOf(id string, b []byte) (index.Entry, error) {
	e, err := record.Decode(id, b)
	if err != nil {
		err = fmt.Errorf("%w: record %q: %v", ErrCorrupt, cut(id), err)
	}
	return e, err
}

// The file keeps a commit as the number of its changes, then for each change the id,
// the record before and the record after, each preceded by its length. The length of a
// record is stored plus one; 0 means no record.

func (m *membersInFile) encodeCommit(changes []live.Change) ([]byte, error) {
	b := binary.AppendUvarint(nil, uint64(len(changes)))
	var value []byte
	for i := range changes {
		c := &changes[i]
		p := &c.After
		if !p.Used() {
			p = &c.Before
		}
		b = binary.AppendUvarint(b, uint64(len(p.ID())))
		b = append(b, p.ID()...)
		for _, p := range [...]*index.Packed{&c.Before, &c.After} {
			if !p.Used() {
				b = append(b, 0)
				continue
			}
			entry, err := m.entry(p)
			if err != nil {
				return nil, err
			}
			value = record.Append(value[:0], &entry)
			b = binary.AppendUvarint(b, uint64(len(value))+1)
			b = append(b, value...)
		}
	}
	return b, nil
}

// decodeCommit reads the output of encodeCommit.
func decodeCommit(mark Mark, b []byte) (Commit, error) {
	c := Commit{Mark: mark}
	bad := fmt.Errorf("%w: commit %d in the log is cut short", ErrCorrupt, mark.Number)
	next := func() (n uint64, ok bool) {
		n, size := binary.Uvarint(b)
		if size <= 0 {
			return 0, false
		}
		b = b[size:]
		return n, true
	}
	count, ok := next()
	if !ok || count > uint64(len(b)) {
		return Commit{}, bad
	}
	for range count {
		n, ok := next()
		if !ok || n > uint64(len(b)) {
			return Commit{}, bad
		}
		ch := Change{ID: string(b[:n])}
		b = b[n:]
		for _, at := range [...]**Session{&ch.Before, &ch.After} {
			n, ok := next()
			if !ok || n > uint64(len(b))+1 {
				return Commit{}, bad
			}
			if n == 0 {
				continue
			}
			entry, err := entryOf(ch.ID, b[:n-1])
			if err != nil {
				return Commit{}, err
			}
			b = b[n-1:]
			*at = new(Session)
			restore(*at, &entry)
		}
		c.Changes = append(c.Changes, ch)
	}
	return c, nil
}
