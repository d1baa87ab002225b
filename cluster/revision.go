package cluster

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sessiondex/sessiondex"
)

// revision is what the stream has of a session.
type revision struct {
	seq     Seq                 // of the last message, 0 for none
	session *sessiondex.Session // nil if it was deleted, or never was
}

// lastOf asks the stream for the last message of a session, and again if the servers have
// no leader at the moment.
func (n *Node) lastOf(ctx context.Context, workspace, id string) (revision, error) {
	for {
		r, err := n.lastOnce(ctx, workspace, id)
		if err == nil || !again(err) || ctx.Err() != nil {
			return r, err
		}
		select {
		case <-time.After(resendFirst):
		case <-n.closed:
			return revision{}, ErrClosed
		case <-ctx.Done():
			return revision{}, errors.Join(ctx.Err(), err)
		}
	}
}

func (n *Node) lastOnce(ctx context.Context, workspace, id string) (revision, error) {
	ctx, cancel := attempt(ctx)
	defer cancel()
	stream, err := n.js.Stream(ctx, n.opts.Stream)
	if err != nil {
		return revision{}, fmt.Errorf("cluster: stream %s: %w", n.opts.Stream, err)
	}
	m, err := stream.GetLastMsgForSubject(ctx, n.opts.subjects().session(workspace, id))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return revision{}, nil
	}
	if err != nil {
		return revision{}, fmt.Errorf("cluster: stream %s: %w", n.opts.Stream, err)
	}
	e := n.opts.readEntry(m.Subject, m.Header, m.Data, m.Sequence, m.Time)
	if e.fault != nil {
		return revision{}, e.fault
	}
	r := revision{seq: Seq(m.Sequence)}
	if e.op == opPut {
		r.session = &e.session
	}
	return r, nil
}

// expecting has a message refused unless the last one of its subject has this sequence.
func expecting(m *nats.Msg, seq Seq) *nats.Msg {
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(uint64(seq), 10))
	return m
}

// Get returns the session with this id and its revision, for PutIf, as the stream has it
// now: that may be newer than what this node's listings show. It asks the servers, unlike
// the Get of Node.Reader. ErrNotFound if there is none here; a session that was made
// elsewhere a moment ago is here after Sync.
func (n *Node) Get(ctx context.Context, id string) (sessiondex.Session, Seq, error) {
	if err := n.isOpen(); err != nil {
		return sessiondex.Session{}, 0, err
	}
	for {
		here, err := n.engine.Get(ctx, id)
		if err != nil {
			return sessiondex.Session{}, 0, err
		}
		r, err := n.lastOf(ctx, here.WorkspaceID, id)
		if err != nil {
			return sessiondex.Session{}, 0, err
		}
		if r.session != nil {
			return *r.session, r.seq, nil
		}
		// It is gone from there: to another workspace, or for good. This node will know.
		if r.seq == 0 {
			err = n.Sync(ctx)
		} else {
			err = n.Wait(ctx, r.seq)
		}
		if err != nil {
			return sessiondex.Session{}, 0, err
		}
	}
}

// PutIf puts a session if it is still at the revision that Get returned, or that the write
// returned that put it alone; 0 means that there must be none. Else it returns ErrConflict.
// It is like Put otherwise.
func (n *Node) PutIf(ctx context.Context, s sessiondex.Session, rev Seq) (Seq, error) {
	if err := n.check([]sessiondex.Session{s}); err != nil {
		return 0, err
	}
	old, err := n.engine.Get(ctx, s.ID)
	if err != nil && !isGone(err) {
		return 0, err
	}
	if err == nil && old.WorkspaceID != s.WorkspaceID {
		if rev == 0 {
			return 0, &ConflictError{s.ID, rev}
		}
		return n.moveIf(ctx, &old, &s, rev)
	}
	seq, err := n.write(ctx, []*nats.Msg{expecting(n.opts.subjects().putMessage(&s), rev)})
	if rev != 0 || !errors.Is(err, ErrConflict) {
		return seq, err
	}
	// There is none, but maybe a tombstone.
	at, err := n.vacant(ctx, &s)
	if err != nil {
		return 0, err
	}
	return n.write(ctx, []*nats.Msg{expecting(n.opts.subjects().putMessage(&s), at)})
}

// vacant returns the revision at which a session is not there: 0, or that of its tombstone.
func (n *Node) vacant(ctx context.Context, s *sessiondex.Session) (Seq, error) {
	r, err := n.lastOf(ctx, s.WorkspaceID, s.ID)
	if err == nil && r.session != nil {
		err = &ConflictError{s.ID, 0}
	}
	return r.seq, err
}

// moveIf puts a session that was at a revision in another workspace.
func (n *Node) moveIf(ctx context.Context, old, s *sessiondex.Session, rev Seq) (Seq, error) {
	if err := n.onePartition(old, s); err != nil {
		return 0, err
	}
	at, err := n.vacant(ctx, s)
	if err != nil {
		return 0, err
	}
	return n.write(ctx, []*nats.Msg{
		expecting(n.opts.subjects().deleteMessage(old.WorkspaceID, old.ID, n.opts.TombstoneTTL), rev),
		expecting(n.opts.subjects().putMessage(s), at),
	})
}
