package sessiondex_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/index/title"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/query"
)

var benchSessions = flag.Int("sessions", 100_000, "how many sessions the benchmarks run on")

var benchTitles = flag.String("titles", "", "a file of real one-line texts, used as titles in turn")

// benchCorpus is made once for all benchmarks of a run.
var benchCorpus = sync.OnceValue(func() []sessiondex.Session {
	sessions := make([]sessiondex.Session, 0, *benchSessions)
	for s := range corpus.Sessions(corpus.Options{N: *benchSessions, Seed: 1}) {
		sessions = append(sessions, s)
	}
	if *benchTitles != "" {
		text, err := os.ReadFile(*benchTitles)
		if err != nil {
			panic(err)
		}
		titles := strings.Split(strings.TrimSpace(strings.ToValidUTF8(string(text), "")), "\n")
		for i := range sessions {
			sessions[i].Title = titles[i%len(titles)]
		}
	}
	return sessions
})

// benchEngine is loaded once, and only read from.
var benchEngine = sync.OnceValue(func() *sessiondex.Engine { return newBenchEngine() })

func newBenchEngine() *sessiondex.Engine {
	e, err := sessiondex.New(&sessiondex.Options{ScanTitles: true})
	if err != nil {
		panic(err)
	}
	if err := e.Put(context.Background(), benchCorpus()...); err != nil {
		panic(err)
	}
	return e
}

// listBenchmarks are the listings whose figures are promised. Offsets are those
// for a million sessions, in proportion.
func listBenchmarks() []struct {
	name string
	q    query.Query
} {
	n := *benchSessions
	reference := corpus.Reference
	return []struct {
		name string
		q    query.Query
	}{
		{"default", query.Query{}},
		{"default-deep", query.Query{Offset: n / 4}},
		{"states-channels-type", query.Query{
			States: corpus.States()[:2], SourceChannels: corpus.SourceChannels()[:2],
			SessionTypes: corpus.SessionTypes()[:1], Offset: 1000,
		}},
		{"quarter-deep", quarter(n)},
		{"one-app", query.Query{AppID: corpus.AppID(55)}}, // 620 of a million are visible
		{"one-week-by-title", query.Query{
			CreatedAfter: reference.AddDate(0, 0, -100), CreatedBefore: reference.AddDate(0, 0, -93), SortBy: query.Title,
		}},
		{"sub-sessions-deep", query.Query{IncludeSubSessions: true, Offset: n / 4}},
		{"nobody-has-it", query.Query{States: []string{"no such state"}}},
	}
}

// quarter keeps about a quarter of all sessions.
func quarter(n int) query.Query {
	return query.Query{SourceChannels: corpus.SourceChannels()[1:4], Offset: n / 10}
}

func BenchmarkList(b *testing.B) {
	for _, bench := range listBenchmarks() {
		b.Run(bench.name, func(b *testing.B) {
			e := benchEngine()
			p, err := e.List(b.Context(), bench.q)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.List(b.Context(), bench.q); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(p.Total), "matches")
		})
	}
}

// searchEngines have a title index at rest, with and without a memory of keywords.
var (
	warmEngine = sync.OnceValue(func() *sessiondex.Engine { return newSearchEngine(0) })
	coldEngine = sync.OnceValue(func() *sessiondex.Engine { return newSearchEngine(-1) })
)

func newSearchEngine(cacheBytes int) *sessiondex.Engine {
	var o sessiondex.Options
	o.SetTitleOptions(title.Options{CacheBytes: cacheBytes})
	e, err := sessiondex.New(&o)
	if err == nil {
		err = e.Put(context.Background(), benchCorpus()...)
	}
	if err == nil {
		err = e.WaitIndexed(context.Background())
	}
	if err != nil {
		panic(err)
	}
	return e
}

// BenchmarkSearch asks for the first page of a keyword that nobody asked for
// before, and for the second page of one that was just asked for.
func BenchmarkSearch(b *testing.B) {
	for _, keyword := range []string{"weekly rep", "invoice", "review", "with", "voice", "python", "数据", "an", "e", "->", "code review", "no such title"} {
		for name, engine := range map[string]func() *sessiondex.Engine{"cold": coldEngine, "second-page": warmEngine} {
			b.Run(name+"/"+keyword, func(b *testing.B) {
				e := engine()
				q := query.Query{Keyword: keyword}
				p, err := e.List(b.Context(), q)
				require.NoError(b, err)
				if name != "cold" {
					q.Offset = 50
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := e.List(b.Context(), q); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(p.Total), "matches")
			})
		}
	}
}

// BenchmarkPutUpdate moves state and updated_at of one session, as nearly every
// write does.
func BenchmarkPutUpdate(b *testing.B) {
	e := newBenchEngine()
	defer e.Close()
	sessions := benchCorpus()
	states := corpus.States()
	now := corpus.Reference
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		s := sessions[i*7919%len(sessions)]
		now = now.Add(time.Millisecond)
		s.UpdatedAt, s.State = now, states[i%len(states)]
		if err := e.Put(context.Background(), s); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkPutBatch1000(b *testing.B) {
	e := newBenchEngine()
	defer e.Close()
	sessions := benchCorpus()
	now := corpus.Reference
	batch := make([]sessiondex.Session, 1000)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		for k := range batch {
			batch[k] = sessions[i*7919%len(sessions)]
			now = now.Add(time.Millisecond)
			batch[k].UpdatedAt = now
			i++
		}
		if err := e.Put(context.Background(), batch...); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoad puts all sessions in one batch, and in batches of 10,000. It
// reports the heap per session beyond the sessions' own bytes.
func BenchmarkLoad(b *testing.B) {
	for _, size := range []int{*benchSessions, 10_000} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			sessions := benchCorpus()
			for b.Loop() {
				b.StopTimer()
				before := heap()
				e, err := sessiondex.New(&sessiondex.Options{ScanTitles: true})
				require.NoError(b, err)
				b.StartTimer()
				for from := 0; from < len(sessions); from += size {
					if err := e.Put(context.Background(), sessions[from:min(from+size, len(sessions))]...); err != nil {
						b.Fatal(err)
					}
				}
				b.StopTimer()
				b.ReportMetric(float64(heap()-before-e.Stats().SessionBytes)/float64(len(sessions)), "overhead-B/session")
				require.NoError(b, e.Close())
				b.StartTimer()
			}
		})
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
