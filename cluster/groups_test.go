package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
)

// groups are sessions that are written in batches, one group each: a version with two
// generations in one group shows half a batch. The sequences that were acknowledged are
// kept, to check every version against the stream's order.
type groups struct {
	count, size int
	o           Options

	mu      sync.Mutex
	issued  int
	order   map[int]Seq   // of the generations that were acknowledged
	history map[int][]int // the generations of a group
	newest  map[int]Seq   // the greatest sequence of a group that was acknowledged
	maybe   map[int]bool  // generations with an unknown outcome
	marked  map[*nats.Msg]bool
}

func newGroups(o Options, count, size int) *groups {
	return &groups{count: count, size: size, o: o, order: map[int]Seq{}, history: map[int][]int{}, newest: map[int]Seq{}, maybe: map[int]bool{}, marked: map[*nats.Msg]bool{}}
}

func (g *groups) batch(group, generation int) []sessiondex.Session {
	out := make([]sessiondex.Session, g.size)
	for i := range out {
		out[i] = plain(fmt.Sprintf("g%03d-%d", group, i), generation, func(s *sessiondex.Session) { s.State = strconv.Itoa(generation) })
	}
	return out
}

// put writes a random group through a node.
func (g *groups) put(ctx context.Context, n *Node, r *rand.Rand) error {
	g.mu.Lock()
	g.issued++
	generation, group := g.issued, r.IntN(g.count)
	g.history[group] = append(g.history[group], generation)
	g.maybe[generation] = true
	g.mu.Unlock()
	batch := g.batch(group, generation)
	msgs := msgsOf(g.o, batch...)
	seq, err := n.send(ctx, msgs)
	if err != nil {
		return err
	}
	if g.isMarked(msgs) {
		// seq is that of a mark after the batch. The batch's own can be looked up as long
		// as it is the newest of its group, and is not needed later.
		last := batch[len(batch)-1]
		r, err := n.lastOf(ctx, last.WorkspaceID, last.ID)
		if err != nil {
			return errors.Join(ErrUncertain, err)
		}
		if r.session == nil || r.session.State != last.State {
			return nil
		}
		seq = r.seq
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.maybe, generation)
	g.order[generation] = seq
	g.newest[group] = max(g.newest[group], seq)
	return nil
}

// mark records that the sequence under which the messages were stored is unknown.
func (g *groups) mark(msgs []*nats.Msg) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.marked[msgs[0]] = true
}

func (g *groups) isMarked(msgs []*nats.Msg) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.marked[msgs[0]]
}

// acknowledged returns the sequence of each group's newest batch.
func (g *groups) acknowledged() map[int]Seq {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := make(map[int]Seq, len(g.newest))
	for group, seq := range g.newest {
		out[group] = seq
	}
	return out
}

// view is the generation of each group in a version: 0 for none, -1 for several.
type view map[int]int

func (g *groups) view(sessions map[string]sessiondex.Session) view {
	v := view{}
	for group := range g.count {
		for i := range g.size {
			generation, _ := strconv.Atoi(sessions[fmt.Sprintf("g%03d-%d", group, i)].State)
			if i > 0 && v[group] != generation {
				v[group] = -1
				break
			}
			v[group] = generation
		}
	}
	return v
}

// fault returns why a view is not the state after a prefix of the stream, "" if it is one.
func (g *groups) fault(v view) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	upTo := Seq(0)
	for group, generation := range v {
		if generation == -1 {
			return fmt.Sprintf("group %d is torn", group)
		}
		upTo = max(upTo, g.order[generation])
	}
	for group, generation := range v {
		if g.maybe[generation] {
			continue // its place in the stream is unknown
		}
		for _, other := range g.history[group] {
			if seq := g.order[other]; seq > g.order[generation] && seq <= upTo {
				return fmt.Sprintf("group %d is at %d, and %d lies between that and %d, which is seen", group, g.order[generation], seq, upTo)
			}
		}
	}
	return ""
}

// missing names an acknowledged batch that a view lacks, "" for none.
func (g *groups) missing(v view, acknowledged map[int]Seq) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	for group, seq := range acknowledged {
		if generation := v[group]; generation != -1 && !g.maybe[generation] && g.order[generation] < seq {
			return fmt.Sprintf("group %d is at %d, and %d was acknowledged before", group, g.order[generation], seq)
		}
	}
	return ""
}

// observer collects what every version of a node's engine shows.
type observer struct {
	views []view
	done  chan struct{}
	stop  context.CancelFunc
}

// observe follows the engine's feed from now on.
func (g *groups) observe(t testing.TB, e *sessiondex.Engine) *observer {
	ctx, cancel := context.WithCancel(context.Background())
	o := &observer{done: make(chan struct{}), stop: cancel}
	snapshot := e.Snapshot()
	sessions := contents(t, snapshot)
	o.views = append(o.views, g.view(sessions))
	t.Cleanup(func() {
		cancel()
		<-o.done
	})
	go func() {
		defer close(o.done)
		for c, err := range e.Changes(ctx, snapshot.Mark()) {
			if err != nil {
				assert.ErrorIs(t, err, context.Canceled)
				return
			}
			for _, change := range c.Changes {
				if change.After == nil {
					delete(sessions, change.ID)
				} else {
					sessions[change.ID] = *change.After
				}
			}
			o.views = append(o.views, g.view(sessions))
		}
	}()
	return o
}

// faults returns what was wrong with the versions.
func (o *observer) faults(g *groups) []string {
	o.stop()
	<-o.done
	var out []string
	for i, v := range o.views {
		if f := g.fault(v); f != "" {
			out = append(out, fmt.Sprintf("version %d: %s", i, f))
		}
	}
	return out
}

// inMemory makes the test's stream in the servers' memory, where batches cost little.
func inMemory(t testing.TB, js jetstream.JetStream, o Options) {
	t.Helper()
	o, err := o.withDefaults()
	require.NoError(t, err)
	c := o.streamConfig()
	c.Storage = jetstream.MemoryStorage
	_, err = js.CreateStream(t.Context(), c)
	require.NoError(t, err)
}

// write writes random groups until it is stopped.
func (g *groups) write(t testing.TB, n *Node, seed uint64) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	for w := range 2 {
		r := rand.New(rand.NewPCG(seed, uint64(w)))
		done.Go(func() {
			for ctx.Err() == nil {
				if err := g.put(context.Background(), n, r); !assert.NoError(t, err) {
					return
				}
				time.Sleep(500 * time.Microsecond) // readers have to run too
			}
		})
	}
	return func() {
		cancel()
		done.Wait()
	}
}

// sometimes sleeps once every few messages, as a slow node would.
func sometimes(every int, d time.Duration) func() {
	n := 0
	return func() {
		if n++; n%every == 0 {
			time.Sleep(d)
		}
	}
}

func anyOf(faults []string) string { return strings.Join(faults[:min(len(faults), 5)], "\n") }

// differs returns how a view differs from the state at a sequence, "" if it does not.
func (g *groups) differs(v view, seq Seq) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	for group := range g.count {
		newest, at := 0, Seq(0)
		unknown := false
		for _, generation := range g.history[group] {
			if s := g.order[generation]; s > at && s <= seq {
				newest, at = generation, s
			}
			unknown = unknown || g.maybe[generation]
		}
		if v[group] != newest && !unknown {
			return fmt.Sprintf("group %d is at generation %d, at sequence %d it is %d", group, v[group], seq, newest)
		}
	}
	return ""
}
