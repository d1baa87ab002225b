package sessiondex_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
)

func TestAnEmptyListingSaysWhatItHides(t *testing.T) {
	w := newTwins(t, nil)
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	put := func(id, app string, sub, task bool, created time.Time) {
		w.put(t, sessiondex.Session{ID: id, AppID: app, IsSubSession: sub, IsTaskSession: task, CreatedAt: created, UpdatedAt: created})
	}
	put("run-1", "billing", false, true, day)
	put("run-2", "billing", false, true, day)
	put("run-of-branch", "billing", true, true, day)
	put("branch", "billing", true, false, day.AddDate(0, 0, -9))
	put("chat", "support", false, false, day.AddDate(0, 0, 9))

	hidden := func(q query.Query) query.Hidden {
		h, err := w.Hidden(t.Context(), q)
		require.NoError(t, err)
		return h
	}
	q := query.Query{AppID: "billing"}
	page, err := w.List(t.Context(), q)
	require.NoError(t, err)
	assert.Zero(t, page.Total)
	assert.Equal(t, hiddenAs(1, 2, 1), hidden(q))
	assert.Equal(t, 4, hidden(q).Total)

	q.IncludeTaskSessions = true
	assert.Equal(t, hiddenAs(1, 0, 1), hidden(q), "task runs are listed; those of branches need both flags")
	q.IncludeSubSessions = true
	assert.Zero(t, hidden(q).Total)
	assert.Zero(t, hidden(query.Query{AppID: "support"}).Total)
	assert.Equal(t, hiddenAs(0, 2, 1), hidden(query.Query{CreatedAfter: day, CreatedBefore: day}),
		"no visible session was created then, and hidden ones were")
	assert.Zero(t, hidden(query.Query{AppID: "billing", Scope: query.Scope{AppIDs: []string{"support"}}}).Total, "nothing is told of what is out of scope")
}

func hiddenAs(sub, task, both int) query.Hidden {
	h := query.Hidden{Total: sub + task + both, By: []query.HiddenBy{}}
	add := func(n int, reasons ...string) {
		if n > 0 {
			h.By = append(h.By, query.HiddenBy{Reasons: reasons, Count: n})
		}
	}
	add(sub, "sub_session")
	add(task, "task_run")
	add(both, "sub_session", "task_run")
	return h
}

func TestHiddenAgreesWithTheTwin(t *testing.T) {
	r := testrand.New(t)
	for _, n := range worldSizes(r) {
		w := tinyTwins(t, r, n)
		snapshot := w.Snapshot()
		for range 100 {
			q := corpus.RandomlyNarrowed(r, corpus.RandomQuery(r))
			q.Offset = 0
			shown := map[string]bool{}
			for _, s := range w.oracle.All(q) {
				shown[s.ID] = true
			}
			open := q
			open.IncludeSubSessions, open.IncludeTaskSessions = true, true
			sub, task, both := 0, 0, 0
			for _, s := range w.oracle.All(open) {
				switch {
				case shown[s.ID]:
				case s.IsSubSession && s.IsTaskSession:
					both++
				case s.IsSubSession:
					sub++
				default:
					task++
				}
			}
			got, err := snapshot.Hidden(t.Context(), q)
			require.NoError(t, err)
			require.Equal(t, hiddenAs(sub, task, both), got, "%+v", q)
		}
	}
}

func TestHiddenRefusesWhatListRefuses(t *testing.T) {
	w := newTwins(t, nil)
	_, err := w.Hidden(t.Context(), query.Query{SortBy: "size"})
	assert.ErrorIs(t, err, sessiondex.ErrInvalidQuery)
	ended, end := context.WithCancel(t.Context())
	end()
	_, err = w.Hidden(ended, query.Query{})
	assert.ErrorIs(t, err, context.Canceled)

	e, err := sessiondex.New(nil)
	require.NoError(t, err)
	require.NoError(t, e.Close())
	_, err = e.Hidden(t.Context(), query.Query{})
	assert.ErrorIs(t, err, sessiondex.ErrClosed)
}
