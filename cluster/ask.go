package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// How long a node may take to begin an answer before another one is asked too.
const (
	askFirst = time.Second
	askMost  = 8 * time.Second
	askPause = 50 * time.Millisecond
)

// errAway is what a node answers that can't, and errNobody that there is none.
var (
	errAway   = errors.New("cluster: the node can't answer")
	errNobody = unavailable("cluster: no node answers for a part of the partitions")
)

// ask asks one of the nodes of a group until one answers or the context ends. A node that
// dies while it answers is not noticed but by the time that it takes.
func (f *Fleet) ask(ctx context.Context, g *group, what string, q *question, answer any) error {
	body, err := json.Marshal(q)
	if err != nil {
		return err
	}
	limit := askFirst
	for {
		data, err := f.askOnce(ctx, g, what, body, limit)
		switch {
		case err == nil:
			if err := json.Unmarshal(data, answer); err != nil {
				return fmt.Errorf("cluster: the answer of partitions %v: %w", g.Partitions, err)
			}
			return nil
		case ctx.Err() != nil:
			return errors.Join(ctx.Err(), err)
		case errors.Is(err, nats.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
			limit = min(2*limit, askMost)
			continue
		case !errors.Is(err, errAway) && !errors.Is(err, errNobody):
			return err
		}
		// The next one may be another, or have come back.
		select {
		case <-time.After(askPause):
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
		if errors.Is(err, errNobody) && f.moved(ctx, g) {
			return errMoved
		}
	}
}

// askOnce sends a request and puts the parts of the answer together.
func (f *Fleet) askOnce(ctx context.Context, g *group, what string, body []byte, limit time.Duration) ([]byte, error) {
	inbox := f.nc.NewInbox()
	sub, err := f.nc.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := f.nc.PublishMsg(&nats.Msg{Subject: g.subject, Reply: inbox, Data: body, Header: nats.Header{headerAsk: {what}}}); err != nil {
		return nil, err
	}
	var data []byte
	for {
		part, cancel := context.WithTimeout(ctx, limit)
		m, err := sub.NextMsgWithContext(part)
		cancel()
		if errors.Is(err, nats.ErrNoResponders) || err == nil && len(m.Data) == 0 && m.Header.Get("Status") == "503" {
			return nil, fmt.Errorf("%w: %v", errNobody, g.Partitions)
		}
		if err != nil {
			return nil, err
		}
		if kind := m.Header.Get(headerError); kind != "" {
			return nil, errorOf(kind, string(m.Data))
		}
		if data = append(data, m.Data...); m.Header.Get(headerMore) == "" {
			return data, nil
		}
	}
}

// errorOf is the error that a node told of.
func errorOf(kind, text string) error {
	switch kind {
	case kindNotFound:
		return sessiondex.ErrNotFound
	case kindBadCursor:
		return sessiondex.ErrBadCursor
	case kindInvalid:
		return fmt.Errorf("%w: a node refuses it: %s", query.ErrInvalid, text)
	case kindAway:
		return fmt.Errorf("%w: %s", errAway, text)
	}
	return fmt.Errorf("cluster: a node failed: %s", text)
}
