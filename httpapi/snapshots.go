package httpapi

import (
	"container/list"
	"crypto/rand"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	// snapshotParam asks for a version that stays: newSnapshot takes one, a token
	// names one that was taken.
	snapshotParam  = "snapshot"
	newSnapshot    = "new"
	snapshotHeader = "X-Snapshot"
)

// snapshots holds the versions that clients page over, each until it was not used
// for its lifetime or until there are too many. Then one of the principal that holds
// most goes, so that what one takes costs no other anything. It is safe for concurrent use.
type snapshots struct {
	max      int
	lifetime time.Duration

	mu      sync.Mutex
	byToken map[string]*list.Element
	byKey   map[snapshotKey]*list.Element
	held    map[string]int // by principal
	// byUse has the latest used in front. Since all have the same lifetime, that is
	// the order in which they expire too.
	byUse list.List
	timer *time.Timer // lets the last one go, also if no request ever comes again
}

// snapshotKey is what makes two snapshots of a principal the same. They then share a
// token, so that many clients that begin to page at the same time take one place.
type snapshotKey struct {
	version   uint64
	principal string
}

type heldSnapshot struct {
	token   string
	key     snapshotKey
	view    source
	expires time.Time
}

func newSnapshots(max int, lifetime time.Duration) *snapshots {
	return &snapshots{
		max: max, lifetime: lifetime,
		byToken: make(map[string]*list.Element), byKey: make(map[snapshotKey]*list.Element), held: make(map[string]int),
	}
}

// hold keeps a version for a principal, and returns its token. With apart, it gets a
// token of its own even if the principal holds the version already: from a token that
// stays, a scoped principal would learn that nothing was written.
func (s *snapshots) hold(view *source, principal string, apart bool) (token string) {
	key := snapshotKey{view.version, principal}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	if at, ok := s.byKey[key]; ok && !apart {
		s.use(at)
		return at.Value.(*heldSnapshot).token
	}
	h := &heldSnapshot{token: rand.Text(), key: key, view: *view}
	at := s.byUse.PushFront(h)
	s.byToken[h.token], s.byKey[key] = at, at
	s.held[principal]++
	s.use(at)
	for s.byUse.Len() > s.max {
		s.drop(s.excess())
	}
	return h.token
}

// excess returns the snapshot to let go: of the principals that hold most, the one that
// was unused for longest.
func (s *snapshots) excess() *list.Element {
	most := 0
	for _, n := range s.held {
		most = max(most, n)
	}
	at := s.byUse.Back()
	for s.held[at.Value.(*heldSnapshot).key.principal] < most {
		at = at.Prev()
	}
	return at
}

// find returns the version of a token, or nil if there is none of this principal.
func (s *snapshots) find(token, principal string) *source {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	at, ok := s.byToken[token]
	if !ok {
		return nil
	}
	h := at.Value.(*heldSnapshot)
	if h.key.principal != principal {
		return nil
	}
	s.use(at)
	return &h.view
}

// use begins a lifetime anew. The caller holds the lock, as for all below.
func (s *snapshots) use(at *list.Element) {
	at.Value.(*heldSnapshot).expires = time.Now().Add(s.lifetime)
	s.byUse.MoveToFront(at)
	s.schedule()
}

// schedule sets the timer to the end of the lifetime that ends first, unless it is
// set: it may go off too early, never too late.
func (s *snapshots) schedule() {
	last := s.byUse.Back()
	if s.timer != nil || last == nil {
		return
	}
	s.timer = time.AfterFunc(time.Until(last.Value.(*heldSnapshot).expires), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.timer = nil
		s.expire()
		s.schedule()
	})
}

func (s *snapshots) drop(at *list.Element) {
	h := s.byUse.Remove(at).(*heldSnapshot)
	delete(s.byToken, h.token)
	if s.byKey[h.key] == at {
		delete(s.byKey, h.key)
	}
	if s.held[h.key.principal]--; s.held[h.key.principal] == 0 {
		delete(s.held, h.key.principal)
	}
}

// expire drops what has outlived its time.
func (s *snapshots) expire() {
	now := time.Now()
	for last := s.byUse.Back(); last != nil && !now.Before(last.Value.(*heldSnapshot).expires); last = s.byUse.Back() {
		s.drop(last)
	}
}

// origin is the version that a request is answered from.
type origin struct {
	source
	token string // of the held version; "" without
	fresh bool   // to be held once it is known that there is an answer
}

// takeSnapshot removes the snapshot parameter.
func takeSnapshot(v url.Values) (value string, given bool) { return take(v, snapshotParam) }

// origin finds the version that the snapshot parameter asks for, the newest one
// without it. If ok is false the request has been answered.
func (h *handler) origin(x *exchange, snapshot string, given bool) (from origin, ok bool, err error) {
	switch {
	case !given:
		from.source = h.source.newest()
		x.tagged(h.versionTag(&from.source, x))
	case h.snapshots == nil:
		return from, false, x.notOffered("Pinner", "has no versions to page over")
	case snapshot == newSnapshot:
		from.source, from.fresh = h.source.pin(), true
		// Its token has to reach the client, so the answer is never an old one: it
		// has no tag.
		x.untagged()
		x.Header().Set("Cache-Control", "private, no-store")
	default:
		view := h.snapshots.find(snapshot, x.principal.key())
		if view == nil {
			return from, false, x.detail(http.StatusGone, "This snapshot is not held any more; take one with snapshot=new and begin again")
		}
		from.source, from.token = *view, snapshot
		x.tagged(h.versionTag(&from.source, x))
		x.Header().Set(snapshotHeader, snapshot)
	}
	return from, true, nil
}

// notOffered answers for a reader that lacks an interface of this package.
func (x *exchange) notOffered(name, why string) error {
	return x.detail(http.StatusNotImplemented, "The reader behind this server "+why+": it is no httpapi."+name)
}

// keep holds a version that was just taken, and tells the client how to ask for it.
func (h *handler) keep(x *exchange, from *origin) {
	if from.fresh {
		from.token = h.snapshots.hold(&from.source, x.principal.key(), x.principal.scoped())
		x.Header().Set(snapshotHeader, from.token)
	}
}
