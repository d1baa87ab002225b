package title

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/whitespace"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index/shell"
)

// bleveIndex returns bleve's own index in memory, which stores as little as it can: one
// field, cut at white space.
func bleveIndex(t testing.TB, titles []string, batch int) bleve.Index {
	m := bleve.NewIndexMapping()
	require.NoError(t, m.AddCustomAnalyzer("words", map[string]any{"type": custom.Name, "tokenizer": whitespace.Name}))
	doc := bleve.NewDocumentStaticMapping()
	f := bleve.NewTextFieldMapping()
	f.Analyzer, f.Store, f.DocValues, f.IncludeTermVectors, f.IncludeInAll, f.SkipFreqNorm = "words", false, false, false, false, true
	doc.AddFieldMappingsAt("t", f)
	m.DefaultMapping = doc
	ix, err := bleve.NewUsing("", m, scorch.Name, scorch.Name, nil)
	require.NoError(t, err)
	for i := 0; i < len(titles); i += batch {
		b := ix.NewBatch()
		for k, s := range titles[i:min(i+batch, len(titles))] {
			id := binary.BigEndian.AppendUint32(nil, uint32(i+k))
			require.NoError(t, b.Index(string(id), map[string]any{"t": s}))
		}
		require.NoError(t, ix.Batch(b))
	}
	return ix
}

func someTitles(n int) []string {
	titles := make([]string, n)
	for i := range titles {
		titles[i] = fmt.Sprintf("report %d about the invoice of client c%d", i, i%(n/20+1))
	}
	return titles
}

// The postings of a segment are those that bleve's index makes of the same titles.
func TestTheSegmentHoldsWhatBlevesIndexHolds(t *testing.T) {
	titles := someTitles(1000)
	ix := bleveIndex(t, titles, len(titles))
	defer ix.Close()
	list := make([]shell.Text, len(titles))
	for i, s := range titles {
		list[i] = shell.Text{Ord: uint32(i), Text: s}
	}
	s, err := buildSegment(list, &Options{GiantBytes: 8 << 10}, func() bool { return true })
	require.NoError(t, err)
	for term := range s.dict.len() {
		q := bleve.NewTermQuery(string(s.dict.term(term)))
		q.SetField("t")
		r, err := ix.Search(bleve.NewSearchRequestOptions(q, len(titles), 0, false))
		require.NoError(t, err)
		var want []uint32
		for _, hit := range r.Hits {
			want = append(want, binary.BigEndian.Uint32([]byte(hit.ID)))
		}
		slices.Sort(want)
		require.Equal(t, want, s.posts.appendTo(nil, uint32(term), new(roaring.IntIterator)), "%s", s.dict.term(term))
	}
}
