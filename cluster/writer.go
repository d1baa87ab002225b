package cluster

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

// Writer returns the node as what an HTTP handler writes through.
func (n *Node) Writer() httpapi.Writer { return writer{n} }

type writer struct{ n *Node }

// Mutate replaces a session by what f makes of it, in one step: if another write comes in
// between, f is called again with what that made of it. It returns when the result is
// visible here.
func (w writer) Mutate(ctx context.Context, id string, f func(old *sessiondex.Session) (*sessiondex.Session, error)) error {
	for {
		err := w.n.mutate(ctx, id, f)
		if !errors.Is(err, ErrConflict) {
			return err
		}
		if err := w.n.Sync(ctx); err != nil {
			return err
		}
	}
}

func (n *Node) mutate(ctx context.Context, id string, f func(old *sessiondex.Session) (*sessiondex.Session, error)) error {
	var old *sessiondex.Session
	s, rev, err := n.Get(ctx, id)
	if err != nil && !isGone(err) {
		return err
	}
	if err == nil {
		copied := s
		old = &copied
	}
	there := old != nil
	now, err := f(old)
	switch {
	case err != nil:
		return err
	case now == nil && there:
		_, err = n.write(ctx, []*nats.Msg{expecting(n.opts.subjects().deleteMessage(s.WorkspaceID, id, n.opts.TombstoneTTL), rev)})
		return err
	case now == nil:
		return nil
	case now.ID != id:
		return fmt.Errorf("%w: id: must stay %q, got %q", sessiondex.ErrInvalidSession, id, now.ID)
	}
	_, err = n.PutIf(ctx, *now, rev)
	return err
}

// InsertAll adds sessions, all or none; ErrExists if there is one with an id already.
func (w writer) InsertAll(ctx context.Context, sessions []sessiondex.Session) error {
	n := w.n
	if len(sessions) == 0 {
		return n.isOpen()
	}
	if err := n.check(sessions); err != nil {
		return err
	}
	revisions := make([]Seq, len(sessions))
	for {
		msgs := make([]*nats.Msg, len(sessions))
		for i := range sessions {
			if _, err := n.engine.Get(ctx, sessions[i].ID); err == nil {
				return fmt.Errorf("%w: %q (index %d)", sessiondex.ErrExists, sessions[i].ID, i)
			} else if !isGone(err) {
				return err
			}
			msgs[i] = expecting(n.opts.subjects().putMessage(&sessions[i]), revisions[i])
		}
		_, err := n.write(ctx, msgs)
		if !errors.Is(err, ErrConflict) {
			return err
		}
		for i := range sessions {
			if revisions[i], err = n.vacant(ctx, &sessions[i]); errors.Is(err, ErrConflict) {
				return fmt.Errorf("%w: %q (index %d)", sessiondex.ErrExists, sessions[i].ID, i)
			} else if err != nil {
				return err
			}
		}
	}
}
