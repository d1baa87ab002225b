package plan_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
	"github.com/sessiondex/sessiondex/schema"
)

// countingTitles counts the searches.
type countingTitles struct {
	scan     index.Titles
	searches int
}

func (c *countingTitles) Apply([]index.TitleChange) index.Titles { return c }
func (c *countingTitles) Titles() index.Titles                   { return c }
func (c *countingTitles) Check(v *index.View) error              { return c.scan.Check(v) }

func (c *countingTitles) Search(ctx context.Context, v *index.View, keyword string) (set.Found, index.TitleStats, error) {
	c.searches++
	return c.scan.Search(ctx, v, keyword)
}

// partedQueries are listings of two and of four parts.
var partedQueries = map[string]query.Query{
	"a flag first":                  {SortFirst: "pinned"},
	"a hidden flag first":           {SortFirst: "archived"},
	"by a declared field":           {SortBy: "cost"},
	"a flag first, by a field":      {SortFirst: "pinned", SortBy: "cost"},
	"a hidden flag first, by owner": {SortFirst: "archived", SortBy: "owner", SortDirection: query.Asc},
}

// However many parts a listing has and the page meets.
func TestAKeywordIsSearchedForOnceInAllParts(t *testing.T) {
	titles := &countingTitles{scan: index.NewWriter(nil, nil).View().Titles()}
	w := &world{writer: index.NewWriter(planFields(t).view().Schema(), titles)}
	var entries []index.Entry
	for i := range 200 {
		extra := fmt.Sprintf(`{"pinned":%t,"archived":%t}`, i%7 == 0, i%11 == 0)
		if i%3 > 0 {
			extra = fmt.Sprintf(`{"pinned":%t,"archived":%t,"cost":%d,"owner":"user-%d"}`, i%7 == 0, i%11 == 0, i, i%5)
		}
		entries = append(entries, index.Entry{ID: fmt.Sprint(i), Title: "Report", Created: index.InstantOf(at(i)), Updated: index.InstantOf(at(i)), Extra: extra})
	}
	w.writer.Put(entries)
	v := w.view()
	for name, q := range partedQueries {
		q.Keyword, q.Limit = "report", 100
		once := func(does string) {
			assert.Equal(t, 1, titles.searches, "%s: %s", name, does)
			titles.searches = 0
		}
		titles.searches = 0
		page, err := plan.Run(t.Context(), v, q, plan.Options{})
		require.NoError(t, err)
		require.Len(t, page.Ords, 100)
		once("a page")
		q.Cursor = page.NextCursor
		second, err := plan.Run(t.Context(), v, q, plan.Options{})
		require.NoError(t, err)
		once("a page on")
		q.Cursor = second.PrevCursor
		back, err := plan.Run(t.Context(), v, q, plan.Options{})
		require.NoError(t, err)
		require.Equal(t, page.Ords, back.Ords)
		once("a page back")
		q.Cursor = ""
		n := 0
		for _, err := range plan.Scan(t.Context(), v, q) {
			require.NoError(t, err)
			n++
		}
		require.Equal(t, page.Total, n)
		once("a scan")
		rank, err := plan.Rank(t.Context(), v, q, v.Entry(second.Ords[0]))
		require.NoError(t, err)
		require.Equal(t, 100, rank)
		once("a rank")
	}
}

// A scope of thousands of values costs a listing of several parts what it costs another
// one: its sets are united once.
func TestAScopeIsLookedUpOnceForAllParts(t *testing.T) {
	w := &world{writer: index.NewWriter(planFields(t).view().Schema(), nil)}
	var entries []index.Entry
	for i := range 20_000 {
		e := index.Entry{ID: fmt.Sprint(i), Created: index.InstantOf(at(i)), Updated: index.InstantOf(at(i)), Extra: fmt.Sprintf(`{"pinned":%t,"archived":%t,"cost":%d}`, i%7 == 0, i%11 == 0, i)}
		e.Values[schema.RowWorkspaceID] = fmt.Sprintf("w-%06d", i%10_000)
		entries = append(entries, e)
	}
	w.writer.Put(entries)
	v := w.view()
	scope := query.Scope{WorkspaceIDs: manyValues("w", 5000)}
	allocs := func(q query.Query) float64 {
		q.Scope = scope
		q.Offset = 9000 // which leads through all parts but the last
		return testing.AllocsPerRun(5, func() {
			r, err := plan.Run(context.Background(), v, q, plan.Options{})
			if err != nil || r.Total < 9000 {
				panic(fmt.Sprint(r.Total, err))
			}
		})
	}
	plain := allocs(query.Query{Include: []string{"archived"}})
	for name, q := range partedQueries {
		q.Include = []string{"archived"}
		assert.Less(t, allocs(q), plain+10, name)
	}
}
