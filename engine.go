package sessiondex

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/store"
)

// Engine holds sessions and lists them. All methods are safe for concurrent use:
// writers take turns, and readers neither lock nor wait, whatever is written.
//
// Every write makes a new version of everything, out of what did not change and
// copies of what did, and publishes it in one step. A read answers from the
// version that is newest when it begins.
type Engine struct {
	opts  Options
	cur   atomic.Pointer[index.View] // nil once closed
	store *store.Store               // nil in memory
	// titles is nil if keyword searches scan.
	titles  *index.IndexedTitles
	watches watchHub

	mu sync.Mutex // held by the writer
	// verifying is held by a Verify that compares file and memory, and shared by
	// the writes whose file is ahead of memory for a moment.
	verifying sync.RWMutex
	writer    *index.Writer
}

var (
	_ Reader = (*Engine)(nil)
	_ Reader = (*Snapshot)(nil)
)

// New returns an empty engine that keeps its sessions in memory only. The error
// lists every fault of the options.
func New(opts *Options) (*Engine, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	return newEngine(o, nil)
}

// newEngine returns an empty engine that owns the store, if there is one.
func newEngine(o Options, s *store.Store) (*Engine, error) {
	e := &Engine{opts: o, store: s}
	e.watches.init(&e.cur)
	var titles index.TitleIndex
	if !o.ScanTitles {
		o.titles.Changed = e.refresh
		indexed, err := index.NewIndexedTitles(&o.titles)
		if err != nil {
			return nil, err
		}
		e.titles, titles = indexed, indexed
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.writer = index.NewWriter(titles)
	e.publish(e.writer.View())
	return e, nil
}

// refresh publishes a better form of the title index, with the same answers. It
// is called from the background.
func (e *Engine) refresh() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cur.Load() != nil {
		e.cur.Store(e.writer.Refresh())
	}
}

// Put inserts sessions, or replaces those of the same ids. A batch is all or
// nothing: if one session is refused (ErrInvalidSession), none is stored. When
// Put returns, every later read sees the whole batch.
//
// A single update takes some 20 µs at a million sessions; a batch costs less per
// session. The engine copies what it needs: the slice stays the caller's. The context
// is looked at before the write begins; one that ends later does not undo it.
func (e *Engine) Put(ctx context.Context, sessions ...Session) error {
	if e.cur.Load() == nil {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	sessions, err := settleBatch(sessions, e.opts.MaxTitleBytes)
	if err != nil {
		return err
	}
	entries := make([]index.Entry, len(sessions))
	for i := range sessions {
		entries[i] = project(&sessions[i])
	}
	var w store.Write
	if e.store != nil {
		if err := storedIDs(sessions); err != nil {
			return err
		}
		w.Put = make([]store.Record, len(entries))
		for i := range entries {
			w.Put[i] = store.Record{ID: entries[i].ID, Value: encodeRecord(nil, &entries[i])}
		}
	}
	return e.commit(w, func() {
		e.publish(e.writer.Put(entries))
		e.watches.put(sessions)
	})
}

// Delete removes the sessions that have these ids, and returns how many there
// were. An id that no session has is not an error. If the deletion cannot be made
// durable, nothing is deleted. The context is looked at before the write begins.
func (e *Engine) Delete(ctx context.Context, ids ...string) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	var n int
	var w store.Write
	if e.store != nil {
		w.Delete = distinct(ids)
	}
	err := e.commit(w, func() {
		var v *index.View
		v, n = e.writer.Delete(ids)
		e.publish(v)
		e.watches.deleted(ids)
	})
	return n, err
}

// distinct returns the ids that a database can hold, each once.
func distinct(ids []string) []string {
	seen := make(map[string]bool, len(ids))
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		if !seen[id] && id != "" && len(id) <= store.MaxIDBytes {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// publish makes a view the newest. The caller holds the writer's lock.
func (e *Engine) publish(v *index.View) { e.cur.Store(v) }

// Snapshot returns the newest version, which stays as it is. O(1); it needs no
// Close, and holds on to the memory that only this version uses. A snapshot of a
// closed engine answers ErrClosed.
func (e *Engine) Snapshot() *Snapshot { return &Snapshot{version{e.cur.Load(), e.opts.forceMethod}} }

func (e *Engine) newest() version { return version{e.cur.Load(), e.opts.forceMethod} }

// Get returns the session with this id, or ErrNotFound. O(log n).
func (e *Engine) Get(ctx context.Context, id string) (Session, error) { return e.newest().Get(ctx, id) }

// Len returns the number of sessions, hidden ones included; 0 once closed. O(1).
func (e *Engine) Len() int { return e.newest().Len() }

// Version counts the writes that led to the newest version, from 0 in an empty
// engine; 0 once closed. Two reads that see the same number see the same sessions.
func (e *Engine) Version() uint64 { return e.newest().Version() }

// List returns one page of the sessions that match, in the order asked for, and
// how many match in all. The errors are *query.Error, ErrBadCursor, ErrClosed and
// the context's.
//
// The default listing costs microseconds at any offset and size, and so do listings
// in the default order that are filtered by state, channel, type, and one
// application, workspace or asset. Other filters cost some 20 µs per million
// sessions and value, deep pages under them up to a millisecond per million, a
// keyword that nobody asked for up to half a millisecond; Explain tells.
func (e *Engine) List(ctx context.Context, q query.Query) (Page, error) {
	return e.newest().List(ctx, q)
}

// All yields every match in order, all from the version that is newest when the
// loop begins. It ignores Limit; Offset and Cursor say where it starts. An error
// comes last, with a zero session.
func (e *Engine) All(ctx context.Context, q query.Query) iter.Seq2[Session, error] {
	return func(yield func(Session, error) bool) { e.newest().All(ctx, q)(yield) }
}

// Explain answers the query like List and tells how, instead of the page.
func (e *Engine) Explain(ctx context.Context, q query.Query) (query.Plan, error) {
	return e.newest().Explain(ctx, q)
}

// Verify rebuilds every index of the newest version from its sessions and
// compares; nil means that all agree. Some seconds per million sessions. Readers
// and writers go on meanwhile. Of a durable engine the file is verified as well,
// every record against its session; writers wait for that part.
func (e *Engine) Verify(ctx context.Context) error {
	v := e.cur.Load()
	if v == nil {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err := v.Check()
	if e.store != nil {
		err = errors.Join(err, e.verifyStore(ctx))
	}
	return err
}

// Close frees the engine. It may be called again; all other calls return ErrClosed
// from then on, but for those that are under way. Snapshots taken before stay
// readable; watches end.
func (e *Engine) Close() error {
	var err error
	if e.store != nil {
		err = e.store.Close() // lets the writes under way finish
	}
	e.mu.Lock()
	first := e.cur.Swap(nil) != nil
	e.mu.Unlock()
	e.watches.close()
	if first && e.titles != nil {
		err = errors.Join(err, e.titles.Close()) // may wait for refresh, so without the lock
	}
	return err
}
