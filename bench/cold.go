package main

import (
	"context"
	"runtime"
	"time"
)

// What a cache miss costs cannot be counted where the processor's counters are hidden,
// as they are in most virtual machines. It shows in the time of one and the same
// question, asked again and again, and asked after everything else has been in
// the caches.

// warmth is one question, its first query, in both states.
type warmth struct {
	Hot  timing `json:"hot"`
	Cold timing `json:"cold"`
}

// sweepBytes is more than the caches of a processor hold.
const sweepBytes = 64 << 20

// sweep is walked through to drive everything else out of the caches.
type sweep []uint64

// newSweep returns once the collection is over that so large an array starts.
func newSweep() sweep {
	s := make(sweep, sweepBytes/8)
	s.evict()
	runtime.GC()
	return s
}

// evict reads and writes each line of 64 bytes.
func (s sweep) evict() {
	for i := 0; i < len(s); i += 8 {
		s[i]++
	}
}

// coldCalls is how many times a question is asked with cold caches; each costs the
// sweep, some 10 ms.
const coldCalls = 101

// hotAndCold times the first query of a question. The sweep is not timed.
func hotAndCold(ctx context.Context, c candidate, q question, l limits, s sweep) (*warmth, error) {
	ask := func(int) error {
		if q.Kind == getKind {
			_, err := c.get(ctx, q.IDs[0])
			return err
		}
		return askQuery(ctx, c, q.Kind, q.Queries[0])
	}
	hot, err := measure(limits{Budget: l.Budget / 2, Most: 2000}, 0, ask)
	if err != nil {
		return nil, err
	}
	var took []time.Duration
	for start := time.Now(); len(took) < coldCalls && (len(took) < 5 || time.Since(start) < 2*l.Budget); {
		s.evict()
		begin := time.Now()
		if err := ask(0); err != nil {
			return nil, err
		}
		took = append(took, time.Since(begin))
	}
	return &warmth{Hot: hot, Cold: summary(took)}, nil
}

// warms says whether a question is asked hot and cold: those whose answer does not
// depend on what was asked before.
func (q *question) warms() bool {
	switch q.Kind {
	case listKind:
		return !q.Once
	case pageKind, getKind:
		return true
	}
	return false
}
