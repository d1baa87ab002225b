package title

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/whitespace"
	"github.com/blevesearch/bleve/v2/index/scorch"
	zap "github.com/blevesearch/zapx/v17"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bleveIndex is bleve's own index in memory, with the least that it can be made to
// keep: one field, cut at white space.
func bleveIndex(t testing.TB, titles []string, batch int) bleve.Index {
	m := bleve.NewIndexMapping()
	require.NoError(t, m.AddCustomAnalyzer("words", map[string]any{"type": custom.Name, "tokenizer": whitespace.Name}))
	doc := bleve.NewDocumentStaticMapping()
	f := bleve.NewTextFieldMapping()
	f.Analyzer, f.Store, f.DocValues, f.IncludeTermVectors, f.IncludeInAll, f.SkipFreqNorm = "words", false, false, false, false, true
	doc.AddFieldMappingsAt(termField, f)
	m.DefaultMapping = doc
	ix, err := bleve.NewUsing("", m, scorch.Name, scorch.Name, nil)
	require.NoError(t, err)
	for i := 0; i < len(titles); i += batch {
		b := ix.NewBatch()
		for k, s := range titles[i:min(i+batch, len(titles))] {
			id := binary.BigEndian.AppendUint32(nil, uint32(i+k))
			require.NoError(t, b.Index(string(id), map[string]any{termField: s}))
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

// The segment that is built directly has the postings that bleve's index makes of
// the same titles, but for their order: bleve takes the documents of a batch in
// the order of a map.
func TestTheSegmentHoldsWhatBlevesIndexHolds(t *testing.T) {
	titles := someTitles(1000)
	ix := bleveIndex(t, titles, len(titles))
	defer ix.Close()
	s, err := buildBleve(len(titles), func(i int) []string { return strings.Fields(titles[i]) })
	require.NoError(t, err)
	for _, term := range []string{"report", "invoice", "c7", "999", "none"} {
		q := bleve.NewTermQuery(term)
		q.SetField("t")
		r, err := ix.Search(bleve.NewSearchRequestOptions(q, len(titles), 0, false))
		require.NoError(t, err)
		want := roaring.New()
		for _, hit := range r.Hits {
			want.Add(binary.BigEndian.Uint32([]byte(hit.ID)))
		}
		got, err := s.bitmap(term)
		require.NoError(t, err)
		if got == nil {
			got = roaring.New()
		}
		assert.Equal(t, want.ToArray(), got.ToArray(), term)
	}
}

// It is a whole segment of bleve's file format, too.
func TestTheSegmentCanBeOpenedByBleve(t *testing.T) {
	titles := someTitles(300)
	s, err := buildBleve(len(titles), func(i int) []string { return strings.Fields(titles[i]) })
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "segment.zap")
	f, err := os.Create(path)
	require.NoError(t, err)
	_, err = s.seg.WriteTo(f)
	require.NoError(t, err)
	require.NoError(t, f.Close())

	var plugin zap.ZapPlugin
	opened, err := plugin.Open(path)
	require.NoError(t, err)
	defer opened.Close()
	assert.Equal(t, uint64(300), opened.Count())
	dict, err := opened.Dictionary(termField)
	require.NoError(t, err)
	list, err := dict.PostingsList([]byte("report"), nil, nil)
	require.NoError(t, err)
	assert.Equal(t, uint64(300), list.Count())
}

func TestTheSegmentTakesNoMoreRoomThanItsBytes(t *testing.T) {
	titles := someTitles(3000)
	s, err := buildBleve(len(titles), func(i int) []string { return strings.Fields(titles[i]) })
	require.NoError(t, err)
	var size byteCount
	_, err = s.seg.WriteTo(&size)
	require.NoError(t, err)
	assert.Equal(t, int(size), s.bytes)
	assert.Less(t, s.bytes, 100*len(titles))
}

func TestASegmentOfUnusualTitles(t *testing.T) {
	var many []string
	for i := range 1000 {
		many = append(many, fmt.Sprint("term", i))
	}
	terms := [][]string{nil, {"a"}, many, {}, {"a", "term5", "term999"}, many[:9], nil}
	s, err := buildBleve(len(terms), func(i int) []string { return terms[i] })
	require.NoError(t, err)
	for _, term := range append(many, "a", "b", "") {
		var want []uint32
		for doc, list := range terms {
			if slices.Contains(list, term) {
				want = append(want, uint32(doc))
			}
		}
		b, err := s.bitmap(term)
		require.NoError(t, err)
		if want == nil {
			assert.True(t, b == nil || b.IsEmpty(), term)
		} else {
			assert.Equal(t, want, b.ToArray(), term)
		}
	}
	s, err = buildBleve(2, func(i int) []string { return nil })
	require.NoError(t, err)
	b, err := s.bitmap("a")
	require.NoError(t, err)
	assert.True(t, b == nil || b.IsEmpty())
}
