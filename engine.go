package sessiondex

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/internal/live"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
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
	store file                       // nil in memory
	// titles is nil if keyword searches scan.
	titles  *index.IndexedTitles
	words   *wordSearch // nil if it is turned off
	watches live.Hub

	shared *shared
	feed   feed

	turn turn
	// What follows is guarded by the turn. The writer's view is ahead of the
	// newest version by what the groups have not published yet.
	writer   *index.Writer
	groups   []*group        // not done yet, in order
	open     *group          // the last of them, while it takes more; nil without one
	lastDone <-chan struct{} // closed when the last group that was made is done
	closing  bool
	logged   bool // the file has commits in its log

	// positions are the log positions by name, as of the newest version.
	positionsMu sync.Mutex
	positions   map[string][]byte

	stale  atomic.Bool   // the title index has a better form than the newest version
	ending chan struct{} // closed when Close begins
	// verifying is held by a Verify that compares file and memory, and shared by
	// the writes whose file is ahead of memory for a moment.
	verifying sync.RWMutex
}

// shared is what all versions of an engine refer to.
type shared struct {
	observer *Observer      // nil for none
	members  *membersInFile // nil if all is in memory
	schema   *schema.Schema
	epoch    Epoch
	force    query.Method
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
func newEngine(o Options, s file) (*Engine, error) {
	e := &Engine{opts: o, store: s, turn: newTurn(), ending: make(chan struct{})}
	e.shared = &shared{observer: o.Observer, schema: o.schema, epoch: newEpoch(), force: o.forceMethod}
	nothing := make(chan struct{})
	close(nothing)
	e.lastDone = nothing
	e.watches.Init(&e.cur)
	var titles index.TitleIndex
	if !o.ScanTitles {
		o.titles.Changed = e.refresh
		indexed, err := index.NewIndexedTitles(&o.titles)
		if err != nil {
			return nil, err
		}
		e.titles, titles = indexed, indexed
	}
	e.turn.takeAnyway()
	defer e.yieldTurn()
	e.writer = index.NewWriter(o.schema, titles)
	e.writer.SetFold(fold.Form(o.Fold))
	e.writer.Note(hasMisfit)
	if err := e.startWords(); err != nil {
		return nil, err
	}
	e.cur.Store(e.writer.View())
	return e, nil
}

// Snapshot returns the newest version, which stays as it is. O(1); it needs no
// Close, and holds on to the memory that only this version uses. A snapshot of a
// closed engine answers ErrClosed.
func (e *Engine) Snapshot() *Snapshot { return &Snapshot{e.newest()} }

func (e *Engine) newest() version { return e.at(e.cur.Load()) }

func (e *Engine) at(v *index.View) version { return version{v, e.shared} }

// Schema returns the fields that sessions have: the contract's and Options.Fields.
func (e *Engine) Schema() *schema.Schema { return e.shared.schema }

// Count returns how many sessions match: the Total of List.
func (e *Engine) Count(ctx context.Context, q query.Query) (int, error) {
	return e.newest().Count(ctx, q)
}

// GetMany returns the sessions that have these ids, in the order asked and of one
// version, and the ids that no session has.
func (e *Engine) GetMany(ctx context.Context, ids ...string) (found []Session, missing []string, err error) {
	return e.newest().GetMany(ctx, ids...)
}

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
	e.turn.takeAnyway()
	first := !e.closing
	if first {
		e.closing = true
		close(e.ending)
	}
	underWay := e.lastDone
	e.turn.release()
	<-underWay
	var err error
	if e.store != nil {
		err = e.store.Close()
	}
	e.turn.takeAnyway()
	e.cur.Store(nil)
	e.turn.release()
	e.watches.Close()
	if first && e.titles != nil {
		err = errors.Join(err, e.titles.Close())
	}
	if first && e.words != nil {
		err = errors.Join(err, e.words.close())
	}
	return err
}
