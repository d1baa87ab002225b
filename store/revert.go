//go:build !js

package store

import (
	"bytes"
	"errors"
	"fmt"
)

// A transaction becomes the newest by a single write, that of its header, over the
// older of the two. If this write or the fsync after it fails, bbolt reports an error
// but keeps the transaction: its readers see it, and whether it will survive a loss of
// power is unknown. (If an earlier step fails, the headers in the file are unchanged,
// and bbolt rolls back.)
//
// So the store keeps the bytes of the older header, and restores them if they have
// changed. Until they are restored and on the device, it writes nothing else: other
// writes would reuse pages that the failed transaction refers to, and a loss of power
// could bring back its header without its pages.
type revert struct {
	cause  error
	offset int64
	before []byte
}

// prepareRevert saves the header that the transaction with this number will overwrite.
func (s *Store) prepareRevert(number uint64) (*revert, error) {
	r := &revert{offset: int64(number%2) * s.pageSize, before: make([]byte, metaBytes)}
	if err := readFull(s.file, r.before, r.offset); err != nil {
		return nil, fmt.Errorf("reading the header: %w", err)
	}
	return r, nil
}

// failedCommit undoes the traces of a failed commit in the file and in bbolt.
func (s *Store) failedCommit(r *revert, cause error) error {
	if s.broken != nil {
		// A panic: the header has been written if and only if it is complete, and the
		// next Open will find out. Write nothing more here.
		return cause
	}
	r.cause = cause
	now := make([]byte, metaBytes)
	if err := readFull(s.file, now, r.offset); err != nil || !bytes.Equal(now, r.before) {
		s.revert = r
		if err := s.finishRevert(); err != nil {
			return errors.Join(cause, err)
		}
		return cause
	}
	if tx, err := s.db.Begin(false); err != nil {
		s.reopen = cause // bbolt lost its memory map
	} else {
		_ = tx.Rollback()
	}
	return cause
}

// finishRevert restores the older header, if that is still to be done.
func (s *Store) finishRevert() error {
	r := s.revert
	if r == nil {
		return nil
	}
	_, err := s.file.WriteAt(r.before, r.offset)
	if err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("store: a write to %s failed (%w) and is not yet undone: %w", s.path, r.cause, err)
	}
	s.revert = nil
	s.reopen = r.cause // bbolt's list of free pages is the failed transaction's
	return nil
}

// openAgain closes the file and opens it with bbolt again. The lock is released for a
// moment; if another process wrote meanwhile, this handle's state is invalid.
func (s *Store) openAgain() error {
	if !s.usersMu.TryLock() {
		// Do not wait: the caller itself may be inside a Load.
		return fmt.Errorf("store: no write to %s while a Load, Backup or Verify is under way, since the last one failed: %w", s.path, s.reopen)
	}
	defer s.usersMu.Unlock()
	if err := s.closeBolt(); err != nil {
		return fmt.Errorf("store: closing %s after a failed write: %w", s.path, err)
	}
	if err := s.openBolt(s.opts.Timeout); err != nil {
		return fmt.Errorf("store: opening %s again after a failed write: %w", s.path, err)
	}
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	head, _, err := readHeader(s.file, info.Size())
	if err != nil {
		return err
	}
	if head.tx != s.tx {
		s.broken = fmt.Errorf("another process wrote to it while it was opened again (transaction %d, expected %d)", head.tx, s.tx)
		return s.broken
	}
	s.info, s.reopen = info, nil
	return nil
}
