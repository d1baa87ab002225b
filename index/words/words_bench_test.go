//go:build !js

package words

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index/shell"
)

var titlesFlag = flag.String("titles", "", "file of texts, one a line, for the benchmarks; generated ones without it")

func benchTexts(b *testing.B) (out []shell.Change) {
	if *titlesFlag == "" {
		for i := range 100_000 {
			out = append(out, shell.Change{Ord: uint32(i), Text: fmt.Sprintf("Report %d about invoice %d of client %d", i, i%977, i%7919)})
		}
		return out
	}
	f, err := os.Open(*titlesFlag)
	require.NoError(b, err)
	defer f.Close()
	in := bufio.NewScanner(f)
	for in.Scan() {
		out = append(out, shell.Change{Ord: uint32(len(out)), Text: in.Text()})
	}
	require.NoError(b, in.Err())
	return out
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkWords measures the memory of an index and searches that are not cached.
func BenchmarkWords(b *testing.B) {
	a := defaultAnalyser(b)
	texts := benchTexts(b)
	before := heap()
	x, err := New(a, &shell.Options{CacheBytes: -1})
	require.NoError(b, err)
	defer x.Close()
	start := time.Now()
	x.Apply(texts)
	require.NoError(b, x.Wait(b.Context()))
	took := time.Since(start)
	b.Logf("%d texts: %.1f s, %.0f B a text, %d segments", len(texts), took.Seconds(), float64(heap()-before)/float64(len(texts)), x.Stats().Segments)
	for _, c := range []struct {
		name, keyword string
		typing, typos bool
	}{
		{"exact", "invoice", false, false}, {"two", "data analysis", false, false}, {"common", "python", false, false},
		{"typing", "invo", true, false}, {"typing-short", "an", true, false}, {"typing-two", "data ana", true, false},
		{"typos", "invioce", false, true}, {"typos-long", "managment", false, true}, {"both", "pythno libary", true, true},
		{"cjk", "数据", false, false}, {"none", "qqqzzzqq", false, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			k := a.Keyword(c.keyword, c.typing, c.typos)
			n := 0
			for b.Loop() {
				found, _, err := x.View().Search(b.Context(), k)
				require.NoError(b, err)
				n = found.N
			}
			b.ReportMetric(float64(n), "hits")
		})
	}
}

func BenchmarkAnalyse(b *testing.B) {
	a := defaultAnalyser(b)
	for name, text := range map[string]string{"ascii": "Review the quarterly report for Initech (v2)", "mixed": "Überprüfe die Größe – 昨晚的数据 don’t"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a.tokens(text)
			}
		})
	}
}
