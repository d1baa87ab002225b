package sessiondex

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sessiondex/sessiondex/index"
)

// watchHub stands between the writers and the watches. A writer leaves the ids of
// what it wrote and the new version in the inbox. A goroutine, the dispatcher,
// takes them out, looks up what the sessions were and are, and marks the windows
// that could be different now; the watches of those compute them anew, each
// window once.
//
// The invariant: a window that is not stale is the one of the hub's version. The
// hub's version moves on under the lock, together with the marks.
//
// The dispatcher runs while somebody watches, and some time longer.
type watchHub struct {
	cur  *atomic.Pointer[index.View] // the engine's
	seed maphash.Seed                // of the tokens
	// watched is all that a write looks at while nobody watches.
	watched atomic.Bool
	inbox   inbox
	running sync.WaitGroup // the dispatcher
	ended   chan struct{}  // closed when the engine is

	mu       sync.Mutex
	closed   bool
	stop     chan struct{} // stops the dispatcher; nil if there is none
	idle     *time.Timer   // stops it after a while without watches
	view     *index.View   // the hub's version; nil while the dispatcher does not run
	listings map[string]*listing
	routes   routes
	log      changeLog
	pass     uint64              // counts the batches
	spare    map[string]struct{} // empty, for the inbox
}

const (
	// watchLinger is how long what watches need to go on is kept after the last one
	// left: a client that lost its connection comes back within seconds.
	watchLinger = 30 * time.Second
	// maxInbox is how many sessions' ids wait for the dispatcher at the most. If
	// there are more, all windows are taken to be concerned.
	maxInbox = 4096
	// The dispatcher rests after each batch, at least minRest, so that a quick writer
	// need not wake it for every write, and otherwise for as long as the batch took,
	// so that it leaves the processor to others half of the time.
	minRest, maxRest = time.Millisecond, 100 * time.Millisecond
	// testCost is about what it takes to test a change against a listing.
	testCost = 25 * time.Nanosecond
	// minCost is the least that waking the watchers and computing a window costs.
	minCost = 5 * time.Microsecond
)

// inbox is what was written since the dispatcher last looked.
type inbox struct {
	mu     sync.Mutex
	view   *index.View // the newest version; nil: nothing was written
	ids    map[string]struct{}
	all    bool          // too many to tell
	signal chan struct{} // has one element if there is something
}

func (h *watchHub) init(cur *atomic.Pointer[index.View]) {
	h.cur, h.seed = cur, maphash.MakeSeed()
	h.ended = make(chan struct{})
	h.listings = make(map[string]*listing)
}

// wrote tells of a write. The caller has the engine's turn and has published the
// version, or a later one.
func (h *watchHub) wrote(ids []string) {
	if h.watched.Load() {
		h.inbox.add(h.cur.Load(), ids)
	}
}

func (b *inbox) add(v *index.View, ids []string) {
	b.mu.Lock()
	b.view = v
	for _, id := range ids {
		if b.all {
			break
		}
		b.ids[id] = struct{}{}
		b.all = len(b.ids) > maxInbox
	}
	signal := b.signal
	b.mu.Unlock()
	select {
	case signal <- struct{}{}:
	default: // it has been told
	}
}

// take empties the inbox, and leaves an empty map there for the next ids.
func (b *inbox) take(empty map[string]struct{}) (v *index.View, ids map[string]struct{}, all bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, ids, all = b.view, b.ids, b.all
	b.view, b.ids, b.all = nil, empty, false
	return v, ids, all
}

// start runs a dispatcher. The caller holds the lock.
func (h *watchHub) start() error {
	h.inbox.take(make(map[string]struct{}))
	h.spare = make(map[string]struct{})
	signal := make(chan struct{}, 1)
	h.inbox.mu.Lock()
	h.inbox.signal = signal
	h.inbox.mu.Unlock()
	// In this order: a write that does not see that it is watched was published
	// before the version is loaded here.
	h.watched.Store(true)
	if h.view = h.cur.Load(); h.view == nil {
		h.watched.Store(false)
		return ErrClosed
	}
	h.log.reset(h.view.Version())
	stop := make(chan struct{})
	h.stop = stop
	h.running.Go(func() { h.dispatch(signal, stop) })
	return nil
}

// dispatch is the dispatcher.
func (h *watchHub) dispatch(signal, stop chan struct{}) {
	rest := time.NewTimer(0)
	defer rest.Stop()
	for {
		select {
		case <-signal:
		case <-stop:
			return
		}
		start := time.Now()
		h.mu.Lock()
		if h.stop == stop {
			h.catchUp()
		}
		h.mu.Unlock()
		rest.Reset(min(max(time.Since(start), minRest), maxRest))
		select {
		case <-rest.C:
		case <-stop:
			return
		}
	}
}

// shutDown ends the dispatcher, if there is one. The caller holds the lock.
func (h *watchHub) shutDown() {
	if h.stop == nil {
		return
	}
	h.watched.Store(false)
	close(h.stop)
	h.stop, h.view = nil, nil
	h.log.reset(0)
	// A write may still be on its way to the inbox.
	h.inbox.take(make(map[string]struct{}))
}

// close ends all watches and waits for the dispatcher.
func (h *watchHub) close() {
	h.mu.Lock()
	if !h.closed {
		h.closed = true
		close(h.ended)
		if h.idle != nil {
			h.idle.Stop()
		}
		h.shutDown()
	}
	h.mu.Unlock()
	h.running.Wait()
}

// catchUp moves the hub on to the newest version that is in the inbox. The caller
// holds the lock.
func (h *watchHub) catchUp() {
	v, ids, all := h.inbox.take(h.spare)
	h.spare = ids
	defer clear(h.spare)
	if v == nil || v.Version() <= h.view.Version() {
		return
	}
	old := h.view
	h.view = v
	if all {
		h.log.reset(v.Version())
		h.suspectAll()
		return
	}
	changes := make([]change, 0, len(ids))
	for id := range ids {
		c := change{old: old.FindPacked(id), now: v.FindPacked(id)}
		if !c.old.Same(&c.now) {
			changes = append(changes, c)
		}
	}
	h.log.append(v.Version(), changes)
	h.pass++
	for i := range changes {
		s := changes[i].sights()
		h.routes.each(&s, func(l *listing) {
			if l.stale {
				return
			}
			if l.pass != h.pass {
				l.pass, l.tests = h.pass, 0
			}
			// Where the tests are many, computing the window anew is cheaper.
			if l.tests++; time.Duration(l.tests)*testCost > l.cost || l.concerned(&s) {
				l.suspect()
			}
		})
	}
}

// suspectAll marks every window.
func (h *watchHub) suspectAll() {
	for _, l := range h.listings {
		if !l.stale {
			l.suspect()
		}
	}
}

// concernedSince reports whether the listing's window, which is one of the hub's
// version or of the given one, could be different in the other.
func (h *watchHub) concernedSince(l *listing, version uint64) bool {
	batches, ok := h.log.after(version)
	if !ok {
		return true
	}
	tests := 0
	for _, b := range batches {
		for i := range b.changes {
			s := b.changes[i].sights()
			if tests++; time.Duration(tests)*testCost > l.cost || l.concerned(&s) {
				return true
			}
		}
	}
	return false
}

// refresh computes the window of a listing in the hub's version, with the lock
// released meanwhile.
func (h *watchHub) refresh(ctx context.Context, l *listing) error {
	l.computing = true
	v, old := h.view, l.window
	h.mu.Unlock()
	start := time.Now()
	next, err := l.compute(ctx, v, old)
	cost := time.Since(start)
	h.mu.Lock()
	l.computing = false
	if err == nil && !h.closed {
		l.window, l.computed, l.cost = next, v.Version(), max(cost, minCost)
		l.stale = h.view != v && h.concernedSince(l, v.Version())
	}
	l.wake()
	return err
}
