package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// fill is how full bbolt leaves a page when it splits one. Half full is best for
// ids in random order, where the pages fill up later; ids that come in ascending
// order never return to a page. Measured with records of 350 bytes: random 620 bytes
// each (750 at 0.9), ascending 460 (840 at 0.5).
const (
	fillRandom    = 0.5
	fillAscending = 0.9
)

// write makes changes, in the order of their ids, in one transaction. It is called
// with commitMu held.
func (s *Store) write(ops []op) error {
	if err := s.writable(); err != nil {
		return err
	}
	if len(ops) == 0 {
		return nil
	}
	s.usersMu.RLock()
	defer s.usersMu.RUnlock()
	if err := s.transact(ops); err != nil {
		return fmt.Errorf("store: writing to %s failed, nothing was changed: %w", s.path, err)
	}
	return nil
}

// writable makes the store ready for a transaction, or says why it cannot be.
func (s *Store) writable() error {
	if s.broken != nil {
		return fmt.Errorf("store: no more writes to %s through this handle: %w", s.path, s.broken)
	}
	if err := s.inPlace(); err != nil {
		return err
	}
	if err := s.finishRevert(); err != nil {
		return err
	}
	if s.reopen != nil || s.db == nil {
		if err := s.openAgain(); err != nil {
			return err
		}
	}
	// Also as the guard of bbolt, which panics with its locks held if it finds no
	// valid header.
	head, _, err := readHeader(s.file, s.size)
	if err == nil {
		err = s.expect(head)
	}
	if err != nil || s.checked.Load() {
		return err
	}
	// No Load or Verify has come before this first write. A write into a damaged
	// tree could destroy what is sound.
	t := newTree(context.Background(), nil, s.file, head)
	if err := t.check(s.opts.RecordVersion, false, nil); err != nil {
		return err
	}
	s.checked.Store(true)
	return nil
}

// expect checks that a header is the one that this handle knows of.
func (s *Store) expect(head header) error {
	if head.tx != s.tx {
		return &CorruptError{Where: "header", Want: fmt.Sprintf("transaction %d", s.tx), Got: fmt.Sprint(head.tx)}
	}
	return nil
}

// inPlace checks that the file is still what the path leads to, and as long as it
// was: bbolt would go on writing to a file that nobody can open again.
func (s *Store) inPlace() error {
	info, err := os.Stat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("store: %w: %s does not exist", ErrGone, s.path)
	case err != nil:
		return fmt.Errorf("store: %w", err)
	case !os.SameFile(info, s.info):
		return fmt.Errorf("store: %w: %s is another file now", ErrGone, s.path)
	case info.Size() < s.size:
		return &CorruptError{Where: "size of " + s.path, Want: fmt.Sprintf("at least %d bytes", s.size), Got: fmt.Sprintf("%d: it was cut off", info.Size())}
	}
	s.size = info.Size()
	return nil
}

// transact is write without the preparations.
func (s *Store) transact(ops []op) error {
	var tx *bolt.Tx
	err := guard("beginning a write", func() (err error) {
		tx, err = s.db.Begin(true)
		return err
	})
	switch {
	case panicked(err):
		s.broken, s.stuck = err, true
		return err
	case errors.Is(err, berrors.ErrInvalidMapping):
		s.reopen = err
		return err
	case err != nil:
		return err
	}
	s.db.AllocSize = int(min(max(tx.Size()/8, minGrowth), maxGrowth))

	next := s.st
	number := uint64(tx.ID())
	var r *revert
	err = guard("changing records", func() error { return change(tx, ops, &next) })
	if err == nil {
		r, err = s.prepareRevert(number)
	}
	if err != nil {
		s.rollback(tx, err)
		return err
	}
	if err = guard("committing", tx.Commit); err != nil {
		s.rollback(tx, err)
		return s.failedCommit(r, err)
	}
	s.tx, s.st = number, next
	s.records.Store(int64(next.count))
	s.commits.Add(1)
	return nil
}

// rollback ends a transaction that failed. After a panic nothing that bbolt holds
// in memory can be trusted with a further write.
func (s *Store) rollback(tx *bolt.Tx, cause error) {
	if panicked(cause) {
		s.broken = cause
	}
	err := guard("rolling back", tx.Rollback)
	if err != nil && !errors.Is(err, berrors.ErrTxClosed) {
		s.broken, s.stuck = cause, true
	}
}

// change makes the changes in the records and in the state.
func change(tx *bolt.Tx, ops []op, st *state) error {
	meta, records := tx.Bucket(metaBucket), tx.Bucket(recordsBucket)
	if meta == nil || records == nil {
		return &CorruptError{Where: "root page", Want: "the buckets of a store", Got: "one is missing"}
	}
	c := records.Cursor()
	records.FillPercent = fillRandom
	if last, _ := c.Last(); bytes.Compare(ops[0].id, last) > 0 {
		records.FillPercent = fillAscending
	}
	for _, o := range ops {
		key, stored := c.Seek(o.id)
		exists := bytes.Equal(key, o.id)
		if exists {
			// Checked, for its sum leaves the digest: a damaged record must not
			// make the digest wrong for good.
			_, sum, value, err := openEnvelope(o.id, stored)
			if err != nil {
				return err
			}
			st.count--
			st.digest -= mark(sum, len(value))
		}
		var err error
		if o.stored != nil {
			st.count++
			st.digest += o.mark
			err = records.Put(o.id, o.stored)
		} else if exists {
			err = records.Delete(o.id)
		}
		if err != nil {
			return fmt.Errorf("record %s: %w", quoteID(o.id), err)
		}
	}
	st.tx = uint64(tx.ID())
	return meta.Put(stateKey, st.encode())
}
