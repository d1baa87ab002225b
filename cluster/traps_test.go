package cluster

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// Each of these tests is about a fault of the obvious implementation. It runs on nodes as
// they are, and again with the remedy switched off, where it must find the fault.

// slowFaults has a slow node follow batches and returns the faults of its versions. With
// findOne it stops at the first.
func slowFaults(t *testing.T, k knobs, batches int, findOne bool) []string {
	nc, o := stream(t)
	r := randomness(t)
	o.Stream += "_" + nats.NewInbox()[7:]
	inMemory(t, jetStream(t, nc), o)
	writer := join(t, nc, o)
	g := newGroups(o, 40, 10)
	k.slow, k.ahead = sometimes(3, time.Millisecond), 5
	o.Name, o.knobs = "slow", k
	slow := join(t, nc, o)
	var faults []string
	for written := 0; written < batches; {
		seen := g.observe(t, slow.Engine())
		stop := g.write(t, writer, r.Uint64())
		before := g.written()
		for g.written() < before+150 {
			time.Sleep(time.Millisecond)
		}
		stop()
		require.NoError(t, slow.Sync(within(t, 60*time.Second)))
		faults = append(faults, seen.faults(g)...)
		if len(faults) > 0 && findOne {
			break
		}
		written += g.written() - before
	}
	assert.Empty(t, g.missing(g.view(contents(t, slow.Engine())), g.acknowledged()))
	return faults
}

func (g *groups) written() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.order)
}

func TestNoVersionShowsHalfABatch(t *testing.T) {
	t.Run("as it is", func(t *testing.T) {
		faults := slowFaults(t, knobs{}, 600, false)
		assert.Empty(t, faults, anyOf(faults))
	})
	t.Run("without waiting for a batch's end", func(t *testing.T) {
		assert.NotEmpty(t, slowFaults(t, knobs{tornBatches: true}, 3000, true))
	})
	t.Run("ignoring holes", func(t *testing.T) {
		assert.NotEmpty(t, slowFaults(t, knobs{ignoreHoles: true}, 3000, true))
	})
}

// joinFaults has nodes join under writes and returns the faults of their first versions.
func joinFaults(t *testing.T, k knobs, joins int, findOne bool) (faults []string) {
	nc, o := stream(t)
	r := randomness(t)
	o.Stream += "_" + nats.NewInbox()[7:]
	inMemory(t, jetStream(t, nc), o)
	writer := join(t, nc, o)
	g := newGroups(o, 30, 5)
	stop := g.write(t, writer, r.Uint64())
	defer stop()
	k.slow = sometimes(20, 100*time.Microsecond)
	o.knobs = k
	for range joins {
		acknowledged := g.acknowledged()
		e, err := sessiondex.New(&sessiondex.Options{ScanTitles: true})
		require.NoError(t, err)
		o.Name = ""
		n, err := Open(within(t, 60*time.Second), nc, e, &o)
		require.NoError(t, err)
		v := g.view(contents(t, e))
		if f := g.missing(v, acknowledged); f != "" {
			faults = append(faults, f)
		}
		require.NoError(t, n.Close())
		require.NoError(t, e.Close())
		if findOne && len(faults) > 0 {
			return faults
		}
		defer func() {
			if f := g.fault(v); f != "" {
				faults = append(faults, f)
			}
		}()
	}
	stop()
	return faults
}

func TestANodeThatJoinsUnderWritesLacksNothing(t *testing.T) {
	t.Parallel()
	t.Run("as it is", func(t *testing.T) {
		faults := joinFaults(t, knobs{}, 200, false)
		assert.Empty(t, faults, anyOf(faults))
	})
	t.Run("ignoring all holes but half-seen batches", func(t *testing.T) {
		assert.NotEmpty(t, joinFaults(t, knobs{onlyHalfSeen: true}, 2000, true))
	})
}

// replaced has a node follow a stream that is deleted and made again, shorter. It returns
// the node, and what it should show: the contents of another node, which opened the new
// stream.
func replaced(t *testing.T, k knobs) (n *Node, want map[string]sessiondex.Session) {
	nc, o := stream(t)
	o.Stream += "_" + nats.NewInbox()[7:]
	o.knobs = k
	n = join(t, nc, o)
	ctx := within(t, 30*time.Second)
	for i := range 50 {
		_, err := n.Put(ctx, plain(numbered(i), i))
		require.NoError(t, err)
	}
	require.NoError(t, n.js.DeleteStream(ctx, o.Stream))
	o.Name, o.knobs = "", knobs{}
	other := join(t, nc, o)
	_, err := other.Put(ctx, plain("new", 1), plain(numbered(7), 100))
	require.NoError(t, err)
	t.Cleanup(func() { _ = n.js.DeleteStream(context.Background(), o.Stream) })
	return n, contents(t, other.Engine())
}

func TestAStreamThatWasReplacedIsFound(t *testing.T) {
	t.Run("as it is", func(t *testing.T) {
		n, want := replaced(t, knobs{})
		// A Sync after the new stream's writes shows them.
		require.NoError(t, n.Sync(within(t, 20*time.Second)))
		assert.Equal(t, want, contents(t, n.Engine()))
		assert.EqualValues(t, 2, n.Status().Resyncs)
	})
	t.Run("found without asking", func(t *testing.T) {
		n, want := replaced(t, knobs{})
		require.Eventually(t, func() bool { return n.Status().Resyncs == 2 }, 20*time.Second, 5*time.Millisecond)
		assert.Equal(t, want, contents(t, n.Engine()))
	})
	t.Run("without telling streams apart", func(t *testing.T) {
		n, want := replaced(t, knobs{noIdentity: true})
		require.NoError(t, n.Sync(within(t, 20*time.Second)), "it believes that it has everything")
		assert.NotEqual(t, want, contents(t, n.Engine()))
	})
}

// Neither before the new stream has sessions nor while they are read.
func TestNobodySeesAnEmptyListWhileAStreamIsReplaced(t *testing.T) {
	nc, o := stream(t)
	n := join(t, nc, o)
	ctx := within(t, 30*time.Second)
	var sessions []sessiondex.Session
	for i := range 500 {
		sessions = append(sessions, plain(numbered(i), i))
	}
	_, err := n.Put(ctx, sessions...)
	require.NoError(t, err)
	var stop atomic.Bool
	least := make(chan int)
	go func() {
		fewest := 500
		for !stop.Load() {
			p, err := n.Reader().List(context.Background(), query.Query{})
			assert.NoError(t, err)
			fewest = min(fewest, p.Total)
		}
		least <- fewest
	}()
	require.NoError(t, n.js.DeleteStream(ctx, o.Stream))
	_, err = Ensure(ctx, nc, &o)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return errorIs(n, errEmptied) }, 20*time.Second, 5*time.Millisecond)
	other := o
	other.Name = ""
	_, err = join(t, nc, other).Put(ctx, sessions[:400]...)
	require.NoError(t, err)
	require.NoError(t, n.Sync(ctx))
	assert.Len(t, contents(t, n.Engine()), 400)
	stop.Store(true)
	assert.GreaterOrEqual(t, <-least, 400)
	assert.Empty(t, n.Status().Problem)
}

func errorIs(n *Node, target error) bool {
	n.state.mu.Lock()
	defer n.state.mu.Unlock()
	return errors.Is(n.state.problem, target)
}

// No message has the stream's last sequence then.
func TestAStreamWhoseTailHasExpiredIsCaughtUpWith(t *testing.T) {
	nc, o := stream(t)
	ctx := within(t, 60*time.Second)
	o.TombstoneTTL = time.Second
	n := join(t, nc, o)
	_, err := n.Put(ctx, plain("a", 1), plain("b", 1))
	require.NoError(t, err)
	require.NoError(t, n.Close())
	// The last message of the stream is one that expires.
	m := n.opts.subjects().deleteMessage("w", "b", time.Second)
	ack, err := n.js.PublishMsg(ctx, m)
	require.NoError(t, err)
	s, err := n.js.Stream(ctx, o.Stream)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := s.GetMsg(ctx, ack.Sequence)
		return errors.Is(err, jetstream.ErrMsgNotFound)
	}, 20*time.Second, 20*time.Millisecond)

	o.Name = ""
	o.knobs.trustLast = true
	brief, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	_, err = Open(brief, nc, memory(t, nil), &o)
	require.ErrorIs(t, err, context.DeadlineExceeded, "waiting for the last sequence never ends")

	o.knobs.trustLast = false
	assert.Equal(t, []string{"a"}, idsOf(contents(t, join(t, nc, o).Engine())))
}

// A consumer on a server that is behind reports nothing pending.
func TestAConsumerThatLagsIsNotBelieved(t *testing.T) {
	nc, o := stream(t)
	ctx := within(t, 60*time.Second)
	_, err := join(t, nc, o).Put(ctx, plain("a", 1))
	require.NoError(t, err)
	arrive := make(chan struct{})
	o.knobs.lag = func(t *tap) {
		behind := make(chan entry)
		now := t.entries
		t.entries, t.pending = behind, 0
		go func() {
			defer close(behind)
			<-arrive
			for e := range now {
				behind <- e
			}
		}()
	}
	o.Name = ""
	o.knobs.trustPending = true
	believing, err := Open(ctx, nc, memory(t, nil), &o)
	require.NoError(t, err)
	assert.Empty(t, contents(t, believing.Engine()), "it claims to be caught up, with nothing")

	o.knobs.trustPending = false
	brief, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	go func() {
		<-brief.Done()
		close(arrive)
	}()
	n, err := Open(ctx, nc, memory(t, nil), &o)
	require.NoError(t, err)
	assert.Equal(t, []string{"a"}, idsOf(contents(t, n.Engine())))
	require.NoError(t, n.Close())
	require.NoError(t, believing.Close())
}

// Followers are not notified of a purge.
func TestAPurgeIsRefused(t *testing.T) {
	for _, allowed := range []bool{false, true} {
		nc, o := stream(t)
		o.Stream += "_" + nats.NewInbox()[7:]
		o.knobs.allowPurge = allowed
		n := join(t, nc, o)
		ctx := within(t, 30*time.Second)
		_, err := n.Put(ctx, plain("a", 1))
		require.NoError(t, err)
		s, err := n.js.Stream(ctx, o.Stream)
		require.NoError(t, err)
		err = s.Purge(ctx)
		if !allowed {
			require.ErrorContains(t, err, "not permitted")
			continue
		}
		require.NoError(t, err)
		require.NoError(t, n.Sync(ctx))
		assert.Len(t, contents(t, n.Engine()), 1, "the node does not see it, which is why it must not be possible")
	}
}

// A single write, and a batch.
func TestAWriteThatIsSentAgainIsMadeOnce(t *testing.T) {
	nc, o := stream(t)
	inMemory(t, jetStream(t, nc), o)
	n := join(t, nc, o)
	ctx := within(t, 60*time.Second)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 200 {
		msgs := msgsOf(o, plain(numbered(i), i))
		for j := range r.IntN(3) {
			msgs = append(msgs, msgsOf(o, plain(numbered(1000+3*i+j), i))...)
		}
		first, err := n.send(ctx, msgs)
		require.NoError(t, err)
		s, err := n.js.Stream(ctx, o.Stream)
		require.NoError(t, err)
		for range 5 {
			// As after a lost acknowledgement.
			again, err := n.attempt(ctx, msgs)
			require.NoError(t, err)
			assert.GreaterOrEqual(t, again, first)
		}
		m, err := s.GetLastMsgForSubject(ctx, msgs[len(msgs)-1].Subject)
		require.NoError(t, err)
		require.EqualValues(t, first, m.Sequence, "it was stored again")
	}
}

// It resumes where it was, in the middle of a join too.
func TestAReadThatIsInterruptedResumes(t *testing.T) {
	t.Parallel()
	nc, o := stream(t)
	ctx := within(t, 60*time.Second)
	writer := join(t, nc, o)
	for from := 0; from < 3000; from += 1000 {
		var batch []sessiondex.Session
		for i := range 1000 {
			batch = append(batch, plain(numbered(from+i), i))
		}
		_, err := writer.Put(ctx, batch...)
		require.NoError(t, err)
	}
	deleteConsumers := func() {
		s, err := writer.js.Stream(ctx, o.Stream)
		require.NoError(t, err)
		for name := range s.ConsumerNames(ctx).Name() {
			_ = s.DeleteConsumer(ctx, name)
		}
	}
	// opened joins while the servers forget the consumer twice.
	opened := func(t *testing.T, k knobs, timeout time.Duration) (n *Node, broken int, err error) {
		o, taken := o, 0
		o.Name, o.knobs = "", k
		o.knobs.slow = func() {
			if taken++; taken%1500 == 0 && broken < 2 {
				broken++
				deleteConsumers()
				time.Sleep(2 * time.Millisecond)
			}
		}
		n, err = Open(within(t, timeout), nc, memory(t, nil), &o)
		if err == nil {
			t.Cleanup(func() { assert.NoError(t, n.Close()) })
		}
		return n, broken, err
	}
	t.Run("as it is", func(t *testing.T) {
		n, broken, err := opened(t, knobs{}, 60*time.Second)
		require.NoError(t, err)
		assert.Equal(t, contents(t, writer.Engine()), contents(t, n.Engine()))
		assert.Equal(t, 2, broken)
	})
	t.Run("without resuming", func(t *testing.T) {
		_, broken, err := opened(t, knobs{readOnce: true}, 5*time.Second)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Positive(t, broken)
	})
}
