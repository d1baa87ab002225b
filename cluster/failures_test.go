//go:build linux

package cluster

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// Nodes may be started together with the servers.
func TestEnsureWaitsForTheServersThatItNeeds(t *testing.T) {
	t.Parallel()
	c := newTrio(t)
	c.start(0)
	c.start(1)
	nc := c.connect(0, 1)
	o := Options{Stream: "FLEET", Replicas: 3, Logger: logTo(t)}
	for elected := within(t, 60*time.Second); ; {
		_, err := Ensure(within(t, 3*time.Second), nc, &o)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		if strings.Contains(err.Error(), "no suitable peers") {
			break
		}
		require.NoError(t, elected.Err())
	}
	c.start(2)
	found, err := Ensure(within(t, 60*time.Second), nc, &o)
	require.NoError(t, err)
	require.True(t, found.Created)
}

// TestThreeServers runs the tests that need several servers on the same three processes.
func TestThreeServers(t *testing.T) {
	t.Parallel()
	c := startTrio(t)
	js := jetStream(t, c.connect(0, 1, 2))
	o := Options{Stream: "FLEET", Replicas: 3, Logger: logTo(t)}
	_, err := Ensure(within(t, 60*time.Second), c.connect(0, 1, 2), &o)
	require.NoError(t, err)
	c.leader(js, o.Stream)
	t.Run("a conflict is known by both of its codes", func(t *testing.T) { conflicts(t, c, o) })
	t.Run("figures", func(t *testing.T) { figures(t, c, o) })
	t.Run("nothing acknowledged is lost and nothing is torn", func(t *testing.T) { failures(t, c, o) })
}

// conflicts has eight writers increment a counter in one session.
func conflicts(t *testing.T, c *trio, o Options) {
	ctx := within(t, 120*time.Second)
	count := func(o Options, rounds int) (failed error) {
		o.Name = ""
		n := join(t, c.connect(0, 1, 2), o)
		var done sync.WaitGroup
		errs := make(chan error, 8)
		for range 8 {
			done.Go(func() {
				for range rounds {
					if err := n.Writer().Mutate(ctx, "counter", increment); err != nil {
						errs <- err
						return
					}
				}
			})
		}
		done.Wait()
		close(errs)
		for err := range errs {
			failed = errors.Join(failed, err)
		}
		return failed
	}
	require.NoError(t, count(o, 15))
	n := join(t, c.connect(0, 1, 2), o)
	s, _, err := n.Get(ctx, "counter")
	require.NoError(t, err)
	assert.Equal(t, strconv.Itoa(8*15), s.State)
	o.knobs.oneConflict = true
	assert.ErrorContains(t, count(o, 200), "10164")
	_, err = n.Delete(ctx, "w", "counter")
	require.NoError(t, err)
}

// fleetUnderFire is three nodes that follow, one of them slowly, while batches are written.
type fleetUnderFire struct {
	t     *testing.T
	c     *trio
	g     *groups
	nodes []*Node
	seen  []*observer
	o     Options
	from  atomic.Pointer[Node] // the node to write through
}

func failures(t *testing.T, c *trio, o Options) {
	batches := number(t, "SESSIONDEX_FLEET_BATCHES", 0)
	per := max(50, batches/16) // in each phase of a round
	r := randomness(t)
	f := &fleetUnderFire{t: t, c: c, o: o, g: newGroups(o, 60, 10)}
	for i := range 3 {
		o.Name = "node-" + strconv.Itoa(i)
		o.MaxLag = 2 * time.Second
		o.knobs = knobs{marked: f.g.mark}
		if i == 2 {
			o.knobs.slow, o.knobs.ahead = sometimes(10, time.Millisecond), 20
		}
		n := join(t, c.connect(i), o)
		f.nodes = append(f.nodes, n)
		f.seen = append(f.seen, f.g.observe(t, n.Engine()))
	}
	o.Name, o.knobs = "writer", knobs{marked: f.g.mark}
	writer := join(t, c.connect(0, 1, 2), o)
	js := writer.js
	for round := 0; round == 0 || f.g.written() < batches; round++ {
		f.from.Store(writer)
		stop := f.write(r.Uint64())
		f.progress(per)

		c.whole(js, o.Stream)
		leader := c.leader(js, o.Stream)
		c.kill(leader)
		t.Logf("%s is killed", name(leader))
		f.progress(per)
		c.start(leader)

		c.whole(js, o.Stream)
		leader = c.leader(js, o.Stream)
		c.signal(leader, syscall.SIGSTOP)
		t.Logf("%s is stopped", name(leader))
		f.progress(per)
		c.signal(leader, syscall.SIGCONT)

		c.whole(js, o.Stream)
		f.split(c.leader(js, o.Stream), per)
		stop()
		f.agree(writer)
	}
	for i, s := range f.seen {
		faults := s.faults(f.g)
		assert.Empty(t, faults, "node %d: %s", i, anyOf(faults))
	}
	for _, n := range f.nodes {
		assert.EqualValues(t, 1, n.Status().Resyncs, "a new leader is not a new stream")
	}
	t.Logf("%d batches", f.g.written())
}

// write writes until it is stopped. A write with an unknown outcome is not a failure.
func (f *fleetUnderFire) write(seed uint64) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	for w := range 2 {
		r := rand.New(rand.NewPCG(seed, uint64(w)))
		done.Go(func() {
			for ctx.Err() == nil {
				// A write to a leader that is cut off times out, with an unknown outcome.
				ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
				err := f.g.put(ctx, f.from.Load(), r)
				if cancel(); err != nil {
					assert.ErrorIs(f.t, err, ErrUncertain)
				}
				time.Sleep(2 * time.Millisecond)
			}
		})
	}
	stop = func() {
		cancel()
		done.Wait()
	}
	f.t.Cleanup(stop)
	return stop
}

// progress waits until n more batches are acknowledged.
func (f *fleetUnderFire) progress(n int) {
	f.t.Helper()
	begun, from := time.Now(), f.g.written()
	require.Eventually(f.t, func() bool { return f.g.written() >= from+n }, 60*time.Second, 5*time.Millisecond, "no acknowledgements")
	f.t.Logf("%d batches after %v", n, time.Since(begun).Round(10*time.Millisecond))
}

// split cuts the leader off, with a node and a writer on its side.
func (f *fleetUnderFire) split(leader, per int) {
	t := f.t
	f.c.requireNoDirectRoute()
	f.c.isolate(leader, true)
	defer f.c.isolate(leader, false)
	t.Logf("%s is cut off", name(leader))
	f.c.requireNoDirectRoute()
	minority := f.nodes[leader]
	f.from.Store(f.nodes[(leader+1)%3]) // on the majority's side
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	_, err := minority.Put(ctx, plain("on the minority's side", 1))
	require.ErrorIs(t, err, ErrUncertain)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	f.progress(per)
	f.c.requireNoDirectRoute()
	require.Eventually(t, func() bool {
		_, err := minority.Reader().List(context.Background(), query.Query{})
		return errors.Is(err, ErrStale)
	}, 20*time.Second, 10*time.Millisecond)
	_, err = minority.Engine().List(context.Background(), query.Query{})
	require.NoError(t, err, "reads go on for those who want them")
	require.Greater(t, minority.Status().Lag, 2*time.Second, "%+v", minority.Status())
}

// agree waits until all nodes have everything, and compares them.
func (f *fleetUnderFire) agree(writer *Node) {
	t := f.t
	begun := time.Now()
	for i, n := range f.nodes {
		require.NoError(t, n.Sync(within(t, 90*time.Second)), "node %d", i)
		t.Logf("node %d has everything %v after the heal", i, time.Since(begun).Round(10*time.Millisecond))
	}
	require.NoError(t, writer.Sync(within(t, 90*time.Second)))
	want := without(contents(t, writer.Engine()))
	for i, n := range f.nodes {
		// The retry of an abandoned write may still arrive.
		require.Eventually(t, func() bool { return assert.ObjectsAreEqual(want, without(contents(t, n.Engine()))) }, 20*time.Second, 50*time.Millisecond, "node %d", i)
	}
	v := f.g.view(want)
	require.Empty(t, f.g.missing(v, f.g.acknowledged()))
	require.Empty(t, f.g.fault(v))
}

// without leaves out the session whose write had an unknown outcome.
func without(m map[string]sessiondex.Session) map[string]sessiondex.Session {
	delete(m, "on the minority's side")
	return m
}
