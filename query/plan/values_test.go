package plan_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
)

// manyValues returns n values, of which the world has every other one, and repeats.
func manyValues(prefix string, n int) []string {
	values := make([]string, 0, n+n/10)
	for i := range n {
		values = append(values, fmt.Sprintf("%s-%06d", prefix, 2*i))
	}
	values = append(values, values[:n/10]...)
	slices.Reverse(values)
	return values
}

// If each value were compared with each, or each session with all sets, this test would
// take minutes.
func TestListsOfManyValuesTakeLinearTime(t *testing.T) {
	const n = 200_000
	w := newWorld()
	var sessions []sessiondex.Session
	for i := range 3000 {
		value := fmt.Sprintf("w-%06d", i)
		sessions = append(sessions, sessiondex.Session{
			ID: fmt.Sprint(i), WorkspaceID: value, AppID: value, State: value, Title: fmt.Sprint("Report ", i), CreatedAt: at(i), UpdatedAt: at(i),
		})
	}
	w.put(sessions...)
	values := manyValues("w", n)
	for _, q := range []query.Query{
		{Scope: query.Scope{WorkspaceIDs: values}}, {Scope: query.Scope{WorkspaceIDs: values, AppIDs: values}}, {States: values},
		{States: values, Scope: query.Scope{WorkspaceIDs: values}, Keyword: "report", SortBy: query.Title},
	} {
		p := w.run(t, q, query.Auto)
		assert.Equal(t, 1500, p.Total)
		q.Cursor = p.Next
		assert.Equal(t, 1500, w.run(t, q, query.Auto).Total)
		q.Cursor = ""
		hidden, err := plan.CountHidden(context.Background(), w.view(), q)
		require.NoError(t, err)
		assert.Zero(t, hidden.Total)
		f, err := plan.CountFacets(context.Background(), w.view(), q, query.FacetOptions{Fields: []string{"state", "workspace_id", "app_id"}})
		require.NoError(t, err)
		assert.Equal(t, 1500, f.Total)
		m, err := plan.NewMatcher(q, index.NewWriter(nil, nil).View())
		require.NoError(t, err)
		for _, s := range sessions {
			e := entryOf(s)
			require.Equal(t, s.CreatedAt.Unix()%2 == 0, m.Match(&e, "report"), s.ID)
		}
	}
	why, err := plan.WhyListed(context.Background(), w.view(), query.Query{Scope: query.Scope{WorkspaceIDs: values}}, "2998")
	require.NoError(t, err)
	assert.Equal(t, 0, why.Rank)
}

func TestAListOfUnknownValuesMatchesNothing(t *testing.T) {
	w := classWorld()
	for _, q := range []query.Query{{States: []string{"nowhere"}}, {States: manyValues("s", 20)}, {Scope: query.Scope{AppIDs: manyValues("a", 20)}}} {
		for _, m := range methods {
			assert.Zero(t, w.run(t, q, m).Total)
		}
		o := query.FacetOptions{Fields: []string{"state", "source_channel"}}
		f, err := plan.CountFacets(context.Background(), w.view(), q, o)
		require.NoError(t, err)
		assert.Equal(t, w.twin.Facets(q, o), f)
	}
}

func TestAMatcherAndAPlanKeepNoListOfTheCaller(t *testing.T) {
	w := newWorld(sessiondex.Session{ID: "1", State: "running", WorkspaceID: "w", CreatedAt: at(0), UpdatedAt: at(0)})
	q := query.Query{States: []string{"running"}, Scope: query.Scope{WorkspaceIDs: []string{"w"}}}
	m, err := plan.NewMatcher(q, index.NewWriter(nil, nil).View())
	require.NoError(t, err)
	r, err := plan.Run(context.Background(), w.view(), q, plan.Options{Explain: true})
	require.NoError(t, err)
	before := r.Plan.String()
	other := query.Query{States: []string{"failed"}, Scope: q.Scope}
	why, err := plan.WhyListed(context.Background(), w.view(), other, "1")
	require.NoError(t, err)
	q.States[0], q.Scope.WorkspaceIDs[0], other.States[0] = "changed", "changed", "changed"
	e := w.view().Entry(0)
	assert.True(t, m.Match(&e, ""))
	assert.Equal(t, before, r.Plan.String())
	assert.Equal(t, []string{"failed"}, why.Unmet[0].Wanted)
}

func BenchmarkScopeOf20000(b *testing.B) {
	w := newWorld()
	values := manyValues("w", 20_000)
	var sessions []sessiondex.Session
	for i := range 100_000 {
		sessions = append(sessions, sessiondex.Session{ID: fmt.Sprint(i), WorkspaceID: fmt.Sprintf("w-%06d", i%40_000), CreatedAt: at(i), UpdatedAt: at(i)})
	}
	w.put(sessions...)
	v := w.view()
	for b.Loop() {
		if _, err := plan.Run(b.Context(), v, query.Query{Scope: query.Scope{WorkspaceIDs: values}}, plan.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// One session each, and not its neighbours.
func TestAListOfUniqueValuesMatchesTheirSessions(t *testing.T) {
	w := newWorld()
	for i, value := range []string{"w1", "w1", "w2", "w3", "w4"} {
		w.put(sessiondex.Session{ID: string(rune('a' + i)), WorkspaceID: value, AppID: "a1", State: value, CreatedAt: at(i), UpdatedAt: at(i)})
	}
	for _, q := range []query.Query{
		{Scope: query.Scope{WorkspaceIDs: []string{"w1", "w2", "w3"}}}, {Scope: query.Scope{WorkspaceIDs: []string{"w1", "w2", "w3"}, AppIDs: []string{"a1"}}},
		{States: []string{"w1", "w2", "w3"}}, {States: []string{"w1", "w2", "w3"}, AppID: "a1", SortBy: query.Title},
	} {
		ids := w.run(t, q, query.Auto).IDs
		slices.Sort(ids)
		assert.Equal(t, []string{"a", "b", "c", "d"}, ids, "%v", q)
	}
}

// A facet adds conditions to those of the query, and all of them count.
func TestFacetsOfAQueryOfManyConditions(t *testing.T) {
	w := newWorld()
	ids := make([]string, 200)
	for i := range ids {
		ids[i] = fmt.Sprint("s", i)
		v := fmt.Sprint("v", i)
		w.put(sessiondex.Session{
			ID: ids[i], Title: "title", State: v, SourceChannel: v, SessionType: v, AppID: v, WorkspaceID: v, ParentSessionID: v, TriggerType: v, AOPAssetID: v,
			IsTaskSession: i == 0, CreatedAt: at(i), UpdatedAt: at(i),
		})
	}
	q := query.Query{Keyword: "t", IDs: ids, IDPrefix: "s", Kinds: []query.Kind{query.TopLevel}, CreatedAfter: at(1), UpdatedAfter: at(2)}
	for i, field := range []string{"state", "source_channel", "session_type", "app_id", "workspace_id", "parent_session_id", "trigger_type", "aop_asset_id"} {
		q.Where = append(q.Where, query.NotIn(field, fmt.Sprint("v", 11*i+3)))
		f, err := plan.CountFacets(t.Context(), w.view(), q, query.FacetOptions{Fields: []string{"kind"}})
		require.NoError(t, err)
		require.Equal(t, 198-len(q.Where), f.Total, "%d conditions", len(q.Where))
	}
}
