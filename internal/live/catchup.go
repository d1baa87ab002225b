package live

import (
	"context"
	"slices"
	"time"
)

// job is a change that is to be tested against a listing.
type job struct {
	l *listing
	s *sights
}

// maxJobs is about how many jobs are collected at a time, so that neither the lock
// nor memory is held for long.
const maxJobs = 1 << 14

// catchUp moves the hub on to the newest version that is in the inbox.
func (h *Hub) catchUp() {
	h.catching.Lock()
	defer h.catching.Unlock()
	h.moveOn()
}

// moveOn is catchUp for who is catching up.
func (h *Hub) moveOn() {
	h.mu.Lock()
	old := h.view
	h.mu.Unlock()
	v, ids, all := h.inbox.take()
	if old == nil || v == nil || v.Version() <= old.Version() {
		return
	}
	if all {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.view == old {
			h.view = v
			h.log.Reset(v.Version())
			for _, l := range h.listings {
				l.suspect()
			}
		}
		return
	}
	changes := make([]Change, 0, len(ids))
	for id := range ids {
		c := Change{Before: old.FindPacked(id), After: v.FindPacked(id)}
		if !c.Before.Same(&c.After) {
			changes = append(changes, c)
		}
	}
	seen := make([]sights, len(changes))
	for i := range changes {
		seen[i] = changes[i].sights()
	}
	doubted, near, _ := h.testAll(seen)

	h.mu.Lock()
	defer h.mu.Unlock()
	fresh := h.fresh
	h.testing, h.fresh = false, nil
	if h.view != old {
		return // the dispatcher was stopped meanwhile
	}
	h.view = v
	h.log.Append(v.Version(), changes)
	for _, l := range doubted {
		l.suspect()
	}
	for _, l := range fresh {
		l.suspect()
	}
	for _, j := range near {
		if !j.l.stale && j.l.crosses(j.l.window, j.s) {
			j.l.suspect()
		}
	}
}

// testAll tests changes against all windows that are not stale. It returns the listings
// whose windows could be different, and those that have a session before and after its
// change, so that it depends on the place of the window, and how many tests that took. It
// takes the lock in turns.
func (h *Hub) testAll(seen []sights) (doubted []*listing, near []job, tests int) {
	h.mu.Lock()
	h.testing = true
	h.pass++
	pass := h.pass
	h.mu.Unlock()
	doubt := func(l *listing) {
		if !l.doubted {
			l.doubted = true
			doubted = append(doubted, l)
		}
	}
	for len(seen) > 0 {
		jobs := h.jobs[:0]
		h.mu.Lock()
		for len(seen) > 0 && len(jobs) < maxJobs {
			s := &seen[0]
			seen = seen[1:]
			h.routes.each(s, func(l *listing) {
				switch {
				case l.stale:
				case !l.spend(pass, s):
					doubt(l)
				case !l.doubted:
					jobs = append(jobs, job{l, s})
				}
			})
		}
		h.mu.Unlock()
		for _, j := range jobs {
			if j.l.doubted {
				continue
			}
			tests++
			switch j.l.test(j.s) {
			case concerns:
				doubt(j.l)
			case stays:
				near = append(near, j)
			}
		}
		clear(jobs)
		h.jobs = jobs
	}
	return doubted, near, tests
}

// refresh computes the window of a listing in the hub's version. The caller holds the
// lock, which is released meanwhile.
func (h *Hub) refresh(ctx context.Context, l *listing) error {
	l.computing = true
	h.mu.Unlock()
	err := l.group.wait(ctx, h.ended)
	h.mu.Lock()
	if err != nil || h.closed {
		l.computing = false
		l.wake()
		if err == nil {
			l.group.done()
			err = ErrClosed
		}
		return err
	}
	v, old := h.view, l.window
	h.mu.Unlock()
	start := time.Now()
	next, err := l.compute(ctx, v, old)
	cost := max(time.Since(start), minCost)
	l.group.done()
	h.mu.Lock()
	concerned := false
	for seen := v; err == nil && !concerned && !h.closed && h.view != seen; {
		batches, known := h.batchesAfter(seen.Version())
		seen = h.view
		h.mu.Unlock()
		concerned = !known || l.concerned(next, batches, cost)
		h.mu.Lock()
	}
	l.computing = false
	if err == nil && !h.closed {
		l.window, l.computed, l.cost, l.stale = next, v.Version(), cost, concerned
		if h.testing && !l.stale {
			h.fresh = append(h.fresh, l)
		}
	}
	l.wake()
	return err
}

// batchesAfter returns what came after a version, and whether the log knows. The caller
// holds the lock, and may release it: the batches do not change.
func (h *Hub) batchesAfter(version uint64) ([]Batch, bool) {
	batches, ok := h.log.After(version)
	return slices.Clone(batches), ok
}
