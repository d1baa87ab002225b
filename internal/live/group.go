package live

import (
	"context"
	"runtime"
	"time"
)

// group is the watches of one party among several that share a hub. What its windows take
// is bounded, so that the others' windows are not late by more than that.
type group struct {
	windows int // that are watched; guarded by the hub's lock

	// Of whoever catches up: what the tests of its windows would have taken by then, in
	// the last pass that came by.
	pass  uint64
	spent time.Duration

	// turns has room for as many windows as are computed at a time.
	turns chan struct{}
}

// groupShare is how long the tests of one group's windows may take in a pass. What is left
// is not tested, but its windows are computed anew, in the group's own turns.
const groupShare = time.Millisecond

func newGroup() *group {
	return &group{turns: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))}
}

// spend adds a test to those of a pass, and reports false where the group has had its
// share. No group has no bound.
func (g *group) spend(pass uint64, cost time.Duration) bool {
	if g == nil {
		return true
	}
	if g.pass != pass {
		g.pass, g.spent = pass, 0
	}
	g.spent += cost
	return g.spent <= groupShare
}

// wait waits until the group may compute a window. The caller then calls done.
func (g *group) wait(ctx context.Context, ended <-chan struct{}) error {
	if g == nil {
		return nil
	}
	select {
	case g.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-ended:
		return ErrClosed
	}
}

func (g *group) done() {
	if g != nil {
		<-g.turns
	}
}

// group enters a listing that nobody watched in its group. The caller holds the lock.
func (h *Hub) group(l *listing) {
	if l.party == "" {
		return
	}
	if h.groups == nil {
		h.groups = make(map[string]*group)
	}
	g := h.groups[l.party]
	if g == nil {
		g = newGroup()
		h.groups[l.party] = g
	}
	g.windows++
	l.group = g
}

// ungroup takes out a listing that nobody watches any more. The caller holds the lock.
func (h *Hub) ungroup(l *listing) {
	if l.group == nil {
		return
	}
	if l.group.windows--; l.group.windows == 0 {
		delete(h.groups, l.party)
	}
}
