package title_test

import (
	"bufio"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/sessiondex/sessiondex/index/title"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/stretchr/testify/require"
)

// The benchmarks run on generated titles, or on the lines of a file:
//
//	go test -bench . ./index/title -args -n 1000000 -titles "$(go run -C bench ./titles all)"
var (
	titlesFlag = flag.String("titles", "", "run the benchmarks on the lines of this `file`")
	countFlag  = flag.Int("n", 1_000_000, "number of titles of the benchmarks, or all that there are")
)

// benchChanges returns the folded titles to benchmark on, none of them empty. Their
// ordinals have holes, since one session in fifteen has no title: benchmarks without holes
// miss much of the work.
var benchChanges = sync.OnceValues(func() (all []title.Change, err error) {
	ord := uint32(0)
	add := func(s string) bool {
		if s = fold.String(s); s != "" {
			all = append(all, title.Change{Ord: ord, Text: s})
		}
		ord++
		return len(all) < *countFlag
	}
	if *titlesFlag == "" {
		for s := range corpus.Sessions(corpus.Options{N: *countFlag + *countFlag/15, Seed: 1, OmitExtra: true}) {
			if !add(s.Title) {
				break
			}
		}
		return all, nil
	}
	f, err := os.Open(*titlesFlag)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := rand.New(rand.NewPCG(5, 5))
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<24)
	for in.Scan() && add(in.Text()) {
		if r.IntN(15) == 0 {
			ord++
		}
	}
	return all, in.Err()
})

// benchTitles returns the titles alone.
var benchTitles = sync.OnceValues(func() (titles []string, err error) {
	changes, err := benchChanges()
	for _, c := range changes {
		titles = append(titles, c.Text)
	}
	return titles, err
})

// benchAll returns the titles in one write.
func benchAll(b *testing.B) []title.Change {
	changes, err := benchChanges()
	require.NoError(b, err)
	return changes
}

// loaded is the index that the benchmarks of reading share.
var loaded = struct {
	sync.Once
	x *title.Index
}{}

func benchIndex(b *testing.B) (*title.Index, []string) {
	titles, err := benchTitles()
	require.NoError(b, err)
	loaded.Do(func() {
		loaded.x, err = title.New(nil)
		require.NoError(b, err)
		loaded.x.Apply(benchAll(b))
		require.NoError(b, loaded.x.Wait(b.Context()))
	})
	return loaded.x, titles
}

// BenchmarkLoad brings all titles in, in batches of a size, until nothing is left
// to seal or merge.
func BenchmarkLoad(b *testing.B) {
	titles, err := benchTitles()
	require.NoError(b, err)
	changes := benchAll(b)
	for _, size := range []int{len(changes), 1000} {
		b.Run(fmt.Sprint("batch=", size), func(b *testing.B) {
			before := liveHeap()
			var x *title.Index
			var applied time.Duration
			for b.Loop() {
				x, err = title.New(nil)
				require.NoError(b, err)
				start := time.Now()
				for batch := range slices.Chunk(changes, size) {
					x.Apply(batch)
				}
				applied += time.Since(start)
				require.NoError(b, x.Wait(b.Context()))
			}
			perSecond := float64(b.N*len(titles)) / b.Elapsed().Seconds()
			s := x.Stats()
			b.ReportMetric(perSecond, "titles/s")
			b.ReportMetric(float64(applied.Nanoseconds())/float64(b.N*len(titles)), "ns-apply/title")
			b.ReportMetric(float64(liveHeap()-before)/float64(len(titles)), "heap-B/title")
			b.ReportMetric(float64(s.SegmentBytes)/float64(len(titles)), "segment-B/title")
			b.ReportMetric(float64(s.Segments), "segments")
			require.NoError(b, x.Close())
		})
	}
}

// BenchmarkBuilders compares the ways to have 65,536 titles indexed.
func BenchmarkBuilders(b *testing.B) {
	titles, err := benchTitles()
	require.NoError(b, err)
	titles = titles[:min(len(titles), 65_536)]
	for _, way := range []struct {
		name  string
		build func(testing.TB, []string) int
	}{{"batches", title.BuildByBatch}, {"segment", title.BuildSegment}} {
		b.Run(way.name, func(b *testing.B) {
			bytes := 0
			for b.Loop() {
				bytes = way.build(b, titles)
			}
			b.ReportMetric(float64(b.N*len(titles))/b.Elapsed().Seconds(), "titles/s")
			b.ReportMetric(float64(bytes)/float64(len(titles)), "B/title")
		})
	}
}

// keywordClasses draws keywords from the titles and groups them by their length and their
// number of hits.
func keywordClasses(b *testing.B, v title.View, titles []string) map[string][]string {
	const each = 24
	classes := map[string][]string{}
	r := rand.New(rand.NewPCG(1, 1))
	seen := map[string]bool{}
	put := func(class, k string) {
		if !seen[k] && len(classes[class]) < each {
			seen[k] = true
			classes[class] = append(classes[class], k)
		}
	}
	for _, k := range []string{"qzxqzx", "no such title", "жъжъ", "zqj-0000"} {
		put("absent", k)
	}
	for range 20_000 {
		words := strings.Fields(titles[r.IntN(len(titles))])
		if len(words) == 0 {
			continue
		}
		i := r.IntN(len(words))
		word := []rune(words[i])
		from := r.IntN(len(word))
		k := string(word[from:min(len(word), from+1+r.IntN(8))])
		n := len([]rune(k))
		if n == 2 && unicode.Is(unicode.Han, word[from]) && unicode.Is(unicode.Han, word[from+1]) {
			put("2ideographs", k)
			continue
		}
		if n <= 2 {
			put([]string{"1letter", "2letters"}[n-1], k)
			continue
		}
		if i+1 < len(words) && len([]rune(words[i])) > 1 && r.IntN(8) == 0 {
			put("2words", words[i]+" "+words[i+1])
			continue
		}
		if len(classes["100k"]) == each && len(classes["10k"]) == each && len(classes["100"]) == each {
			put("none", k+"qzxj")
			continue
		}
		f, _, err := v.Search(b.Context(), k)
		require.NoError(b, err)
		switch n := f.N * 1000 / len(titles); {
		case f.N <= 100:
			put("100", k)
		case n <= 10:
			put("10k", k)
		case n <= 150:
			put("100k", k)
		}
	}
	return classes
}

// BenchmarkSearch gives the median and the slowest of the searches of each class of
// keywords: made-up ones, those of one and two letters, and longer ones with none, up to
// 100, 10k and 150k hits (at a million titles). Cold: nothing is cached. Warm: the keyword
// was searched before.
func BenchmarkSearch(b *testing.B) {
	x, titles := benchIndex(b)
	cold, err := title.New(&title.Options{CacheBytes: -1})
	require.NoError(b, err)
	defer cold.Close()
	cold.Apply(benchAll(b))
	require.NoError(b, cold.Wait(b.Context()))
	classes := keywordClasses(b, cold.View(), titles)
	for _, class := range []string{"absent", "none", "100", "10k", "100k", "1letter", "2letters", "2ideographs", "2words"} {
		if len(classes[class]) == 0 {
			continue
		}
		for _, how := range []struct {
			name string
			v    title.View
		}{{"cold", cold.View()}, {"warm", x.View()}} {
			b.Run(class+"/"+how.name, func(b *testing.B) {
				b.ReportAllocs()
				keywords := classes[class]
				// The cache remembers half a dozen times as many keywords.
				for _, k := range keywords {
					_, _, err := how.v.Search(b.Context(), k)
					require.NoError(b, err)
				}
				var took []time.Duration
				per := map[string]time.Duration{} // the fastest of each keyword
				for i := 0; b.Loop(); i++ {
					k := keywords[i%len(keywords)]
					start := time.Now()
					_, _, _ = how.v.Search(b.Context(), k)
					d := time.Since(start)
					took = append(took, d)
					if p, ok := per[k]; !ok || d < p {
						per[k] = d
					}
				}
				worst := time.Duration(0)
				for _, d := range per {
					worst = max(worst, d)
				}
				reportQuantiles(b, "", took)
				b.ReportMetric(micro(worst), "worst-keyword-µs")
			})
		}
	}
}

func micro(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

func reportQuantiles(b *testing.B, prefix string, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(micro(took[len(took)/2]), prefix+"p50-µs")
	b.ReportMetric(micro(took[len(took)*99/100]), prefix+"p99-µs")
}

// BenchmarkApply renames one title at a time in a large index.
func BenchmarkApply(b *testing.B) {
	titles, err := benchTitles()
	require.NoError(b, err)
	x, err := title.New(nil)
	require.NoError(b, err)
	defer x.Close()
	changes := benchAll(b)
	x.Apply(changes)
	require.NoError(b, x.Wait(b.Context()))
	b.ReportAllocs()
	r := rand.New(rand.NewPCG(2, 2))
	for b.Loop() {
		x.Apply([]title.Change{{Ord: changes[r.IntN(len(titles))].Ord, Text: titles[r.IntN(len(titles))]}})
	}
}

// BenchmarkLive reads while 500 titles a second are renamed, which are the renames
// among 5,000 updates, and compares with reading alone. Each reading is one
// keyword of a mixture; the reader rests 50 µs between two.
func BenchmarkLive(b *testing.B) {
	titles, err := benchTitles()
	require.NoError(b, err)
	changes := benchAll(b)
	for _, how := range []struct {
		name  string
		cache int
	}{{"cold", -1}, {"warm", 0}} {
		x, err := title.New(&title.Options{CacheBytes: how.cache})
		require.NoError(b, err)
		x.Apply(changes)
		require.NoError(b, x.Wait(b.Context()))
		classes := keywordClasses(b, x.View(), titles)
		var keywords []string
		for _, c := range []string{"none", "100", "10k", "100k", "2words"} {
			keywords = append(keywords, classes[c][:min(4, len(classes[c]))]...)
		}
		read := func(b *testing.B) {
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				start := time.Now()
				_, _, _ = x.View().Search(b.Context(), keywords[i%len(keywords)])
				took = append(took, time.Since(start))
				time.Sleep(50 * time.Microsecond)
			}
			reportQuantiles(b, "read-", took)
		}
		b.Run(how.name+"/idle", read)
		b.Run(how.name+"/live", func(b *testing.B) {
			stop := make(chan struct{})
			var writer sync.WaitGroup
			var took []time.Duration
			writer.Go(func() {
				r := rand.New(rand.NewPCG(3, 3))
				tick := time.NewTicker(2 * time.Millisecond)
				defer tick.Stop()
				for {
					select {
					case <-stop:
						return
					case <-tick.C:
					}
					start := time.Now()
					x.Apply([]title.Change{{Ord: changes[r.IntN(len(titles))].Ord, Text: titles[r.IntN(len(titles))]}})
					took = append(took, time.Since(start))
				}
			})
			read(b)
			close(stop)
			writer.Wait()
			if len(took) > 0 {
				reportQuantiles(b, "write-", took)
			}
			s := x.Stats()
			b.ReportMetric(float64(s.Seals+s.Merges), "builds")
			b.ReportMetric(float64(s.Segments), "segments")
		})
		require.NoError(b, x.Close())
	}
}

// BenchmarkChurn renames at full speed, five times as often as there are titles, in
// a store of a tenth of the titles, and shows the memory that it takes, on the way
// and at rest, beside that of a fresh load.
func BenchmarkChurn(b *testing.B) {
	titles, err := benchTitles()
	require.NoError(b, err)
	changes := benchAll(b)
	n := len(titles) / 10
	before := liveHeap()
	x, err := title.New(&title.Options{CacheBytes: -1})
	require.NoError(b, err)
	defer x.Close()
	x.Apply(changes[:n])
	require.NoError(b, x.Wait(b.Context()))
	fresh := liveHeap() - before
	r := rand.New(rand.NewPCG(4, 4))
	// What survived the last garbage collection, builds under way included.
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	var peak int64
	var took []time.Duration
	for b.Loop() {
		for i := range 5 * n {
			x.Apply([]title.Change{{Ord: changes[r.IntN(n)].Ord, Text: titles[r.IntN(len(titles))]}})
			if i%1000 == 0 {
				metrics.Read(live)
				peak = max(peak, int64(live[0].Value.Uint64())-before)
				start := time.Now()
				_, _, err := x.View().Search(b.Context(), "voice")
				took = append(took, time.Since(start))
				require.NoError(b, err)
			}
		}
	}
	perSecond := float64(5*n*b.N) / b.Elapsed().Seconds()
	require.NoError(b, x.Wait(b.Context()))
	b.ReportMetric(perSecond, "renames/s")
	b.ReportMetric(float64(fresh)/float64(n), "fresh-B/title")
	b.ReportMetric(float64(peak)/float64(n), "peak-B/title")
	b.ReportMetric(float64(liveHeap()-before)/float64(n), "rest-B/title")
	b.ReportMetric(float64(x.Stats().Segments), "segments")
	reportQuantiles(b, "read-", took)
}
