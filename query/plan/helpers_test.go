package plan_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/oracle"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
	"github.com/sessiondex/sessiondex/schema"
)

var newRand = testrand.New

// methods are all methods of making a page, the planner's choice first.
var methods = []query.Method{query.Auto, query.Rank, query.Gather, query.Walk}

// orders are all sort fields and directions.
var orders = func() (all []query.Query) {
	for _, by := range []query.SortField{query.UpdatedAt, query.CreatedAt, query.Title} {
		for _, direction := range []query.Direction{query.Desc, query.Asc} {
			all = append(all, query.Query{SortBy: by, SortDirection: direction})
		}
	}
	return all
}()

// world is an index, and the plain list that it should agree with.
type world struct {
	writer *index.Writer
	twin   oracle.Oracle
}

func newWorld(sessions ...sessiondex.Session) *world {
	w := &world{writer: index.NewWriter(nil, nil)}
	w.put(sessions...)
	return w
}

// tinyWorld returns n sessions of few values. Some were deleted, so that some ordinals are
// not in use.
func tinyWorld(r *rand.Rand, n int) *world {
	w := newWorld(corpus.Tiny(r, n+n/4)...)
	for _, s := range w.twin.All(everything) {
		if w.twin.Len() > n && r.IntN(3) == 0 {
			w.delete(s.ID)
		}
	}
	return w
}

// everything lists all sessions there are.
var everything = query.Query{IncludeSubSessions: true, IncludeTaskSessions: true}

func (w *world) put(sessions ...sessiondex.Session) {
	entries := make([]index.Entry, len(sessions))
	for i, s := range sessions {
		entries[i] = entryOf(s)
	}
	w.writer.Put(entries)
	w.twin.Put(sessions...)
}

func (w *world) delete(ids ...string) {
	w.writer.Delete(ids)
	w.twin.Delete(ids...)
}

func (w *world) view() *index.View { return w.writer.View() }

func entryOf(s sessiondex.Session) index.Entry {
	e := index.Entry{
		ID: s.ID, Title: s.Title, Created: index.InstantOf(s.CreatedAt), Updated: index.InstantOf(s.UpdatedAt),
		Values: [index.NumValues]string{
			schema.RowState: s.State, schema.RowSourceChannel: s.SourceChannel, schema.RowSessionType: s.SessionType,
			schema.RowAppID: s.AppID, schema.RowWorkspaceID: s.WorkspaceID, schema.RowAOPAssetID: s.AOPAssetID, schema.RowTriggerType: s.TriggerType,
			schema.RowParentSessionID: s.ParentSessionID,
		},
	}
	if e.Values[schema.RowSessionType] == "" {
		e.Values[schema.RowSessionType] = "session"
	}
	if s.IsSubSession {
		e.Kind |= schema.SubSession
	}
	if s.IsTaskSession {
		e.Kind |= schema.TaskRun
	}
	return e
}

// page is what a user sees of a plan.Result.
type page struct {
	IDs            []string
	Total          int
	Limit, Offset  int
	HasMore        bool
	Next, Previous string
}

// run answers a query by one method, which must not fail.
func (w *world) run(t testing.TB, q query.Query, m query.Method) page {
	t.Helper()
	v := w.view()
	r, err := plan.Run(context.Background(), v, q, plan.Options{Force: m})
	require.NoError(t, err, "%s: %+v", m, q)
	p := page{Total: r.Total, Limit: r.Limit, Offset: r.Offset, HasMore: r.HasMore, Next: r.NextCursor, Previous: r.PrevCursor}
	for _, ord := range r.Ords {
		p.IDs = append(p.IDs, v.ID(ord))
	}
	return p
}

// list returns the ids of the whole listing, as the twin has it.
func (w *world) list(q query.Query) []string {
	var ids []string
	for _, s := range w.twin.All(q) {
		ids = append(ids, s.ID)
	}
	return ids
}

// part returns the ids at some positions of a listing, which may lie past its end.
func part(all []string, offset, limit int) []string {
	offset = min(offset, len(all))
	ids := all[offset : offset+min(limit, len(all)-offset)]
	if len(ids) == 0 {
		return nil
	}
	return ids
}

// scan collects what Scan yields.
func (w *world) scan(t testing.TB, q query.Query) (ids []string) {
	t.Helper()
	v := w.view()
	for ord, err := range plan.Scan(context.Background(), v, q) {
		require.NoError(t, err, "%+v", q)
		ids = append(ids, v.ID(ord))
	}
	return ids
}

// randomScope returns no scope usually, else one of a few values, repeated ones, or an
// empty list.
func randomScope(r *rand.Rand) (s query.Scope) {
	values := func(some ...string) []string {
		switch r.IntN(4) {
		case 0:
			return nil
		case 1:
			return []string{}
		}
		out := make([]string, 0, 4)
		for range 1 + r.IntN(4) {
			out = append(out, some[r.IntN(len(some))])
		}
		return out
	}
	if r.IntN(3) == 0 {
		s.AppIDs = values("app-1", "app-2", "app-3", "no such app")
		s.WorkspaceIDs = values("ws-1", "ws-2", "no such workspace")
		if r.IntN(2) == 0 {
			s.AppIDs = nil
		}
	}
	return s
}

// at is an instant some seconds into a day.
func at(seconds int) time.Time {
	return time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(seconds) * time.Second)
}

// endingContext is cancelled from the nth call of Err on.
type endingContext struct {
	context.Context
	looks, n int
}

func (c *endingContext) Err() error {
	if c.looks++; c.looks >= c.n {
		return context.Canceled
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
