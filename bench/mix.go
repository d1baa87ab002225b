package main

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// mixed is what readers measured while one writer made updates at a steady rate.
type mixed struct {
	// Asked names what the readers asked for.
	Asked string `json:"asked"`
	// Rate is the number of updates a second that the writer aimed at, Reached what it
	// came to.
	Rate    int     `json:"rate"`
	Reached float64 `json:"reached"`
	timing
	// Writes is what one update took.
	Writes timing `json:"writes"`
	// Runtime is what Go's runtime did meanwhile.
	Runtime *spell `json:"runtime,omitempty"`
}

// mixture is a kind of reader: its queries are asked in turn.
type mixture struct {
	name    string
	queries []query.Query
}

// mixtures are the readers: some that only look at the default listing, and some that
// ask for everything a user may ask for.
func mixtures(qs []question) []mixture {
	all := mixture{name: "mixed questions"}
	var words []query.Query
	for _, q := range qs {
		switch q.Name {
		case "default listing, first page", "2 states × 2 channels × type, offset 1,000", "one application":
			all.queries = append(all.queries, q.Queries...)
		case "keyword of 3+ letters, up to 1 % hits":
			words = q.Queries
		}
	}
	base := all.queries
	all.queries = nil
	for _, w := range words {
		all.queries = append(append(all.queries, base...), w)
	}
	return []mixture{{"default listing", []query.Query{{}}}, all}
}

// mixedLoad lets readers, one for each processor but one and at least one, ask as fast
// as they are answered, for so long, while one writer updates at the rate. ctx should
// have no end: go-sqlite3 starts a goroutine for each row of one that has.
func mixedLoad(ctx context.Context, c candidate, m mixture, u *updates, rate int, span time.Duration) (mixed, error) {
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		took  []time.Duration
		wrote []time.Duration
		fault error
		stop  atomic.Bool
	)
	fail := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		fault = errors.Join(fault, err)
		stop.Store(true)
	}
	start := time.Now()
	for reader := range max(1, runtime.GOMAXPROCS(0)-1) {
		wg.Go(func() {
			var mine []time.Duration
			for i := reader; !stop.Load(); i++ {
				begin := time.Now()
				if _, err := c.list(ctx, m.queries[i%len(m.queries)]); err != nil {
					fail(err)
					return
				}
				mine = append(mine, time.Since(begin))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
		})
	}
	if rate > 0 {
		wg.Go(func() {
			// Each write has its time; one that is late is made at once, but what was
			// missed is not made up for in a burst.
			due := start
			for !stop.Load() {
				begin := time.Now()
				if err := c.put([]sessiondex.Session{u.next()}); err != nil {
					fail(err)
					return
				}
				wrote = append(wrote, time.Since(begin))
				due = due.Add(time.Second / time.Duration(rate))
				if wait := time.Until(due); wait > 0 {
					time.Sleep(wait)
				} else if wait < -50*time.Millisecond {
					due = time.Now()
				}
			}
		})
	}
	time.Sleep(span)
	stop.Store(true)
	wg.Wait()
	spent := time.Since(start).Seconds()
	return mixed{Asked: m.name, Rate: rate, Reached: float64(len(wrote)) / spent, timing: summary(took), Writes: summary(wrote)}, fault
}
