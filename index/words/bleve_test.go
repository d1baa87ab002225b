//go:build !js

package words

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	blevequery "github.com/blevesearch/bleve/v2/search/query"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index/shell"
	"github.com/sessiondex/sessiondex/internal/testrand"
)

// With the same analyser and bleve's own queries.
func TestSearchesFindWhatBlevesIndexFinds(t *testing.T) {
	r := testrand.New(t)
	var texts []string
	var changes []shell.Change
	for i := range 600 {
		text := phrase(r, 5, func(s string) string { return s })
		texts = append(texts, text)
		changes = append(changes, shell.Change{Ord: uint32(i), Text: text})
	}
	for _, language := range []string{defaultName, "en", "de", "ru"} {
		ix := bleveIndex(t, language, texts)
		name := language
		if name == defaultName {
			name = ""
		}
		a, err := NewAnalyser(name)
		require.NoError(t, err)
		x, err := New(a, small())
		require.NoError(t, err)
		x.Apply(changes)
		require.NoError(t, x.Wait(t.Context()))
		search := func(keyword string, typing, typos bool) []uint32 {
			found, _, err := x.View().Search(t.Context(), a.Keyword(keyword, typing, typos))
			require.NoError(t, err)
			return found.AppendTo(nil)
		}
		for _, word := range scripts {
			if language != defaultName && len(a.tokens(word)) != len(a.tokens(a.fold(word))) {
				continue
			}
			match := bleve.NewMatchQuery(a.fold(word))
			match.SetField("t")
			match.SetOperator(blevequery.MatchQueryOperatorAnd)
			require.Equal(t, asked(t, ix, match), search(word, false, false), "%s: %q", language, word)
			terms := a.tokens(word)
			if len(terms) != 1 {
				continue
			}
			prefix := bleve.NewPrefixQuery(terms[0].term)
			prefix.SetField("t")
			require.Equal(t, asked(t, ix, prefix), search(word, true, false), "%s: %q…", language, word)
			if n := len([]rune(terms[0].term)); n >= 4 {
				// bleve counts two swapped neighbours as two typos.
				fuzzy := bleve.NewFuzzyQuery(terms[0].term)
				fuzzy.SetField("t")
				fuzzy.SetFuzziness(1 + n/8)
				if n >= 8 {
					fuzzy.SetFuzziness(2)
				}
				got := search(word, false, true)
				for _, ord := range asked(t, ix, fuzzy) {
					require.True(t, slices.Contains(got, ord), "%s: %q finds %q in bleve", language, word, texts[ord])
				}
			}
		}
		require.NoError(t, x.Close())
		require.NoError(t, ix.Close())
	}
}

// fold returns a keyword as this package passes it to the analyser.
func (a *Analyser) fold(text string) string {
	if a.plain {
		return text
	}
	p := prefold(text, a.parts)
	return p.text
}

// bleveIndex is an index in memory of texts, analysed in a language.
func bleveIndex(t testing.TB, language string, texts []string) bleve.Index {
	m := bleve.NewIndexMapping()
	doc := bleve.NewDocumentStaticMapping()
	f := bleve.NewTextFieldMapping()
	f.Analyzer, f.Store, f.DocValues, f.IncludeTermVectors, f.IncludeInAll = language, false, false, false, false
	doc.AddFieldMappingsAt("t", f)
	m.DefaultMapping = doc
	ix, err := bleve.NewUsing("", m, scorch.Name, scorch.Name, nil)
	require.NoError(t, err)
	b := ix.NewBatch()
	for i, text := range texts {
		if language != defaultName {
			p := prefold(text, false)
			text = p.text
		}
		require.NoError(t, b.Index(string(binary.BigEndian.AppendUint32(nil, uint32(i))), map[string]any{"t": text}))
	}
	require.NoError(t, ix.Batch(b))
	return ix
}

func asked(t testing.TB, ix bleve.Index, q blevequery.Query) (ords []uint32) {
	r, err := ix.Search(bleve.NewSearchRequestOptions(q, 10_000, 0, false))
	require.NoError(t, err, fmt.Sprint(q))
	for _, hit := range r.Hits {
		ords = append(ords, binary.BigEndian.Uint32([]byte(hit.ID)))
	}
	slices.Sort(ords)
	return ords
}
