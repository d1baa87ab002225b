package cluster

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Status says how a node is doing.
type Status struct {
	// Stream is the name of the stream, and Created when it was made.
	Stream  string
	Created time.Time
	// Position is the sequence of the last message that is visible here, and Last that of
	// the stream, as far as the node has heard of it.
	Position, Last Seq
	// Lag is how long ago the node last had everything, as far as it knows; it looks every
	// half second. CaughtUp says that it had everything at least once.
	Lag      time.Duration
	CaughtUp bool
	// Versions counts what the node has made visible, Resyncs how often it read the whole
	// stream, and Rejected the messages that it could not apply.
	Versions, Resyncs, Rejected uint64
	// Connected says that there is a connection to a server.
	Connected bool
	// Problem is what keeps the node from following; "" if nothing does.
	Problem string
	// Partitions are those that the node holds.
	Partitions []int
	// OtherSchemas are the names of nodes whose declared fields differ from this node's:
	// the same query may be answered differently there.
	OtherSchemas []string
}

// state is what a node tells others: guarded by its mutex.
type state struct {
	mu         sync.Mutex
	changed    chan struct{} // closed at each change
	seq        Seq
	created    time.Time
	generation int // of the stream
	caughtUp   bool
	closing    bool
	fatal      error // why the node never got anywhere
	problem    error
	last       Seq
	level      time.Time // when the node last had everything
	confirmed  time.Time // the same, known from a message that came back
	cancel     context.CancelCauseFunc
	reading    time.Time // when the stream was made that is being read, zero if none is
	resyncing  bool      // all of it
	read       uint64    // up to where, when the follower last had to wait
	waiting    time.Time // since when it waits, zero if it does not
	status     Status    // the counters
	others     map[string]meeting
}

// meeting is what is known of another node.
type meeting struct {
	schema string
	seen   time.Time
}

func (s *state) init(p *position) {
	s.changed = make(chan struct{})
	s.seq, s.created = Seq(p.Seq), p.Created
	s.others = make(map[string]meeting)
	s.level = p.Time
}

// change runs f and wakes those who wait.
func (s *state) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

// following notes that the follower begins anew, and how it is interrupted.
func (s *state) following(cancel context.CancelCauseFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancel = cancel
	s.reading, s.resyncing, s.waiting = time.Time{}, false, time.Time{}
}

// begun notes which stream the follower reads, and whether all of it.
func (s *state) begun(created time.Time, resyncing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reading, s.resyncing = created, resyncing
}

// waits notes that the follower has read up to a sequence and waits for more; until it has
// some, with a zero time.
func (s *state) waits(read uint64, since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read, s.waiting = read, since
}

// interrupt has the follower begin anew.
func (s *state) interrupt(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel != nil {
		s.cancel(err)
	}
}

// suspect has the follower look whether the stream is another one, unless it knows.
func (s *state) suspect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel != nil && !s.reading.IsZero() && !s.resyncing {
		s.cancel(errReplaced)
	}
}

// opened notes where the reading begins.
func (s *state) opened(p position) {
	s.change(func() {
		s.created = p.Created
		s.problem = nil
	})
}

// applied notes what is visible now. The confirmation is zero if there was none.
func (s *state) applied(p *position, confirmed time.Time) {
	s.change(func() {
		s.problem = nil
		s.seq = Seq(p.Seq)
		s.last = max(s.last, s.seq)
		s.status.Versions++
		if !confirmed.IsZero() {
			s.caughtUp = true
			s.confirmed = confirmed
			if confirmed.After(s.level) {
				s.level = confirmed
			}
		}
	})
}

// resynced notes that the whole stream was read.
func (s *state) resynced(p position) {
	s.change(func() {
		s.status.Resyncs++
		s.generation++
		s.resyncing = false
		s.created, s.seq, s.last = p.Created, Seq(p.Seq), Seq(p.Seq)
	})
}

func (s *state) isCaughtUp() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.caughtUp
}

func (s *state) rejected() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.Rejected++
}

// failed notes a problem, and reports whether it is a new one.
func (s *state) failed(err error) bool {
	isNew := false
	s.change(func() {
		isNew = s.problem == nil || err == nil || s.problem.Error() != err.Error()
		s.problem = err
		if !s.caughtUp && (errors.Is(err, ErrForeignStream) || errors.Is(err, ErrForeignEngine) || errors.Is(err, ErrRestoring)) {
			s.fatal = err
		}
	})
	return isNew
}

// isRestoring reports whether the follower waits for the end of a Restore.
func (s *state) isRestoring() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Is(s.problem, ErrRestoring)
}

func (s *state) close() { s.change(func() { s.closing = true }) }

// until waits until done says so, or is an error. done is called with the mutex held, at
// once and after each change.
func (s *state) until(ctx context.Context, done func() (bool, error)) error {
	for {
		s.mu.Lock()
		ok, err := done()
		closing, changed := s.closing, s.changed
		s.mu.Unlock()
		switch {
		case closing:
			return ErrClosed
		case ok || err != nil:
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// waitCaughtUp waits for the first confirmation that the node has everything.
func (s *state) waitCaughtUp(ctx context.Context) error {
	var problem error
	err := s.until(ctx, func() (bool, error) {
		problem = s.problem
		if s.caughtUp {
			return true, nil
		}
		return false, s.fatal
	})
	if err != nil && err == ctx.Err() {
		return errors.Join(err, problem)
	}
	return err
}

// mark is what was visible at some time.
type mark struct {
	generation int
	seq        Seq
}

func (s *state) mark() mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	return mark{s.generation, s.seq}
}

// waitReplaced waits until the stream of the mark has been replaced by another.
func (s *state) waitReplaced(ctx context.Context, before mark) error {
	return s.until(ctx, func() (bool, error) { return s.generation != before.generation, nil })
}

// wait waits until a sequence is visible.
func (s *state) wait(ctx context.Context, seq Seq) error {
	generation := s.mark().generation
	return s.until(ctx, func() (bool, error) {
		if s.generation != generation {
			return false, ErrStreamReplaced
		}
		return s.seq >= seq, nil
	})
}

// lag is how long ago the node is known to have had everything, by a message that came back.
func (s *state) lag() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.confirmed)
}

// meet notes what another node says of itself.
func (s *state) meet(node string, g *greeting, own string, log *slog.Logger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g.Bye {
		delete(s.others, node)
		return
	}
	if was, known := s.others[node]; g.Schema != own && (!known || was.schema != g.Schema) {
		log.Warn("another node declares other fields", slog.String("node", node))
	}
	s.others[node] = meeting{g.Schema, time.Now()}
}

// Status returns how the node is doing.
func (n *Node) Status() Status {
	s := &n.state
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.status
	out.Stream, out.Created = n.opts.Stream, s.created
	out.Position, out.Last = s.seq, max(s.seq, s.last)
	out.CaughtUp = s.caughtUp
	out.Lag = time.Since(s.level)
	out.Connected = n.nc.IsConnected()
	out.Partitions = slices.Clone(n.opts.Partitions)
	if s.problem != nil {
		out.Problem = s.problem.Error()
	}
	for name, m := range s.others {
		if m.schema != n.schema && time.Since(m.seen) < n.opts.heardFor() {
			out.OtherSchemas = append(out.OtherSchemas, name)
		}
	}
	slices.Sort(out.OtherSchemas)
	return out
}
