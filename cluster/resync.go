package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// resync reads the whole stream, and returns the tap behind it. An engine with sessions
// goes from what it has to what the stream has in one version, so that nobody sees a list
// that is empty or half filled; an empty engine is filled by Load, before Open returns.
func (n *Node) resync(ctx context.Context, info *jetstream.StreamInfo) (*tap, error) {
	n.opts.Logger.Info("reading the whole stream", slog.String("stream", n.opts.Stream))
	end, err := Seq(info.State.LastSeq), error(nil)
	if !n.opts.knobs.trustLast {
		end, err = n.mark(ctx)
	}
	if err != nil {
		return nil, err
	}
	t, err := n.openTap(ctx, 1)
	if err != nil {
		return nil, err
	}
	n.prefix = prefix{knobs: n.opts.knobs, needed: n.announced.issued + 1}
	n.position = position{Stream: n.opts.Stream, Created: info.Created, Count: n.opts.PartitionCount, Partitions: n.opts.Partitions}
	if n.opts.knobs.trustPending && t.pending == 0 {
		n.prefix.needed, n.announced.level = 0, time.Now()
		return t, nil
	}
	if n.engine.Len() == 0 && !n.state.isCaughtUp() && !n.unloadable {
		err = n.load(ctx, t, uint64(end))
	} else {
		err = n.absorb(ctx, t, true)
	}
	if err != nil {
		t.stop()
		return nil, err
	}
	return t, nil
}

// load fills an empty engine with what was there when the reading began: up to there, each
// subject occurs once. What it has then is ragged, since some of what was there has been
// superseded meanwhile; the follower goes on from there, and the node is not caught up
// before it has shown a prefix.
func (n *Node) load(ctx context.Context, t *tap, end uint64) error {
	n.position.Ragged = true
	at := n.position
	at.Seq = end
	var beyond *entry // what comes behind the end, if the message there has been superseded
	var failed error
	sessions := func(yield func(sessiondex.Session, error) bool) {
		for n.prefix.last < end {
			e, err := n.next(ctx, t)
			if err != nil {
				failed = err
				yield(sessiondex.Session{}, err)
				return
			}
			if e.seq > end {
				beyond = &e
				return
			}
			n.note(&e)
			if e.op == opPut && !yield(e.session, nil) {
				return
			}
		}
	}
	_, err := n.engine.Load(ctx, sessions, &sessiondex.LoadOptions{LogName: logName, LogPosition: at.encode()})
	if failed != nil {
		return failed
	}
	if errors.Is(err, sessiondex.ErrInvalidSession) {
		n.unloadable = true // it goes session by session, then
	}
	if err != nil {
		return fmt.Errorf("cluster: filling the engine: %w", err)
	}
	n.prefix.last, n.position.Seq = end, end
	n.reached = n.position
	n.state.resynced(n.position)
	if n.opts.knobs.trustLast {
		n.prefix.needed, n.announced.level = 0, time.Now()
	}
	if beyond != nil {
		n.take(beyond)
	}
	return nil
}

// absorb reads on until what was read may be shown, and makes one version of all of it.
// It does so in a transaction, so that what is not yet to be shown is in the engine
// already. With sweep, what the engine has and the stream has not is deleted.
func (n *Node) absorb(ctx context.Context, t *tap, sweep bool) error {
	var out applied
	err := n.engine.Tx(ctx, func(tx *sessiondex.Tx) error {
		seen := make(map[string]struct{})
		apply := func() error {
			for id, c := range n.pending.changes {
				if sweep && c.put != nil {
					seen[id] = struct{}{}
				}
			}
			more, err := n.pending.apply(tx)
			out.rejected = append(out.rejected, more.rejected...)
			out.rivals = append(out.rivals, more.rivals...)
			return err
		}
		for !n.prefix.whole() {
			e, err := n.next(ctx, t)
			if err != nil {
				return err
			}
			n.take(&e)
			if len(n.pending.changes) >= maxCoalesced || n.pending.bytes >= maxPending {
				if err := apply(); err != nil {
					return err
				}
			}
		}
		if err := apply(); err != nil {
			return err
		}
		if sweep {
			if err := n.sweep(ctx, tx, seen); err != nil {
				return err
			}
		}
		n.position.Ragged = false
		tx.SetLogPosition(logName, n.position.encode())
		return nil
	})
	if err != nil {
		return fmt.Errorf("cluster: applying the stream: %w", err)
	}
	if sweep {
		n.state.resynced(n.position) // first, since published ends the wait of Open
	}
	n.published(&out)
	return nil
}

// sweep deletes the sessions that were not seen.
func (n *Node) sweep(ctx context.Context, tx *sessiondex.Tx, seen map[string]struct{}) error {
	var gone []string
	for s, err := range tx.All(ctx, query.Everything(n.engine.Schema())) {
		if err != nil {
			return err
		}
		if _, ok := seen[s.ID]; !ok {
			gone = append(gone, s.ID)
		}
	}
	_, err := tx.Delete(gone...)
	return err
}
