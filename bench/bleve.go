package main

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	_ "github.com/blevesearch/bleve/v2/analysis/tokenizer/regexp" // by name
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/index/scorch/mergeplan"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	blevequery "github.com/blevesearch/bleve/v2/search/query"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// bleveIndex is bleve on its own: every field in one scorch index, its own sort, its
// own total, its own facets. Its best configuration here:
//
//   - An index with a path, since scorch merges segments only then; merged into few
//     after the load. Pages of the file stay in the system's cache.
//   - No stored fields: a hit is an id, and the session is looked up in a map, which
//     is faster by far. Doc values where something is sorted or counted.
//   - Scores off: the order is never by relevance.
//   - Titles as words between white space, so that a keyword without white space is a
//     wildcard inside one word. That is exact, and searches the dictionary of words and
//     not that of whole titles. A keyword with white space is searched in whole titles.
//   - The default listing is a term of a field of its own.
type bleveIndex struct {
	path  string
	index bleve.Index

	mu   sync.RWMutex
	byID map[string]sessiondex.Session
}

// bleveDoc is what bleve sees of a session.
type bleveDoc struct {
	Top     string    `json:"top"` // "t" if the default listing shows it
	Sub     string    `json:"sub"`
	Task    string    `json:"task"`
	State   string    `json:"state"`
	Channel string    `json:"channel"`
	Kind    string    `json:"kind"`
	App     string    `json:"app"`
	Space   string    `json:"space"`
	Asset   string    `json:"asset"`
	Trigger string    `json:"trigger"`
	Words   string    `json:"words"` // the folded title, for keywords without white space
	Whole   string    `json:"whole"` // the folded title and the raw one, for those with, and to sort by
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

func bleveDocOf(r *row) bleveDoc {
	flag := func(b bool) string {
		if b {
			return "t"
		}
		return "f"
	}
	return bleveDoc{
		Top: flag(!r.IsSubSession && !r.IsTaskSession), Sub: flag(r.IsSubSession), Task: flag(r.IsTaskSession),
		State: r.State, Channel: r.SourceChannel, Kind: r.SessionType, App: r.AppID, Space: r.WorkspaceID,
		Asset: r.AOPAssetID, Trigger: r.TriggerType, Words: r.folded, Whole: wholeTitle(r),
		Created: r.CreatedAt, Updated: r.UpdatedAt,
	}
}

// wholeTitle sorts as titles do: by the folded one, and then by the raw one.
func wholeTitle(r *row) string { return r.folded + "\x00" + r.Title }

func bleveMapping() (mapping.IndexMapping, error) {
	m := bleve.NewIndexMapping()
	// What counts as white space is what unicode.IsSpace says.
	if err := m.AddCustomTokenizer("between_spaces", map[string]any{"type": "regexp", "regexp": `[^\s\x{0B}\x{85}\p{Z}]+`}); err != nil {
		return nil, err
	}
	if err := m.AddCustomAnalyzer("words", map[string]any{"type": custom.Name, "tokenizer": "between_spaces"}); err != nil {
		return nil, err
	}
	doc := bleve.NewDocumentStaticMapping()
	text := func(analyzer string, docValues bool) *mapping.FieldMapping {
		f := bleve.NewTextFieldMapping()
		f.Analyzer, f.DocValues = analyzer, docValues
		f.Store, f.IncludeInAll, f.IncludeTermVectors, f.SkipFreqNorm = false, false, false, true
		return f
	}
	for _, name := range []string{"top", "sub", "task", "channel", "kind", "app", "space", "asset", "trigger"} {
		doc.AddFieldMappingsAt(name, text(keyword.Name, false))
	}
	doc.AddFieldMappingsAt("state", text(keyword.Name, true)) // counted
	doc.AddFieldMappingsAt("words", text("words", false))
	doc.AddFieldMappingsAt("whole", text(keyword.Name, true))
	for _, name := range []string{"created", "updated"} {
		f := bleve.NewDateTimeFieldMapping()
		f.Store, f.IncludeInAll, f.DocValues = false, false, true
		doc.AddFieldMappingsAt(name, f)
	}
	m.DefaultMapping = doc
	return m, m.Validate()
}

func newBleve(dir string) (candidate, error) {
	m, err := bleveMapping()
	if err != nil {
		return nil, err
	}
	c := &bleveIndex{path: filepath.Join(dir, "sessions.bleve"), byID: map[string]sessiondex.Session{}}
	c.index, err = bleve.NewUsing(c.path, m, scorch.Name, scorch.Name, map[string]any{"unsafe_batch": true})
	return c, err
}

// bleveBatch is the number of sessions of one batch of a load; larger ones make fewer
// segments to merge.
const bleveBatch = 20_000

func (c *bleveIndex) load(sessions []sessiondex.Session) error {
	c.byID = make(map[string]sessiondex.Session, len(sessions))
	for part := range slices.Chunk(sessions, bleveBatch) {
		if err := c.put(part); err != nil {
			return err
		}
	}
	advanced, err := c.index.Advanced()
	if err != nil {
		return err
	}
	s, ok := advanced.(*scorch.Scorch)
	if !ok {
		return fmt.Errorf("bleve: index is a %T, not scorch", advanced)
	}
	return s.ForceMerge(context.Background(), &mergeplan.SingleSegmentMergePlanOptions)
}

func (c *bleveIndex) put(sessions []sessiondex.Session) error {
	batch := c.index.NewBatch()
	for _, s := range sessions {
		if err := batch.Index(s.ID, bleveDocOf(newRow(s))); err != nil {
			return err
		}
	}
	if err := c.index.Batch(batch); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range sessions {
		c.byID[s.ID] = newRow(s).Session
	}
	return nil
}

// request is the search for a page, without its place.
func (c *bleveIndex) request(q query.Query) (*bleve.SearchRequest, error) {
	filter, err := bleveFilter(q)
	if err != nil {
		return nil, err
	}
	r := bleve.NewSearchRequest(filter)
	r.Score = "none"
	desc := q.SortDirection != query.Asc
	date := func(field string) *search.SortField {
		return &search.SortField{Field: field, Desc: desc, Type: search.SortFieldAsDate}
	}
	id := &search.SortDocID{Desc: desc}
	switch q.SortBy {
	case query.Title:
		r.Sort = search.SortOrder{&search.SortField{Field: "whole", Desc: desc, Type: search.SortFieldAsString}, id}
	case query.CreatedAt:
		r.Sort = search.SortOrder{date("created"), id}
	default:
		r.Sort = search.SortOrder{date("updated"), id}
	}
	r.Size = limitOf(q)
	return r, nil
}

func bleveFilter(q query.Query) (blevequery.Query, error) {
	var all []blevequery.Query
	term := func(field, value string) blevequery.Query {
		t := bleve.NewTermQuery(value)
		t.SetField(field)
		return t
	}
	tasks := q.IncludeTaskSessions || q.AOPAssetID != ""
	switch {
	case !q.IncludeSubSessions && !tasks:
		all = append(all, term("top", "t"))
	case !q.IncludeSubSessions:
		all = append(all, term("sub", "f"))
	case !tasks:
		all = append(all, term("task", "f"))
	}
	for _, f := range []struct {
		field  string
		values []string
	}{{"state", q.States}, {"channel", q.SourceChannels}, {"kind", q.SessionTypes}, {"trigger", q.TriggerTypes},
		{"app", one(q.AppID)}, {"space", one(q.WorkspaceID)}, {"asset", one(q.AOPAssetID)}} {
		var any []blevequery.Query
		for _, v := range f.values {
			any = append(any, term(f.field, v))
		}
		switch len(any) {
		case 0:
		case 1:
			all = append(all, any[0])
		default:
			all = append(all, bleve.NewDisjunctionQuery(any...))
		}
	}
	if !q.CreatedAfter.IsZero() || !q.CreatedBefore.IsZero() {
		inclusive := true
		r := bleve.NewDateRangeInclusiveQuery(q.CreatedAfter, q.CreatedBefore, &inclusive, &inclusive)
		r.SetField("created")
		all = append(all, r)
	}
	if k := foldedKeyword(q); k != "" {
		// Expressions rather than wildcards: those have no way to say that a line break
		// may stand before or after.
		field, before := "words", `(?s:.*)`
		if strings.ContainsFunc(k, unicode.IsSpace) {
			field, before = "whole", `[^\x00]*` // within the folded one
		}
		r := bleve.NewRegexpQuery(before + regexp.QuoteMeta(k) + `(?s:.*)`)
		r.SetField(field)
		all = append(all, r)
	}
	switch len(all) {
	case 0:
		return bleve.NewMatchAllQuery(), nil
	case 1:
		return all[0], nil
	}
	return bleve.NewConjunctionQuery(all...), nil
}

func one(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

func (c *bleveIndex) list(ctx context.Context, q query.Query) (answer, error) {
	r, err := c.request(q)
	if err != nil {
		return answer{}, err
	}
	r.From = q.Offset
	found, err := c.index.SearchInContext(ctx, r)
	if err != nil {
		return answer{}, err
	}
	items, err := c.sessions(found)
	return answer{items, int(found.Total)}, err
}

func (c *bleveIndex) sessions(found *bleve.SearchResult) ([]sessiondex.Session, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	items := make([]sessiondex.Session, len(found.Hits))
	for i, hit := range found.Hits {
		s, ok := c.byID[hit.ID]
		if !ok {
			return nil, fmt.Errorf("bleve: hit %q is not a session", hit.ID)
		}
		items[i] = s
	}
	return items, nil
}

func (c *bleveIndex) page(ctx context.Context, q query.Query) ([]sessiondex.Session, error) {
	a, err := c.list(ctx, q)
	return a.items, err
}

// next names the sort values of the last session.
func (c *bleveIndex) next(ctx context.Context, q query.Query, prev position) ([]sessiondex.Session, position, error) {
	r, err := c.request(q)
	if err != nil {
		return nil, position{}, err
	}
	if prev.last != nil {
		var value string
		switch q.SortBy {
		case query.Title:
			value = wholeTitle(newRow(*prev.last))
		case query.CreatedAt:
			value = prev.last.CreatedAt.UTC().Format(time.RFC3339Nano)
		default:
			value = prev.last.UpdatedAt.UTC().Format(time.RFC3339Nano)
		}
		r.SetSearchAfter([]string{value, prev.last.ID})
	}
	found, err := c.index.SearchInContext(ctx, r)
	if err != nil {
		return nil, position{}, err
	}
	items, err := c.sessions(found)
	return items, after(items), err
}

func (c *bleveIndex) states(ctx context.Context, q query.Query) ([]sessiondex.FacetCount, error) {
	q.States = nil
	r, err := c.request(q)
	if err != nil {
		return nil, err
	}
	r.Size = 0
	r.Sort = nil
	r.AddFacet("state", bleve.NewFacetRequest("state", 100))
	found, err := c.index.SearchInContext(ctx, r)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, t := range found.Facets["state"].Terms.Terms() {
		if t.Term != "" {
			counts[t.Term] = t.Count
		}
	}
	return sortedCounts(counts), nil
}

func (c *bleveIndex) get(_ context.Context, id string) (sessiondex.Session, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	s, ok := c.byID[id]
	if !ok {
		return s, fmt.Errorf("%w: %q", sessiondex.ErrNotFound, id)
	}
	return s, nil
}

func (c *bleveIndex) close() error { return c.index.Close() }
