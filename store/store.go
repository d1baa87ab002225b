//go:build !js

package store

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
)

// Store is an open file of records. Its methods are safe for concurrent use.
type Store struct {
	path    string // absolute
	opts    Options
	records atomic.Int64
	commits atomic.Int64
	checked atomic.Bool // this handle has checked the whole file

	closeMu  sync.Mutex
	ending   bool           // guarded by closeMu
	writing  sync.WaitGroup // calls that change the file; joined under closeMu
	closing  chan struct{}  // closed when Close begins
	closed   chan struct{}  // closed when Close is done
	closeErr error

	// commitMu lets one transaction at a time change the file, and guards the fields
	// below. Lock it before usersMu, never after.
	commitMu sync.Mutex
	tx       uint64 // number of the last confirmed transaction
	st       state  // as of it
	info     os.FileInfo
	size     int64 // of the file; it never shrinks
	pageSize int64
	revert   *revert
	reopen   error // why bbolt must be opened again before the next write; nil if not
	broken   error // why this handle takes no more writes; nil if it does
	stuck    bool  // a panic left bbolt locked; it must not be called

	// usersMu is held for reading while db and file are in use.
	usersMu sync.RWMutex
	db      *bolt.DB
	file    *os.File
}

// Path returns the absolute path of the file.
func (s *Store) Path() string { return s.path }

// Len returns the number of records, as of the last confirmed write.
func (s *Store) Len() int { return int(s.records.Load()) }

// Counter returns the Counter of the last write that set one, 0 if none did.
func (s *Store) Counter() uint64 { return s.state().counter }

// ID returns the identity of the file's history; zero for a file that still has format
// version 1.
func (s *Store) ID() ID { return s.state().id }

func (s *Store) state() state {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	return s.st
}

// Stats describes a store's file.
type Stats struct {
	// Records is the number of records.
	Records int
	// Transactions counts the transactions made through this handle: writes that shared
	// one count once.
	Transactions int64
	// FileBytes is the size of the file, UsedBytes the part of it that has ever been
	// filled, FreeBytes the part of UsedBytes that is free for reuse. FreeBytes is 0 on
	// a read-only store, which does not track it.
	FileBytes, UsedBytes, FreeBytes int64
}

// Stats returns figures about the file. It waits for a transaction under way.
func (s *Store) Stats() (Stats, error) {
	v, err := s.begin()
	if err != nil {
		return Stats{}, err
	}
	defer v.end()
	info, err := s.file.Stat()
	if err != nil {
		return Stats{}, err
	}
	b := s.db.Stats()
	return Stats{
		Records:      int(v.st.count),
		Transactions: s.commits.Load(),
		FileBytes:    info.Size(),
		UsedBytes:    v.head.bytes(),
		FreeBytes:    int64(b.FreePageN+b.PendingPageN) * int64(v.head.pageSize),
	}, nil
}

// view is one version of the file that cannot change while it is in use.
type view struct {
	s    *Store
	tx   *bolt.Tx
	head header
	st   state // a copy of the handle's
}

// begin returns the last confirmed version. The caller must end it.
func (s *Store) begin() (*view, error) {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	if err := s.readable(); err != nil {
		return nil, err
	}
	s.usersMu.RLock()
	v, err := s.beginLocked()
	if err != nil {
		s.usersMu.RUnlock()
	}
	return v, err
}

func (s *Store) beginLocked() (*view, error) {
	info, err := s.file.Stat()
	if err != nil {
		return nil, err
	}
	// Read the header first, to detect a truncated file here and not by a fault in
	// bbolt.
	head, _, err := readHeader(s.file, info.Size())
	if err != nil {
		return nil, err
	}
	if err := s.expect(head); err != nil {
		return nil, err
	}
	v := &view{s: s, head: head, st: s.st}
	err = guard("reading", func() (err error) {
		v.tx, err = s.db.Begin(false)
		return err
	})
	if panicked(err) {
		s.stuck, s.broken = true, err
	}
	return v, err
}

func (v *view) end() {
	_ = v.tx.Rollback() // fails only if it has already ended
	v.s.usersMu.RUnlock()
}

// readable makes the store ready to be read. It is called with commitMu held.
func (s *Store) readable() error {
	select {
	case <-s.closing:
		return ErrClosed
	default:
	}
	if s.stuck {
		return s.broken
	}
	if err := s.finishRevert(); err != nil {
		return err
	}
	if s.db == nil {
		return s.openAgain()
	}
	return nil
}

// Sync forces all writes to the device. With SyncAlways it has nothing to do.
func (s *Store) Sync() error {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	if err := s.readable(); err != nil {
		return err
	}
	if s.opts.ReadOnly {
		return nil
	}
	if err := s.file.Sync(); err != nil {
		return fmt.Errorf("store: forcing %s to the device: %w", s.path, err)
	}
	return nil
}

// Close waits for the calls under way, forces the file to the device with SyncSystem,
// and closes it. A Load that is under way ends with ErrClosed. Later calls return
// ErrClosed; later calls of Close return the result of the first. Close must not be
// called from inside a Load loop or a publish function.
func (s *Store) Close() error {
	s.closeMu.Lock()
	if s.ending {
		s.closeMu.Unlock()
		<-s.closed
		return s.closeErr
	}
	s.ending = true
	close(s.closing)
	s.closeMu.Unlock()
	defer close(s.closed)
	s.writing.Wait()
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	s.usersMu.Lock()
	defer s.usersMu.Unlock()
	var errs []error
	if s.db != nil && !s.stuck {
		errs = append(errs, s.finishRevert())
	}
	if s.db != nil && s.opts.Sync == SyncSystem && !s.opts.ReadOnly {
		errs = append(errs, s.file.Sync())
	}
	errs = append(errs, s.closeBolt())
	if err := errors.Join(errs...); err != nil {
		s.closeErr = fmt.Errorf("store: closing %s: %w", s.path, err)
	}
	return s.closeErr
}
