package sessiondex

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/internal/live"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/store"
)

// Tx reads and writes the sessions for a function passed to [Engine.Tx]. It sees the
// newest sessions, including the function's own writes. It is for the function's own
// goroutine, and ends with the function: later calls return ErrTxDone.
type Tx struct {
	engine *Engine
	before *index.View
	// touched are the ids written so far; repeated means that one may occur more than
	// once.
	touched  []string
	repeated bool
	// positions are the log positions that the function has set; fault is the fault of
	// one.
	positions []store.Note
	fault     error
	held      []string // references to Extras that the file does not have yet
	done      atomic.Bool
}

// Tx runs f, and makes all of its writes visible in one step, or none. Put, Delete and
// all other writes are built on it.
//
// Functions run one after another, each on the results of those before it: no other
// write comes between the reads and the writes of f. If f returns an error or panics,
// its own writes are dropped and nothing else; Tx returns the error, or the panic
// continues. When Tx returns nil, every later read sees the writes of f, and a durable
// engine has them in its file (see Options.Sync). They are one version and one commit
// of the feed; a function that changes nothing makes neither.
//
// Functions that run while the file is being written share its next transaction. If
// that fails, all of them fail, and so do those that ran meanwhile and have seen their
// writes: each Tx returns the error, and none of their writes becomes visible. Only
// Put, Insert, Delete and DeleteWhere, which can be repeated, are tried again, alone.
//
// f should be quick, since other writers wait for it; readers do not. It may read the
// engine, which answers from the published version, without f's writes. It must not
// write to the engine, wait for something that does, or close it: that is a deadlock. A
// write in f's own goroutine is detected after a second and returns an error.
//
// The context is checked while Tx waits for its turn; once f has run, the write is
// completed. The errors are f's, ErrClosed, ErrReadOnly, the context's and those of the
// file.
func (e *Engine) Tx(ctx context.Context, f func(tx *Tx) error) error {
	return e.transact(ctx, f, false)
}

// transact is Tx. With again, it runs f again, alone, if a transaction that f shared
// with others failed.
func (e *Engine) transact(ctx context.Context, f func(*Tx) error, again bool) (err error) {
	o := e.shared.observer
	sessions, start := 0, o.began()
	if o != nil {
		defer func() { o.write(start, sessions, err) }()
	}
	for alone := false; ; alone = true {
		w, n, err := e.runTx(ctx, f, alone)
		if err != nil || w == nil {
			sessions = n
			return err
		}
		shared, err := w.wait()
		if err == nil {
			sessions = n
		}
		if err == nil || !again || !shared {
			return err
		}
	}
}

// runTx waits for its turn, runs f, and passes f's writes to a group; w is nil if there
// is nothing to wait for, as in memory, where they are published at once.
func (e *Engine) runTx(ctx context.Context, f func(*Tx) error, alone bool) (w *waiting, sessions int, err error) {
	if err := e.takeToWrite(ctx); err != nil {
		return nil, 0, err
	}
	defer e.yieldTurn()
	tx := &Tx{engine: e, before: e.writer.View()}
	finished := false
	defer func() {
		tx.done.Store(true)
		if !finished { // an error, no change, a panic, or runtime.Goexit
			e.writer.Rollback(tx.before)
			e.releaseHeld(tx.held)
		}
	}()
	if err := e.turn.Call(func() error { return f(tx) }); err != nil {
		return nil, 0, err
	}
	if tx.fault != nil {
		return nil, 0, tx.fault
	}
	r, err := tx.result()
	if err != nil {
		return nil, 0, err
	}
	if len(r.ids) > 0 {
		finished = true
		r.view = e.writer.Number(tx.before.Version() + 1)
	} else if len(r.positions) > 0 {
		finished = true
		r.view = e.writer.Rollback(tx.before) // no change, no version
	} else {
		return nil, 0, nil
	}
	if e.store == nil {
		e.publish([]*result{r})
		return nil, len(r.ids), nil
	}
	w, err = e.join(r, alone)
	finished = err == nil
	return w, len(r.ids), err
}

// errWriteInside is returned by a write that would wait for the function that called it.
var errWriteInside = errors.New("sessiondex: a function given to Tx, Update or UpdateWhere writes to its own engine, which would wait for ever; it must use its Tx")

// takeToWrite takes the turn, unless the engine is closed or read-only.
func (e *Engine) takeToWrite(ctx context.Context) error {
	if err := e.writable(); err != nil {
		return err
	}
	return e.takeTurn(ctx)
}

func (e *Engine) writable() error {
	if e.cur.Load() == nil {
		return ErrClosed
	}
	if e.store != nil && e.opts.ReadOnly {
		return ErrReadOnly
	}
	return nil
}

// takeTurn takes the turn, unless the engine is closed.
func (e *Engine) takeTurn(ctx context.Context) error {
	if err := e.turn.Take(ctx); err != nil {
		return err
	}
	if e.closing {
		e.yieldTurn()
		return ErrClosed
	}
	return nil
}

// SetLogPosition stores how far the caller has come in a log of its own, in the same
// transaction as the function's writes: after a crash, LogPosition returns the position
// that belongs to the stored sessions. The bytes are copied; nil forgets the name. On
// its own it makes a transaction of the file, but no version and no commit of the feed.
// Tx fails if the name has more than 32,767 bytes. It does nothing once the function
// has returned.
func (tx *Tx) SetLogPosition(name string, p []byte) {
	if tx.done.Load() {
		return
	}
	if len(name) >= store.MaxIDBytes {
		tx.fault = fmt.Errorf("sessiondex: the name of a log position has %d bytes, at most %d are possible: %q", len(name), store.MaxIDBytes-1, cut(name))
		return
	}
	tx.positions = slices.DeleteFunc(tx.positions, func(n store.Note) bool { return n.Name == name })
	tx.positions = append(tx.positions, store.Note{Name: name, Value: slices.Clone(p)})
}

// LogPosition returns the position stored under this name, nil if there is none.
func (e *Engine) LogPosition(name string) []byte {
	e.positionsMu.Lock()
	defer e.positionsMu.Unlock()
	return slices.Clone(e.positions[name])
}

// Get returns the session with this id, or ErrNotFound. O(log n).
func (tx *Tx) Get(id string) (Session, error) {
	if tx.done.Load() {
		return Session{}, ErrTxDone
	}
	return tx.now().Get(context.Background(), id)
}

// All yields every match in order, as they are when the loop begins; the loop may
// write. See Engine.All.
func (tx *Tx) All(ctx context.Context, q query.Query) iter.Seq2[Session, error] {
	return func(yield func(Session, error) bool) {
		if tx.done.Load() {
			yield(Session{}, ErrTxDone)
			return
		}
		tx.now().All(ctx, q)(yield)
	}
}

// now returns the version that the function sees, its own writes included.
func (tx *Tx) now() version { return tx.engine.at(tx.engine.writer.View()) }

// Put inserts sessions, or replaces those of the same ids, as Engine.Put does. If one
// is refused, none is put and the function may continue.
func (tx *Tx) Put(sessions ...Session) error {
	if tx.done.Load() {
		return ErrTxDone
	}
	sessions, err := tx.engine.settle(sessions)
	if err != nil {
		return err
	}
	tx.put(sessions)
	return nil
}

// put puts settled sessions. It skips a session that is already stored with the same
// members.
func (tx *Tx) put(sessions []Session) {
	v := tx.engine.writer.View()
	entries := make([]index.Entry, 0, len(sessions))
	for i := range sessions {
		entry := project(&sessions[i])
		tx.engine.shared.members.refer(&entry)
		if ord, ok := v.Find(entry.ID); ok {
			if there := v.Entry(ord); entry.SameSession(&there) {
				continue
			}
		}
		entries = append(entries, entry)
	}
	if len(entries) == 0 {
		return
	}
	tx.repeated = len(tx.touched) > 0
	tx.touched = slices.Grow(tx.touched, len(entries))
	for i := range entries {
		tx.touched = append(tx.touched, entries[i].ID)
	}
	tx.hold(entries)
	tx.engine.writer.Put(entries)
}

// hold keeps the Extras that will be in the file only, until the file has them.
func (tx *Tx) hold(entries []index.Entry) {
	m := tx.engine.shared.members
	for i := range entries {
		if e := &entries[i]; e.Reference != "" {
			m.hold(e.Reference, e.Extra)
			tx.held = append(tx.held, e.Reference)
		}
	}
}

// Insert adds sessions; if a session with one of the ids exists, it returns ErrExists
// and adds none. Otherwise it is like Put.
func (tx *Tx) Insert(sessions ...Session) error {
	if tx.done.Load() {
		return ErrTxDone
	}
	sessions, err := tx.engine.settle(sessions)
	if err != nil {
		return err
	}
	v := tx.engine.writer.View()
	for i := range sessions {
		if _, taken := v.Find(sessions[i].ID); taken {
			return fmt.Errorf("%w: %q (index %d)", ErrExists, cut(sessions[i].ID), i)
		}
	}
	tx.put(sessions)
	return nil
}

// Delete removes the sessions that have these ids, and returns how many there were.
func (tx *Tx) Delete(ids ...string) (int, error) {
	if tx.done.Load() {
		return 0, ErrTxDone
	}
	v := tx.engine.writer.View()
	there := make([]string, 0, len(ids))
	for _, id := range ids {
		if _, ok := v.Find(id); ok {
			there = append(there, id)
		}
	}
	if len(there) == 0 {
		return 0, nil
	}
	tx.repeated = true // the caller may have named one twice
	tx.touched = append(tx.touched, there...)
	_, n := tx.engine.writer.Delete(there)
	return n, nil
}

// settle validates sessions that are to be put, and repairs their Extras.
func (e *Engine) settle(sessions []Session) ([]Session, error) {
	sessions, err := settleBatch(sessions, e.opts.MaxTitleBytes)
	if err == nil && e.store != nil {
		err = storedIDs(sessions)
	}
	return sessions, err
}

// storedIDs refuses ids that are too long for the file, before anything is written.
func storedIDs(sessions []Session) error {
	for i := range sessions {
		if n := len(sessions[i].ID); n > store.MaxIDBytes {
			return &SessionError{ID: sessions[i].ID, Index: i, Field: "id", Reason: fmt.Sprintf("has %d bytes, in a database at most %d", n, store.MaxIDBytes)}
		}
	}
	return nil
}

// result is the outcome of a function.
type result struct {
	view    *index.View
	changes []live.Change // the sessions before and after; nil if there are more than maxResult
	ids     []string      // of the sessions written, each once
	// positions are the log positions that were set.
	positions []store.Note
	held      []string // references to Extras that the file does not have yet
}

// maxResult is how many changes a result holds at most: the changes of a larger write
// are too many for the feed, and take more memory than the ids that lead to them.
const maxResult = live.MaxLogChanges

// result compares the written sessions with the version before.
func (tx *Tx) result() (*result, error) {
	r := &result{ids: tx.touched, positions: tx.positions, held: tx.held}
	if tx.repeated {
		slices.Sort(r.ids)
		r.ids = slices.Compact(r.ids)
	}
	now := tx.engine.writer.View()
	if len(r.ids) > maxResult && tx.repeated {
		r.ids = slices.DeleteFunc(r.ids, func(id string) bool {
			was, is := tx.before.FindPacked(id), now.FindPacked(id)
			return was.Same(&is)
		})
	}
	members := tx.engine.shared.members
	if len(r.ids) > maxResult {
		for i := 0; i < len(r.ids) && members != nil; i++ {
			was, is := tx.before.FindPacked(r.ids[i]), now.FindPacked(r.ids[i])
			if err := members.replaced(&was, &is); err != nil {
				return nil, err
			}
		}
		return r, nil
	}
	r.changes = make([]live.Change, 0, len(r.ids))
	ids := r.ids[:0]
	for _, id := range r.ids {
		c := live.Change{Before: tx.before.FindPacked(id), After: now.FindPacked(id)}
		if !c.Before.Same(&c.After) {
			if err := members.replaced(&c.Before, &c.After); err != nil {
				return nil, err
			}
			r.changes = append(r.changes, c)
			ids = append(ids, id)
		}
	}
	r.ids = ids
	return r, nil
}
