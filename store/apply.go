//go:build !js

package store

import (
	"fmt"
)

// Apply makes a write in one transaction. Options.Sync says how durable the write is
// when Apply returns nil. Calls take turns.
//
// An error means that nothing was changed. It is ErrInvalid, ErrReadOnly, ErrClosed,
// ErrGone, ErrCorrupt, or wraps an error of the file system; after the latter, the same
// write can be tried again. A write that only deletes succeeds on a full disk, in pages
// that the file reserves for that, at least a 32nd of it: enough for some dozens of
// records at a time, and for hundreds in a file of more than 100 MB.
//
// The cost is one or two fsyncs and O(log n) pages of 4 KiB per record.
func (s *Store) Apply(w Write) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.writing.Done()
	c, err := w.encode(s.opts.RecordVersion)
	if err != nil {
		return err
	}
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	return s.write(c)
}

// enter begins a call that changes the file. Close waits for these calls (s.writing)
// before it waits for Loads, since a Load's loop may make such a call.
func (s *Store) enter() error {
	s.closeMu.Lock()
	defer s.closeMu.Unlock()
	switch {
	case s.ending:
		return ErrClosed
	case s.opts.ReadOnly:
		return ErrReadOnly
	}
	s.writing.Add(1)
	return nil
}

// write makes changes in one transaction. It is called with commitMu held.
func (s *Store) write(c *changes) error {
	if err := s.writable(); err != nil {
		return err
	}
	if c.empty() {
		return nil
	}
	s.usersMu.RLock()
	defer s.usersMu.RUnlock()
	err := s.transact(c)
	if err != nil && noSpace(err) && c.deletesOnly && s.broken == nil && s.revert == nil && s.reopen == nil {
		if s.transact(&changes{reserve: dropReserve}) == nil {
			err = s.transact(c)
		}
	}
	if err != nil {
		return fmt.Errorf("store: writing to %s failed, nothing was changed: %w", s.path, err)
	}
	return nil
}
