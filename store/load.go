//go:build !js

package store

import (
	"context"
	"errors"
	"io"
	"iter"
)

// prefetchBytes is the step in which a file is read ahead. Smaller files are not read
// ahead.
const prefetchBytes = 1 << 20

// errStop ends a walk whose consumer has stopped.
var errStop = errors.New("stop")

// Load yields all records in the order of their ids, from one version of the file;
// writes made meanwhile do not show. An error is yielded last, with a zero Record, and
// may come after many records or all of them: a lost record is detected only at the
// end, so do not rely on loaded records before the loop is over.
//
// A record's Value is valid until the next step and may be changed. The errors are
// ErrCorrupt, ErrVersion, ErrClosed, the context's, and those of the file system.
//
// The file is read once from start to end and once by page, with a buffer of
// 128 KiB per level of the tree. While a Load is under way the pages of its version are
// kept, so do not pause it for long. Apply may be called from inside the loop, except
// on Windows and on 32-bit systems, where a write that makes the file outgrow bbolt's
// memory map waits for all Loads, Backups and Verifys.
func (s *Store) Load(ctx context.Context) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		err := s.load(ctx, func(id, value []byte, version uint8) error {
			if !yield(Record{ID: string(id), Version: version, Value: value}, nil) {
				return errStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(Record{}, err)
		}
	}
}

// recordVisitor receives a checked record; the slices are valid until it returns.
type recordVisitor func(id, value []byte, version uint8) error

func (s *Store) load(ctx context.Context, visit recordVisitor) error {
	return s.inspectAll(ctx, false, visit)
}

// inspectAll checks all of one version of the file.
func (s *Store) inspectAll(ctx context.Context, exact bool, visit recordVisitor) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	v, err := s.begin()
	if err != nil {
		return err
	}
	defer v.end()
	stop := prefetch(s.file, v.head.bytes())
	defer stop()
	if err := newTree(ctx, s.closing, s.file, v.head).check(s.opts.RecordVersion, exact, visit); err != nil {
		return err
	}
	s.checked.Store(true)
	return nil
}

// check walks all pages of a store, compares them with the store's state, and passes
// every record to visit, which may be nil.
func (t *tree) check(newest uint8, exact bool, visit recordVisitor) error {
	c, err := t.buckets()
	if err != nil {
		return err
	}
	st, err := t.state(c.meta)
	if err != nil {
		return err
	}
	var count, digest uint64
	entries := func(each recordVisitor) visitor {
		return func(id, stored []byte, _ bool) error {
			version, sum, value, err := openEnvelope(id, stored)
			if err != nil {
				return err
			}
			digest += mark(sum, len(value))
			return each(id, value, version)
		}
	}
	err = t.walkBucket(c.records, entries(func(id, value []byte, version uint8) error {
		count++
		if version > newest {
			return &VersionError{What: "record " + quoteID(id), File: int(version), Supported: int(newest)}
		}
		if visit == nil {
			return nil
		}
		return visit(id, value, version)
	}))
	nothing := func([]byte, []byte, uint8) error { return nil }
	for _, bucket := range [][]byte{c.notes, c.log} {
		if err == nil && bucket != nil {
			err = t.walkBucket(bucket, entries(nothing))
		}
	}
	if err == nil && c.reserve != nil {
		err = t.walkBucket(c.reserve, func([]byte, []byte, bool) error { return nil })
	}
	if err != nil {
		return err
	}
	if err := st.compare(count, digest); err != nil {
		return err
	}
	return t.free(exact)
}

// prefetch reads a file from start to end into the system's cache, so that the walk,
// which reads in random order, finds its pages there: bbolt maps the file for random
// access, which on a cold file means one small read after another. The returned
// function stops the prefetch and waits for it.
func prefetch(f io.ReaderAt, size int64) (stop func()) {
	if size <= prefetchBytes {
		return func() {}
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, prefetchBytes)
		for at := int64(0); at < size; at += prefetchBytes {
			select {
			case <-quit:
				return
			default:
			}
			if _, err := f.ReadAt(buf, at); err != nil {
				return // the walk will report the error
			}
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}
