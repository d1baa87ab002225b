//go:build !js

package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// Backup writes a copy of the store as of the last confirmed write, and returns how
// many bytes it wrote. The copy is a store of its own, with another ID and without free
// pages; its records are checked on the way as by Load. Writes continue meanwhile and
// do not show in it. Backup stops when the context ends.
//
// The file is read twice. The pages of the copied version are kept meanwhile, so the
// file can grow; on Windows and on 32-bit systems a write that makes it outgrow bbolt's
// memory map waits. Close waits for a Backup.
func (s *Store) Backup(ctx context.Context, w io.Writer) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	v, err := s.begin()
	if err != nil {
		return 0, err
	}
	defer v.end()
	st := v.st
	st.id, st.tx = newID(), v.head.tx+1
	// The header comes first and has the root's page, so this first pass only measures.
	size := builder{pageSize: pageBytes, emit: func([]byte) error { return nil }}
	root, err := v.build(ctx, &size, st)
	if err != nil {
		return 0, err
	}
	target := &backupTarget{ctx: ctx, w: bufio.NewWriterSize(w, 1<<20)}
	b := builder{pageSize: pageBytes, next: size.next, emit: target.write}
	if err := target.write(b.header(root, st.tx)); err == nil {
		_, err = v.build(ctx, &b, st)
		if err != nil && target.err == nil {
			return target.n, err
		}
	}
	if target.err == nil {
		target.err = target.w.Flush()
	}
	if target.err != nil {
		return target.n, fmt.Errorf("store: writing the copy of %s: %w", s.path, target.err)
	}
	return target.n, nil
}

// backupTarget counts the bytes written, and keeps an error of the caller's writer
// apart from those of the file.
type backupTarget struct {
	ctx context.Context
	w   *bufio.Writer
	n   int64
	err error
}

func (t *backupTarget) write(b []byte) error {
	if t.err = t.ctx.Err(); t.err == nil {
		var n int
		n, t.err = t.w.Write(b)
		t.n += int64(n)
	}
	return t.err
}

// build copies a version of the file, with st as its state.
func (v *view) build(ctx context.Context, b *builder, st state) (root uint64, err error) {
	t := newTree(ctx, v.s.closing, v.s.file, v.head)
	c, err := t.buckets()
	if err != nil {
		return 0, err
	}
	if _, err := t.state(c.meta); err != nil {
		return 0, err
	}
	var count, digest uint64
	buckets := []bucketSource{metaSource(st)}
	for name, bucket := range map[string][]byte{string(recordsBucket): c.records, string(notesBucket): c.notes, string(logBucket): c.log} {
		if bucket == nil {
			continue
		}
		buckets = append(buckets, bucketSource{[]byte(name), func(add func(key, value []byte) error) error {
			return t.walkBucket(bucket, func(id, stored []byte, _ bool) error {
				_, sum, value, err := openEnvelope(id, stored)
				if err != nil {
					return err
				}
				digest += mark(sum, len(value))
				if name == string(recordsBucket) {
					count++
				}
				return add(id, stored)
			})
		}})
	}
	root, err = b.build(buckets)
	if err == nil {
		err = st.compare(count, digest)
	}
	return root, err
}

// metaSource is the bucket that describes a store.
func metaSource(st state) bucketSource {
	return bucketSource{metaBucket, func(add func(key, value []byte) error) error {
		if err := add(formatKey, encodeFormat(FormatVersion)); err != nil {
			return err
		}
		return add(stateKey, st.encode())
	}}
}

// Compact returns the free space in the file to the file system: it writes a copy
// without free space next to the file, and replaces the file with the copy. Writes wait
// meanwhile, about as long as a Load takes; new Loads and Backups wait at the end, when
// Compact waits for those under way. The copy takes as much space as the contents. A
// crash, or an error, leaves the file as it was.
func (s *Store) Compact(ctx context.Context) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.writing.Done()
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	if err := s.writable(); err != nil {
		return err
	}
	st := s.st
	return s.replace(func(b *builder, tx uint64) (state, uint64, error) {
		s.usersMu.RLock()
		defer s.usersMu.RUnlock()
		v, err := s.beginLocked()
		if err != nil {
			return st, 0, err
		}
		defer v.tx.Rollback()
		if st.tx = tx; st.id == (ID{}) {
			st.id = newID()
		}
		root, err := v.build(ctx, b, st)
		return st, root, err
	})
}

// Fill puts the records of a sequence, in ascending order of their ids, into a store
// without records, and makes the rest of w, which has no records itself, in the same
// step; the log ends up empty. It is faster than Apply and takes little memory, since
// it writes the pages of a new file in sequence and replaces the old file with it. A
// crash, an error of the sequence, which Fill returns, or the end of the context leaves
// the store as it was.
func (s *Store) Fill(ctx context.Context, records iter.Seq2[Record, error], w Write) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.writing.Done()
	if len(w.Put)+len(w.Delete)+len(w.Log) > 0 {
		return fmt.Errorf("store: %w: the write of Fill has records or log entries of its own", ErrInvalid)
	}
	c, err := w.encode(s.opts.RecordVersion)
	if err != nil {
		return err
	}
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	if err := s.writable(); err != nil {
		return err
	}
	if s.st.count > 0 {
		return fmt.Errorf("store: %w: Fill needs an empty store, this one has %d records", ErrInvalid, s.st.count)
	}
	notes, err := s.mergedNotes(ctx, c.notes)
	if err != nil {
		return err
	}
	return s.replace(func(b *builder, tx uint64) (state, uint64, error) {
		st := state{tx: tx, id: s.st.id, counter: s.st.counter}
		if c.counter != 0 {
			st.counter = c.counter
		}
		if st.id == (ID{}) {
			st.id = newID()
		}
		buckets := []bucketSource{
			{recordsBucket, func(add func(key, value []byte) error) error { return s.addRecords(ctx, records, &st, add) }},
			{notesBucket, func(add func(key, value []byte) error) error {
				for _, o := range notes {
					st.digest += o.mark
					if err := add(o.id, o.stored); err != nil {
						return err
					}
				}
				return nil
			}},
			// Last, since it has the counts of the others.
			{metaBucket, func(add func(key, value []byte) error) error { return metaSource(st).each(add) }},
		}
		root, err := b.build(buckets)
		return st, root, err
	})
}

// addRecords adds the records of a sequence and updates the state.
func (s *Store) addRecords(ctx context.Context, records iter.Seq2[Record, error], st *state, add func(key, value []byte) error) error {
	last := ""
	for r, err := range records {
		if err != nil {
			return err
		}
		if st.count%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := checkID("Fill", int(st.count), r.ID); err != nil {
			return err
		}
		if r.ID <= last {
			return fmt.Errorf("store: %w: id %s comes after %s", ErrInvalid, quoteID([]byte(r.ID)), quoteID([]byte(last)))
		}
		last = r.ID
		var o op
		if r.Room {
			o = newOp([]byte(r.ID), r.Value, s.opts.RecordVersion)
		} else {
			o = valueOp([]byte(r.ID), r.Value, s.opts.RecordVersion)
		}
		st.count++
		st.digest += o.mark
		if err := add(o.id, o.stored); err != nil {
			return err
		}
	}
	return nil
}

// replace builds a new file next to the store's and replaces the store's with it. It is
// called with commitMu held.
func (s *Store) replace(build func(b *builder, tx uint64) (st state, root uint64, err error)) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(s.path), filepath.Base(s.path)+".new-*") // mode 0600
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	defer func() {
		err = errors.Join(err, temp.Close())
		if rerr := os.Remove(temp.Name()); err != nil && rerr != nil && !errors.Is(rerr, os.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}()
	out := bufio.NewWriterSize(temp, 1<<20)
	b := &builder{pageSize: pageBytes, emit: func(p []byte) error {
		_, err := out.Write(p)
		return err
	}}
	tx := s.tx + 1
	if _, err := temp.Seek(builtFirst*pageBytes, io.SeekStart); err != nil {
		return err
	}
	st, root, err := build(b, tx)
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		_, err = temp.WriteAt(b.header(root, tx), 0)
	}
	if err == nil {
		err = temp.Sync()
	}
	if err != nil {
		return fmt.Errorf("store: making a new file beside %s: %w", s.path, err)
	}
	return s.moveIn(temp.Name(), st)
}

// moveIn replaces the store's file with a built one.
func (s *Store) moveIn(path string, st state) error {
	s.usersMu.Lock()
	defer s.usersMu.Unlock()
	fail := func(err error) error {
		return fmt.Errorf("store: putting a new file in the place of %s: %w", s.path, err)
	}
	if runtime.GOOS == "windows" { // an open file cannot be renamed there
		err := s.closeBolt()
		if err == nil {
			err = os.Rename(path, s.path)
		}
		if err := errors.Join(err, s.openBolt(s.opts.Timeout)); err != nil {
			return fail(err)
		}
	} else {
		// Lock the new file before others can open it by the store's path.
		db, file, err := s.openBoltAt(path, s.opts.Timeout)
		if err != nil {
			return fail(err)
		}
		if err := os.Rename(path, s.path); err != nil {
			return fail(errors.Join(err, db.Close()))
		}
		old := s.closeBolt()
		s.db, s.file = db, file
		if err := errors.Join(old, syncDir(filepath.Dir(s.path))); err != nil {
			s.broken = err
			return fail(err)
		}
	}
	info, err := s.file.Stat()
	if err != nil {
		s.broken = err
		return fail(err)
	}
	s.info, s.size, s.pageSize = info, info.Size(), pageBytes
	s.tx, s.st = st.tx, st
	s.records.Store(int64(st.count))
	s.commits.Add(1)
	return nil
}

// mergedNotes returns the store's notes after changes, in order.
func (s *Store) mergedNotes(ctx context.Context, changes []op) ([]op, error) {
	s.usersMu.RLock()
	defer s.usersMu.RUnlock()
	v, err := s.beginLocked()
	if err != nil {
		return nil, err
	}
	defer v.tx.Rollback()
	notes := map[string]op{}
	err = v.eachNote(ctx, func(key, value []byte) {
		notes[string(key)] = valueOp(slices.Clone(key), value, 0)
	})
	for _, o := range changes {
		if delete(notes, string(o.id)); o.stored != nil {
			notes[string(o.id)] = o
		}
	}
	var out []op
	for _, o := range notes {
		out = append(out, o)
	}
	return out, errors.Join(err, sortOps("note", out))
}
