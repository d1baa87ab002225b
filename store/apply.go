package store

import (
	"bytes"
	"slices"
	"time"
)

// groupBytes ends a group: what a transaction changes is held in memory, several
// times over while bbolt splits its pages.
const groupBytes = 8 << 20

// request is one call of Apply. The calls form a queue. The first to find nobody
// leading leads: it takes what has come in, makes one transaction of it, tells the
// others, and passes the lead to the first of those that came in meanwhile. Each
// call then publishes in its own goroutine when the one before it has.
type request struct {
	ops   []op
	bytes int

	lead  chan struct{} // closed: it is yours to lead
	ready chan struct{} // closed: err is set
	err   error

	before <-chan struct{} // closed: the request before is done
	done   chan struct{}   // closed by the request's own goroutine
}

// Apply makes a write in one transaction and, if that succeeded, calls publish
// (unless it is nil) before it returns. What has happened to the write by then is
// Options.Sync's promise. publish is called exactly once, in the goroutine of the
// caller, in the order in which the writes became durable, and never at the same
// time as another; it must not call Apply or Close.
//
// An error means that nothing was changed and publish was not called. It is
// ErrInvalid, ErrReadOnly, ErrClosed, ErrGone, ErrCorrupt, or wraps the cause that
// the file system gave; after those of the file system, the same write can be
// tried again. One write's error is never another's.
//
// The write is copied; the caller may change it when Apply returns. The cost is
// one or two fsyncs and O(log n) pages of 4 KiB per record.
func (s *Store) Apply(w Write, publish func()) error {
	if s.opts.ReadOnly {
		select {
		case <-s.closing:
			return ErrClosed
		default:
			return ErrReadOnly
		}
	}
	ops, size, err := w.encode(s.opts.RecordVersion)
	if err != nil {
		return err
	}
	r := &request{ops: ops, bytes: size, lead: make(chan struct{}), ready: make(chan struct{}), done: make(chan struct{})}
	if err := s.enqueue(r); err != nil {
		return err
	}
	defer close(r.done) // also if publish panics: the others go on
	select {
	case <-r.lead:
		s.leadGroup()
	case <-r.ready:
	}
	<-r.before
	if r.err == nil && publish != nil {
		publish()
	}
	return r.err
}

func (s *Store) enqueue(r *request) error {
	s.queueMu.Lock()
	defer s.queueMu.Unlock()
	if s.ending {
		return ErrClosed
	}
	r.before, s.tail = s.tail, r.done
	s.queue = append(s.queue, r)
	s.queued += r.bytes
	if !s.leading {
		s.leading = true
		close(r.lead)
	}
	if s.queued >= groupBytes && s.full != nil {
		close(s.full)
		s.full = nil
	}
	return nil
}

// leadGroup is called by the first request of the queue.
func (s *Store) leadGroup() {
	if s.opts.GroupDelay > 0 {
		s.gather()
	}
	s.queueMu.Lock()
	n, size := 0, 0
	for n < len(s.queue) && (n == 0 || size+s.queue[n].bytes <= groupBytes) {
		size += s.queue[n].bytes
		n++
	}
	group := slices.Clone(s.queue[:n])
	s.queue = slices.Delete(s.queue, 0, n)
	s.queued -= size
	s.queueMu.Unlock()

	s.commit(group)
	for _, r := range group {
		close(r.ready)
	}

	s.queueMu.Lock()
	defer s.queueMu.Unlock()
	if len(s.queue) > 0 {
		close(s.queue[0].lead)
	} else {
		s.leading = false
	}
}

// gather waits for others to join the group.
func (s *Store) gather() {
	s.queueMu.Lock()
	if s.queued >= groupBytes {
		s.queueMu.Unlock()
		return
	}
	full := make(chan struct{})
	s.full = full
	s.queueMu.Unlock()

	timer := time.NewTimer(s.opts.GroupDelay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-full:
	case <-s.closing:
	}
	s.queueMu.Lock()
	s.full = nil
	s.queueMu.Unlock()
}

// commit makes one transaction of a group, and sets each request's error. If it
// fails, each is tried alone: a write that is too large for the space that is left
// must not fail the others.
func (s *Store) commit(group []*request) {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	err := s.write(merge(group))
	if err == nil || len(group) == 1 {
		for _, r := range group {
			r.err = err
		}
		return
	}
	for _, r := range group {
		r.err = s.write(r.ops)
	}
}

// merge puts the changes of a group in the order of their ids; of several to one
// id the last remains.
func merge(group []*request) []op {
	if len(group) == 1 {
		return group[0].ops
	}
	n := 0
	for _, r := range group {
		n += len(r.ops)
	}
	all := make([]op, 0, n)
	for _, r := range group {
		all = append(all, r.ops...)
	}
	slices.SortStableFunc(all, func(a, b op) int { return bytes.Compare(a.id, b.id) })
	last := all[:0]
	for i, o := range all {
		if i+1 == len(all) || !bytes.Equal(o.id, all[i+1].id) {
			last = append(last, o)
		}
	}
	return last
}
