package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/store"
)

// MaxBatch is how many messages a batch can have: what servers allow unless they are
// configured otherwise. A session that changes its workspace needs two.
const MaxBatch = 1000

// The codes of the servers' answers that matter here.
const (
	codeConflict         jetstream.ErrorCode = 10071 // not at the revision asked for
	codeConflictInFlight jetstream.ErrorCode = 10164 // the same, since another write is under way
	codeDuplicateInBatch jetstream.ErrorCode = 10201 // the batch was taken before
	codeDuplicateNow     jetstream.ErrorCode = 10158 // the message is being taken
	codeIncompleteBatch  jetstream.ErrorCode = 10176 // some of it was lost, with a leader maybe
	codeTooManyBatches   jetstream.ErrorCode = 10210
	codeTooFewServers    jetstream.ErrorCode = 10005 // for the replicas of a new stream; some may be on their way
	codeBatchTooLarge    jetstream.ErrorCode = 10199
)

// How a write is tried again. Servers know a message that comes again for two minutes.
const (
	attemptTime = 3 * time.Second
	resendFor   = duplicateWindow * 3 / 4
	resendFirst = 10 * time.Millisecond
	resendMost  = 500 * time.Millisecond
)

// Put inserts sessions, or replaces those of the same ids: all in one step, in every
// version that any node ever shows. It returns when a majority of the stream's servers has
// them and they are visible here. All must be of one partition; there are at most MaxBatch,
// each id once. A session that is here in another workspace moves.
//
// While the servers have no leader, Put tries again until the context ends or 90 seconds
// have passed. ErrUncertain then means that nobody can tell yet; to put the same again is
// always safe. Other errors mean that nothing was written: ErrInvalidSession,
// ErrBatchSpans, ErrTooLarge, ErrNotHeld, ErrRestoring and those of the connection.
func (n *Node) Put(ctx context.Context, sessions ...sessiondex.Session) (Seq, error) {
	if len(sessions) == 0 {
		return 0, n.isOpen()
	}
	if err := n.check(sessions); err != nil {
		return 0, err
	}
	msgs := make([]*nats.Msg, 0, len(sessions))
	for i := range sessions {
		s := &sessions[i]
		old, err := n.engine.Get(ctx, s.ID)
		switch {
		case err == nil && old.WorkspaceID != s.WorkspaceID:
			if err := n.onePartition(&old, s); err != nil {
				return 0, err
			}
			msgs = append(msgs, n.opts.subjects().deleteMessage(old.WorkspaceID, old.ID, n.opts.TombstoneTTL))
		case err != nil && !isGone(err):
			return 0, err
		}
		msgs = append(msgs, n.opts.subjects().putMessage(s))
	}
	return n.write(ctx, msgs)
}

// Delete removes the sessions of a workspace that have these ids, in one step like Put. An
// id that no session has there is no error.
func (n *Node) Delete(ctx context.Context, workspace string, ids ...string) (Seq, error) {
	if len(ids) == 0 {
		return 0, n.isOpen()
	}
	if p := PartitionOf(workspace, n.opts.PartitionCount); !n.opts.holds(p) {
		return 0, &PartitionError{workspace, p}
	}
	seen := make(map[string]bool, len(ids))
	msgs := make([]*nats.Msg, 0, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			msgs = append(msgs, n.opts.subjects().deleteMessage(workspace, id, n.opts.TombstoneTTL))
		}
	}
	return n.write(ctx, msgs)
}

// check refuses sessions that can't be written.
func (n *Node) check(sessions []sessiondex.Session) error {
	seen := make(map[string]int, len(sessions))
	for i := range sessions {
		s := &sessions[i]
		err := s.Validate()
		if first, twice := seen[s.ID]; twice && err == nil {
			err = &sessiondex.SessionError{ID: s.ID, Field: "id", Reason: fmt.Sprintf("must not occur twice in one batch (also at index %d)", first)}
		}
		if err == nil && len(s.ID) > store.MaxIDBytes {
			err = &sessiondex.SessionError{ID: s.ID, Field: "id", Reason: fmt.Sprintf("has %d bytes, at most %d are possible", len(s.ID), store.MaxIDBytes)}
		}
		var fault *sessiondex.SessionError
		if errors.As(err, &fault) {
			fault.Index = i
			return fault
		}
		if err != nil {
			return err
		}
		seen[s.ID] = i
		if err := n.onePartition(&sessions[0], s); err != nil {
			return err
		}
		if p := PartitionOf(s.WorkspaceID, n.opts.PartitionCount); !n.opts.holds(p) {
			return &PartitionError{s.WorkspaceID, p}
		}
	}
	return nil
}

// onePartition refuses two sessions of one batch that are of different partitions.
func (n *Node) onePartition(a, b *sessiondex.Session) error {
	p, q := PartitionOf(a.WorkspaceID, n.opts.PartitionCount), PartitionOf(b.WorkspaceID, n.opts.PartitionCount)
	if p == q {
		return nil
	}
	return &SpansError{[2]string{a.ID, b.ID}, [2]string{a.WorkspaceID, b.WorkspaceID}, [2]int{p, q}}
}

func (n *Node) isOpen() error {
	select {
	case <-n.closed:
		return ErrClosed
	default:
		return nil
	}
}

// write sends messages as one and waits until they are visible here.
func (n *Node) write(ctx context.Context, msgs []*nats.Msg) (Seq, error) {
	if n.state.isRestoring() {
		return 0, fmt.Errorf("%w: %s", ErrRestoring, n.opts.Stream)
	}
	before := n.state.mark()
	seq, err := n.send(ctx, msgs)
	if err != nil {
		return 0, err
	}
	switch err := n.await(ctx, before, seq); {
	case errors.Is(err, ErrStreamReplaced):
		return 0, errors.Join(ErrUncertain, err) // whether in this stream or the one before
	case err != nil:
		return seq, fmt.Errorf("cluster: the write is made, as %d, and not visible here yet: %w", seq, err)
	}
	return seq, nil
}

// send sends messages as one and returns the sequence of the last. It tries again, with
// the same message id, until the servers have answered.
func (n *Node) send(ctx context.Context, msgs []*nats.Msg) (Seq, error) {
	if err := n.isOpen(); err != nil {
		return 0, err
	}
	if len(msgs) > MaxBatch {
		return 0, &TooLargeError{Have: len(msgs), Most: MaxBatch}
	}
	msgs[0].Header.Set(jetstream.MsgIDHeader, nuid.Next())
	for _, m := range msgs {
		if most := int(n.nc.MaxPayload()); m.Size()+batchHeaders > most {
			return 0, &TooLargeError{ID: n.idOf(m), Have: m.Size(), Most: most - batchHeaders}
		}
	}
	begun, pause := time.Now(), resendFirst
	for first := true; ; first = false {
		seq, err := n.attempt(ctx, msgs)
		if err == nil {
			return seq, nil
		}
		if !again(err) {
			err, answered := n.refusal(err, msgs)
			if !first && !answered {
				err = errors.Join(ErrUncertain, err)
			}
			return 0, err
		}
		if time.Since(begun) > resendFor {
			return 0, errors.Join(ErrUncertain, err)
		}
		select {
		case <-time.After(pause):
		case <-n.closed:
			return 0, errors.Join(ErrUncertain, ErrClosed)
		case <-ctx.Done():
			return 0, errors.Join(ErrUncertain, ctx.Err(), err)
		}
		pause = min(2*pause, resendMost)
	}
}

// batchHeaders is room for the headers that make a message one of a batch.
const batchHeaders = 256

// idOf is the id of a message's session, for errors.
func (n *Node) idOf(m *nats.Msg) string {
	if m.Header.Get(headerOperation) != "" {
		return string(m.Data)
	}
	var s sessiondex.Session
	_ = s.UnmarshalJSON(m.Data)
	return s.ID
}

// attempt sends the messages once. The context's end is not an answer: what was sent may
// arrive.
func (n *Node) attempt(ctx context.Context, msgs []*nats.Msg) (Seq, error) {
	ctx, cancel := attempt(ctx)
	defer cancel()
	last := msgs[len(msgs)-1]
	if len(msgs) > 1 {
		batch := nuid.Next()
		for i, m := range msgs {
			m.Header.Set(headerBatchID, batch)
			m.Header.Set(headerBatchSeq, strconv.Itoa(i+1))
			if m == last {
				m.Header.Set(headerBatchCommit, "1")
			} else if err := n.nc.PublishMsg(m); err != nil {
				return 0, err
			}
		}
	}
	reply, err := n.nc.RequestMsgWithContext(ctx, last)
	if err != nil {
		return 0, err
	}
	var ack struct {
		Error *jetstream.APIError `json:"error"`
		Seq   Seq                 `json:"seq"`
	}
	if err := json.Unmarshal(reply.Data, &ack); err != nil {
		return 0, fmt.Errorf("cluster: the servers' answer %q: %w", reply.Data, err)
	}
	if ack.Error != nil && ack.Error.ErrorCode == codeDuplicateInBatch {
		// An earlier attempt was taken, as a sequence that is not told: before this one's.
		if n.opts.knobs.marked != nil {
			n.opts.knobs.marked(msgs)
		}
		return n.mark(ctx)
	}
	if ack.Error != nil {
		return 0, ack.Error
	}
	if ack.Seq == 0 {
		return 0, fmt.Errorf("cluster: the servers' answer %q has no sequence", reply.Data)
	}
	return ack.Seq, nil
}

// again reports whether an attempt may have been lost, or came too early.
func again(err error) bool {
	var refused *jetstream.APIError
	if errors.As(err, &refused) {
		switch refused.ErrorCode {
		case codeDuplicateNow, codeIncompleteBatch, codeTooManyBatches, codeTooFewServers:
			return true
		}
		return refused.Code == 503 || refused.Code == 429
	}
	return errors.Is(err, nats.ErrNoResponders) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.Is(err, nats.ErrDisconnected) || errors.Is(err, jetstream.ErrNoStreamResponse)
}

// refusal is what an error means that is not tried again, and whether it is the servers'
// answer.
func (n *Node) refusal(err error, msgs []*nats.Msg) (meaning error, answered bool) {
	var refused *jetstream.APIError
	if !errors.As(err, &refused) {
		return fmt.Errorf("cluster: writing to stream %s: %w", n.opts.Stream, err), false
	}
	switch {
	case refused.ErrorCode == codeConflict, refused.ErrorCode == codeConflictInFlight && !n.opts.knobs.oneConflict:
		out := &ConflictError{}
		if len(msgs) == 1 {
			out.ID = n.idOf(msgs[0])
			wanted, _ := strconv.ParseUint(msgs[0].Header.Get(jetstream.ExpectedLastSubjSeqHeader), 10, 64)
			out.Wanted = Seq(wanted)
		}
		return out, true
	case refused.ErrorCode == codeBatchTooLarge:
		return &TooLargeError{Have: len(msgs), Most: MaxBatch}, true
	}
	return fmt.Errorf("cluster: writing to stream %s: %w", n.opts.Stream, err), true
}

// withdraw deletes sessions whose id was put in another workspace since, where the stream
// still has them. Every node that sees it tries, and the first succeeds.
func (n *Node) withdraw(rivals []sessiondex.Session) {
	if len(rivals) == 0 {
		return
	}
	n.ended.Go(func() {
		for i := range rivals {
			s := &rivals[i]
			ctx, cancel := attempt(context.Background())
			at, err := n.lastOf(ctx, s.WorkspaceID, s.ID)
			if err == nil && at.session != nil {
				n.opts.Logger.Warn("one id in two workspaces: the later session counts", slog.String("id", s.ID), slog.String("withdrawn from", s.WorkspaceID))
				_, err = n.send(ctx, []*nats.Msg{expecting(n.opts.subjects().deleteMessage(s.WorkspaceID, s.ID, n.opts.TombstoneTTL), at.seq)})
			}
			cancel()
			if n.isOpen() != nil {
				return
			}
			if err != nil && !errors.Is(err, ErrConflict) {
				n.opts.Logger.Warn("withdrawing a session", slog.String("id", s.ID), slog.Any("error", err))
			}
		}
	})
}
