package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
)

// classWorld has enough sessions that a keyword in every fortieth title is neither a
// short list nor worth intersecting with the sets of all conditions.
func classWorld() *world {
	var sessions []sessiondex.Session
	for i := range 26_000 {
		s := sessiondex.Session{
			ID: fmt.Sprintf("%05d", i), Title: fmt.Sprintf("Report %d", i%40),
			State: []string{"running", "completed", "failed"}[i%3], SourceChannel: []string{"web", "api", ""}[i/3%3],
			SessionType: []string{"session", "video_session"}[i/9%2], AppID: []string{"large", "small", ""}[min(i%40, 2)],
			WorkspaceID: []string{"ws-1", "ws-2"}[i/13_000],
			CreatedAt:   at(i), UpdatedAt: at(i * 7919 % 26_000),
		}
		s.IsSubSession, s.IsTaskSession = i%11 == 0, i%7 == 0
		if s.IsTaskSession {
			s.AOPAssetID, s.TriggerType = fmt.Sprint("asset-", i%5), "schedule"
		}
		if s.AppID == "small" && i%400 > 0 {
			s.AppID = ""
		}
		sessions = append(sessions, s)
	}
	return newWorld(sessions...)
}

// classQueries have every combination of filters by state, channel, type and kind, with and
// without a value that has an ordering, and a keyword.
func classQueries() (all []query.Query) {
	for _, base := range []query.Query{
		{}, {States: []string{"running"}}, {States: []string{"failed", "running"}, SourceChannels: []string{"api"}},
		{SessionTypes: []string{"video_session"}, SourceChannels: []string{"web", "nowhere"}}, {TriggerTypes: []string{"schedule"}, States: []string{"failed"}},
	} {
		for _, value := range []query.Query{
			{}, {AppID: "large"}, {AppID: "small"}, {WorkspaceID: "ws-2"}, {AppID: "large", WorkspaceID: "ws-1"}, {AOPAssetID: "asset-3"},
			{Scope: query.Scope{WorkspaceIDs: []string{"ws-1"}}}, {WorkspaceID: "ws-1", Scope: query.Scope{WorkspaceIDs: []string{"ws-1"}}},
			{WorkspaceID: "ws-1", Scope: query.Scope{WorkspaceIDs: []string{"ws-2"}}}, {Scope: query.Scope{AppIDs: []string{"large", "small"}}},
			{Keyword: "report 7"}, {Keyword: "REPORT 3"}, {Keyword: "report", AppID: "large"},
		} {
			for shown := range 4 {
				q := base
				q.AppID, q.WorkspaceID, q.AOPAssetID, q.Scope, q.Keyword = value.AppID, value.WorkspaceID, value.AOPAssetID, value.Scope, value.Keyword
				q.IncludeSubSessions, q.IncludeTaskSessions = shown&1 != 0, shown&2 != 0
				all = append(all, q)
			}
		}
	}
	return all
}

func TestFiltersOfFewValuesGiveTheNaivePage(t *testing.T) {
	w := classWorld()
	w.requireClassPages(t)

	// The same when there are more combinations than are numbered.
	var odd []sessiondex.Session
	for i := range 1100 {
		odd = append(odd, sessiondex.Session{ID: fmt.Sprint("odd-", i), State: fmt.Sprint("state-", i), CreatedAt: at(i), UpdatedAt: at(i)})
	}
	w.put(odd...)
	require.NoError(t, w.view().Check())
	w.requireClassPages(t)
}

func (w *world) requireClassPages(t *testing.T) {
	t.Helper()
	r := newRand(t)
	for _, q := range classQueries() {
		if r.IntN(4) > 0 {
			continue // all of them take a minute under the race detector
		}
		order := orders[r.IntN(len(orders))]
		q.SortBy, q.SortDirection, q.Limit = order.SortBy, order.SortDirection, 20
		all := w.list(q)
		if len(all) > 0 {
			q.Offset = r.IntN(len(all) + 1)
		}
		hidden, err := plan.CountHidden(t.Context(), w.view(), q)
		require.NoError(t, err)
		shown := q
		shown.IncludeSubSessions, shown.IncludeTaskSessions = true, true
		require.Equal(t, len(w.list(shown))-len(all), hidden.Total, "%+v", q)
		o := query.FacetOptions{Fields: []string{"state", "source_channel"}, Top: 1 + r.IntN(5)}
		if r.IntN(4) == 0 {
			o.Fields = query.FacetFields(nil)
		}
		facets, err := plan.CountFacets(t.Context(), w.view(), q, o)
		require.NoError(t, err)
		require.Equal(t, w.twin.Facets(q, o), facets, "%+v", q)
		for _, m := range methods {
			got := w.run(t, q, m)
			require.Equal(t, len(all), got.Total, "%s: %+v", m, q)
			require.Equal(t, part(all, q.Offset, 20), got.IDs, "%s: %+v", m, q)
			if got.Next != "" {
				next := q
				next.Offset, next.Cursor = 0, got.Next
				require.Equal(t, part(all, q.Offset+20, 20), w.run(t, next, m).IDs, "%s after a cursor: %+v", m, q)
			}
			if got.Previous != "" {
				back := q
				back.Offset, back.Cursor = 0, got.Previous
				require.Equal(t, part(all, max(0, q.Offset-20), min(20, q.Offset)), w.run(t, back, m).IDs, "%s before a cursor: %+v", m, q)
			}
		}
		whole := q
		whole.Offset = 0
		require.Equal(t, part(all, 0, len(all)), w.scan(t, whole), "%+v", q)
		if len(all) > 0 {
			why, err := plan.WhyListed(t.Context(), w.view(), q, all[len(all)/3])
			require.NoError(t, err)
			require.Equal(t, len(all)/3, why.Rank, "%+v", q)
		}
	}
}

// The cost depends neither on the depth nor on the number of sessions, if the filter asks
// for few values.
func TestAFilteredPageReadsFewSessionsAtAnyDepth(t *testing.T) {
	w := classWorld()
	for _, q := range []query.Query{
		{States: []string{"running"}}, {SourceChannels: []string{"web", "api"}, States: []string{"failed", "running"}}, {IncludeSubSessions: true},
		{AppID: "large"}, {WorkspaceID: "ws-1"}, {WorkspaceID: "ws-1", IncludeTaskSessions: true},
	} {
		for _, offset := range []int{0, 100, 400} {
			q.Offset = offset
			found, err := plan.Run(t.Context(), w.view(), q, plan.Options{Explain: true})
			require.NoError(t, err)
			assert.Equal(t, query.Rank, found.Plan.Method, "%+v", q)
			assert.Less(t, found.Plan.Examined, 1600, "%+v", q)
			assert.NotContains(t, found.Plan.String(), "walking")
			assert.True(t, strings.HasSuffix(found.Plan.Matches, "positions"))
		}
	}
}

// Hidden sessions that stand side by side, thousands of them, as a long task leaves them.
func TestLongRunsOfHiddenSessions(t *testing.T) {
	r := testrand.New(t)
	var sessions []sessiondex.Session
	for run, n := range []int{300, 200, 300, 1, 700, 90, 1, 2000, 400} {
		for range n {
			i := len(sessions)
			s := sessiondex.Session{
				ID: fmt.Sprintf("s%05d", i), Title: fmt.Sprintf("%d. report", r.IntN(5000)), CreatedAt: at(r.IntN(100_000)), UpdatedAt: at(i),
				State: "completed", SessionType: "session", AppID: "a", IsSubSession: run%2 == 1,
			}
			if i%10 == 0 {
				s.State = "failed"
			}
			sessions = append(sessions, s)
		}
	}
	for i := range 3000 {
		sessions = append(sessions, sessiondex.Session{
			ID: fmt.Sprintf("o%05d", i), Title: "report", CreatedAt: at(r.IntN(100_000)), UpdatedAt: at(r.IntN(100_000)), SessionType: "session", AppID: "b",
		})
	}
	w := newWorld(sessions...)
	for _, by := range []query.SortField{query.UpdatedAt, query.CreatedAt, query.Title} {
		for _, q := range []query.Query{
			{AppID: "a"}, {AppID: "a", States: []string{"failed"}}, {AppID: "a", IncludeSubSessions: true},
			{}, {States: []string{"failed"}}, {Keyword: "report"}, {Keyword: "report", AppID: "a"}, {UpdatedAfter: at(400), UpdatedBefore: at(3500)},
		} {
			for _, dir := range []query.Direction{query.Asc, query.Desc} {
				q.SortBy, q.SortDirection, q.Offset = by, dir, 0
				all := w.list(q)
				require.Equal(t, all, w.scan(t, q))
				for _, offset := range []int{0, 290, len(all) / 2, len(all) - 3} {
					q.Offset = max(0, offset)
					for _, m := range []query.Method{"", query.Rank, query.Walk, query.Gather} {
						got := w.run(t, q, m)
						require.Equal(t, len(all), got.Total)
						require.Equal(t, part(all, q.Offset, 50), got.IDs, "%s: %+v", m, q)
					}
				}
			}
		}
	}
}
