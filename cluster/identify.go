package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

var (
	errReplaced  = errors.New("cluster: the stream is another one")
	errBackwards = errors.New("cluster: the stream has less than it had")
	errStalled   = errors.New("cluster: nothing comes although the stream has more")
	// errEmptied is the problem of a node that has sessions and finds a new stream without any.
	errEmptied = errors.New("cluster: the stream is new and has no sessions: the node goes on showing what it has until there is one (see Restore)")
)

// identify asks whether the stream is the one that the position is of, and has what the
// engine has. If not, everything has to be read again.
func (n *Node) identify(ctx context.Context) (same bool, info *jetstream.StreamInfo, err error) {
	ctx, cancel := attempt(ctx)
	defer cancel()
	stream, err := n.js.Stream(ctx, n.opts.Stream)
	if err != nil {
		return false, nil, fmt.Errorf("cluster: stream %s: %w", n.opts.Stream, err)
	}
	info = stream.CachedInfo()
	if d := n.opts.differences(&info.Config); len(d) > 0 {
		return false, nil, &StreamError{n.opts.Stream, d}
	}
	if info.Config.Metadata[metaRestoring] != "" {
		return false, nil, fmt.Errorf("%w: %s", ErrRestoring, n.opts.Stream)
	}
	p := &n.position
	if p.Stream == "" {
		return false, info, nil
	}
	if !p.fits(&n.opts) {
		return false, info, nil
	}
	if n.opts.knobs.noIdentity {
		return true, info, nil
	}
	same = p.Created.Equal(info.Created)
	if same && info.TimeStamp.Sub(p.Time) > n.opts.TombstoneTTL*9/10 {
		same = false // deletions may have been forgotten
	}
	if same && info.State.LastSeq < p.Seq {
		// A server that leads since a moment ago may not know better. One that a majority
		// answers to does.
		seq, err := n.mark(ctx)
		if err != nil {
			return false, nil, err
		}
		same = uint64(seq) > p.Seq
	}
	if same {
		same, err = n.hasWitnesses(ctx, stream)
	}
	if !p.Created.Equal(info.Created) && n.engine.Len() > 0 {
		err = n.refuseEmpty(ctx, stream)
	}
	return same, info, err
}

// hasWitnesses reports whether the stream has the sessions that were read last, or later
// ones in their place.
func (n *Node) hasWitnesses(ctx context.Context, stream jetstream.Stream) (bool, error) {
	for _, w := range n.position.Witnesses {
		m, err := stream.GetLastMsgForSubject(ctx, w.Subject)
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			return false, nil // or its tombstone has gone by now: then it is read once more than needed
		case err != nil:
			return false, fmt.Errorf("cluster: stream %s: %w", n.opts.Stream, err)
		case m.Sequence < w.Seq, m.Sequence == w.Seq && !m.Time.Equal(w.Time):
			return false, nil
		}
	}
	return true, nil
}

// refuseEmpty is an error if a new stream has no session: most likely somebody is about to
// fill it, and until then what the node has is all there is.
func (n *Node) refuseEmpty(ctx context.Context, stream jetstream.Stream) error {
	if stream.CachedInfo().State.Msgs > 1000 {
		return nil // nodes don't say that much
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(n.opts.Stream+".*.*.*"))
	if err != nil {
		return fmt.Errorf("cluster: stream %s: %w", n.opts.Stream, err)
	}
	if len(info.State.Subjects) == 0 {
		return errEmptied
	}
	return nil
}

// How often the stream is looked at, and how long a reader may stand still that should not.
const (
	watchEvery   = time.Second / 2
	stalledAfter = 3 * time.Second
)

// watch looks at the stream, and interrupts the follower when what it reads is not the
// stream any more: a consumer does not tell.
func (n *Node) watch(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		n.look(ctx)
	}
}

func (n *Node) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*watchEvery)
	defer cancel()
	asked, before := time.Now(), n.state.mark()
	stream, err := n.js.Stream(ctx, n.opts.Stream)
	if err != nil {
		return // the reader will notice
	}
	found := n.state.found(stream.CachedInfo(), asked, before)
	if errors.Is(found, errBackwards) {
		// So does a server say that leads since a moment ago. A majority knows.
		seq, err := n.mark(ctx)
		if err != nil || seq > before.seq {
			return
		}
	}
	if found != nil && !n.opts.knobs.noIdentity {
		n.state.interrupt(found)
	}
}

// found compares what the stream says of itself with where the node was when it was asked;
// an error is why the follower should look again.
func (s *state) found(info *jetstream.StreamInfo, asked time.Time, before mark) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := Seq(info.State.LastSeq)
	switch {
	case s.reading.IsZero() || s.generation != before.generation:
		return nil // nothing is being read, or the answer may be about the stream before
	case !s.reading.Equal(info.Created):
		return errReplaced
	case !s.resyncing && last < before.seq:
		return errBackwards
	case uint64(last) > s.read && !s.waiting.IsZero() && asked.Sub(s.waiting) > stalledAfter:
		return errStalled
	case last <= s.seq && !s.resyncing:
		if age, known := silence(info); known && asked.Add(-age).After(s.level) {
			s.level = asked.Add(-age)
		}
	}
	s.last = max(s.last, last)
	return nil
}

// silence is how long ago the stream's leader heard from a majority: what it says may be
// as old, since it may have been cut off from the others then. Without a leader, or with
// one that has not heard from them yet, it is not known.
func silence(info *jetstream.StreamInfo) (age time.Duration, known bool) {
	c := info.Cluster
	if c == nil || info.Config.Replicas == 1 {
		return 0, true
	}
	var ages []time.Duration
	for _, peer := range c.Replicas {
		if !peer.Offline && peer.Active > 0 {
			ages = append(ages, peer.Active)
		}
	}
	others := info.Config.Replicas / 2 // with the leader itself they are a majority
	if c.Leader == "" || len(ages) < others {
		return 0, false
	}
	slices.Sort(ages)
	return ages[others-1], true
}
