package live

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex/query"
)

// Watcher is one reader of a window. It is for one goroutine, and must Leave.
type Watcher struct {
	hub     *Hub
	listing *listing
	window  *Window // what the reader has; nil at first
	since   uint64  // the hub's version when it joined: the first window is no older
}

// errCursor refuses a window that could not be found again.
var errCursor = &query.Error{Faults: []query.Fault{{
	Param: "cursor", Type: "value_error", Message: "Input should be empty to watch a listing: a window is given by limit and offset",
}}}

// Join enters a watcher of the window that the query's Limit and Offset ask for. If
// after is the token of a version in which that window was what it is now, the watcher
// has it already. The errors are *query.Error, ErrClosed and the context's.
func (h *Hub) Join(ctx context.Context, q query.Query, after string) (*Watcher, error) {
	return h.JoinGroup(ctx, "", q, after)
}

// JoinGroup is Join for one of several parties, by its name. Windows are shared within a
// group; the work for them is bounded by what is fair among groups. "" is no group.
func (h *Hub) JoinGroup(ctx context.Context, party string, q query.Query, after string) (*Watcher, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	v := h.cur.Load()
	if v == nil {
		return nil, ErrClosed
	}
	if err := q.ValidateWith(v.Schema()); err != nil {
		return nil, err
	}
	if q.Cursor != "" {
		return nil, errCursor
	}
	q = q.Normalized().Clone() // it outlives the call
	canonical := string(q.AppendCanonical(nil))
	l, err := newListing(v, q, party+"\x00"+canonical, h.hash(canonical))
	if err != nil {
		return nil, err
	}
	l.party = party
	w, err := h.enter(l)
	if err != nil {
		return nil, err
	}
	if err := w.resume(ctx, after); err != nil {
		w.Leave()
		return nil, err
	}
	return w, nil
}

// enter takes a watcher of the listing in, or of the same one that is there already.
func (h *Hub) enter(l *listing) (*Watcher, error) {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil, ErrClosed
	}
	if h.stop == nil {
		if err := h.start(); err != nil {
			h.mu.Unlock()
			return nil, err
		}
	}
	h.joining++
	h.mu.Unlock()
	h.catchUp() // what was written before must be seen
	h.mu.Lock()
	defer h.mu.Unlock()
	h.joining--
	if h.closed {
		return nil, ErrClosed
	}
	if h.idle != nil {
		h.idle.Stop()
		h.idle = nil
	}
	if there := h.listings[l.key]; there != nil {
		l = there
	} else {
		h.listings[l.key] = l
		h.routes.add(l)
		h.group(l)
	}
	l.watchers++
	return &Watcher{hub: h, listing: l, since: h.view.Version()}, nil
}

// resume takes the window that there is for the one that the reader has, if the
// token says that it is the same.
func (w *Watcher) resume(ctx context.Context, token string) error {
	hash, version, ok := parseToken(token)
	if !ok || hash != w.listing.hash {
		return nil
	}
	now, err := w.Next(ctx)
	if err != nil {
		return err
	}
	h, l := w.hub, w.listing
	h.mu.Lock()
	current := !h.closed && !l.stale && l.window == now
	batches, known := h.batchesAfter(version)
	cost := l.cost
	h.mu.Unlock()
	if current && (now.version == version || known && !l.concerned(now, batches, cost)) {
		w.window = now
	}
	return nil
}

// Leave ends the watcher.
func (w *Watcher) Leave() {
	h, l := w.hub, w.listing
	h.mu.Lock()
	defer h.mu.Unlock()
	if l.watchers--; l.watchers > 0 {
		return
	}
	delete(h.listings, l.key)
	h.routes.remove(l)
	h.ungroup(l)
	if len(h.listings) == 0 && h.stop != nil && !h.closed {
		h.idle = time.AfterFunc(linger, h.goIdle)
	}
}

// Query returns the query of the window, normalised. Its lists are not to be changed.
func (w *Watcher) Query() query.Query { return w.listing.query }

// Window returns what the reader has; nil at first.
func (w *Watcher) Window() *Window { return w.window }

// Has notes that the reader has a window that Next returned.
func (w *Watcher) Has(window *Window) { w.window = window }

// Next waits for a window other than the one that the reader has. The watcher
// that comes first computes it; those of the same listing wait for that, and take
// it even if it is stale again by then, so that all get on however much is written.
func (w *Watcher) Next(ctx context.Context) (*Window, error) {
	h, l := w.hub, w.listing
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		computed := false
		switch {
		case h.closed:
			return nil, ErrClosed
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case l.stale && !l.computing:
			if err := h.refresh(ctx, l); err != nil {
				return nil, err
			}
			computed = true
		case l.stale || l.window == w.window:
			computed = l.computing
			changed := l.changed
			h.mu.Unlock()
			select {
			case <-changed:
			case <-ctx.Done():
			case <-h.ended:
			}
			h.mu.Lock()
		}
		if l.window != w.window && (!l.stale || computed && l.computed >= w.since) {
			return l.window, nil
		}
	}
}

// Pause waits for a time.
func (w *Watcher) Pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-w.hub.ended:
		return ErrClosed
	}
}

// Listing returns a number of the window's query, for Token. It means nothing to
// another hub.
func (w *Watcher) Listing() uint64 { return w.listing.hash }

// Token returns what Join takes to go on behind a version of a listing: short, URL-safe
// and opaque.
func Token(listing, version uint64) string {
	return strconv.FormatUint(listing, 36) + "-" + strconv.FormatUint(version, 36)
}

func parseToken(s string) (listing, version uint64, ok bool) {
	hash, number, found := strings.Cut(s, "-")
	listing, err := strconv.ParseUint(hash, 36, 64)
	version, err2 := strconv.ParseUint(number, 36, 64)
	return listing, version, found && err == nil && err2 == nil
}
