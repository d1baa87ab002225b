// Package live keeps windows of listings up to date while sessions are written.
//
// A [Hub] stands between the writers and the watchers. A writer leaves the ids of
// what it wrote and the new version in the inbox. A goroutine, the dispatcher,
// takes them out, looks up the sessions before and after, tests them against the
// listings that could have them, and marks the windows that may have changed as stale.
// Their watchers compute them again, each window once.
//
// The invariant: a window that is not stale is that of the hub's version. The
// hub's version moves on under its lock, together with the marks. Looking sessions up,
// testing them and computing windows, which take long, happen without the lock: no
// watcher waits for the conditions of another.
package live

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sessiondex/sessiondex/index"
)

// ErrClosed is returned once the hub is closed, or the engine whose versions it is of.
var ErrClosed = errors.New("closed")

// Hub knows all windows that are watched. Init it before use. The dispatcher runs while
// somebody watches, and some time longer. Safe for concurrent use.
type Hub struct {
	cur     *atomic.Pointer[index.View] // the engine's
	history []byte                      // what tokens are of: the engine's history
	// watched is all that a write looks at while nobody watches.
	watched atomic.Bool
	inbox   inbox
	running sync.WaitGroup // the dispatcher
	ended   chan struct{}  // closed when the hub is

	// catching is held by whoever moves the hub on to another version, which takes mu
	// inside of it and only for moments.
	catching sync.Mutex
	jobs     []job // empty, with room; of whoever catches up

	mu       sync.Mutex
	closed   bool
	stop     chan struct{} // stops the dispatcher; nil if there is none
	idle     *time.Timer   // stops it after a while without watches
	joining  int           // watchers on their way in, for which it must go on
	view     *index.View   // the hub's version; nil while the dispatcher does not run
	listings map[string]*listing
	groups   map[string]*group
	routes   routes
	log      Log
	pass     uint64 // counts how often the hub caught up
	// While changes are tested, fresh are the listings whose windows were computed in
	// the version before meanwhile, so that not all changes were tested against them.
	testing bool
	fresh   []*listing
}

const (
	// linger is how long what watches need to go on is kept after the last one
	// left: a client that lost its connection comes back within seconds.
	linger = 30 * time.Second
	// maxInbox is how many sessions' ids wait for the dispatcher at the most. If
	// there are more, all windows are taken to be concerned.
	maxInbox = 4096
	// The dispatcher rests after each batch, at least minRest, so that a quick writer
	// need not wake it for every write, and otherwise for as long as the batch took,
	// so that it leaves the processor to others half of the time.
	minRest, maxRest = time.Millisecond, 100 * time.Millisecond
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

// Init makes the hub ready to watch the versions that cur holds one after the other,
// and nil in the end.
func (h *Hub) Init(cur *atomic.Pointer[index.View]) {
	h.cur = cur
	h.ended = make(chan struct{})
	h.listings = make(map[string]*listing)
}

// Identify says which history the versions are of: a token of the same history, and of the
// same version of a listing, goes on in another process too. It is called before Join.
func (h *Hub) Identify(history []byte) { h.history = history }

// hash returns a number for a listing in this history.
func (h *Hub) hash(canonical string) uint64 {
	sum := sha256.Sum256(append(bytes.Clone(h.history), canonical...))
	return binary.BigEndian.Uint64(sum[:])
}

// Wrote tells of a write. The caller holds the writer's lock and has published the
// version. It keeps the ids, not the slice.
func (h *Hub) Wrote(ids []string) {
	if h.watched.Load() {
		h.inbox.add(h.cur.Load(), ids)
	}
}

func (b *inbox) add(v *index.View, ids []string) {
	b.mu.Lock()
	b.view = v
	for i := 0; i < len(ids) && !b.all; i++ {
		b.ids[ids[i]] = struct{}{}
		b.all = len(b.ids) > maxInbox
	}
	signal := b.signal
	b.mu.Unlock()
	select {
	case signal <- struct{}{}:
	default: // it has been told
	}
}

// take empties the inbox.
func (b *inbox) take() (v *index.View, ids map[string]struct{}, all bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, ids, all = b.view, b.ids, b.all
	b.view, b.all = nil, false
	if len(ids) > 0 || b.ids == nil {
		b.ids = make(map[string]struct{})
	}
	return v, ids, all
}

// start runs a dispatcher. The caller holds the lock.
func (h *Hub) start() error {
	h.inbox.take()
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
	h.log.Reset(h.view.Version())
	stop := make(chan struct{})
	h.stop = stop
	h.running.Go(func() { h.dispatch(signal, stop) })
	return nil
}

// dispatch is the dispatcher.
func (h *Hub) dispatch(signal, stop chan struct{}) {
	rest := time.NewTimer(0)
	defer rest.Stop()
	for {
		select {
		case <-signal:
		case <-stop:
			return
		}
		start := time.Now()
		h.catchUp()
		rest.Reset(min(max(time.Since(start), minRest), maxRest))
		select {
		case <-rest.C:
		case <-stop:
			return
		}
	}
}

// shutDown ends the dispatcher, if there is one. The caller holds the lock.
func (h *Hub) shutDown() {
	if h.stop == nil {
		return
	}
	h.watched.Store(false)
	close(h.stop)
	h.stop, h.view = nil, nil
	h.log.Reset(0)
	// A write may still be on its way to the inbox.
	h.inbox.take()
}

func (h *Hub) goIdle() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.listings) == 0 && h.joining == 0 && !h.closed {
		h.shutDown()
	}
}

// Close ends all watches and waits for the dispatcher.
func (h *Hub) Close() {
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
