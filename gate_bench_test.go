package sessiondex_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/index/title"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/query"
)

// BenchmarkGate is what bench/compare.sh holds against an earlier commit, which runs its
// own version of this file: names and metrics are to stay, what is behind them may change
// with the API. A benchmark that is dropped fails the gate until its baseline is moved.
//
// It reports the median over single calls, which a busy machine disturbs less than a
// mean, and the allocations of a call, which it does not disturb at all.
func BenchmarkGate(b *testing.B) {
	var o sessiondex.Options
	o.SetTitleOptions(title.Options{CacheBytes: -1}) // each keyword as if nobody had asked for it
	e, err := sessiondex.New(&o)
	require.NoError(b, err)
	defer e.Close()
	sessions := benchCorpus()
	require.NoError(b, e.Put(b.Context(), sessions...))
	require.NoError(b, e.WaitIndexed(b.Context()))

	n := len(sessions)
	list := func(q query.Query) func(int) error {
		return func(int) error {
			_, err := e.List(b.Context(), q)
			return err
		}
	}
	filtered := query.Query{States: corpus.States()[:2], SourceChannels: corpus.SourceChannels()[:2], SessionTypes: corpus.SessionTypes()[:1], Offset: n / 50}
	keywords := []string{"invoice", "review", "voice", "python", "weekly", "report", "数据", "code review"}
	page, err := e.List(b.Context(), query.Query{})
	require.NoError(b, err)
	var json []byte
	states := corpus.States()

	for _, gate := range []struct {
		name string
		call func(i int) error
	}{
		{"default-listing", list(query.Query{})},
		{"filtered-deep", list(filtered)},
		{"keyword", func(i int) error {
			_, err := e.List(b.Context(), query.Query{Keyword: keywords[i%len(keywords)]})
			return err
		}},
		{"page-json", func(int) error { json = page.AppendJSON(json[:0]); return nil }},
		{"facets", func(int) error {
			_, err := e.Facets(b.Context(), query.Query{SourceChannels: corpus.SourceChannels()[1:4]}, query.FacetOptions{})
			return err
		}},
		// Last, as it changes what the others read.
		{"update", func(i int) error {
			s := sessions[i*7919%n]
			s.UpdatedAt, s.State = corpus.Reference.Add(time.Duration(i)*time.Millisecond), states[i%len(states)]
			return e.Put(b.Context(), s)
		}},
	} {
		b.Run(gate.name, func(b *testing.B) { measureCalls(b, gate.call) })
	}
}

// measureCalls reports the median time of a call and what a call allocates, in the mean
// of calls that are the same in every run.
func measureCalls(b *testing.B, call func(i int) error) {
	const counted = 400
	i := 0
	next := func() {
		if err := call(i); err != nil {
			b.Fatal(err)
		}
		i++
	}
	for range counted { // what is made at the first call and kept
		next()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range counted {
		next()
	}
	runtime.ReadMemStats(&after)
	times := make([]time.Duration, 0, 1<<16)
	for b.Loop() {
		start := time.Now()
		next()
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Nanoseconds()), "median-ns")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/counted, "allocs/call")
}
