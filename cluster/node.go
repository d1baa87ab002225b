package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sessiondex/sessiondex"
)

// Node keeps an engine in step with a stream, and writes to the stream. All methods are
// safe for concurrent use.
type Node struct {
	opts   Options
	nc     *nats.Conn
	js     jetstream.JetStream
	engine *sessiondex.Engine
	schema string // a digest of the declared fields

	stop   context.CancelFunc
	ended  sync.WaitGroup
	closed chan struct{}
	once   sync.Once

	servicesMu sync.Mutex
	services   []func() // end what Serve began

	// What follows is the follower's own.
	position   position // of what was read
	reached    position // of what is shown
	prefix     prefix
	pending    pending
	announced  announcements
	stored     time.Time // when the engine was last given a position
	unloadable bool      // the stream has sessions that Engine.Load refuses

	state state
}

// followed are the engines that nodes of this process follow a stream into.
var followed sync.Map

// Open begins to follow the stream into the engine, which is empty or was filled by a node
// before, and returns when the node has everything that was acknowledged when Open began.
// It creates the stream if there is none. The engine, from New or Open, is the node's to
// write to and the caller's to close, after the node; nobody else may write to it.
//
// The context bounds the wait only. The errors are those of the options, ErrForeignStream,
// ErrForeignEngine, ErrRestoring, the context's and those of the connection.
func Open(ctx context.Context, nc *nats.Conn, e *sessiondex.Engine, opts *Options) (*Node, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	if nc == nil || e == nil {
		return nil, errors.New("cluster: Open needs a connection and an engine")
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, err
	}
	p, err := positionOf(e, o.Stream)
	if err != nil {
		return nil, err
	}
	report, err := o.ensure(ctx, nc, js)
	if err != nil {
		return nil, err
	}
	for _, w := range report.Warnings {
		o.Logger.Warn("stream", slog.String("stream", o.Stream), slog.String("warning", w))
	}
	if _, taken := followed.LoadOrStore(e, true); taken {
		return nil, &EngineError{o.Stream, "another node follows a stream into it"}
	}
	n := &Node{opts: o, nc: nc, js: js, engine: e, schema: schemaDigest(e.Schema()), closed: make(chan struct{})}
	if p != nil {
		n.reached = *p
	}
	n.state.init(&n.reached)
	run, stop := context.WithCancel(context.Background())
	n.stop = stop
	n.ended.Go(func() { n.run(run) })
	n.ended.Go(func() { n.watch(run) })
	if err := n.state.waitCaughtUp(ctx); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// Close ends the node; the engine stays as it is. It may be called again. Calls that are
// under way and later ones return ErrClosed.
func (n *Node) Close() error {
	n.once.Do(func() {
		close(n.closed)
		n.servicesMu.Lock()
		for _, end := range n.services {
			end()
		}
		n.servicesMu.Unlock()
		n.stop()
		n.ended.Wait()
		n.state.close()
		n.bye()
		followed.Delete(n.engine)
	})
	return nil
}

// Engine returns the engine that the node fills, for reads that Node.Reader does not offer.
func (n *Node) Engine() *sessiondex.Engine { return n.engine }

// The pauses between two attempts to follow.
const (
	retryFirst = 20 * time.Millisecond
	retryMost  = time.Second
)

// run follows the stream, and begins again whenever something went wrong, until the node
// is closed.
func (n *Node) run(ctx context.Context) {
	pause := retryFirst
	for {
		before := n.reached.Seq
		err := n.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		if n.opts.knobs.readOnce {
			return
		}
		if n.state.failed(err) {
			n.opts.Logger.Warn("following the stream", slog.String("stream", n.opts.Stream), slog.Any("error", err))
		}
		if n.reached.Seq != before {
			pause = retryFirst
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		pause = min(2*pause, retryMost)
	}
}

// follow reads the stream from where the engine is and applies it, until something goes
// wrong.
func (n *Node) follow(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	n.state.following(cancel)
	n.position = n.reached
	n.pending.reset()
	same, info, err := n.identify(ctx)
	if err != nil {
		return err
	}
	var t *tap
	n.state.begun(info.Created, !same)
	if same {
		t, err = n.openTap(ctx, n.position.Seq+1)
		n.prefix = prefix{last: n.position.Seq, knobs: n.opts.knobs}
		if n.position.Ragged {
			n.prefix.needed = n.announced.issued + 1
		}
	} else {
		t, err = n.resync(ctx, info)
	}
	if err != nil {
		return err
	}
	defer t.stop()
	n.state.opened(n.position)
	for {
		switch {
		case n.prefix.whole():
			err = n.flush(ctx)
		case n.pending.bytes >= maxPending:
			err = n.absorb(ctx, t, false)
		}
		if err != nil {
			return err
		}
		e, err := n.next(ctx, t)
		if err != nil {
			return err
		}
		n.take(&e)
		n.drain(t)
	}
}

// maxPending is how many bytes of changes are held at most that can't be shown yet, before
// they are put into a transaction that ends when they can.
const maxPending = 32 << 20

// maxCoalesced is how many changes make one version at most, as long as more are at hand.
const maxCoalesced = 10_000

// drain takes in what is at hand, so that it makes one version together.
func (n *Node) drain(t *tap) {
	for len(n.pending.changes) < maxCoalesced && n.pending.bytes < maxPending {
		select {
		case e, ok := <-t.entries:
			if !ok {
				return // next tells why
			}
			n.take(&e)
		default:
			return
		}
	}
}

// take takes in a message.
func (n *Node) take(e *entry) {
	n.note(e)
	n.pending.add(e)
}

// note is take without what the message changes.
func (n *Node) note(e *entry) {
	own := e.op == opSync && e.address.node == n.opts.Name
	n.prefix.take(e, own, n.announced.issued)
	if n.opts.knobs.slow != nil {
		n.opts.knobs.slow()
	}
	n.position.see(e)
	if e.fault != nil {
		n.reject(e.fault)
	}
	if e.op == opSync {
		if own {
			n.announced.cameBack(e.hello.Number)
		} else {
			n.state.meet(e.address.node, &e.hello, n.schema, n.opts.Logger)
		}
	}
}

func (n *Node) reject(err error) {
	n.state.rejected()
	n.opts.Logger.Error("a message can't be applied", slog.String("stream", n.opts.Stream), slog.Any("error", err))
}

// positionEvery is how often the engine is given the position if no session changed.
const positionEvery = 30 * time.Second

// flush makes a version of what is pending.
func (n *Node) flush(ctx context.Context) error {
	var out applied
	if now := time.Now(); len(n.pending.changes) > 0 || n.position.Ragged || now.Sub(n.stored) > min(positionEvery, n.opts.TombstoneTTL/8) {
		n.position.Ragged = false
		err := n.engine.Tx(ctx, func(tx *sessiondex.Tx) (err error) {
			out, err = n.pending.apply(tx)
			tx.SetLogPosition(logName, n.position.encode())
			return err
		})
		if err != nil {
			return fmt.Errorf("cluster: applying the stream: %w", err)
		}
		n.stored = now
	}
	n.published(&out)
	return nil
}

// published tells those who wait what the engine now has.
func (n *Node) published(out *applied) {
	for _, err := range out.rejected {
		n.reject(err)
	}
	n.withdraw(out.rivals)
	n.reached = n.position
	n.state.applied(&n.reached, n.announced.level)
}

// next returns the next message. While it waits it sends what messages of its own are
// needed to know what has come.
func (n *Node) next(ctx context.Context, t *tap) (entry, error) {
	waited := false
	defer func() {
		if waited {
			n.state.waits(n.prefix.last, time.Time{})
		}
	}()
	for {
		pause := n.announce(time.Now())
		select {
		case e, ok := <-t.entries:
			if !ok {
				return entry{}, t.err
			}
			return e, nil
		default:
		}
		timer := time.NewTimer(pause)
		if !waited {
			waited = true
			n.state.waits(n.prefix.last, time.Now())
		}
		select {
		case e, ok := <-t.entries:
			timer.Stop()
			if !ok {
				return entry{}, t.err
			}
			return e, nil
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return entry{}, context.Cause(ctx)
		}
	}
}
