package sessiondex_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// A write to 100,000 sessions with 10,000 watchers: what it costs the writer
// (ns/op, the watches' own work on the other processors included in what slows it
// down), and how long after the last write the last watcher is done (ms-behind).
func BenchmarkWatchers(b *testing.B) {
	const sessions, watchers = 100_000, 10_000
	app := func(n int) string { return fmt.Sprint("app-", n) }
	for _, c := range []struct {
		name string
		of   func(n int) query.Query
		none bool
	}{
		{name: "none", none: true},
		{name: "other applications", of: func(n int) query.Query { return query.Query{AppID: app(1 + n)} }},
		{name: "other keywords", of: func(n int) query.Query { return query.Query{Keyword: fmt.Sprintf("no such %d", n)} }},
		{name: "second pages", of: func(n int) query.Query { return query.Query{Offset: 1000 + n} }},
		{name: "the same first page", of: func(int) query.Query { return query.Query{} }},
	} {
		b.Run(c.name, func(b *testing.B) {
			e, err := sessiondex.New(&sessiondex.Options{ScanTitles: true})
			require.NoError(b, err)
			defer e.Close()
			all := make([]sessiondex.Session, sessions)
			start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			for i := range all {
				all[i] = sessiondex.Session{
					ID: fmt.Sprint(i), Title: fmt.Sprint("session ", i), AppID: app(i % 20_000),
					CreatedAt: start, UpdatedAt: start.Add(time.Duration(i) * time.Second),
				}
			}
			for i := range all {
				if i%20_000 == 0 {
					all[i].AppID = app(0)
				}
			}
			require.NoError(b, e.Put(context.Background(), all...))
			ctx, end := context.WithCancel(context.Background())
			var done sync.WaitGroup
			var started sync.WaitGroup
			var events atomic.Int64
			if !c.none {
				for n := range watchers {
					started.Add(1)
					done.Go(func() {
						first := true
						for _, err := range e.Watch(ctx, c.of(n), nil) {
							if err != nil {
								return
							}
							if first {
								started.Done()
								first = false
							}
							events.Add(1)
						}
					})
				}
				started.Wait()
				time.Sleep(50 * time.Millisecond)
			}
			before := events.Load()
			b.ReportAllocs()
			writes := 0
			for b.Loop() {
				writes++
				s := all[(writes%5)*20_000]
				s.UpdatedAt = start.Add(time.Duration(sessions+writes) * time.Second)
				if err := e.Put(ctx, s); err != nil {
					b.Fatal(err)
				}
			}
			stopped := time.Now()
			b.StopTimer()
			last := events.Load()
			quiet := stopped
			for c := 0; c < 10; c++ {
				time.Sleep(10 * time.Millisecond)
				if now := events.Load(); now != last {
					last, quiet, c = now, time.Now(), 0
				}
			}
			b.ReportMetric(float64(quiet.Sub(stopped).Milliseconds()), "ms-behind")
			b.ReportMetric(float64(last-before)/float64(writes), "events/op")
			end()
			done.Wait()
		})
	}
}
