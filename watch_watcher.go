package sessiondex

import (
	"context"
	"hash/maphash"
	"strconv"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex/query"
)

// watcher is one loop over Engine.Watch.
type watcher struct {
	hub     *watchHub
	listing *listing
	window  *window // what the reader has; nil at first
	since   uint64  // the hub's version when it joined: the first window is no older
}

// join enters a watcher. It must leave.
func (h *watchHub) join(ctx context.Context, q query.Query, after string) (*watcher, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := watchableQuery(q); err != nil {
		return nil, err
	}
	q = q.Normalized()
	key := string(q.AppendCanonical(nil))
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil, ErrClosed
	}
	if h.idle != nil {
		h.idle.Stop()
		h.idle = nil
	}
	if h.stop == nil {
		if err := h.start(); err != nil {
			h.mu.Unlock()
			return nil, err
		}
	}
	h.catchUp() // what was written before must be seen
	l := h.listings[key]
	if l == nil {
		var err error
		if l, err = newListing(q, key, maphash.String(h.seed, key)); err != nil {
			h.mu.Unlock()
			return nil, err
		}
		h.listings[key] = l
		h.routes.add(l)
	}
	l.watchers++
	w := &watcher{hub: h, listing: l, since: h.view.Version()}
	h.mu.Unlock()
	if err := w.resume(ctx, after); err != nil {
		w.leave()
		return nil, err
	}
	return w, nil
}

// resume takes the window that there is for the one that the reader has, if the
// token says that it is the same.
func (w *watcher) resume(ctx context.Context, token string) error {
	hash, version, ok := parseWatchToken(token)
	if !ok || hash != w.listing.hash {
		return nil
	}
	now, err := w.next(ctx)
	if err != nil {
		return err
	}
	h, l := w.hub, w.listing
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed && !l.stale && l.window == now && (now.version == version || !h.concernedSince(l, version)) {
		w.window = now
	}
	return nil
}

func (w *watcher) leave() {
	h, l := w.hub, w.listing
	h.mu.Lock()
	defer h.mu.Unlock()
	if l.watchers--; l.watchers > 0 {
		return
	}
	delete(h.listings, l.key)
	h.routes.remove(l)
	if len(h.listings) == 0 && h.stop != nil && !h.closed {
		h.idle = time.AfterFunc(watchLinger, h.goIdle)
	}
}

func (h *watchHub) goIdle() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.listings) == 0 && !h.closed {
		h.shutDown()
	}
}

// next waits for a window other than the one that the reader has. The watcher
// that comes first computes it; those of the same listing wait for that, and take
// it even if it is stale again by then, so that all get on however much is written.
func (w *watcher) next(ctx context.Context) (*window, error) {
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

// pause waits for a time.
func (w *watcher) pause(ctx context.Context, d time.Duration) error {
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

func watchToken(listing, version uint64) string {
	return strconv.FormatUint(listing, 36) + "-" + strconv.FormatUint(version, 36)
}

func parseWatchToken(s string) (listing, version uint64, ok bool) {
	hash, number, found := strings.Cut(s, "-")
	listing, err := strconv.ParseUint(hash, 36, 64)
	version, err2 := strconv.ParseUint(number, 36, 64)
	return listing, version, found && err == nil && err2 == nil
}
