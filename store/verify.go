//go:build !js

package store

import (
	"context"
)

// Verify checks one version of the file: every page in use once and within its
// bounds, all keys in order, every page either in use or free, every record's
// checksum, and their number and digest. On a store that is open for writing, bbolt's
// own check of its pages and of its list of free pages in memory follows; writes wait
// for it.
//
// It returns nil, or the first fault; the errors are those of Load. It costs as much
// time as a Load, and one bit of memory per page; bbolt's check takes some 100 bytes
// per page.
func (s *Store) Verify(ctx context.Context) error {
	if err := s.inspectAll(ctx, true, nil); err != nil || s.opts.ReadOnly {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	if err := s.readable(); err != nil {
		return err
	}
	if s.reopen != nil {
		return nil // bbolt's memory is invalid, and will be read again before its next use
	}
	s.usersMu.RLock()
	defer s.usersMu.RUnlock()
	v, err := s.beginLocked()
	if err != nil {
		return err
	}
	defer v.tx.Rollback()
	var first error
	for err := range v.tx.Check() { // drain it: it sends even if nobody receives
		if first == nil {
			first = &CorruptError{Where: "bbolt's check of its pages", Err: err}
		}
	}
	return first
}
