package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// How a stream is read.
const (
	tapBuffer    = 1024            // messages that are decoded and not taken in
	tapBytes     = 8 << 20         // bytes that are asked for ahead
	tapHeartbeat = time.Second / 2 // twice that without a sign, and the reading begins again
	tapExpiry    = 5 * time.Second
	tapInactive  = time.Minute // when the servers forget a reader that is gone
)

var (
	errSkipped = errors.New("cluster: the servers' consumer skipped a message")
)

// tap reads a stream in order, from a sequence on, and decodes ahead. What went wrong ends
// it: the follower begins again where it is.
type tap struct {
	entries chan entry // closed when the tap has ended, of err
	err     error
	stop    func()
	pending uint64 // how many messages there are, as the consumer says
}

// openTap begins to read. The consumer is the servers' idea of a reader: in the memory of
// one of them, gone when that server is. Nothing depends on what it counts but on the order
// of its messages, which is checked.
func (n *Node) openTap(ctx context.Context, from uint64) (*tap, error) {
	brief, stopWaiting := attempt(ctx)
	defer stopWaiting()
	c, err := n.js.CreateConsumer(brief, n.opts.Stream, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from, AckPolicy: jetstream.AckNonePolicy,
		Replicas: 1, MemoryStorage: true, InactiveThreshold: tapInactive,
	})
	if err != nil {
		return nil, fmt.Errorf("cluster: reading stream %s: %w", n.opts.Stream, err)
	}
	options := []jetstream.PullMessagesOpt{jetstream.PullHeartbeat(tapHeartbeat), jetstream.PullExpiry(tapExpiry), jetstream.WithMessagesErrOnMissingHeartbeat(true)}
	buffer := tapBuffer
	if ahead := n.opts.knobs.ahead; ahead > 0 {
		buffer = 1
		options = append(options, jetstream.PullMaxMessages(ahead))
	} else {
		options = append(options, jetstream.PullMaxBytes(max(tapBytes, 4*int(n.nc.MaxPayload()))))
	}
	messages, err := c.Messages(options...)
	if err != nil {
		return nil, fmt.Errorf("cluster: reading stream %s: %w", n.opts.Stream, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	t := &tap{entries: make(chan entry, buffer), pending: c.CachedInfo().NumPending}
	entries := t.entries
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(entries)
		t.err = n.read(ctx, messages, entries)
	})
	t.stop = func() {
		cancel()
		messages.Stop()
		reading.Wait()
		if n.nc.IsConnected() { // else it is forgotten after a while
			ctx, cancel := context.WithTimeout(context.Background(), tapHeartbeat)
			defer cancel()
			_ = n.js.DeleteConsumer(ctx, n.opts.Stream, c.CachedInfo().Name)
		}
	}
	if n.opts.knobs.lag != nil {
		n.opts.knobs.lag(t)
	}
	return t, nil
}

// read decodes messages until something goes wrong.
func (n *Node) read(ctx context.Context, messages jetstream.MessagesContext, out chan<- entry) error {
	for count := uint64(1); ; count++ {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("cluster: reading stream %s: %w", n.opts.Stream, err)
		}
		meta, err := m.Metadata()
		if err != nil {
			return fmt.Errorf("cluster: reading stream %s: %w", n.opts.Stream, err)
		}
		if meta.Sequence.Consumer != count {
			return errSkipped
		}
		select {
		case out <- n.opts.readEntry(m.Subject(), m.Headers(), m.Data(), meta.Sequence.Stream, meta.Timestamp):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
