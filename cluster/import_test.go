package cluster

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

func sequence(sessions []sessiondex.Session) iter.Seq2[sessiondex.Session, error] {
	return func(yield func(sessiondex.Session, error) bool) {
		for _, s := range sessions {
			if !yield(s, nil) {
				return
			}
		}
	}
}

func TestAnImportIsInTheStream(t *testing.T) {
	nc, o := stream(t)
	ctx := within(t, 30*time.Second)
	var sessions []sessiondex.Session
	for i := range 2500 {
		sessions = append(sessions, plain(numbered(i), i))
	}
	sessions = append(sessions, plain(numbered(7), 9999))
	n, err := Import(ctx, nc, sequence(sessions), &o)
	require.NoError(t, err)
	assert.Equal(t, 2501, n)
	e := join(t, nc, o).Engine()
	assert.Equal(t, 2500, e.Len())
	s, err := e.Get(ctx, numbered(7))
	require.NoError(t, err)
	assert.Equal(t, noon(9999), s.UpdatedAt)

	n, err = Import(ctx, nc, sequence([]sessiondex.Session{plain("good", 1), plain("", 1)}), &o)
	require.ErrorIs(t, err, sessiondex.ErrInvalidSession)
	assert.Equal(t, 1, n, "the lines before are in the stream")
}

// The nodes that take it over were running all the time.
func TestARestoredStreamIsTakenOverWhenItIsComplete(t *testing.T) {
	nc, o := stream(t)
	ctx := within(t, 60*time.Second)
	n := join(t, nc, o)
	var sessions []sessiondex.Session
	for i := range 300 {
		sessions = append(sessions, plain(numbered(i), i, func(s *sessiondex.Session) { s.IsTaskSession = i%3 == 0 }))
	}
	_, err := n.Put(ctx, sessions...)
	require.NoError(t, err)
	want := contents(t, n.Engine())

	_, err = Restore(ctx, nc, n.Engine(), &o)
	require.ErrorIs(t, err, ErrForeignStream, "not over an existing stream")
	require.NoError(t, n.js.DeleteStream(ctx, o.Stream))

	// Half of it, as when a restore is interrupted.
	config := n.opts.streamConfig()
	config.Metadata[metaRestoring] = "true"
	_, err = n.js.CreateStream(ctx, config)
	require.NoError(t, err)
	_, err = n.opts.publishAll(ctx, nc, sequence(sessions[:100]))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return errorIs(n, ErrRestoring) }, 20*time.Second, 5*time.Millisecond)
	_, err = Open(ctx, nc, memory(t, nil), &Options{Stream: o.Stream, Replicas: 1, Logger: o.Logger})
	require.ErrorIs(t, err, ErrRestoring, "a new node does not begin with half of it")
	assert.Equal(t, want, contents(t, n.Engine()))
	_, err = n.Put(ctx, plain("too soon", 1))
	require.ErrorIs(t, err, ErrRestoring)

	done, err := Restore(ctx, nc, n.Engine(), &o)
	require.NoError(t, err)
	assert.Equal(t, 300, done)
	require.NoError(t, n.Sync(ctx))
	assert.Equal(t, want, contents(t, n.Engine()))
	o.Name = ""
	assert.Equal(t, want, contents(t, join(t, nc, o).Engine()))
	seq, err := n.Put(ctx, plain("after", 1))
	require.NoError(t, err)
	assert.Less(t, seq, Seq(1000), "it is the new stream")
}

// It has the name and the creation time of the one before, and by now more messages than
// the node has seen.
func TestAStreamRestoredFromACopyIsFound(t *testing.T) {
	nc, o := stream(t)
	ctx := within(t, 60*time.Second)
	n := join(t, nc, o)
	for i := range 10 {
		_, err := n.Put(ctx, plain(numbered(i), i))
		require.NoError(t, err)
	}
	info, err := n.js.Stream(ctx, o.Stream)
	require.NoError(t, err)
	// A copy from before the last writes has the same creation time, and another history
	// from there on.
	p := n.Status().Position
	require.NoError(t, n.Close())
	lost := witness{Subject: n.opts.subjects().session("w", "lost"), Seq: uint64(p) + 1, Time: time.Now()}
	n.reached.Seq += 2
	n.reached.Witnesses = append([]witness{lost}, n.reached.Witnesses...)
	require.NoError(t, n.engine.Tx(ctx, func(tx *sessiondex.Tx) error {
		tx.SetLogPosition(logName, n.reached.encode())
		return tx.Put(plain("lost", 1))
	}))
	o.Name = ""
	other := join(t, nc, o)
	for range 10 {
		_, err := other.Put(ctx, plain("later", 1))
		require.NoError(t, err)
	}
	again := joinWith(t, nc, n.Engine(), o)
	assert.Equal(t, contents(t, other.Engine()), contents(t, again.Engine()), "what the copy lacks is gone here too")
	assert.EqualValues(t, 1, again.Status().Resyncs)
	after, err := n.js.Stream(ctx, o.Stream)
	require.NoError(t, err)
	assert.Equal(t, info.CachedInfo().Created, after.CachedInfo().Created)
}

func TestAStaleNodeRefusesReads(t *testing.T) {
	s, err := startServer(t.TempDir(), nil)
	require.NoError(t, err)
	t.Cleanup(s.Shutdown)
	nc := dial(t, s.ClientURL())
	o := Options{Stream: "S", Replicas: 1, MaxLag: 300 * time.Millisecond, Logger: logTo(t)}
	n := join(t, nc, o)
	ctx := within(t, 30*time.Second)
	_, err = n.Put(ctx, plain("a", 1))
	require.NoError(t, err)
	_, err = n.Reader().List(ctx, query.Query{})
	require.NoError(t, err)
	pinned, _ := n.Reader().(reader).PinVersion()

	s.Shutdown()
	s.WaitForShutdown()
	require.Eventually(t, func() bool {
		_, err = n.Reader().List(ctx, query.Query{})
		return err != nil
	}, 20*time.Second, 5*time.Millisecond)
	var stale *StaleError
	require.ErrorAs(t, err, &stale)
	assert.Greater(t, stale.Lag, stale.Most)
	assert.Equal(t, 300*time.Millisecond, stale.Most)
	_, err = n.Reader().Facets(ctx, query.Query{}, query.FacetOptions{})
	require.ErrorIs(t, err, ErrStale)
	_, err = n.Reader().Get(ctx, "a")
	require.ErrorIs(t, err, ErrStale)
	held, _ := n.Reader().(reader).PinVersion()
	_, err = held.List(ctx, query.Query{})
	require.ErrorIs(t, err, ErrStale)
	_, err = pinned.List(ctx, query.Query{})
	require.NoError(t, err, "a version that was pinned before stays")
	_, err = n.Engine().List(ctx, query.Query{})
	require.NoError(t, err, "the engine still has the old list")
	brief, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	_, err = n.Put(brief, plain("b", 1))
	require.ErrorIs(t, err, ErrUncertain)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.False(t, n.Status().Connected)
}
