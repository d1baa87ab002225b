//go:build !js

package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

const (
	// boltRetry is how long before its timeout bbolt gives up on a lock.
	boltRetry = 50 * time.Millisecond
	// minGrowth and maxGrowth bound the steps in which the file grows, each of
	// which costs an fsync.
	minGrowth = 64 << 10
	maxGrowth = 16 << 20
)

// mapBytes returns the address space to reserve for the file, where reserving costs
// nothing. bbolt must wait for all readers before it can enlarge the map: with a large
// map from the start, a write does not wait for a Backup.
func mapBytes() int {
	if runtime.GOOS == "windows" || strconv.IntSize < 64 {
		return 0 // on Windows the file would grow to this size
	}
	return 1 << (strconv.IntSize - 30) // 16 GiB
}

// Open opens the store at a path, and creates it if there is no file; with
// Options.ReadOnly it returns fs.ErrNotExist instead. The directory must exist.
//
// The errors are ErrLocked, ErrVersion, ErrCorrupt, ErrInvalid for faulty
// options, and those of the file system. The cost does not depend on the number of
// records, only on the length of the list of free pages.
func Open(path string, o *Options) (*Store, error) {
	opts, err := o.resolve()
	if err != nil {
		return nil, err
	}
	if path == "" {
		return nil, fmt.Errorf("store: %w: path is empty", ErrInvalid)
	}
	// Writes look the path up again, when the working directory may have changed.
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("store: path %q: %w", path, err)
	}
	s := &Store{path: abs, opts: opts, closing: make(chan struct{}), closed: make(chan struct{})}
	if !opts.ReadOnly {
		if err := s.ensureFile(); err != nil {
			return nil, s.openError(err)
		}
	}
	if err := s.precheck(); err != nil {
		return nil, s.openError(err)
	}
	if err := s.openBolt(opts.Timeout); err != nil {
		return nil, s.openError(err)
	}
	head, st, err := s.inspect(s.file)
	if err == nil {
		s.info, err = s.file.Stat()
	}
	if err != nil {
		return nil, errors.Join(s.openError(err), s.closeBolt())
	}
	s.tx, s.st, s.size, s.pageSize = head.tx, st, s.info.Size(), int64(head.pageSize)
	s.records.Store(int64(st.count))
	return s, nil
}

func (s *Store) openError(err error) error {
	return fmt.Errorf("store: opening %s: %w", s.path, err)
}

// ensureFile creates the store if there is nothing at its path.
func (s *Store) ensureFile() error {
	_, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return create(s.path)
	}
	return err // inspect reports other faults
}

// precheck looks for faults that would make bbolt panic or damage the file on opening.
// It runs before bbolt and so without the lock: a fault that it finds may be a
// transaction under way, which the lock shows.
func (s *Store) precheck() error {
	if s.inspectPath() == nil {
		return nil
	}
	lock := &Store{path: s.path, opts: s.opts}
	lock.opts.ReadOnly = true // takes the shared lock and reads little
	if err := lock.openBolt(s.opts.Timeout); err == nil {
		defer lock.closeBolt()
	} else if errors.Is(err, ErrLocked) {
		return err
	}
	return s.inspectPath()
}

func (s *Store) inspectPath() error {
	info, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: it is no regular file (%s)", ErrInvalid, info.Mode().Type()) // a pipe would block
	}
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, _, err = s.inspect(f)
	return err
}

// inspect checks everything about a file but its records.
func (s *Store) inspect(f *os.File) (header, state, error) {
	info, err := f.Stat()
	if err != nil {
		return header{}, state{}, err
	}
	head, other, err := readHeader(f, info.Size())
	if err != nil {
		return header{}, state{}, err
	}
	t := newTree(context.Background(), nil, f, head)
	c, err := t.buckets()
	if err != nil {
		return header{}, state{}, err
	}
	st, err := t.state(c.meta) // the format version first, since a newer format may differ in the rest
	if err != nil {
		return header{}, state{}, err
	}
	if other != nil && !s.opts.AllowPrevious {
		return header{}, state{}, other
	}
	return head, st, t.free(false)
}

// openBolt opens the existing file at the store's path with bbolt.
func (s *Store) openBolt(timeout time.Duration) (err error) {
	s.db, s.file, err = s.openBoltAt(s.path, timeout)
	return err
}

// openBoltAt opens an existing file with bbolt.
func (s *Store) openBoltAt(path string, timeout time.Duration) (*bolt.DB, *os.File, error) {
	var file *os.File
	o := &bolt.Options{
		ReadOnly:     s.opts.ReadOnly,
		Timeout:      max(timeout+boltRetry, 1),
		NoSync:       s.opts.Sync == SyncSystem,
		FreelistType: bolt.FreelistMapType,
		OpenFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
			// Do not create the file: if it vanished just now, it would come back
			// empty.
			file, err = os.OpenFile(name, flag&^os.O_CREATE, mode)
			return file, err
		},
	}
	if timeout == 0 {
		o.Timeout = 1 // at 0 bbolt waits without a limit
	}
	o.InitialMmapSize = mapBytes()
	var db *bolt.DB
	open := func() (err error) {
		db, err = bolt.Open(path, fileMode, o)
		return err
	}
	err := guard("opening", open)
	if errors.Is(err, syscall.ENOMEM) && o.InitialMmapSize > 0 {
		o.InitialMmapSize = 0 // the address space of the process is limited
		err = guard("opening", open)
	}
	switch {
	case err == nil:
		return db, file, nil
	case panicked(err):
		err = errors.Join(err, unlock(file), file.Close()) // bbolt does neither
	case errors.Is(err, berrors.ErrTimeout):
		err = fmt.Errorf("%w by another process, or by another handle in this one (waited %v)", ErrLocked, timeout)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		err = &CorruptError{Where: "header pages 0 and 1", Err: err}
	}
	return nil, nil, err
}

// closeBolt closes the file. After a panic that left bbolt locked it closes only the
// descriptor; the memory map stays until the process ends.
func (s *Store) closeBolt() error {
	db, file := s.db, s.file
	s.db, s.file = nil, nil
	switch {
	case db == nil:
		return nil
	case s.stuck:
		return errors.Join(unlock(file), file.Close())
	}
	return guard("closing", db.Close)
}
