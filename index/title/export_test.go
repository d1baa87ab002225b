package title

import (
	"strings"
	"testing"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/stretchr/testify/require"
)

// The ways to have titles indexed by bleve, for BenchmarkBuilders. Each returns the
// memory that the result takes.

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

// BuildDirectly calls bleve's segment builder, with all words.
func BuildDirectly(t testing.TB, titles []string) int {
	var terms []string
	s, err := buildBleve(len(titles), func(i int) []string {
		terms = append(terms[:0], strings.Fields(titles[i])...)
		return terms
	})
	require.NoError(t, err)
	return s.bytes
}

// BuildSegment builds what this package keeps: bleve's segment of the common words,
// and all that stands beside it.
func BuildSegment(t testing.TB, titles []string) int {
	list := make([]titleOf, len(titles))
	for i, s := range titles {
		list[i] = titleOf{uint32(i), s}
	}
	s, err := buildSegment(list, 8<<10, always)
	require.NoError(t, err)
	return s.bytes()
}

// Shapes counts the segments of a View that go by their ordinals, and the others.
func Shapes(v *View) (closely, scattered int) {
	for _, s := range v.segs {
		if s.ords == nil {
			closely++
		} else {
			scattered++
		}
	}
	return closely, scattered
}
