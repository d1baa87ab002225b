package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

var fleetFields = []schema.Field{
	{Name: "tags", Type: schema.Keyword}, {Name: "cost", Type: schema.Number, Sorted: true}, {Name: "archived", Type: schema.Flag, Hidden: true},
	{Name: "owner", Type: schema.Keyword, Sorted: true},
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// fleetSessions are sessions of many workspaces, with ties in every order.
func fleetSessions(t testing.TB, r *rand.Rand, n int) []sessiondex.Session {
	out := make([]sessiondex.Session, n)
	for i := range out {
		s := plain(numbered(i), r.IntN(n/3), inWorkspace(fmt.Sprintf("ws %d", r.IntN(40))))
		s.Title = pick(r, "", "Éclair", "eclair", "Invoice ", "invoice ", "日本 ") + pick(r, "", "a", "B", "c")
		s.State = pick(r, "running", "completed", "failed", "")
		s.AppID = fmt.Sprintf("app-%d", r.IntN(60))
		s.CreatedAt = noon(r.IntN(200 * 86400))
		s.IsTaskSession = r.IntN(4) == 0
		if r.IntN(5) == 0 {
			s.ParentSessionID, s.IsSubSession = numbered(r.IntN(n)), true
		}
		if r.IntN(3) > 0 {
			require.NoError(t, s.SetMember("cost", float64(r.IntN(50))/4))
			require.NoError(t, s.SetMember("tags", []string{pick(r, "x", "y"), pick(r, "x", "z")}))
			require.NoError(t, s.SetMember("owner", pick(r, "ada", "Bob", "bob", "")))
		}
		if r.IntN(6) == 0 {
			require.NoError(t, s.SetMember("archived", true))
		}
		out[i] = s
	}
	return out
}

// fleetQuery is any query that a fleet answers.
func fleetQuery(r *rand.Rand, n int) query.Query {
	q := query.Query{
		Keyword: pick(r, "", "", "inv", "é", "C"), SortBy: pick(r, "", query.Title, query.CreatedAt, query.UpdatedAt, "cost", "owner"), SortDirection: pick(r, query.Asc, query.Desc),
		Limit: pick(r, 1, 7, 50, 500), IncludeSubSessions: r.IntN(2) == 0, IncludeTaskSessions: r.IntN(2) == 0,
	}
	q.Offset = pick(r, 0, 0, r.IntN(20), r.IntN(n), n+10)
	if r.IntN(3) == 0 {
		q.States = []string{pick(r, "running", "nothing"), "failed"}
	}
	if r.IntN(4) == 0 {
		q.WorkspaceID = fmt.Sprintf("ws %d", r.IntN(41))
	}
	if r.IntN(4) == 0 {
		q.Where = []query.Cond{pick(r, query.In("tags", "x"), query.NotIn("tags", "z"), query.AtLeast("cost", 3), query.Lacks("owner"))}
	}
	if r.IntN(4) == 0 {
		q.Include = []string{"archived"}
	}
	if r.IntN(5) == 0 {
		q.SortFirst = "archived"
	}
	if id := numbered(r.IntN(n)); r.IntN(6) == 0 {
		q.IDPrefix = id[:len(id)-r.IntN(3)]
	}
	if r.IntN(4) == 0 {
		q.Scope = query.Scope{WorkspaceIDs: []string{"ws 1", "ws 2", "ws 3"}}
	}
	return q
}

// fleetOf starts two processes for each of four partitions, imports sessions, and returns
// the fleet and an engine with the same sessions.
func fleetOf(t *testing.T, r *rand.Rand, n int) (*Fleet, *sessiondex.Engine, [4][2]*exec.Cmd, func(p, i int)) {
	nc, o := stream(t)
	o.PartitionCount = 4
	one := memory(t, &sessiondex.Options{Fields: fleetFields})
	sessions := fleetSessions(t, r, n)
	require.NoError(t, one.Put(t.Context(), sessions...))
	_, err := Import(within(t, 60*time.Second), nc, sequence(sessions), &o)
	require.NoError(t, err)
	var nodes [4][2]*exec.Cmd
	start := func(p, i int) {
		nodes[p][i] = startChild(t, childTask{URL: nc.ConnectedUrl(), Stream: o.Stream, Partitions: []int{p}, PartitionCount: 4})
	}
	for p := range nodes {
		start(p, 0)
		start(p, 1)
	}
	f, err := Dial(within(t, 30*time.Second), nc, &o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, f.Close()) })
	return f, one, nodes, start
}

func TestAFleetAnswersAsOneEngineDoesWhileNodesAreKilled(t *testing.T) {
	t.Parallel()
	const n = 3000
	queries := number(t, "SESSIONDEX_FLEET_QUERIES", 120)
	r := randomness(t)
	f, one, nodes, _ := fleetOf(t, r, n)
	ctx := within(t, 10*time.Minute)
	var asked atomic.Int64
	killed := make(chan bool)
	go func() {
		defer close(killed)
		for p := range nodes {
			for asked.Load() < int64(queries*(p+1)/6) {
				time.Sleep(time.Millisecond)
			}
			assert.NoError(t, nodes[p][p%2].Process.Kill())
			_ = nodes[p][p%2].Wait()
		}
	}()
	for i := range queries {
		asked.Store(int64(i))
		q := fleetQuery(r, n)
		want, err := one.List(ctx, q)
		require.NoError(t, err)
		got, err := f.List(ctx, q)
		require.NoError(t, err, "%+v", q)
		wantRows, gotRows := want, got
		wantRows.NextCursor, wantRows.PrevCursor, gotRows.NextCursor = "", "", ""
		require.Equal(t, wantRows, gotRows, "%+v", q)
		require.Equal(t, want.NextCursor == "", got.NextCursor == "", "%+v", q)
		if got.NextCursor != "" {
			next := q
			next.Offset, next.Cursor = r.IntN(3), want.NextCursor
			want, err = one.List(ctx, next)
			require.NoError(t, err)
			next.Cursor = got.NextCursor
			got, err = f.List(ctx, next)
			require.NoError(t, err)
			require.Equal(t, idsIn(want.Items), idsIn(got.Items), "after the cursor: %+v", next)
			require.Equal(t, want.HasMore, got.HasMore)
		}
		if i%5 == 0 {
			o := query.FacetOptions{Fields: query.FacetFields(f.Schema()), Top: pick(r, 0, 3, 1000), Period: pick(r, query.Month, query.Day)}
			want, err := one.Facets(ctx, q, o)
			require.NoError(t, err)
			got, err := f.Facets(ctx, q, o)
			require.NoError(t, err)
			require.Equal(t, want, got, "%+v %+v", q, o)
		}
	}
	asked.Store(int64(queries))
	<-killed
}

func idsIn(sessions []sessiondex.Session) []string {
	out := make([]string, len(sessions))
	for i := range sessions {
		out[i] = sessions[i].ID
	}
	return out
}

// serveHere runs nodes in this process that hold and serve the partitions, and dials them.
func serveHere(t *testing.T, count int, held ...[]int) (*Fleet, []*Node, Options) {
	nc, o := stream(t)
	o.PartitionCount = count
	var nodes []*Node
	for _, partitions := range held {
		o.Partitions, o.Name = partitions, ""
		n := join(t, nc, o)
		require.NoError(t, n.Serve())
		nodes = append(nodes, n)
	}
	f, err := Dial(within(t, 30*time.Second), nc, &o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, f.Close()) })
	return f, nodes, o
}

func TestAFleetReadsWhatNodesWrite(t *testing.T) {
	f, nodes, _ := serveHere(t, 2, []int{0}, []int{1})
	ctx := within(t, 30*time.Second)
	var both [2]string
	for i := 0; both[0] == "" || both[1] == ""; i++ {
		w := numbered(i)
		both[PartitionOf(w, 2)] = w
	}
	for p, w := range both {
		_, err := nodes[p].Put(ctx, plain("same", p+1, inWorkspace(w)), plain("only-"+w, 5, inWorkspace(w)))
		require.NoError(t, err)
	}
	s, err := f.Get(ctx, "same")
	require.NoError(t, err)
	assert.Equal(t, both[1], s.WorkspaceID, "the one that was updated last")
	assert.Equal(t, noon(2), s.UpdatedAt)
	_, err = f.Get(ctx, "nowhere")
	require.ErrorIs(t, err, sessiondex.ErrNotFound)
	var ids []string
	for s, err := range f.All(ctx, query.Query{SortDirection: query.Asc}) {
		require.NoError(t, err)
		ids = append(ids, s.ID)
	}
	slices.Sort(ids[2:])
	slices.Sort(both[:])
	assert.Equal(t, []string{"same", "same", "only-" + both[0], "only-" + both[1]}, ids, "two partitions' sessions are two")
	plan, err := f.Explain(ctx, query.Query{})
	require.NoError(t, err)
	assert.Equal(t, 4, plan.Total)
	assert.Contains(t, plan.Reason, "2 groups")

	_, err = f.List(ctx, query.Query{Limit: 501})
	require.ErrorIs(t, err, sessiondex.ErrInvalidQuery)
	_, err = f.List(ctx, query.Query{Cursor: "nonsense"})
	require.ErrorIs(t, err, sessiondex.ErrBadCursor)
	p, err := f.List(ctx, query.Query{Limit: 1})
	require.NoError(t, err)
	_, err = f.List(ctx, query.Query{Limit: 1, Cursor: p.NextCursor, Offset: 501})
	require.ErrorIs(t, err, sessiondex.ErrInvalidQuery)
	assert.ErrorContains(t, err, "offset: at most 500")
	_, err = f.Facets(ctx, query.Query{}, query.FacetOptions{Zone: time.Local})
	require.ErrorIs(t, err, sessiondex.ErrInvalidQuery)
}

// Servers bound the size of a message.
func TestALongAnswerComesInParts(t *testing.T) {
	f, nodes, _ := serveHere(t, 1, []int{0})
	ctx := within(t, 30*time.Second)
	for i := range 50 {
		s := plain(numbered(i), i)
		blob := make([]byte, 60_000)
		for j := range blob {
			blob[j] = 'a' + byte(j%26)
		}
		require.NoError(t, s.SetMember("blob", string(blob)))
		_, err := nodes[0].Put(ctx, s)
		require.NoError(t, err)
	}
	want, err := nodes[0].Engine().List(ctx, query.Query{Limit: 50})
	require.NoError(t, err)
	got, err := f.List(ctx, query.Query{Limit: 50})
	require.NoError(t, err)
	assert.Equal(t, want.Items, got.Items)
}

func TestDialNamesWhatAFleetLacks(t *testing.T) {
	nc, o := stream(t)
	o.PartitionCount, o.Partitions = 3, []int{0, 2}
	brief := func() context.Context { return within(t, 400*time.Millisecond) }
	_, err := Dial(brief(), nc, &o)
	require.ErrorContains(t, err, "none serves stream")
	n := join(t, nc, o)
	require.NoError(t, n.Serve())
	_, err = Dial(brief(), nc, &o)
	require.ErrorContains(t, err, "nobody serves [1]")
	o.Name, o.Partitions = "", []int{1, 2}
	require.NoError(t, join(t, nc, o).Serve())
	_, err = Dial(brief(), nc, &o)
	require.ErrorContains(t, err, "no choice of them holds each once")
	o.Name, o.Partitions = "", []int{1}
	require.NoError(t, joinWith(t, nc, memory(t, &sessiondex.Options{Fields: fleetFields}), o).Serve())
	_, err = Dial(brief(), nc, &o)
	require.ErrorContains(t, err, "nodes differ in declared fields")
}

// They move to a node that holds both.
func TestAFleetFollowsPartitionsThatMove(t *testing.T) {
	f, nodes, o := serveHere(t, 2, []int{0}, []int{1})
	ctx := within(t, 30*time.Second)
	for i := range 20 {
		w := numbered(i)
		_, err := nodes[PartitionOf(w, 2)].Put(ctx, plain(w, i, inWorkspace(w)))
		require.NoError(t, err)
	}
	o.Partitions, o.Name = nil, ""
	all := join(t, f.nc, o)
	require.NoError(t, all.Serve())
	require.NoError(t, nodes[0].Close())
	require.NoError(t, nodes[1].Close())
	p, err := f.List(ctx, query.Query{})
	require.NoError(t, err)
	assert.Equal(t, 20, p.Total)
}

func TestAddFacetsMarksABound(t *testing.T) {
	count := func(v string, n int) sessiondex.FacetCount { return sessiondex.FacetCount{Value: v, Count: n} }
	exact := addFacets([]sessiondex.Facet{
		{Field: "app_id", Values: []sessiondex.FacetCount{count("a", 2), count("b", 1)}, Distinct: 2, Missing: 1},
		{Field: "app_id", Values: []sessiondex.FacetCount{count("b", 3)}, Distinct: 1},
	}, 1, false)
	assert.Equal(t, sessiondex.Facet{Field: "app_id", Values: []sessiondex.FacetCount{count("b", 4)}, Distinct: 2, Missing: 1}, exact)
	bound := addFacets([]sessiondex.Facet{
		{Field: "app_id", Values: []sessiondex.FacetCount{count("a", 2)}, Distinct: 5},
		{Field: "app_id", Values: []sessiondex.FacetCount{count("a", 3)}, Distinct: 4},
	}, 10, false)
	assert.True(t, bound.AtMost)
	assert.Equal(t, 8, bound.Distinct, "1 that is known and 7 that may be others")
}
