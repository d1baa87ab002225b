package sessiondex_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

var churnUpdates = flag.Int("updates", 200_000, "how many updates BenchmarkChurn makes")

// BenchmarkChurn updates random sessions, a tenth of the time with a new title,
// as fast as one writer can, and lists now and then. It prints a row for each tenth
// of the way: what must stay flat are memory, segments and latencies.
func BenchmarkChurn(b *testing.B) {
	sessions := slices.Clone(benchCorpus())
	e, err := sessiondex.New(nil)
	require.NoError(b, err)
	defer e.Close()
	require.NoError(b, e.Put(context.Background(), sessions...))
	require.NoError(b, e.WaitIndexed(context.Background()))
	ctx := context.Background()
	r := rand.New(rand.NewPCG(1, 1))
	report := func(done int, took time.Duration, puts, lists, searches []time.Duration) {
		s := e.Stats()
		fmt.Printf("%9d updates  %7.0f/s  heap %4.0f MB  %2d segments  %6d buffered  %6d dead  put p50 %v p99 %v  list p99 %v  search p50 %v p99 %v\n",
			done, float64(len(puts))/took.Seconds(), float64(heap())/1e6, s.Titles.Segments, s.Titles.Buffered, s.Titles.Deleted,
			percentile(puts, 50), percentile(puts, 99), percentile(lists, 99), percentile(searches, 50), percentile(searches, 99))
	}
	for b.Loop() {
		step := *churnUpdates / 10
		report(0, time.Second, nil, nil, nil)
		for tenth := range 10 {
			puts, lists, searches := make([]time.Duration, 0, step), []time.Duration{}, []time.Duration{}
			start := time.Now()
			for i := range step {
				at := r.IntN(len(sessions))
				s := &sessions[at]
				s.UpdatedAt = s.UpdatedAt.Add(time.Hour)
				s.State = [...]string{"running", "completed", "failed"}[r.IntN(3)]
				if i%10 == 0 {
					s.Title = fmt.Sprintf("Review %d of %s", r.IntN(1_000_000), s.ID)
				}
				t := time.Now()
				if err := e.Put(ctx, *s); err != nil {
					b.Fatal(err)
				}
				puts = append(puts, time.Since(t))
				if i%200 == 0 {
					t = time.Now()
					_, err := e.List(ctx, query.Query{})
					require.NoError(b, err)
					lists = append(lists, time.Since(t))
					t = time.Now()
					_, err = e.List(ctx, query.Query{Keyword: fmt.Sprint(r.IntN(1000))})
					require.NoError(b, err)
					searches = append(searches, time.Since(t))
				}
			}
			report((tenth+1)*step, time.Since(start), puts, lists, searches)
		}
	}
}

func percentile(d []time.Duration, p int) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[min(len(d)-1, len(d)*p/100)]
}
