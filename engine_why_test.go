package sessiondex_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
)

func TestWhyNamesEveryConditionThatKeepsASessionOut(t *testing.T) {
	w := newTwins(t, nil)
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	w.put(t, sessiondex.Session{
		ID: "s1", Title: "Weekly report", State: "failed", SourceChannel: "web", AppID: "billing",
		IsSubSession: true, IsTaskSession: true, CreatedAt: at, UpdatedAt: at,
	})
	q := query.Query{
		Keyword: "report daily draft", Match: query.MatchAllTerms, States: []string{"running", "paused"}, SourceChannels: []string{"web"},
		SessionTypes: []string{"video_session"}, AppID: "support", WorkspaceID: "ws",
		CreatedAfter: at.Add(time.Hour), CreatedBefore: at.Add(-time.Hour),
	}
	why, err := w.Why(t.Context(), q, "s1")
	require.NoError(t, err)
	assert.Equal(t, query.Why{ID: "s1", Rank: -1, Limit: 50, Unmet: []query.Unmet{
		{Param: "include_sub_sessions", Wanted: []string{"false"}, Actual: "a sub-session"},
		{Param: "include_task_sessions", Wanted: []string{"false"}, Actual: "a task run"},
		{Param: "state", Wanted: []string{"paused", "running"}, Actual: "failed"},
		{Param: "session_type", Wanted: []string{"video_session"}, Actual: "session"},
		{Param: "app_id", Wanted: []string{"support"}, Actual: "billing"},
		{Param: "workspace_id", Wanted: []string{"ws"}},
		{Param: "created_after", Wanted: []string{"2026-05-01T13:00:00Z"}, Actual: "2026-05-01T12:00:00Z"},
		{Param: "created_before", Wanted: []string{"2026-05-01T11:00:00Z"}, Actual: "2026-05-01T12:00:00Z"},
		{Param: "query", Wanted: []string{"daily", "draft"}, Actual: "Weekly report"},
	}}, why)
	assert.Equal(t, `"s1" is not listed:
  include_sub_sessions is not set, and the session is a sub-session
  include_task_sessions is not set, and the session is a task run
  state wants one of "paused", "running", and the session has "failed"
  session_type wants "video_session", and the session has "session"
  app_id wants "support", and the session has "billing"
  workspace_id wants "ws", and the session has none
  created_after is 2026-05-01T13:00:00Z, and the session was created before that, at 2026-05-01T12:00:00Z
  created_before is 2026-05-01T11:00:00Z, and the session was created after that, at 2026-05-01T12:00:00Z
  query wants "daily", "draft", and the title is "Weekly report"`, why.String())
}

func TestWhySaysWhereAListedSessionStands(t *testing.T) {
	w := newTwins(t, nil)
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for i := range 30 {
		w.put(t, sessiondex.Session{ID: string(rune('A' + i)), CreatedAt: at, UpdatedAt: at.Add(-time.Duration(i) * time.Minute)})
	}
	why, err := w.Why(t.Context(), query.Query{Limit: 10, Offset: 5}, "K")
	require.NoError(t, err)
	assert.Equal(t, query.Why{ID: "K", Listed: true, Rank: 10, Total: 30, Page: 2, Limit: 10, OnPage: true}, why)
	assert.Equal(t, `"K" is listed: number 11 of 30, on page 2 of 3`, why.String())

	before := w.Snapshot()
	w.delete(t, "A")
	why, err = before.Why(t.Context(), query.Query{Limit: 10}, "K")
	require.NoError(t, err)
	assert.Equal(t, `"K" is listed: number 11 of 30, on page 2 of 3, which is not the page asked for`, why.String(), "in the version of the snapshot")
}

func TestWhyDoesNotTellOfWhatIsNotThere(t *testing.T) {
	w := newTwins(t, nil)
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	w.put(t, sessiondex.Session{ID: "s1", AppID: "billing", CreatedAt: at, UpdatedAt: at})
	_, err := w.Why(t.Context(), query.Query{}, "nobody")
	assert.ErrorIs(t, err, sessiondex.ErrNotFound)
	assert.EqualError(t, err, `session not found: "nobody"`)
	_, err = w.Why(t.Context(), query.Query{States: []string{"failed"}, Scope: query.Scope{AppIDs: []string{"support"}}}, "s1")
	assert.EqualError(t, err, `session not found: "s1"`, "out of scope looks like not there")
	_, err = w.Why(t.Context(), query.Query{Limit: 501}, "s1")
	assert.ErrorIs(t, err, sessiondex.ErrInvalidQuery)
	ended, end := context.WithCancel(t.Context())
	end()
	_, err = w.Why(ended, query.Query{}, "s1")
	assert.ErrorIs(t, err, context.Canceled)
}

// What Why says of every session agrees with the listing; and without the
// conditions that it names the session would be there.
func TestWhyAgreesWithTheTwin(t *testing.T) {
	r := testrand.New(t)
	for _, n := range worldSizes(r) {
		w := tinyTwins(t, r, n)
		for range 60 {
			q := corpus.RandomlyNarrowed(r, corpus.RandomQuery(r))
			listing := w.oracle.All(func() query.Query { q := q; q.Offset = 0; return q }())
			all := w.oracle.All(everything)
			for range min(len(all), 40) {
				s := all[r.IntN(len(all))]
				why, err := w.Why(t.Context(), q, s.ID)
				require.NoError(t, err)
				rank := slices.IndexFunc(listing, func(l sessiondex.Session) bool { return l.ID == s.ID })
				require.Equal(t, rank, why.Rank, "%q in %+v: %s", s.ID, q, why)
				require.Equal(t, rank >= 0, why.Listed)
				require.NotEmpty(t, why.String())
				if why.Listed {
					require.Equal(t, len(listing), why.Total)
					continue
				}
				require.NotEmpty(t, why.Unmet)
				without := q
				for _, u := range why.Unmet {
					drop(t, &without, u)
				}
				again, err := w.Why(t.Context(), without, s.ID)
				require.NoError(t, err)
				require.True(t, again.Listed, "%q in %+v: %s", s.ID, without, again)
			}
		}
	}
}

// drop takes a condition out of a query.
func drop(t *testing.T, q *query.Query, u query.Unmet) {
	switch u.Param {
	case "query":
		q.Keyword = ""
	case "state":
		q.States = nil
	case "source_channel":
		q.SourceChannels = nil
	case "session_type":
		q.SessionTypes = nil
	case "trigger_type":
		q.IncludeTaskSessions = q.Normalized().IncludeTaskSessions
		q.TriggerTypes = nil
	case "app_id":
		q.AppID = ""
	case "workspace_id":
		q.WorkspaceID = ""
	case "aop_asset_id":
		q.IncludeTaskSessions = q.IncludeTaskSessions || q.AOPAssetID != ""
		q.AOPAssetID = ""
	case "include_sub_sessions":
		q.IncludeSubSessions = true
	case "include_task_sessions":
		q.IncludeTaskSessions = true
	case "parent_session_id":
		q.IncludeSubSessions = q.Normalized().IncludeSubSessions
		q.ParentSessionID = ""
	case "kind":
		q.IncludeSubSessions, q.IncludeTaskSessions, q.Kinds = true, true, nil // kinds show what they name
	case "ids":
		q.IncludeSubSessions, q.IncludeTaskSessions, q.IDs = true, true, nil // as ids do
	case "ids[prefix]":
		q.IncludeSubSessions, q.IncludeTaskSessions, q.IDPrefix = true, true, ""
	case "updated_after":
		q.UpdatedAfter = time.Time{}
	case "updated_before":
		q.UpdatedBefore = time.Time{}
	case "created_after":
		q.CreatedAfter = time.Time{}
	case "created_before":
		q.CreatedBefore = time.Time{}
	default:
		require.Failf(t, "unknown parameter", "%q", u.Param)
	}
}
