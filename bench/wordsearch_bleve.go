package main

import (
	"context"
	"slices"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/index/scorch"
	blevequery "github.com/blevesearch/bleve/v2/search/query"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// wordBleve is bleve on its own: one index in memory, scores off, sorted by its doc
// values. It counts two neighbours that are swapped as two typos.
type wordBleve struct{ index bleve.Index }

// ourAnalyser is the name of this library's analyser in bleve's registry.
const ourAnalyser = "sessiondex"

func newWordBleve() (wordStore, error) {
	m := bleve.NewIndexMapping()
	doc := bleve.NewDocumentStaticMapping()
	text := func(analyser string) {
		f := bleve.NewTextFieldMapping()
		f.Analyzer, f.Store, f.DocValues, f.IncludeTermVectors, f.IncludeInAll, f.SkipFreqNorm = analyser, false, false, false, false, true
		doc.AddFieldMappingsAt(map[string]string{keyword.Name: "shown", ourAnalyser: "title"}[analyser], f)
	}
	text(keyword.Name)
	text(ourAnalyser)
	updated := bleve.NewDateTimeFieldMapping()
	updated.Store, updated.IncludeInAll = false, false
	doc.AddFieldMappingsAt("updated", updated)
	m.DefaultMapping = doc
	index, err := bleve.NewUsing("", m, scorch.Name, scorch.Name, nil)
	return &wordBleve{index}, err
}

func (c *wordBleve) load(sessions []sessiondex.Session) error {
	for part := range slices.Chunk(sessions, 100_000) { // in memory, scorch never merges
		batch := c.index.NewBatch()
		for i := range part {
			s := &part[i]
			shown := ""
			if shownByDefault(s) {
				shown = "t"
			}
			if err := batch.Index(s.ID, map[string]any{"title": s.Title, "shown": shown, "updated": s.UpdatedAt}); err != nil {
				return err
			}
		}
		if err := c.index.Batch(batch); err != nil {
			return err
		}
	}
	return nil
}

func (c *wordBleve) find(ctx context.Context, w wordQuery) (ids []string, total int, err error) {
	var title blevequery.FieldableQuery
	switch {
	case w.typing:
		title = bleve.NewPrefixQuery(w.text)
	case w.typos:
		fuzzy := bleve.NewFuzzyQuery(w.text)
		fuzzy.SetFuzziness(1 + len(w.text)/8)
		title = fuzzy
	default:
		title = bleve.NewTermQuery(w.text)
	}
	title.SetField("title")
	shown := bleve.NewTermQuery("t")
	shown.SetField("shown")
	r := bleve.NewSearchRequestOptions(bleve.NewConjunctionQuery(title.(blevequery.Query), shown), query.DefaultLimit, 0, false)
	r.Score = "none"
	r.SortBy([]string{"-updated", "-_id"})
	found, err := c.index.SearchInContext(ctx, r)
	if err != nil {
		return nil, 0, err
	}
	for _, hit := range found.Hits {
		ids = append(ids, hit.ID)
	}
	return ids, int(found.Total), nil
}

func (c *wordBleve) close() error { return c.index.Close() }
