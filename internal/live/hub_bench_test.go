package live

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
)

// The cost of 10,000 watchers that a write does not concern, to the writer, which leaves a
// note, and to the dispatcher, which tests the session.
func BenchmarkUnconcernedWatchers(b *testing.B) {
	const watchers = 10_000
	session := func(n int) index.Entry {
		return entry(0, func(e *index.Entry) {
			e.Updated.Nsec = int32(n)
			e.Extra = `{"owner":"ada","tags":["billing","bug"]}`
		})
	}
	for _, c := range []struct {
		name string
		of   func(n int) query.Query
	}{
		{"of other applications", func(n int) query.Query { return query.Query{AppID: fmt.Sprint("app-", n)} }},
		{"of other owners", func(n int) query.Query {
			return query.Query{Where: []query.Cond{query.In("owner", fmt.Sprint("user-", n))}}
		}},
		{"of what others share", func(n int) query.Query {
			user := fmt.Sprint("user-", n)
			return query.Query{Scope: query.Scope{Where: []query.Cond{query.AnyOf(query.In("owner", user), query.In("tags", user))}}}
		}},
		{"of other keywords", func(n int) query.Query { return query.Query{Keyword: fmt.Sprint("no such ", n)} }},
		{"of one window", func(int) query.Query { return query.Query{AppID: "app-1"} }},
	} {
		b.Run(c.name, func(b *testing.B) {
			e := newEngine(b, routeFields...)
			e.put(session(0))
			h := &e.Hub
			for n := range watchers {
				w, err := h.Join(b.Context(), c.of(n), "")
				require.NoError(b, err)
				_, err = w.Next(b.Context())
				require.NoError(b, err)
				defer w.Leave()
			}
			// The lock stops the hub's own goroutine.
			h.catching.Lock()
			defer h.catching.Unlock()
			b.Run("writer", func(b *testing.B) {
				ids := []string{session(1).ID}
				b.ReportAllocs()
				for b.Loop() {
					h.Wrote(ids)
				}
			})
			b.Run("dispatcher", func(b *testing.B) {
				b.ReportAllocs()
				n := 1
				for b.Loop() {
					b.StopTimer()
					n++
					e.put(session(n))
					b.StartTimer()
					h.moveOn()
				}
				for _, l := range h.listings {
					require.False(b, l.stale)
				}
			})
		})
	}
}
