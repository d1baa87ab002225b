package sessiondex

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/query"
)

// What 10,000 watchers that a write does not concern cost: the writer, which
// leaves a note, and the dispatcher, which tests the session.
func BenchmarkUnconcernedWatchers(b *testing.B) {
	const watchers = 10_000
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	session := func(n int) Session {
		return Session{ID: "s", Title: "Weekly report", AppID: "app", CreatedAt: at, UpdatedAt: at.Add(time.Duration(n))}
	}
	for _, c := range []struct {
		name string
		of   func(n int) query.Query
	}{
		{"of other applications", func(n int) query.Query { return query.Query{AppID: fmt.Sprint("app-", n)} }},
		{"of other keywords", func(n int) query.Query { return query.Query{Keyword: fmt.Sprint("no such ", n)} }},
		{"of one window", func(int) query.Query { return query.Query{AppID: "app-1"} }},
	} {
		b.Run(c.name, func(b *testing.B) {
			e, err := New(&Options{ScanTitles: true})
			require.NoError(b, err)
			defer e.Close()
			require.NoError(b, e.Put(context.Background(), session(0)))
			h := &e.watches
			for n := range watchers {
				w, err := h.join(b.Context(), c.of(n), "")
				require.NoError(b, err)
				_, err = w.next(b.Context())
				require.NoError(b, err)
				defer w.leave()
			}
			// The hub's own goroutine stands still: the lock is held.
			h.mu.Lock()
			defer h.mu.Unlock()
			b.Run("writer", func(b *testing.B) {
				ids := []string{session(1).ID}
				b.ReportAllocs()
				for b.Loop() {
					h.wrote(ids)
				}
			})
			b.Run("dispatcher", func(b *testing.B) {
				b.ReportAllocs()
				n := 1
				for b.Loop() {
					b.StopTimer()
					n++
					require.NoError(b, e.Put(context.Background(), session(n)))
					b.StartTimer()
					h.catchUp()
				}
				for _, l := range h.listings {
					require.False(b, l.stale)
				}
			})
		})
	}
}
