package title

import (
	"bufio"
	"flag"
	"os"
	"testing"

	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/stretchr/testify/require"
)

var (
	titlesFlag = flag.String("titles", "", "benchmark on the lines of this `file` instead of generated titles")
	countFlag  = flag.Int("n", 1_000_000, "how many titles to benchmark on")
)

var benchCorpus []string

// corpusTitles returns n folded titles for benchmarks.
func corpusTitles(b testing.TB, n int) []string {
	if len(benchCorpus) >= n {
		return benchCorpus[:n]
	}
	benchCorpus = nil
	if *titlesFlag == "" {
		b.Fatal("none")
	}
	f, err := os.Open(*titlesFlag)
	require.NoError(b, err)
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<24)
	for in.Scan() && len(benchCorpus) < n {
		if t := fold.String(in.Text()); t != "" {
			benchCorpus = append(benchCorpus, t)
		}
	}
	require.NoError(b, in.Err())
	return benchCorpus
}
