package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/query"
)

// plainSlice filters a slice, sorts what is left and cuts the page out: what most
// programs do. Titles are folded once, when they come in, and an id is looked up
// in a map; anything cleverer would be an index.
type plainSlice struct {
	mu   sync.RWMutex
	rows []*row
	byID map[string]int
}

// row is a session with what is derived from it once.
type row struct {
	sessiondex.Session
	folded string
}

func newRow(s sessiondex.Session) *row {
	if s.SessionType == "" {
		s.SessionType = "session"
	}
	return &row{s, fold.String(s.Title)}
}

func newSlice(string) (candidate, error) { return &plainSlice{byID: map[string]int{}}, nil }

func (c *plainSlice) load(sessions []sessiondex.Session) error {
	c.rows = make([]*row, 0, len(sessions))
	c.byID = make(map[string]int, len(sessions))
	return c.put(sessions)
}

func (c *plainSlice) put(sessions []sessiondex.Session) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range sessions {
		if i, ok := c.byID[s.ID]; ok {
			c.rows[i] = newRow(s)
			continue
		}
		c.byID[s.ID] = len(c.rows)
		c.rows = append(c.rows, newRow(s))
	}
	return nil
}

// all returns the matches, sorted.
func (c *plainSlice) all(q query.Query) []*row {
	f := newFilter(q)
	c.mu.RLock()
	var matches []*row
	for _, r := range c.rows {
		if f.keeps(r) {
			matches = append(matches, r)
		}
	}
	c.mu.RUnlock()
	slices.SortFunc(matches, comparison(q))
	return matches
}

func (c *plainSlice) list(_ context.Context, q query.Query) (answer, error) {
	all := c.all(q)
	return answer{cut(all, q.Offset, limitOf(q)), len(all)}, nil
}

func (c *plainSlice) page(ctx context.Context, q query.Query) ([]sessiondex.Session, error) {
	a, err := c.list(ctx, q)
	return a.items, err
}

func (c *plainSlice) next(_ context.Context, q query.Query, prev position) ([]sessiondex.Session, position, error) {
	all := c.all(q)
	from := 0
	if prev.last != nil {
		i, found := slices.BinarySearchFunc(all, newRow(*prev.last), comparison(q))
		if from = i; found {
			from++
		}
	}
	items := cut(all, from, limitOf(q))
	return items, after(items), nil
}

func (c *plainSlice) states(_ context.Context, q query.Query) ([]sessiondex.FacetCount, error) {
	q.States = nil
	f := newFilter(q)
	c.mu.RLock()
	defer c.mu.RUnlock()
	counts := map[string]int{}
	for _, r := range c.rows {
		if r.State != "" && f.keeps(r) {
			counts[r.State]++
		}
	}
	return sortedCounts(counts), nil
}

func (c *plainSlice) get(_ context.Context, id string) (sessiondex.Session, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	i, ok := c.byID[id]
	if !ok {
		return sessiondex.Session{}, fmt.Errorf("%w: %q", sessiondex.ErrNotFound, id)
	}
	return c.rows[i].Session, nil
}

func (c *plainSlice) close() error { return nil }

// cut copies a page out of the sorted matches.
func cut(all []*row, offset, limit int) []sessiondex.Session {
	if offset >= len(all) {
		return nil
	}
	rows := all[offset:min(offset+limit, len(all))]
	out := make([]sessiondex.Session, len(rows))
	for i, r := range rows {
		out[i] = r.Session
	}
	return out
}

// filter is a query made ready to test rows.
type filter struct {
	q       query.Query
	keyword string // folded
}

func newFilter(q query.Query) *filter {
	return &filter{q, foldedKeyword(q)}
}

// foldedKeyword is the keyword as it is looked for in folded titles.
func foldedKeyword(q query.Query) string { return fold.String(strings.TrimSpace(q.Keyword)) }

func (f *filter) keeps(r *row) bool {
	q := &f.q
	switch {
	case r.IsSubSession && !q.IncludeSubSessions,
		r.IsTaskSession && !q.IncludeTaskSessions && q.AOPAssetID == "",
		len(q.States) > 0 && !slices.Contains(q.States, r.State),
		len(q.SourceChannels) > 0 && !slices.Contains(q.SourceChannels, r.SourceChannel),
		len(q.SessionTypes) > 0 && !slices.Contains(q.SessionTypes, r.SessionType),
		len(q.TriggerTypes) > 0 && !slices.Contains(q.TriggerTypes, r.TriggerType),
		q.AppID != "" && q.AppID != r.AppID,
		q.WorkspaceID != "" && q.WorkspaceID != r.WorkspaceID,
		q.AOPAssetID != "" && q.AOPAssetID != r.AOPAssetID,
		!q.CreatedAfter.IsZero() && r.CreatedAt.Before(q.CreatedAfter),
		!q.CreatedBefore.IsZero() && r.CreatedAt.After(q.CreatedBefore):
		return false
	}
	return f.keyword == "" || strings.Contains(r.folded, f.keyword)
}

// comparison is the order that q asks for.
func comparison(q query.Query) func(a, b *row) int {
	var asc func(a, b *row) int
	switch q.SortBy {
	case query.Title:
		asc = func(a, b *row) int {
			return cmp.Or(strings.Compare(a.folded, b.folded), strings.Compare(a.Title, b.Title), strings.Compare(a.ID, b.ID))
		}
	case query.CreatedAt:
		asc = func(a, b *row) int {
			return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
		}
	default:
		asc = func(a, b *row) int {
			return cmp.Or(a.UpdatedAt.Compare(b.UpdatedAt), strings.Compare(a.ID, b.ID))
		}
	}
	if q.SortDirection == query.Asc {
		return asc
	}
	return func(a, b *row) int { return asc(b, a) }
}

// sortedCounts puts the largest first, and equal ones in the order of values.
func sortedCounts(counts map[string]int) []sessiondex.FacetCount {
	out := make([]sessiondex.FacetCount, 0, len(counts))
	for value, n := range counts {
		out = append(out, sessiondex.FacetCount{Value: value, Count: n})
	}
	slices.SortFunc(out, func(a, b sessiondex.FacetCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return out
}
