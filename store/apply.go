//go:build !js

package store

import (
	"fmt"
)

// Apply makes a write in one transaction. What has happened to it when Apply returns
// nil is Options.Sync's promise. Calls take turns.
//
// An error means that nothing was changed. It is ErrInvalid, ErrReadOnly, ErrClosed,
// ErrGone, ErrCorrupt, or wraps the cause that the file system gave; after those of
// the file system, the same write can be tried again. A write that only deletes finds
// room on a full disk, in pages that the file keeps for that, at least a 32nd of it:
// some dozens of records at a time, and hundreds in a file of more than 100 MB.
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

// enter begins a call that changes the file: Close waits until writing is done, before
// it waits for Loads, whose loops may be such calls.
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
