package sessiondex

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/index/words"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/internal/live"
	"github.com/sessiondex/sessiondex/internal/publicapi"
	"github.com/sessiondex/sessiondex/internal/turn"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// Engine holds sessions and lists them. All methods are safe for concurrent use:
// writers take turns, and readers neither lock nor wait, whatever is written.
//
// Every write makes a new version, which shares the unchanged parts with the version
// before and copies the rest, and publishes it in one step. A read answers from the
// version that is newest when it begins.
type Engine struct {
	opts  Options
	cur   atomic.Pointer[index.View] // nil once closed
	store file                       // nil in memory
	// titles is nil if keyword searches scan (Options.ScanTitles).
	titles  *index.IndexedTitles
	words   *words.Search // nil if it is turned off
	watches live.Hub

	shared *shared
	feed   feed

	turn turn.Turn
	// The turn guards the fields below. The writer's view is ahead of the newest
	// version by the results that the groups have not published yet.
	writer   *index.Writer
	groups   []*group        // not done yet, in order
	open     *group          // the last of them, while it takes more; nil without one
	lastDone <-chan struct{} // closed when the last group that was made is done
	closing  bool
	logged   bool // the file has commits in its log

	// positions are the log positions by name, as of the newest version.
	positionsMu sync.Mutex
	positions   map[string][]byte

	stale  atomic.Bool   // a text index has sealed or merged since the last publish
	ending chan struct{} // closed when Close begins
	// verifying is locked by a Verify that compares file and memory, and read-locked by
	// writes while their file is ahead of memory.
	verifying sync.RWMutex
}

// shared is what all versions of an engine have in common.
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

// identify says which history the engine's versions are of. The tokens of watches are of
// that, and of the options that decide what a listing has: an engine that is opened with
// others answers the same query from the same version differently.
func (e *Engine) identify(epoch Epoch) {
	e.shared.epoch = epoch
	e.watches.Identify(fmt.Appendf(epoch[:], "%+v %d %+v", e.opts.Fields, e.opts.Fold, *e.opts.Words))
}

// newEngine returns an empty engine that owns s; s may be nil.
func newEngine(o Options, s file) (*Engine, error) {
	e := &Engine{opts: o, store: s, turn: turn.New(errWriteInside), ending: make(chan struct{})}
	e.shared = &shared{observer: o.Observer, schema: o.schema, epoch: newEpoch(), force: o.forceMethod}
	nothing := make(chan struct{})
	close(nothing)
	e.lastDone = nothing
	e.watches.Init(&e.cur)
	e.identify(e.shared.epoch)
	var titles index.TitleIndex
	if !o.ScanTitles {
		o.titles.Changed = e.refresh
		indexed, err := index.NewIndexedTitles(&o.titles)
		if err != nil {
			return nil, err
		}
		e.titles, titles = indexed, indexed
	}
	e.turn.TakeAnyway()
	defer e.yieldTurn()
	e.writer = index.NewWriter(o.schema, titles)
	e.writer.SetFold(fold.Form(o.Fold))
	e.writer.Note(publicapi.HasMisfit)
	if err := e.startWords(); err != nil {
		return nil, err
	}
	e.cur.Store(e.writer.View())
	return e, nil
}

// startWords sets up the search by words. The caller has the turn.
func (e *Engine) startWords() error {
	o := e.opts.Words
	e.writer.SetWords(nil)
	if o.Off {
		return nil
	}
	options := e.opts.words
	options.Changed = e.refresh
	s, err := words.NewSearch(o.Analyser, &options, func(row int, x index.WordIndex) {
		if e.turn.TakeUnless(e.ending) {
			e.writer.IndexWords(row, x)
			e.stale.Store(true)
			e.yieldTurn()
		}
	})
	if s == nil || err != nil {
		return err
	}
	e.words = s
	e.writer.SetWords(s)
	if !o.AtStart {
		return nil
	}
	x, err := s.Begin(schema.RowTitle)
	if err != nil {
		return err
	}
	e.writer.IndexWords(schema.RowTitle, x)
	e.stale.Store(true)
	return nil
}

// Snapshot returns the newest version as one that never changes. O(1); it needs no
// Close, and keeps the memory that only this version uses. The methods of a closed
// engine's snapshot return ErrClosed.
func (e *Engine) Snapshot() *Snapshot { return &Snapshot{e.newest()} }

func (e *Engine) newest() version { return e.at(e.cur.Load()) }

func (e *Engine) at(v *index.View) version { return version{v, e.shared} }

// Schema returns the fields that sessions have: the contract's and Options.Fields.
func (e *Engine) Schema() *schema.Schema { return e.shared.schema }

// Count returns how many sessions match: the Total of List.
func (e *Engine) Count(ctx context.Context, q query.Query) (int, error) {
	return e.newest().Count(ctx, q)
}

// GetMany returns the sessions with these ids, in the order of the ids and from one
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
// application, workspace or asset. Other filters cost some 20 µs per million sessions
// and value, deep pages under them up to a millisecond per million, a keyword that was
// not searched before up to half a millisecond; Explain shows how a query is answered.
func (e *Engine) List(ctx context.Context, q query.Query) (Page, error) {
	return e.newest().List(ctx, q)
}

// All yields every match in order, all from the version that is newest when the
// loop begins. It ignores Limit; Offset and Cursor say where it starts. An error
// comes last, with a zero session.
func (e *Engine) All(ctx context.Context, q query.Query) iter.Seq2[Session, error] {
	return func(yield func(Session, error) bool) { e.newest().All(ctx, q)(yield) }
}

// Explain answers the query like List and returns how it did so instead of the page.
func (e *Engine) Explain(ctx context.Context, q query.Query) (query.Plan, error) {
	return e.newest().Explain(ctx, q)
}

// Facets counts the matches by the values of the fields that the options name, all
// in one version. The errors are *query.Error, also for the options, ErrClosed and
// the context's.
//
// At a million sessions under filters, the facets of few values take some 0.8 ms
// together (1.4 ms under five filters at once), applications and months some 1 ms
// each, days up to 2 ms; without filters all of them 0.2 ms.
func (e *Engine) Facets(ctx context.Context, q query.Query, o query.FacetOptions) (Facets, error) {
	return e.newest().Facets(ctx, q, o)
}

// Rank returns how many matches of the query come before a session in its listing: the
// session's own offset if it is a match, otherwise the offset that it would have. The
// session need not be in the engine: its id, times, title and the declared field that
// orders the listing decide. Limit, Offset and Cursor make no difference.
//
// It costs as much as a page at that offset. The errors are *query.Error, ErrClosed and
// the context's.
func (e *Engine) Rank(ctx context.Context, q query.Query, s Session) (int, error) {
	return e.newest().Rank(ctx, q, s)
}

// CursorAfter returns a cursor to the sessions after a session in the query's listing,
// as if a page had ended on it. The session need not be a match, nor in the engine; see
// Rank. A title of more than 4 KiB makes a cursor that only an engine with that session
// reads exactly: another one may repeat sessions whose titles begin with the same text.
// The errors are *query.Error and ErrClosed.
func (e *Engine) CursorAfter(q query.Query, s Session) (string, error) {
	return e.newest().CursorAfter(q, s)
}

// Comparator returns the order of the query's listing: negative if a comes before b, and
// 0 only for sessions of one id that sort alike. Pages of several engines with the same
// fields are merged by it. The function keeps no version alive, and is safe for
// concurrent use. A call takes less than a microsecond, plus the time to fold titles, or
// to read Extra where a declared field decides. The errors are *query.Error and
// ErrClosed.
func (e *Engine) Comparator(q query.Query) (func(a, b Session) int, error) {
	return e.newest().Comparator(q)
}

// Hidden returns how many more sessions List would show if sub-sessions and task runs
// were included, so that an empty list can say "3 hidden as task runs". These sessions
// meet all other conditions of the query. The counts are exact and of one version; they
// cost about as much as the total of the same query with everything included. The
// errors are *query.Error, ErrClosed and the context's.
func (e *Engine) Hidden(ctx context.Context, q query.Query) (query.Hidden, error) {
	return e.newest().Hidden(ctx, q)
}

// Why says whether the query's listing has the session with this id: at which rank and
// on which page, or which conditions exclude it, each with the wanted value and the
// session's value. The errors are *query.Error, ErrNotFound for an id that no session
// has (or none within the query's Scope), ErrClosed and the context's.
//
// It costs some microseconds for an excluded session, otherwise as much as the page
// with that rank.
func (e *Engine) Why(ctx context.Context, q query.Query, id string) (query.Why, error) {
	return e.newest().Why(ctx, q, id)
}

// Verify rebuilds every index of the newest version from its sessions and compares; nil
// means that all agree. It takes some seconds per million sessions; readers and writers
// continue meanwhile. For a durable engine it also compares every record of the file
// with its session; writers wait for that part.
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

// Close frees the engine. It may be called again. Calls under way finish; all later
// calls return ErrClosed. Snapshots taken before stay readable; watches end.
func (e *Engine) Close() error {
	e.turn.TakeAnyway()
	first := !e.closing
	if first {
		e.closing = true
		close(e.ending)
	}
	underWay := e.lastDone
	e.turn.Release()
	<-underWay
	var err error
	if e.store != nil {
		err = e.store.Close()
	}
	e.turn.TakeAnyway()
	e.cur.Store(nil)
	e.turn.Release()
	e.watches.Close()
	if first && e.titles != nil {
		err = errors.Join(err, e.titles.Close())
	}
	if first && e.words != nil {
		err = errors.Join(err, e.words.Close())
	}
	return err
}
