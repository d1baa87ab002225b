package cluster

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
)

// durable opens an engine in a file.
func durable(t testing.TB, path string) *sessiondex.Engine {
	t.Helper()
	e, err := sessiondex.Open(path, &sessiondex.Options{ScanTitles: true})
	require.NoError(t, err)
	return e
}

func TestADurableNodeGoesOnWhereItWas(t *testing.T) {
	nc, o := stream(t)
	ctx := within(t, 30*time.Second)
	writer := join(t, nc, o)
	_, err := writer.Put(ctx, plain("a", 1), plain("b", 1))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "node.db")
	e := durable(t, path)
	o.Name = ""
	n, err := Open(ctx, nc, e, &o)
	require.NoError(t, err)
	require.NoError(t, n.Close())
	require.NoError(t, e.Close())

	_, err = writer.Delete(ctx, "w", "a")
	require.NoError(t, err)
	_, err = writer.Put(ctx, plain("c", 1))
	require.NoError(t, err)
	e = durable(t, path)
	n, err = Open(ctx, nc, e, &o)
	require.NoError(t, err)
	assert.Equal(t, []string{"b", "c"}, idsOf(contents(t, e)))
	assert.Zero(t, n.Status().Resyncs, "the stream is not read again")
	require.NoError(t, n.Close())
	require.NoError(t, e.Verify(ctx))
	require.NoError(t, e.Close())

	// With other partitions it is.
	all := o
	all.Partitions = nil
	e = durable(t, path)
	p, err := positionOf(e, o.Stream)
	require.NoError(t, err)
	p.Partitions = []int{7}
	require.NoError(t, e.Tx(ctx, func(tx *sessiondex.Tx) error { tx.SetLogPosition(logName, p.encode()); return nil }))
	n, err = Open(ctx, nc, e, &all)
	require.NoError(t, err)
	assert.EqualValues(t, 1, n.Status().Resyncs)
	assert.Equal(t, []string{"b", "c"}, idsOf(contents(t, e)))
	require.NoError(t, n.Close())
	require.NoError(t, e.Close())
}

// Deletions that it missed may have been forgotten.
func TestANodeThatWasAwayForLongerThanTombstonesReadsEverything(t *testing.T) {
	nc, o := stream(t)
	ctx := within(t, 60*time.Second)
	o.TombstoneTTL = time.Second
	writer := join(t, nc, o)
	_, err := writer.Put(ctx, plain("a", 1), plain("b", 1))
	require.NoError(t, err)
	o.Name = ""
	e := memory(t, nil)
	n, err := Open(ctx, nc, e, &o)
	require.NoError(t, err)
	require.NoError(t, n.Close())

	seq, err := writer.Delete(ctx, "w", "a")
	require.NoError(t, err)
	s, err := writer.js.Stream(ctx, o.Stream)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := s.GetMsg(ctx, uint64(seq))
		return err != nil
	}, 20*time.Second, 20*time.Millisecond)
	n = joinWith(t, nc, e, o)
	assert.Equal(t, []string{"b"}, idsOf(contents(t, e)))
	assert.EqualValues(t, 1, n.Status().Resyncs)
}

// The file never goes back either, however often its node is killed.
func TestAKilledNodesFileIsAPrefix(t *testing.T) {
	t.Parallel()
	rounds := number(t, "SESSIONDEX_KILL_ROUNDS", 50)
	nc, o := stream(t)
	r := randomness(t)
	inMemory(t, jetStream(t, nc), o)
	writer := join(t, nc, o)
	g := newGroups(o, 40, 5)
	path := filepath.Join(t.TempDir(), "node.db")
	last := uint64(0)
	for round := range rounds {
		stop := g.write(t, writer, r.Uint64())
		cmd := startChild(t, childTask{URL: nc.ConnectedUrl(), Stream: o.Stream, DB: path})
		time.Sleep(time.Duration(r.IntN(20_000)) * time.Microsecond)
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
		stop()

		e := durable(t, path)
		p, err := positionOf(e, o.Stream)
		require.NoError(t, err)
		require.GreaterOrEqual(t, p.Seq, last, "round %d: the file went back", round)
		last = p.Seq
		if !p.Ragged {
			v := g.view(contents(t, e))
			require.Empty(t, g.fault(v), "round %d", round)
			require.Empty(t, g.differs(v, Seq(p.Seq)), "round %d", round)
		}
		require.NoError(t, e.Verify(context.Background()))
		require.NoError(t, e.Close())
	}
}
