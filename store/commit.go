//go:build !js

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

// fill is how full bbolt leaves a page when it splits one. Half full is best for ids in
// random order, where the pages fill up later; ids in ascending order never return to a
// page. Measured with records of 350 bytes: random 620 bytes each (750 at 0.9),
// ascending 460 (840 at 0.5).
const (
	fillRandom    = 0.5
	fillAscending = 0.9
)

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
	// The read also protects bbolt, which panics with its locks held if it finds no
	// valid header.
	head, _, err := readHeader(s.file, s.size)
	if err == nil {
		err = s.expect(head)
	}
	if err != nil || s.checked.Load() {
		return err
	}
	// No Load or Verify preceded this first write. A write into a damaged tree could
	// destroy sound parts of it.
	t := newTree(context.Background(), nil, s.file, head)
	if err := t.check(s.opts.RecordVersion, false, nil); err != nil {
		return err
	}
	s.checked.Store(true)
	return nil
}

// expect checks that a header is the last one that this handle wrote or read.
func (s *Store) expect(head header) error {
	if head.tx != s.tx {
		return &CorruptError{Where: "header", Want: fmt.Sprintf("transaction %d", s.tx), Got: fmt.Sprint(head.tx)}
	}
	return nil
}

// inPlace checks that the path still leads to this file, and that the file is no
// shorter: otherwise bbolt would continue to write to a file that cannot be opened
// again.
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
func (s *Store) transact(c *changes) error {
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
	err = guard("changing records", func() error { return c.apply(tx, &next) })
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

// rollback ends a failed transaction. After a panic, bbolt's state in memory cannot be
// trusted with another write.
func (s *Store) rollback(tx *bolt.Tx, cause error) {
	if panicked(cause) {
		s.broken = cause
	}
	err := guard("rolling back", tx.Rollback)
	if err != nil && !errors.Is(err, berrors.ErrTxClosed) {
		s.broken, s.stuck = cause, true
	}
}

// apply makes the changes in the buckets and in the state.
func (c *changes) apply(tx *bolt.Tx, st *state) error {
	meta, records := tx.Bucket(metaBucket), tx.Bucket(recordsBucket)
	if meta == nil || records == nil {
		return &CorruptError{Where: "root page", Want: "the buckets of a store", Got: "one is missing"}
	}
	n, err := st.change(records, c.records)
	if err != nil {
		return err
	}
	st.count += uint64(n)
	for name, ops := range map[string][]op{string(notesBucket): c.notes, string(logBucket): c.log} {
		if len(ops) == 0 {
			continue
		}
		b, err := tx.CreateBucketIfNotExists([]byte(name))
		if err == nil {
			_, err = st.change(b, ops)
		}
		if err != nil {
			return err
		}
	}
	if err := c.trimLog(tx, st); err != nil {
		return err
	}
	if err := setReserve(tx, c.reserve); err != nil {
		return err
	}
	if st.id == (ID{}) {
		st.id = newID()
		if err := meta.Put(formatKey, encodeFormat(FormatVersion)); err != nil {
			return err
		}
	}
	if c.counter != 0 {
		st.counter = c.counter
	}
	st.tx = uint64(tx.ID())
	return meta.Put(stateKey, st.encode())
}

// change makes changes in a bucket and returns by how many entries the bucket grew.
func (st *state) change(b *bolt.Bucket, ops []op) (grown int, err error) {
	if len(ops) == 0 {
		return 0, nil
	}
	c := b.Cursor()
	b.FillPercent = fillRandom
	if last, _ := c.Last(); bytes.Compare(ops[0].id, last) > 0 {
		b.FillPercent = fillAscending
	}
	for _, o := range ops {
		key, stored := c.Seek(o.id)
		exists := bytes.Equal(key, o.id)
		if exists {
			if err := st.forget(o.id, stored); err != nil {
				return 0, err
			}
			grown--
		}
		var err error
		if o.stored != nil {
			grown++
			st.digest += o.mark
			err = b.Put(o.id, o.stored)
		} else if exists {
			err = b.Delete(o.id)
		}
		if err != nil {
			return 0, fmt.Errorf("record %s: %w", quoteID(o.id), err)
		}
	}
	return grown, nil
}

// forget subtracts a stored record from the digest. It checks the record first, since a
// damaged one would make the digest wrong permanently.
func (st *state) forget(id, stored []byte) error {
	_, sum, value, err := openEnvelope(id, stored)
	if err == nil {
		st.digest -= mark(sum, len(value))
	}
	return err
}

// trimLog drops the log entries with numbers below logFrom.
func (c *changes) trimLog(tx *bolt.Tx, st *state) error {
	b := tx.Bucket(logBucket)
	if c.logFrom == 0 || b == nil {
		return nil
	}
	cursor := b.Cursor()
	for key, stored := cursor.First(); key != nil && bytes.Compare(key, logKey(c.logFrom)) < 0; key, stored = cursor.First() {
		if err := st.forget(key, stored); err != nil {
			return err
		}
		if err := cursor.Delete(); err != nil {
			return err
		}
	}
	return nil
}
