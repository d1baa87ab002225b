//go:build !js

package store

import (
	"context"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Notes returns the store's notes, as of the last confirmed write.
func (s *Store) Notes(ctx context.Context) (map[string][]byte, error) {
	v, err := s.begin()
	if err != nil {
		return nil, err
	}
	defer v.end()
	notes := map[string][]byte{}
	err = v.eachNote(ctx, func(key, value []byte) { notes[string(key[1:])] = slices.Clone(value) })
	return notes, err
}

// eachNote visits the notes in the order of their keys. The slices are valid until visit
// returns.
func (v *view) eachNote(ctx context.Context, visit func(key, value []byte)) error {
	t := newTree(ctx, v.s.closing, v.s.file, v.head)
	c, err := t.buckets()
	if err != nil || c.notes == nil {
		return err
	}
	return t.walkBucket(c.notes, func(key, stored []byte, _ bool) error {
		_, _, value, err := openEnvelope(key, stored)
		if err == nil {
			visit(key, value)
		}
		return err
	})
}

// logStep bounds what Log returns at a time, in bytes.
const logStep = 1 << 20

// Log returns log entries in order, beginning with the first whose number is at least
// from: about a megabyte of them, at least one, and none if there is no such entry.
func (s *Store) Log(from uint64) ([]Entry, error) {
	var out []Entry
	err := s.look(func(tx *bolt.Tx) error {
		b := tx.Bucket(logBucket)
		if b == nil {
			return nil
		}
		c, size := b.Cursor(), 0
		for key, stored := c.Seek(logKey(from)); key != nil && size < logStep; key, stored = c.Next() {
			_, _, value, err := openEnvelope(key, stored)
			if err != nil || len(key) != 8 {
				return fmt.Errorf("log: %w", recordError(key, "an entry of the log", "another key, or a damaged one"))
			}
			var number uint64
			for _, b := range key {
				number = number<<8 | uint64(b)
			}
			out = append(out, Entry{Number: number, Value: slices.Clone(value)})
			size += len(value)
		}
		return nil
	})
	return out, err
}

// Read calls visit with the value of each record, nil for an id that no record has, as
// of the last confirmed write or one that is being confirmed. The value is valid until
// visit returns. Read never waits for a write.
func (s *Store) Read(ids []string, visit func(i int, value []byte) error) error {
	return s.look(func(tx *bolt.Tx) error {
		b := tx.Bucket(recordsBucket)
		for i, id := range ids {
			stored := b.Get([]byte(id))
			var value []byte
			if stored != nil {
				var err error
				if _, _, value, err = openEnvelope([]byte(id), stored); err != nil {
					return err
				}
			}
			if err := visit(i, value); err != nil {
				return err
			}
		}
		return nil
	})
}

// look runs f in a short read transaction, which never waits for a write.
func (s *Store) look(f func(tx *bolt.Tx) error) error {
	s.usersMu.RLock()
	defer s.usersMu.RUnlock()
	if s.db == nil {
		return ErrClosed
	}
	var err error
	if fault := guard("reading", func() error {
		tx, e := s.db.Begin(false)
		if e != nil {
			return e
		}
		defer tx.Rollback()
		err = f(tx)
		return nil
	}); fault != nil {
		return fault
	}
	return err
}
