package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// timing is what many calls took. Times include the clock's own 50 ns or so.
type timing struct {
	Median time.Duration `json:"median_ns"`
	// P99 is the 99th percentile or, of less than 100 calls, the longest.
	P99   time.Duration `json:"p99_ns"`
	Calls int           `json:"calls"`
	// Allocs is the number of allocations in the Go heap for a call; memory that a
	// C library allocates does not show. Bytes is how much it is.
	Allocs float64 `json:"allocs"`
	Bytes  float64 `json:"alloc_bytes"`
}

// allocations counts what is allocated in the Go heap from now on.
type allocations struct{ before runtime.MemStats }

func countAllocations() *allocations {
	var a allocations
	runtime.ReadMemStats(&a.before)
	return &a
}

// into adds to a timing what its calls have allocated.
func (a *allocations) into(t timing) timing {
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	calls := float64(max(t.Calls, 1))
	t.Allocs = float64(now.Mallocs-a.before.Mallocs) / calls
	t.Bytes = float64(now.TotalAlloc-a.before.TotalAlloc) / calls
	return t
}

// limits bounds the measurement of one row.
type limits struct {
	// Budget is the time after which no further call is made, once there were three.
	Budget time.Duration `json:"budget_ns"`
	// Most is the number of calls that are enough in any case.
	Most int `json:"most"`
}

// measure calls f with 0, 1, 2, … and times each call. The first call of all is not
// counted, unless each can be made once only.
func measure(l limits, once int, f func(i int) error) (timing, error) {
	if once == 0 {
		if err := f(0); err != nil {
			return timing{}, err
		}
	}
	most := l.Most
	if once > 0 {
		most = once
	}
	took := make([]time.Duration, 0, min(most, 1<<16))
	allocated := countAllocations()
	start := time.Now()
	for i := range most {
		begin := time.Now()
		if err := f(i); err != nil {
			return timing{}, err
		}
		took = append(took, time.Since(begin))
		spent := time.Since(start)
		if spent >= l.Budget && len(took) >= 3 || spent >= 4*l.Budget {
			break
		}
	}
	return allocated.into(summary(took)), nil
}

// summary sorts took.
func summary(took []time.Duration) timing {
	if len(took) == 0 {
		return timing{}
	}
	slices.Sort(took)
	n := len(took)
	return timing{Median: took[n/2], P99: took[min(n-1, n*99/100)], Calls: n}
}

// measureQuestion times one question. Only the queries that were compared are asked.
func measureQuestion(ctx context.Context, c candidate, d dataset, q question, l limits, compared int) (timing, error) {
	once := 0
	if q.Once {
		once = compared
	}
	switch q.Kind {
	case getKind:
		return measure(l, 0, func(i int) error {
			_, err := c.get(ctx, q.IDs[i%compared])
			return err
		})
	case offsetKind:
		offsets := walkOffsets(d.N)
		at := q.Queries[0]
		took := make([]time.Duration, 0, len(offsets))
		allocated := countAllocations()
		// The depths are evenly spread, and so the median is that of the whole walk.
		for _, offset := range offsets[:min(len(offsets), compared)] {
			at.Offset = offset
			begin := time.Now()
			if _, err := c.list(ctx, at); err != nil {
				return timing{}, err
			}
			took = append(took, time.Since(begin))
		}
		return allocated.into(summary(took)), nil
	case cursorKind:
		var at position
		var took []time.Duration
		allocated := countAllocations()
		start := time.Now()
		for len(took) < min(walkPages, max(1, d.N/2/query.DefaultLimit)) && time.Since(start) < 2*l.Budget {
			begin := time.Now()
			items, next, err := c.next(ctx, q.Queries[0], at)
			if err != nil {
				return timing{}, err
			}
			took = append(took, time.Since(begin))
			if at = next; len(items) < limitOf(q.Queries[0]) {
				break
			}
		}
		return allocated.into(summary(took)), nil
	}
	return measure(l, once, func(i int) error { return askQuery(ctx, c, q.Kind, q.Queries[i%compared]) })
}

// askQuery asks one query, of a kind that needs no more than that.
func askQuery(ctx context.Context, c candidate, k kind, q query.Query) error {
	var err error
	switch k {
	case listKind:
		_, err = c.list(ctx, q)
	case pageKind:
		_, err = c.page(ctx, q)
	case statesKind:
		_, err = c.states(ctx, q)
	case facetsKind:
		_, err = facets(ctx, c, q)
	}
	return err
}

// measureWrites times updates of one session and of a thousand, a tenth of them
// renames. Batches get five times the time: a handful of them says more of whether a
// collection fell among them than of what one takes.
func measureWrites(c candidate, u *updates, l limits) (one, batch timing, err error) {
	if one, err = measure(l, 0, func(int) error { return c.put([]sessiondex.Session{u.next()}) }); err != nil {
		return one, batch, err
	}
	l.Budget *= 5
	batch, err = measure(l, 0, func(int) error { return c.put(u.batch(1000)) })
	return one, batch, err
}

// memory is what the process holds.
type memory struct {
	Heap int64 // Go's heap
	RSS  int64 // resident, 0 where the system does not tell
}

// inUse frees what can be freed and reads what is left.
func inUse() memory {
	// Twice, since what a finaliser frees goes in the next round.
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	rss, err := resident()
	if err != nil {
		rss = 0
	}
	return memory{int64(m.HeapAlloc), rss}
}

// resident is the resident set of this process in bytes.
func resident() (int64, error) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kB, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "kB")), 10, 64)
			if err != nil {
				return 0, fmt.Errorf("VmRSS: %w", err)
			}
			return kB << 10, nil
		}
	}
	return 0, errors.New("/proc/self/status has no VmRSS")
}

// quiet waits until the process has next to nothing to do: merges in the background
// belong neither to the questions nor to the memory of a store at rest.
func quiet(most time.Duration) {
	const step = 200 * time.Millisecond
	for deadline := time.Now().Add(most); time.Now().Before(deadline); {
		before := processTime()
		time.Sleep(step)
		if processTime()-before < step/20 {
			return
		}
	}
}
