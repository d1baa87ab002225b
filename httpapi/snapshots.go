package httpapi

import (
	"container/list"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/sessiondex/sessiondex"
)

const (
	// snapshotParam asks for a version that stays: newSnapshot takes one, a token
	// names one that was taken.
	snapshotParam  = "snapshot"
	newSnapshot    = "new"
	snapshotHeader = "X-Snapshot"
)

// snapshots holds the versions that clients page over, each until it was not used
// for its lifetime or until there are too many. It is safe for concurrent use.
type snapshots struct {
	max      int
	lifetime time.Duration

	mu      sync.Mutex
	byToken map[string]*list.Element
	byKey   map[snapshotKey]*list.Element
	// byUse has the latest used in front. Since all have the same lifetime, that is
	// the order in which they expire too.
	byUse list.List
	timer *time.Timer // lets the last one go, also if no request ever comes again
}

// snapshotKey is what makes two snapshots the same for everyone who may use them.
// They then share a token, so that many clients that begin to page at the same
// time take one place.
type snapshotKey struct {
	version uint64
	scope   string
}

type heldSnapshot struct {
	token   string
	key     snapshotKey
	view    *sessiondex.Snapshot
	expires time.Time
}

func newSnapshots(max int, lifetime time.Duration) *snapshots {
	return &snapshots{
		max: max, lifetime: lifetime,
		byToken: make(map[string]*list.Element), byKey: make(map[snapshotKey]*list.Element),
	}
}

// hold keeps a version for the principals of a scope, and returns its token. The
// one that was unused for longest goes if there are too many.
func (s *snapshots) hold(view *sessiondex.Snapshot, scope *Scope) (token string) {
	key := snapshotKey{view.Version(), scopeKey(scope)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	if at, ok := s.byKey[key]; ok {
		s.use(at)
		return at.Value.(*heldSnapshot).token
	}
	h := &heldSnapshot{token: rand.Text(), key: key, view: view}
	at := s.byUse.PushFront(h)
	s.byToken[h.token], s.byKey[key] = at, at
	s.use(at)
	for s.byUse.Len() > s.max {
		s.drop(s.byUse.Back())
	}
	return h.token
}

// find returns the version of a token, or nil if there is none for this scope.
func (s *snapshots) find(token string, scope *Scope) *sessiondex.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	at, ok := s.byToken[token]
	if !ok {
		return nil
	}
	h := at.Value.(*heldSnapshot)
	if h.key.scope != scopeKey(scope) {
		return nil
	}
	s.use(at)
	return h.view
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
	delete(s.byKey, h.key)
}

// expire drops what has outlived its time.
func (s *snapshots) expire() {
	now := time.Now()
	for last := s.byUse.Back(); last != nil && !now.Before(last.Value.(*heldSnapshot).expires); last = s.byUse.Back() {
		s.drop(last)
	}
}

// scopeKey is the same for scopes that let see the same, whatever the order of
// their lists.
func scopeKey(sc *Scope) string {
	return fmt.Sprintf("%t%q%t%q",
		sc.AppIDs == nil, slices.Sorted(slices.Values(sc.AppIDs)),
		sc.WorkspaceIDs == nil, slices.Sorted(slices.Values(sc.WorkspaceIDs)))
}

// origin is the version that a request is answered from.
type origin struct {
	reader sessiondex.Reader
	tag    string               // see handler.view
	token  string               // of the held version; "" without
	fresh  *sessiondex.Snapshot // to be held once it is known that there is an answer
}

// takeSnapshot removes the snapshot parameter. Where the reader has no snapshots,
// the parameter is unknown and stays for the parser to judge.
func (h *handler) takeSnapshot(v url.Values) (value string, given bool) {
	all := v[snapshotParam]
	if h.snapshots == nil || len(all) == 0 {
		return "", false
	}
	delete(v, snapshotParam)
	return all[len(all)-1], true
}

// origin finds the version that the snapshot parameter asks for, the newest one
// without it. If ok is false the request has been answered.
func (h *handler) origin(x *exchange, snapshot string, given bool) (from origin, ok bool, err error) {
	switch {
	case !given:
		from.reader, from.tag = h.view(x)
	case snapshot == newSnapshot:
		from.fresh = h.reader.(snapshotter).Snapshot()
		from.reader = from.fresh
		// Its token has to reach the client, so the answer is never an old one: it
		// has no tag.
		x.Header().Set("Cache-Control", "private, no-store")
	default:
		view := h.snapshots.find(snapshot, &x.principal.Scope)
		if view == nil {
			return from, false, x.detail(http.StatusGone, "This snapshot is not held any more; take one with snapshot=new and begin again")
		}
		from.reader, from.token, from.tag = view, snapshot, h.entityTag(view.Version(), x)
		x.Header().Set(snapshotHeader, snapshot)
	}
	return from, true, nil
}

// keep holds a version that was just taken, and tells the client how to ask for it.
func (h *handler) keep(x *exchange, from *origin) {
	if from.fresh != nil {
		from.token = h.snapshots.hold(from.fresh, &x.principal.Scope)
		x.Header().Set(snapshotHeader, from.token)
	}
}
