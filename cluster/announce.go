package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sessiondex/sessiondex/schema"
)

// announcements are the messages by which a node finds the end of the stream. Each has a
// number. When one comes back, everything has come that was acknowledged before it was
// sent; no counter that servers give says as much.
type announcements struct {
	issued uint64 // the number of the last one that was sent
	back   uint64 // the greatest number that has come back
	wanted uint64 // this one, or a later one, has to come back
	sent   time.Time
	// level is when the last one was sent that came back: the node has what was
	// acknowledged before.
	level time.Time
	due   time.Time // of the next regular one
}

func (a *announcements) cameBack(number uint64) {
	a.back = max(a.back, number)
	if number == a.issued {
		a.level = a.sent
	}
}

// announceAgain is how long a message may take before another one is sent.
const announceAgain = time.Second

// announce sends a message if one is needed, and returns when to look again.
func (n *Node) announce(now time.Time) time.Duration {
	a := &n.announced
	if n.opts.knobs.trustLast {
		return announceAgain
	}
	if !now.Before(a.due) {
		a.wanted = a.issued + 1
		a.due = now.Add(n.opts.rhythm())
	}
	want := max(a.wanted, n.prefix.needed)
	if a.back >= want {
		return a.due.Sub(now)
	}
	waiting := a.issued > a.back && now.Sub(a.sent) < announceAgain
	if waiting {
		return a.sent.Add(announceAgain).Sub(now)
	}
	a.issued++
	a.sent = now
	// It is not known to have arrived before it comes back; else another one is sent.
	_ = n.nc.PublishMsg(n.syncMessage(greeting{Number: a.issued, Schema: n.schema}))
	return announceAgain
}

// rhythm is how often a node sends a message in any case: three times in MaxLag; else so
// that others know of it, and it of the time.
func (o *Options) rhythm() time.Duration {
	if o.MaxLag > 0 {
		return max(o.MaxLag/3, 30*time.Millisecond)
	}
	return min(o.TombstoneTTL/4, 5*time.Minute)
}

// heardFor is how long what a node last said of itself counts: a good while after it is
// gone.
func (o *Options) heardFor() time.Duration { return max(3*o.rhythm(), 15*time.Minute) }

func (n *Node) syncMessage(g greeting) *nats.Msg {
	m := nats.NewMsg(n.opts.subjects().sync(n.opts.Name))
	m.Data, _ = json.Marshal(g) // never fails
	ttl := n.opts.heardFor()
	if g.Bye {
		ttl = time.Second
	}
	m.Header.Set(jetstream.MsgTTLHeader, ttl.Truncate(time.Second).String())
	return m
}

// bye tells the others that the node is closing, if it can.
func (n *Node) bye() {
	if n.nc.IsConnected() {
		_ = n.nc.PublishMsg(n.syncMessage(greeting{Schema: n.schema, Bye: true}))
	}
}

// mark sends a message and returns its sequence: everything that was acknowledged before
// has a lower one. It is acknowledged by a majority, so that a server that has lost touch
// with the others can't answer.
func (n *Node) mark(ctx context.Context) (Seq, error) {
	return n.send(ctx, []*nats.Msg{n.syncMessage(greeting{Schema: n.schema})})
}

// schemaDigest is a digest of the declared fields.
func schemaDigest(s *schema.Schema) string {
	h := sha256.New()
	for row := range s.Declared() {
		fmt.Fprintf(h, "%q %q %v %t %t\n", row.Name, row.Member, row.Type, row.Hidden, row.Sorted)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Sync waits until everything is visible here that was acknowledged anywhere before the
// call. It is linearizable: a read after it returns sees every write that returned before
// it began. It costs one message to the stream.
func (n *Node) Sync(ctx context.Context) error {
	for {
		before := n.state.mark()
		seq, err := n.mark(ctx)
		if err != nil {
			return err
		}
		if err = n.await(ctx, before, seq); !errors.Is(err, ErrStreamReplaced) {
			return err
		}
	}
}

// await waits until a sequence is visible that the stream gave out after the mark was
// taken. One that is not beyond what was visible by then is of another stream.
func (n *Node) await(ctx context.Context, before mark, seq Seq) error {
	if seq <= before.seq && !n.opts.knobs.noIdentity {
		n.state.suspect()
		if err := n.state.waitReplaced(ctx, before); err != nil {
			return err
		}
	}
	return n.Wait(ctx, seq)
}

// Wait waits until a write is visible here, whoever made it: the sequence is what the
// writer was given. ErrStreamReplaced if the stream is another one meanwhile.
func (n *Node) Wait(ctx context.Context, seq Seq) error { return n.state.wait(ctx, seq) }
