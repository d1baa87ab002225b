package cluster

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// importWindow is how many messages Import has under way.
const importWindow = 1000

// Import puts the sessions of a sequence into the stream, as fast as it takes them, and
// returns how many are acknowledged. It creates the stream if there is none. Each session
// is a write of its own: nodes show them as they come. A sequence that was broken off can
// be imported again. If an id occurs twice, the later counts.
func Import(ctx context.Context, nc *nats.Conn, sessions iter.Seq2[sessiondex.Session, error], opts *Options) (int, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return 0, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return 0, err
	}
	if _, err := o.ensure(ctx, nc, js); err != nil {
		return 0, err
	}
	return o.publishAll(ctx, nc, sessions)
}

// publishAll publishes sessions in windows: all of one are acknowledged before the next
// begins, so that of one id's sessions the last stays.
func (o *Options) publishAll(ctx context.Context, nc *nats.Conn, sessions iter.Seq2[sessiondex.Session, error]) (int, error) {
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(importWindow))
	if err != nil {
		return 0, err
	}
	done := 0
	places := make(map[string]int, importWindow)
	window := make([]*nats.Msg, 0, importWindow)
	flush := func() error {
		err := o.publishWindow(ctx, js, window)
		if err == nil {
			done += len(window)
		}
		clear(places)
		window = window[:0]
		return err
	}
	for s, err := range sessions {
		if err == nil {
			err = s.Validate()
		}
		if err != nil {
			err = errors.Join(err, flush())
			return done, err
		}
		m := o.subjects().putMessage(&s)
		if most := int(nc.MaxPayload()); m.Size()+batchHeaders > most {
			err = errors.Join(&TooLargeError{ID: s.ID, Have: m.Size(), Most: most - batchHeaders}, flush())
			return done, err
		}
		if i, twice := places[m.Subject]; twice {
			window[i] = m
			continue
		}
		places[m.Subject] = len(window)
		if window = append(window, m); len(window) == importWindow {
			if err := flush(); err != nil {
				return done, err
			}
		}
	}
	err = flush()
	return done, err
}

// publishWindow publishes messages and waits until all are acknowledged; those that are
// not are sent again.
func (o *Options) publishWindow(ctx context.Context, js jetstream.JetStream, window []*nats.Msg) error {
	for attempt := 0; len(window) > 0; attempt++ {
		futures := make([]jetstream.PubAckFuture, 0, len(window))
		for _, m := range window {
			m.Reply = ""
			f, err := js.PublishMsgAsync(m)
			if err != nil {
				return fmt.Errorf("cluster: writing to stream %s: %w", o.Stream, err)
			}
			futures = append(futures, f)
		}
		var missed []*nats.Msg
		for _, f := range futures {
			select {
			case <-f.Ok():
			case err := <-f.Err():
				if !again(err) || attempt > 20 {
					return fmt.Errorf("cluster: writing to stream %s: %w", o.Stream, err)
				}
				missed = append(missed, f.Msg())
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		window = missed
	}
	return nil
}

// Restore makes a stream of what an engine has: the way back when the servers have lost
// theirs, from the engine of any node that has all partitions. There must be no stream of
// the name. Nodes that are running take the new one over when it is complete, in one
// version, and go on showing what they have until then.
func Restore(ctx context.Context, nc *nats.Conn, e *sessiondex.Engine, opts *Options) (int, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return 0, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return 0, err
	}
	config := o.streamConfig()
	config.Metadata[metaRestoring] = "true"
	stream, err := js.Stream(ctx, o.Stream)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		_, err = js.CreateStream(ctx, config)
	case err == nil && stream.CachedInfo().Config.Metadata[metaRestoring] == "":
		err = &StreamError{o.Stream, []string{"it is there; a stream is restored only where there is none"}}
	case err == nil: // an earlier attempt was broken off
		if d := o.differences(&stream.CachedInfo().Config); len(d) > 0 {
			err = &StreamError{o.Stream, d}
		}
	}
	if err != nil {
		return 0, fmt.Errorf("cluster: stream %s: %w", o.Stream, err)
	}
	snapshot := e.Snapshot()
	done, err := o.publishAll(ctx, nc, snapshot.All(ctx, query.Everything(e.Schema())))
	if err != nil {
		return done, err
	}
	delete(config.Metadata, metaRestoring)
	if _, err := js.UpdateStream(ctx, config); err != nil {
		return done, fmt.Errorf("cluster: stream %s: %w", o.Stream, err)
	}
	return done, nil
}
