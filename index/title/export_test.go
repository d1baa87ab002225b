package title

import (
	"testing"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index/shell"
)

// The ways to index titles, for BenchmarkBuilders. Each returns the memory that the result
// takes.

// BuildByBatch uses the batch API on bleve's index in memory.
func BuildByBatch(t testing.TB, titles []string) int {
	ix := bleveIndex(t, titles, 10_000)
	defer func() { require.NoError(t, ix.Close()) }()
	inner, err := ix.Advanced()
	require.NoError(t, err)
	r, err := inner.Reader()
	require.NoError(t, err)
	defer r.Close()
	n := 0
	for _, s := range r.(*scorch.IndexSnapshot).Segments() {
		n += s.Segment().Size()
	}
	return n
}

// BuildSegment builds a segment of this package.
func BuildSegment(t testing.TB, titles []string) int {
	list := make([]shell.Text, len(titles))
	for i, s := range titles {
		list[i] = shell.Text{Ord: uint32(i), Text: s}
	}
	s, err := buildSegment(list, &Options{GiantBytes: 8 << 10}, func() bool { return true })
	require.NoError(t, err)
	return s.Bytes()
}

// Shapes counts the segments of a View that derive ordinals from docs, and those that list
// them.
func Shapes(v View) (closely, scattered int) {
	for _, s := range v.Segments() {
		if s.Ords == nil {
			closely++
		} else {
			scattered++
		}
	}
	return closely, scattered
}
