package cluster

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

func TestAWriteIsVisibleHereWhenItReturnsAndElsewhereAfterWait(t *testing.T) {
	nc, o := stream(t)
	a, b := join(t, nc, o), join(t, nc, o)
	ctx := within(t, 20*time.Second)
	seq, err := a.Put(ctx, plain("one", 1), plain("two", 2))
	require.NoError(t, err)
	assert.Equal(t, []string{"one", "two"}, idsOf(contents(t, a.Engine())))
	require.NoError(t, b.Wait(ctx, seq))
	assert.Equal(t, contents(t, a.Engine()), contents(t, b.Engine()))

	gone, err := b.Delete(ctx, "w", "one", "never there")
	require.NoError(t, err)
	assert.Greater(t, gone, seq)
	assert.Equal(t, []string{"two"}, idsOf(contents(t, b.Engine())))
	require.NoError(t, a.Sync(ctx))
	assert.Equal(t, []string{"two"}, idsOf(contents(t, a.Engine())))

	late := join(t, nc, o)
	assert.Equal(t, []string{"two"}, idsOf(contents(t, late.Engine())), "a node that joins has everything when Open returns")
}

func TestASessionIsStoredAsItsJSON(t *testing.T) {
	nc, o := stream(t)
	n := join(t, nc, o)
	ctx := within(t, 20*time.Second)
	s := plain("é*", 1, inWorkspace("a b"))
	require.NoError(t, s.SetMember("tags", []string{"x"}))
	_, err := n.Put(ctx, s)
	require.NoError(t, err)
	st, err := n.js.Stream(ctx, o.Stream)
	require.NoError(t, err)
	m, err := st.GetLastMsgForSubject(ctx, o.Stream+".0."+token("a b")+"."+token("é*"))
	require.NoError(t, err)
	assert.Equal(t, string(s.AppendJSON(nil)), string(m.Data))
	got, err := n.Reader().Get(ctx, "é*")
	require.NoError(t, err)
	assert.Equal(t, s, got)
}

func TestOddIDsGoThroughTheStream(t *testing.T) {
	nc, o := stream(t)
	a := join(t, nc, o)
	ctx := within(t, 20*time.Second)
	want := map[string]sessiondex.Session{}
	for _, id := range []string{"a.b", " x ", "*", ">", "=", "é", "$JS.API", "a\nb", string(make([]byte, 3)), string(append(make([]byte, 900), 'x'))} {
		for _, w := range []string{"w", "", "a.b.>"} {
			s := plain(w+id, 1, inWorkspace(w))
			_, err := a.Put(ctx, s)
			require.NoError(t, err, "%q", id)
			want[s.ID] = s
		}
	}
	assert.Equal(t, want, contents(t, a.Engine()))
	b := join(t, nc, o)
	assert.Equal(t, want, contents(t, b.Engine()))
	for id, s := range want {
		_, err := b.Delete(ctx, s.WorkspaceID, id)
		require.NoError(t, err)
	}
	assert.Empty(t, contents(t, b.Engine()))
}

func TestASessionThatMovesIsInOneWorkspace(t *testing.T) {
	nc, o := stream(t)
	a := join(t, nc, o)
	ctx := within(t, 20*time.Second)
	_, err := a.Put(ctx, plain("x", 1, inWorkspace("old")))
	require.NoError(t, err)
	_, err = a.Put(ctx, plain("x", 2, inWorkspace("new")), plain("y", 2))
	require.NoError(t, err)
	// A deletion from where it was comes too late.
	_, err = a.Delete(ctx, "old", "x")
	require.NoError(t, err)
	for _, n := range []*Node{a, join(t, nc, o)} {
		assert.Equal(t, []string{"x", "y"}, idsOf(contents(t, n.Engine())))
		s, err := n.Engine().Get(ctx, "x")
		require.NoError(t, err)
		assert.Equal(t, "new", s.WorkspaceID)
	}
}

// The earlier session is withdrawn, on every node.
func TestOneIDInTwoWorkspacesIsTheLaterSession(t *testing.T) {
	t.Run("seen apart", func(t *testing.T) { oneIDInTwoWorkspaces(t, true) })
	t.Run("seen together", func(t *testing.T) { oneIDInTwoWorkspaces(t, false) })
}

func oneIDInTwoWorkspaces(t *testing.T, apart bool) {
	nc, o := stream(t)
	a := join(t, nc, o)
	ctx := within(t, 20*time.Second)
	// As two nodes do that don't have each other's session yet.
	first, second := plain("x", 1, inWorkspace("one")), plain("x", 2, inWorkspace("two"))
	_, err := a.send(ctx, msgsOf(o, first))
	require.NoError(t, err)
	if apart { // in two versions; else they may be in one
		require.NoError(t, a.Sync(ctx))
	}
	_, err = a.send(ctx, msgsOf(o, second))
	require.NoError(t, err)
	require.NoError(t, a.Sync(ctx))
	require.Eventually(t, func() bool {
		r, err := a.lastOf(ctx, "one", "x")
		return err == nil && r.session == nil
	}, 10*time.Second, 5*time.Millisecond)
	_, err = a.Delete(ctx, "two", "x")
	require.NoError(t, err)
	assert.Empty(t, contents(t, a.Engine()))
	assert.Empty(t, contents(t, join(t, nc, o).Engine()), "a node that joins sees it as the others do")
}

func TestARevisionGuardsAWrite(t *testing.T) {
	nc, o := stream(t)
	a, b := join(t, nc, o), join(t, nc, o)
	ctx := within(t, 20*time.Second)
	_, _, err := a.Get(ctx, "x")
	require.ErrorIs(t, err, sessiondex.ErrNotFound)
	rev, err := a.PutIf(ctx, plain("x", 1), 0)
	require.NoError(t, err)
	_, err = a.PutIf(ctx, plain("x", 2), 0)
	require.ErrorIs(t, err, ErrConflict)
	next, err := b.PutIf(ctx, plain("x", 3), rev)
	require.NoError(t, err)
	_, err = a.PutIf(ctx, plain("x", 4), rev)
	var conflict *ConflictError
	require.ErrorAs(t, err, &conflict)
	assert.Equal(t, ConflictError{"x", rev}, *conflict)
	s, got, err := a.Get(ctx, "x")
	require.NoError(t, err)
	assert.Equal(t, next, got)
	assert.Equal(t, noon(3), s.UpdatedAt)

	// After a deletion there is no revision, despite the tombstone.
	_, err = a.Delete(ctx, "w", "x")
	require.NoError(t, err)
	_, _, err = a.Get(ctx, "x")
	require.ErrorIs(t, err, sessiondex.ErrNotFound)
	_, err = a.PutIf(ctx, plain("x", 5), next)
	require.ErrorIs(t, err, ErrConflict)
	rev, err = a.PutIf(ctx, plain("x", 5), 0)
	require.NoError(t, err)

	// A move is guarded too.
	require.NoError(t, b.Sync(ctx))
	_, err = b.PutIf(ctx, plain("x", 6, inWorkspace("v")), rev-1)
	require.ErrorIs(t, err, ErrConflict)
	_, err = b.PutIf(ctx, plain("x", 6, inWorkspace("v")), rev)
	require.NoError(t, err)
	s, _, err = b.Get(ctx, "x")
	require.NoError(t, err)
	assert.Equal(t, "v", s.WorkspaceID)
}

func TestABatchThatCannotBeOneIsRefusedWhole(t *testing.T) {
	nc, o := stream(t)
	o.PartitionCount, o.Partitions = 4, []int{PartitionOf("w", 4), PartitionOf("w2", 4)}
	require.NotEqual(t, o.Partitions[0], o.Partitions[1])
	n := join(t, nc, o)
	ctx := within(t, 20*time.Second)

	_, err := n.Put(ctx, plain("a", 1), plain("b", 1, inWorkspace("w2")))
	var spans *SpansError
	require.ErrorAs(t, err, &spans)
	assert.Equal(t, SpansError{[2]string{"a", "b"}, [2]string{"w", "w2"}, [2]int{PartitionOf("w", 4), PartitionOf("w2", 4)}}, *spans)

	many := make([]sessiondex.Session, MaxBatch+1)
	for i := range many {
		many[i] = plain(numbered(i), i)
	}
	_, err = n.Put(ctx, many...)
	var large *TooLargeError
	require.ErrorAs(t, err, &large)
	assert.Equal(t, TooLargeError{"", MaxBatch + 1, MaxBatch}, *large)
	_, err = n.Put(ctx, many[:MaxBatch]...)
	require.NoError(t, err)

	huge := plain("huge", 1)
	require.NoError(t, huge.SetMember("blob", string(make([]byte, 200_000))))
	huge.Title = string(make([]byte, 900_000))
	_, err = n.Put(ctx, plain("small", 1), huge)
	require.ErrorAs(t, err, &large)
	assert.Equal(t, "huge", large.ID)

	_, err = n.Put(ctx, plain("twice", 1), plain("twice", 2))
	require.ErrorIs(t, err, sessiondex.ErrInvalidSession)
	_, err = n.Put(ctx, plain("fine", 1), plain("", 2))
	require.ErrorIs(t, err, sessiondex.ErrInvalidSession)
	assert.ErrorContains(t, err, "index 1")

	var other string
	for i := 0; other == ""; i++ {
		if w := numbered(i); !n.opts.holds(PartitionOf(w, 4)) {
			other = w
		}
	}
	_, err = n.Put(ctx, plain("x", 1, inWorkspace(other)))
	var held *PartitionError
	require.ErrorAs(t, err, &held)
	assert.Equal(t, other, held.Workspace)
	_, err = n.Delete(ctx, other, "x")
	require.ErrorIs(t, err, ErrNotHeld)

	assert.Len(t, contents(t, n.Engine()), MaxBatch, "nothing of a refused batch is stored")
	require.NoError(t, n.Sync(ctx))
}

func TestANodeHoldsItsPartitionsOnly(t *testing.T) {
	nc, o := stream(t)
	o.PartitionCount = 3
	all := join(t, nc, o)
	ctx := within(t, 20*time.Second)
	want := map[string]sessiondex.Session{}
	for i := range 60 {
		s := plain(numbered(i), i, inWorkspace("w"+numbered(i%10)))
		_, err := all.Put(ctx, s)
		require.NoError(t, err)
		if PartitionOf(s.WorkspaceID, 3) == 1 {
			want[s.ID] = s
		}
	}
	o.Partitions = []int{1}
	one := join(t, nc, o)
	assert.Equal(t, want, contents(t, one.Engine()))
	assert.NotEmpty(t, want)
}

func TestAnEngineOfAnotherIsRefused(t *testing.T) {
	nc, o := stream(t)
	ctx := within(t, 20*time.Second)
	e := memory(t, nil)
	require.NoError(t, e.Put(ctx, plain("own", 1)))
	_, err := Open(ctx, nc, e, &o)
	require.ErrorIs(t, err, ErrForeignEngine)
	assert.ErrorContains(t, err, "it has 1 sessions")

	n := join(t, nc, o)
	_, err = Open(ctx, nc, n.Engine(), &o)
	require.ErrorIs(t, err, ErrForeignEngine)
	assert.ErrorContains(t, err, "another node")

	_, err = n.Put(ctx, plain("x", 1))
	require.NoError(t, err)
	require.NoError(t, n.Close())
	other := o
	other.Stream += "2"
	_, err = Open(ctx, nc, n.Engine(), &other)
	require.ErrorIs(t, err, ErrForeignEngine)
	assert.ErrorContains(t, err, "it follows stream "+o.Stream)
}

func TestACloseEndsEverything(t *testing.T) {
	nc, o := stream(t)
	n := join(t, nc, o)
	waiting := make(chan error, 1)
	go func() { waiting <- n.Wait(context.Background(), 1_000_000) }()
	watching := make(chan error, 1)
	go func() {
		for _, err := range n.Reader().(reader).WatchListing(context.Background(), query.Query{}, nil) {
			if err != nil {
				watching <- err
			}
		}
	}()
	require.NoError(t, n.Close())
	require.NoError(t, n.Close())
	require.ErrorIs(t, <-waiting, ErrClosed)
	require.ErrorIs(t, <-watching, ErrClosed)
	ctx := context.Background()
	_, err := n.Put(ctx, plain("x", 1))
	require.ErrorIs(t, err, ErrClosed)
	_, err = n.Delete(ctx, "w", "x")
	require.ErrorIs(t, err, ErrClosed)
	_, err = n.PutIf(ctx, plain("x", 1), 0)
	require.ErrorIs(t, err, ErrClosed)
	_, _, err = n.Get(ctx, "x")
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, n.Sync(ctx), ErrClosed)
	_, err = n.Reader().List(ctx, query.Query{})
	require.ErrorIs(t, err, ErrClosed)
	_, err = n.Engine().List(ctx, query.Query{})
	require.NoError(t, err, "the engine is its owner's to close")
	require.Eventually(t, func() bool {
		stacks := make([]byte, 1<<20)
		return !strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "cluster.(*Node)")
	}, 10*time.Second, 5*time.Millisecond, "goroutines are left")
}

func TestNodesWithOtherFieldsSaySo(t *testing.T) {
	nc, o := stream(t)
	o.Name = "first"
	a := join(t, nc, o)
	assert.Empty(t, a.Status().OtherSchemas)
	o.Name = "second"
	b := joinWith(t, nc, memory(t, &sessiondex.Options{Fields: ownerField()}), o)
	require.Eventually(t, func() bool { return len(a.Status().OtherSchemas) > 0 }, 10*time.Second, 5*time.Millisecond)
	assert.Equal(t, []string{"second"}, a.Status().OtherSchemas)
	assert.Equal(t, []string{"first"}, b.Status().OtherSchemas)
	require.NoError(t, b.Close())
	require.Eventually(t, func() bool { return len(a.Status().OtherSchemas) == 0 }, 10*time.Second, 5*time.Millisecond)
}

// It is in the stream already, so it cannot be refused.
func TestAMessageThatMakesNoSenseIsCountedAndSkipped(t *testing.T) {
	nc, o := stream(t)
	a := join(t, nc, o)
	ctx := within(t, 20*time.Second)
	for _, m := range [][2]string{
		{o.Stream + ".0.w.x", `{"id":"other"}`}, {o.Stream + ".0.w.y", `nonsense`}, {o.Stream + ".7.w.z", `{}`}, {o.Stream + ".odd", `{}`}, {o.Stream + ".sync.z", `[]`},
	} {
		_, err := a.js.Publish(ctx, m[0], []byte(m[1]))
		require.NoError(t, err)
	}
	_, err := a.Put(ctx, plain("fine", 1))
	require.NoError(t, err)
	assert.EqualValues(t, 5, a.Status().Rejected)
	b := join(t, nc, o)
	assert.Equal(t, []string{"fine"}, idsOf(contents(t, b.Engine())))
	// A title that this engine refuses and others may take.
	o.Name = ""
	short := joinWith(t, nc, memory(t, &sessiondex.Options{MaxTitleBytes: 10}), o)
	_, err = a.Put(ctx, plain("long", 1, func(s *sessiondex.Session) { s.Title = "longer than that" }), plain("ok", 1, func(s *sessiondex.Session) { s.Title = "short" }))
	require.NoError(t, err)
	require.NoError(t, short.Sync(ctx))
	assert.Equal(t, []string{"ok"}, idsOf(contents(t, short.Engine())))
}
