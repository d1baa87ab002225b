//go:build !js

package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
)

// maxDepth bounds the depth of a tree. A branch page has at least two children, so even
// a sound tree of 2^47 bytes is far below it.
const maxDepth = 48

// runPages is how many consecutive pages are read at once, if they also follow each
// other in the tree.
const runPages = 32

// tree reads the pages of one version of the file, in key order, and remembers which it
// has seen. No damage to the file makes it read out of bounds, visit a page twice, or
// run without end.
//
// The memory is one bit per page and one buffer per level. A tree is not safe for
// concurrent use.
type tree struct {
	ctx     context.Context
	closing <-chan struct{}
	file    io.ReaderAt
	head    header
	seen    bitmap
	levels  []level
}

// level holds a run of consecutive pages at one depth.
type level struct {
	buf   []byte
	first uint64 // number of the first page in buf
	n     uint64 // pages in buf
}

func newTree(ctx context.Context, closing <-chan struct{}, file io.ReaderAt, head header) *tree {
	return &tree{ctx: ctx, closing: closing, file: file, head: head, seen: newBitmap(head.pages)}
}

// stopped returns an error if the walk has to stop. It is called once per page.
func (t *tree) stopped() error {
	select {
	case <-t.closing:
		return ErrClosed
	default:
		return t.ctx.Err()
	}
}

// mark marks a page as in use, and returns an error if it already is.
func (t *tree) mark(id, span uint64, what string) error {
	if id < 2 || id >= t.head.pages || span > t.head.pages-id {
		return pageError(id, fmt.Sprintf("a page between 2 and %d", t.head.pages-1), fmt.Sprintf("%s of %d pages", what, span))
	}
	for i := id; i < id+span; i++ {
		if !t.seen.add(i) {
			return pageError(i, "one use", "a second, as "+what)
		}
	}
	return nil
}

// read returns a page of a tree, valid until the next one of the same depth is
// read. follow is the number of pages after it that are likely to be read next.
func (t *tree) read(depth int, id uint64, follow int) (page, error) {
	if err := t.stopped(); err != nil {
		return page{}, err
	}
	if depth >= maxDepth {
		return page{}, pageError(id, fmt.Sprintf("a depth below %d", maxDepth), "more")
	}
	if id < 2 || id >= t.head.pages {
		return page{}, pageError(id, fmt.Sprintf("a page between 2 and %d", t.head.pages-1), "a reference to it")
	}
	for len(t.levels) <= depth {
		t.levels = append(t.levels, level{})
	}
	l, size := &t.levels[depth], uint64(t.head.pageSize)
	if !t.holds(depth, id) {
		if err := t.fill(l, id, min(uint64(follow)+1, runPages, t.head.pages-id)); err != nil {
			return page{}, err
		}
	}
	span := pageSpan(l.buf[(id-l.first)*size:])
	if err := t.mark(id, span, "a part of a tree"); err != nil {
		return page{}, err
	}
	if id+span > l.first+l.n {
		if err := t.fill(l, id, span); err != nil {
			return page{}, err
		}
	}
	return parsePage(l.buf[(id-l.first)*size:(id-l.first+span)*size], id)
}

func (t *tree) fill(l *level, first, n uint64) error {
	size := uint64(t.head.pageSize)
	if want := int(n * size); cap(l.buf) < want || cap(l.buf) > 2*want && cap(l.buf) > runPages*int(size) {
		l.buf = make([]byte, want) // a large value's buffer is not kept
	}
	l.buf, l.first, l.n = l.buf[:n*size], first, 0
	if err := readFull(t.file, l.buf, int64(first*size)); err != nil {
		return pageError(first, fmt.Sprintf("%d bytes", n*size), err.Error())
	}
	l.n = n
	return nil
}

func readFull(f io.ReaderAt, b []byte, off int64) error {
	if n, err := f.ReadAt(b, off); n < len(b) {
		if err == nil || errors.Is(err, io.EOF) {
			return fmt.Errorf("%d, the file ends there", n)
		}
		return err
	}
	return nil
}

// visitor receives the entries of a bucket in the order of their keys. Both
// slices are valid until it returns.
type visitor func(key, value []byte, bucket bool) error

// walk visits all entries of the tree at a page.
func (t *tree) walk(root uint64, visit visitor) error {
	var last []byte
	return t.walkPage(root, 0, 0, nil, nil, &last, visit)
}

// walkPage visits the entries of a page and of its subtrees. Its keys must lie in [low,
// high); a nil high is no bound. last holds the previous key, in a reused buffer.
func (t *tree) walkPage(id uint64, depth, follow int, low, high []byte, last *[]byte, visit visitor) error {
	p, err := t.read(depth, id, follow)
	if err != nil {
		return err
	}
	if !p.branch {
		return walkLeaf(p, low, high, last, visit)
	}
	for i := range p.count {
		key, child, err := p.child(i)
		if err != nil {
			return err
		}
		next := high
		if i+1 < p.count {
			if next, _, err = p.child(i + 1); err != nil {
				return err
			}
		}
		if bytes.Compare(key, low) < 0 || next != nil && bytes.Compare(key, next) >= 0 {
			return pageError(p.id, "ascending keys within its bounds", fmt.Sprintf("branch %d out of order", i))
		}
		if !t.holds(depth+1, child) {
			if follow, err = p.run(i); err != nil {
				return err
			}
		}
		if err := t.walkPage(child, depth+1, follow, key, next, last, visit); err != nil {
			return err
		}
	}
	return nil
}

// holds reports whether a page is in the buffer of its level.
func (t *tree) holds(depth int, id uint64) bool {
	return depth < len(t.levels) && id >= t.levels[depth].first && id-t.levels[depth].first < t.levels[depth].n
}

// run returns how many branches after i lead to the pages immediately after i's.
func (p page) run(i int) (int, error) {
	_, first, err := p.child(i)
	n := 0
	for err == nil && n < runPages && i+n+1 < p.count {
		var next uint64
		if _, next, err = p.child(i + n + 1); next != first+uint64(n)+1 {
			break
		}
		n++
	}
	return n, err
}

func walkLeaf(p page, low, high []byte, last *[]byte, visit visitor) error {
	for i := range p.count {
		key, value, bucket, err := p.leaf(i)
		if err != nil {
			return err
		}
		if bytes.Compare(key, low) < 0 || high != nil && bytes.Compare(key, high) >= 0 || bytes.Compare(key, *last) <= 0 {
			return pageError(p.id, "ascending keys within its bounds", fmt.Sprintf("element %d, key %s, out of order", i, quoteID(key)))
		}
		*last = append((*last)[:0], key...)
		if err := visit(key, value, bucket); err != nil {
			return err
		}
	}
	return nil
}

// walkBucket visits the entries of the bucket with this value. The bucket must not
// contain buckets.
func (t *tree) walkBucket(bucket []byte, visit visitor) error {
	flat := func(key, value []byte, isBucket bool) error {
		if isBucket {
			return recordError(key, "a record", "a bucket")
		}
		return visit(key, value, false)
	}
	if root := native.Uint64(bucket); root != 0 {
		return t.walk(root, flat)
	}
	p, err := parsePage(bucket[bucketBytes:], 0)
	if err != nil {
		return err
	}
	var last []byte
	return walkLeaf(p, nil, nil, &last, flat)
}

// contents are the values of a store's buckets, nil for missing ones.
type contents struct{ meta, records, notes, log, reserve []byte }

// of returns the field for the bucket with this name, nil if no store has such a
// bucket.
func (c *contents) of(name []byte) *[]byte {
	switch string(name) {
	case string(metaBucket):
		return &c.meta
	case string(recordsBucket):
		return &c.records
	case string(notesBucket):
		return &c.notes
	case string(logBucket):
		return &c.log
	case string(reserveBucket):
		return &c.reserve
	}
	return nil
}

// buckets returns the values of the buckets of a store.
func (t *tree) buckets() (c contents, err error) {
	err = t.walk(t.head.root, func(key, value []byte, bucket bool) error {
		least := bucketBytes
		if bucket && len(value) >= bucketBytes && native.Uint64(value) == 0 {
			least += pageHeaderBytes // the inline page
		}
		at := c.of(key)
		switch {
		case !bucket || len(value) < least:
			return pageError(t.head.root, "buckets", fmt.Sprintf("%d bytes under key %s", len(value), quoteID(key)))
		case at == nil:
			return pageError(t.head.root, "the buckets of a store", "bucket "+quoteID(key))
		}
		*at = slices.Clone(value)
		return nil
	})
	if err == nil && (c.meta == nil || c.records == nil) {
		err = pageError(t.head.root, "the buckets of a store", "another bbolt database")
	}
	return c, err
}

// state reads the format version, which it checks, and the state of the store.
func (t *tree) state(meta []byte) (state, error) {
	var st state
	var haveFormat, haveState bool
	var stateValue []byte
	err := t.walkBucket(meta, func(key, value []byte, _ bool) error {
		switch {
		case bytes.Equal(key, formatKey):
			haveFormat = true
			version, err := decodeFormat(value)
			if err == nil && version > FormatVersion {
				err = &VersionError{What: "file format", File: int(version), Supported: FormatVersion}
			} else if err == nil && version == 0 {
				err = &CorruptError{Where: "format version", Want: "at least 1", Got: "0"}
			}
			return err
		case bytes.Equal(key, stateKey):
			haveState = true
			stateValue = slices.Clone(value)
		}
		return nil
	})
	switch {
	case err != nil:
		return state{}, err
	case !haveFormat || !haveState:
		return state{}, &CorruptError{Where: "bucket meta", Want: "format version and state", Got: "neither or one"}
	}
	if st, err = decodeState(stateValue); err != nil {
		return state{}, err
	}
	// An old version of the root page is a sound store of an old state, so compare the
	// transaction. In a Backup the older header has the newer one's tree, so one more
	// is right too.
	if st.tx != t.head.tx && st.tx != t.head.tx+1 {
		return state{}, &CorruptError{Where: "state of the store", Want: fmt.Sprintf("transaction %d", t.head.tx), Got: fmt.Sprint(st.tx)}
	}
	return st, nil
}

// free checks the list of free pages: in range, ascending, and none of them in use by
// the buckets walked so far. With exact, which requires that all buckets have been
// walked, every page must be either in use or free.
func (t *tree) free(exact bool) error {
	id, size := t.head.freelist, uint64(t.head.pageSize)
	buf := make([]byte, size)
	if err := readFull(t.file, buf, int64(id*size)); err != nil {
		return pageError(id, fmt.Sprintf("%d bytes", size), err.Error())
	}
	if got := native.Uint64(buf); got != id {
		return pageError(id, "its own number", fmt.Sprint(got))
	}
	if flags := native.Uint16(buf[8:]); flags != freelistFlag {
		return pageError(id, "the list of free pages", fmt.Sprintf("type %#x", flags))
	}
	span := pageSpan(buf)
	if err := t.mark(id, span, "the list of free pages"); err != nil {
		return err
	}
	if span > 1 {
		buf = make([]byte, span*size)
		if err := readFull(t.file, buf, int64(id*size)); err != nil {
			return pageError(id, fmt.Sprintf("%d bytes", span*size), err.Error())
		}
	}
	count, ids := uint64(native.Uint16(buf[10:])), buf[pageHeaderBytes:]
	if count == 0xffff {
		count, ids = native.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return pageError(id, fmt.Sprintf("at most %d free pages", len(ids)/8), fmt.Sprint(count))
	}
	var before uint64
	for i := range count {
		free := native.Uint64(ids[i*8:])
		if free <= before {
			return pageError(id, "ascending page numbers", fmt.Sprintf("%d after %d", free, before))
		}
		if err := t.mark(free, 1, "a free page"); err != nil {
			return err
		}
		before = free
	}
	if exact {
		if used := t.seen.count() + 2; used != t.head.pages { // 2 header pages
			return &CorruptError{Where: "pages in use or free", Want: fmt.Sprint(t.head.pages), Got: fmt.Sprint(used)}
		}
	}
	return nil
}

// bitmap is a set of page numbers.
type bitmap []uint64

func newBitmap(n uint64) bitmap { return make(bitmap, (n+63)/64) }

// add adds a number; it returns false if the set already has it.
func (b bitmap) add(i uint64) bool {
	bit := uint64(1) << (i % 64)
	if b[i/64]&bit != 0 {
		return false
	}
	b[i/64] |= bit
	return true
}

func (b bitmap) count() uint64 {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return uint64(n)
}
