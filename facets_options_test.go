package sessiondex_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/query"
)

func TestFacetsCountsByWhatTheOptionsName(t *testing.T) {
	w := newTwins(t, nil)
	put := func(id, state, workspace string, created time.Time) {
		w.put(t, sessiondex.Session{ID: id, State: state, AppID: "app-" + id, WorkspaceID: workspace, CreatedAt: created, UpdatedAt: created})
	}
	day := time.Date(2026, 1, 31, 23, 59, 59, 999_999_999, time.UTC)
	put("1", "running", "north", day)
	put("2", "running", "north", day.Add(1))
	put("3", "failed", "south", day.Add(2))
	put("4", "failed", "", time.Date(1969, 12, 31, 23, 0, 0, 0, time.UTC))

	facets := func(q query.Query, o query.FacetOptions) string {
		f, err := w.Facets(t.Context(), q, o)
		require.NoError(t, err)
		text, err := json.Marshal(f)
		require.NoError(t, err)
		return string(text)
	}
	assert.JSONEq(t, `{"total":4,"app_id_total":0,"kind":{"top_level":0,"sub_session":0,"task_run":0,"both":0},
		"state":[{"value":"failed","count":2},{"value":"running","count":2}]}`,
		facets(query.Query{}, query.FacetOptions{Only: []query.Facet{query.FacetState}}))
	assert.JSONEq(t, `{"total":2,"app_id_total":0,"kind":{"top_level":0,"sub_session":0,"task_run":0,"both":0},
		"workspace_id":[{"value":"north","count":2}],"workspace_id_total":1,
		"created_day":[{"value":"2026-01-31","count":1},{"value":"2026-02-01","count":1}]}`,
		facets(query.Query{States: []string{"running"}}, query.FacetOptions{
			Only: []query.Facet{query.FacetWorkspace, query.FacetCreated}, Days: true,
		}))
	assert.JSONEq(t, `{"total":4,"app_id":[{"value":"app-1","count":1},{"value":"app-2","count":1}],"app_id_total":4,
		"kind":{"top_level":4,"sub_session":0,"task_run":0,"both":0},
		"created_month":[{"value":"1969-12","count":1},{"value":"2026-01","count":1},{"value":"2026-02","count":2}]}`,
		facets(query.Query{}, query.FacetOptions{
			Only: []query.Facet{query.FacetApp, query.FacetKind, query.FacetCreated, query.FacetApp}, Top: 2,
		}))
	assert.JSONEq(t, `{"total":0,"state":[],"source_channel":[],"session_type":[],"trigger_type":[],"app_id":[],"app_id_total":0,
		"kind":{"top_level":0,"sub_session":0,"task_run":0,"both":0},"created_month":[]}`,
		facets(query.Query{Keyword: "nothing"}, query.FacetOptions{}), "lists that were counted are there, empty")
}

func TestFaultyFacetOptionsAreAllNamed(t *testing.T) {
	w := newTwins(t, nil)
	_, err := w.Facets(t.Context(), query.Query{}, query.FacetOptions{Only: []query.Facet{"state", "size"}, Top: -1})
	var faults *query.Error
	require.ErrorAs(t, err, &faults)
	assert.ErrorIs(t, err, sessiondex.ErrInvalidQuery)
	assert.Equal(t, []query.Fault{
		{Param: "facet", Type: "enum", Message: "Input should be 'state', 'source_channel', 'session_type', 'trigger_type', 'app_id', 'kind', 'created' or 'workspace_id' (got \"size\")"},
		{Param: "top", Type: "greater_than_equal", Message: "Input should be greater than or equal to 1 (got \"-1\")"},
	}, faults.Faults)
	_, err = w.Facets(t.Context(), query.Query{}, query.FacetOptions{Top: query.MaxTop + 1})
	assert.ErrorContains(t, err, "less than or equal to 10000")
	_, err = w.Facets(t.Context(), query.Query{Offset: -1}, query.FacetOptions{})
	assert.ErrorIs(t, err, sessiondex.ErrInvalidQuery)

	e, err := sessiondex.New(nil)
	require.NoError(t, err)
	require.NoError(t, e.Close())
	_, err = e.Facets(t.Context(), query.Query{}, query.FacetOptions{})
	assert.ErrorIs(t, err, sessiondex.ErrClosed)
}

// naiveFacet counts the listing without the facet's own filter.
func naiveFacet(w *twins, q query.Query, facet query.Facet, days bool) []sessiondex.FacetCount {
	q.Offset = 0
	q.IncludeTaskSessions = q.Normalized().IncludeTaskSessions
	var value func(sessiondex.Session) string
	switch facet {
	case query.FacetState:
		q.States, value = nil, func(s sessiondex.Session) string { return s.State }
	case query.FacetSourceChannel:
		q.SourceChannels, value = nil, func(s sessiondex.Session) string { return s.SourceChannel }
	case query.FacetSessionType:
		q.SessionTypes, value = nil, func(s sessiondex.Session) string { return cmp.Or(s.SessionType, "session") }
	case query.FacetTrigger:
		q.TriggerTypes, value = nil, func(s sessiondex.Session) string { return s.TriggerType }
		q.IncludeTaskSessions = true // as choosing a value does
	case query.FacetApp:
		q.AppID, value = "", func(s sessiondex.Session) string { return s.AppID }
	case query.FacetWorkspace:
		q.WorkspaceID, value = "", func(s sessiondex.Session) string { return s.WorkspaceID }
	case query.FacetCreated:
		q.CreatedAfter, q.CreatedBefore = time.Time{}, time.Time{}
		layout := "2006-01"
		if days {
			layout = time.DateOnly
		}
		value = func(s sessiondex.Session) string { return s.CreatedAt.UTC().Format(layout) }
	case query.FacetKind:
		q.IncludeSubSessions, q.IncludeTaskSessions = true, true
		value = func(s sessiondex.Session) string {
			switch {
			case s.IsSubSession && s.IsTaskSession:
				return "both"
			case s.IsSubSession:
				return "sub"
			case s.IsTaskSession:
				return "task"
			}
			return "top"
		}
	}
	counts := map[string]int{}
	for _, s := range w.oracle.All(q) {
		if value(s) != "" {
			counts[value(s)]++
		}
	}
	out := []sessiondex.FacetCount{}
	for value, n := range counts {
		out = append(out, sessiondex.FacetCount{Value: value, Count: n})
	}
	slices.SortFunc(out, func(a, b sessiondex.FacetCount) int {
		if facet == query.FacetCreated {
			return strings.Compare(a.Value, b.Value)
		}
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return out
}

// Every choice of facets gives what counting the listings gives.
func TestFacetsWithOptionsAgreeWithTheTwin(t *testing.T) {
	r := randomness(t)
	for _, n := range worldSizes(r) {
		w := tinyTwins(t, r, n)
		for range 60 {
			q := corpus.RandomQuery(r)
			if r.IntN(4) == 0 {
				q = query.Query{IncludeSubSessions: q.IncludeSubSessions, IncludeTaskSessions: q.IncludeTaskSessions, CreatedAfter: q.CreatedAfter}
			}
			o := query.FacetOptions{Days: r.IntN(2) == 0, Top: r.IntN(4)}
			named := map[query.Facet]bool{}
			for _, facet := range query.AllFacets() {
				if r.IntN(2) == 0 {
					o.Only = append(o.Only, facet)
					named[facet] = true
				}
			}
			for _, facet := range query.AllFacets()[:len(query.AllFacets())-1] {
				named[facet] = named[facet] || len(o.Only) == 0
			}
			want := func(facet query.Facet) []sessiondex.FacetCount {
				if !named[facet] {
					return nil
				}
				return naiveFacet(w, q, facet, o.Days)
			}
			top := func(counts []sessiondex.FacetCount) []sessiondex.FacetCount {
				return counts[:min(len(counts), cmp.Or(o.Top, sessiondex.TopApps))]
			}
			got, err := w.Facets(t.Context(), q, o)
			require.NoError(t, err)
			expect := sessiondex.Facets{
				Total:  w.oracle.List(q).Total,
				States: want(query.FacetState), SourceChannels: want(query.FacetSourceChannel),
				SessionTypes: want(query.FacetSessionType), TriggerTypes: want(query.FacetTrigger),
				Apps: top(want(query.FacetApp)), AppsTotal: len(want(query.FacetApp)),
				Workspaces: top(want(query.FacetWorkspace)), WorkspacesTotal: len(want(query.FacetWorkspace)),
			}
			if o.Days {
				expect.CreatedDays = want(query.FacetCreated)
			} else {
				expect.CreatedMonths = want(query.FacetCreated)
			}
			for _, c := range want(query.FacetKind) {
				switch c.Value {
				case "top":
					expect.Kinds.TopLevel = c.Count
				case "sub":
					expect.Kinds.SubSessions = c.Count
				case "task":
					expect.Kinds.TaskRuns = c.Count
				case "both":
					expect.Kinds.Both = c.Count
				}
			}
			require.Equal(t, expect, got, "%d sessions, %+v of %+v", n, o, q)
		}
	}
}
