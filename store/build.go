//go:build !js

package store

import (
	"bytes"
	"hash/fnv"
	"slices"
)

// builder writes the pages of a new file in sequence: the header pages, an empty list
// of free pages, and the trees of the buckets from their leaves up. The file has no
// free pages, and its pages lie in the order in which they are read.
type builder struct {
	pageSize int
	next     uint64 // number of the next page
	emit     func(pages []byte) error
	page     []byte // the buffer of the last page, for reuse
}

// The first pages of a file that is built.
const (
	builtFreelist = 2
	builtFirst    = 3
)

// fillBuilt is how full a built page is: it leaves some room for the next writes.
const fillBuilt = 0.9

// bucketSource is a bucket to build; each adds its entries in ascending order.
type bucketSource struct {
	name []byte
	each func(add func(key, value []byte) error) error
}

// build emits everything but the header, the buckets in the order of the slice, and
// returns the page of the root.
func (b *builder) build(buckets []bucketSource) (root uint64, err error) {
	b.next = builtFirst
	roots := make([]entry, len(buckets))
	for i, bucket := range buckets {
		t := treeBuilder{b: b}
		if err := bucket.each(func(key, value []byte) error { return t.add(0, entry{key: key, value: value}) }); err != nil {
			return 0, err
		}
		root, err := t.finish()
		if err != nil {
			return 0, err
		}
		header := native.AppendUint64(native.AppendUint64(nil, root), 0)
		roots[i] = entry{key: bucket.name, value: header, flags: bucketElement}
	}
	slices.SortFunc(roots, func(x, y entry) int { return bytes.Compare(x.key, y.key) })
	top := treeBuilder{b: b}
	for _, e := range roots {
		if err := top.add(0, e); err != nil {
			return 0, err
		}
	}
	return top.finish()
}

// header returns the pages that precede those of build, for a file whose last
// transaction is number tx.
func (b *builder) header(root, tx uint64) []byte {
	out := make([]byte, builtFirst*b.pageSize)
	for id := range uint64(2) {
		number := tx
		if number%2 != id {
			number-- // the older header refers to the same tree
		}
		p := out[int(id)*b.pageSize:]
		native.PutUint64(p, id)
		native.PutUint16(p[8:], metaFlag)
		m := p[pageHeaderBytes:metaBytes]
		native.PutUint32(m, boltMagic)
		native.PutUint32(m[4:], boltVersion)
		native.PutUint32(m[8:], uint32(b.pageSize))
		native.PutUint64(m[16:], root)
		native.PutUint64(m[32:], builtFreelist)
		native.PutUint64(m[40:], b.next)
		native.PutUint64(m[48:], number)
		sum := fnv.New64a()
		_, _ = sum.Write(m[:56]) // never fails
		native.PutUint64(m[56:], sum.Sum64())
	}
	free := out[builtFreelist*b.pageSize:]
	native.PutUint64(free, builtFreelist)
	native.PutUint16(free[8:], freelistFlag)
	return out
}

// entry is an element of a leaf, or of a branch if it has a child.
type entry struct {
	key, value []byte
	flags      uint32
	child      uint64
}

// treeBuilder makes one tree. Level 0 are the leaves.
type treeBuilder struct {
	b      *builder
	levels []*levelBuilder
}

// levelBuilder holds the page of a level while it is filled.
type levelBuilder struct {
	elements []element
	data     []byte // their keys and values
}

type element struct {
	key, value int // their lengths
	flags      uint32
	child      uint64
}

func (l *levelBuilder) bytes() int {
	return pageHeaderBytes + len(l.elements)*elementBytes + len(l.data)
}

// add appends an entry to a level, whose page is written first if it is full. The
// entry is copied.
func (t *treeBuilder) add(level int, e entry) error {
	if level == len(t.levels) {
		t.levels = append(t.levels, &levelBuilder{})
	}
	l := t.levels[level]
	if len(l.elements) > 0 && l.bytes()+elementBytes+len(e.key)+len(e.value) > int(fillBuilt*float64(t.b.pageSize)) {
		if err := t.flush(level); err != nil {
			return err
		}
	}
	l.data = append(append(l.data, e.key...), e.value...)
	l.elements = append(l.elements, element{len(e.key), len(e.value), e.flags, e.child})
	return nil
}

// flush writes the page of a level and adds it to the level above.
func (t *treeBuilder) flush(level int) error {
	first := slices.Clone(t.levels[level].firstKey())
	id, err := t.write(level)
	if err != nil {
		return err
	}
	return t.add(level+1, entry{key: first, child: id})
}

func (l *levelBuilder) firstKey() []byte { return l.data[:l.elements[0].key] }

// finish writes the remaining pages and returns the page of the root.
func (t *treeBuilder) finish() (root uint64, err error) {
	if len(t.levels) == 0 {
		t.levels = append(t.levels, &levelBuilder{}) // an empty leaf
	}
	for level := 0; ; level++ {
		if level == len(t.levels)-1 {
			return t.write(level)
		}
		if err := t.flush(level); err != nil {
			return 0, err
		}
	}
}

// write emits the page of a level and clears it.
func (t *treeBuilder) write(level int) (id uint64, err error) {
	l, b := t.levels[level], t.b
	id = b.next
	span := (l.bytes() + b.pageSize - 1) / b.pageSize
	if need := span * b.pageSize; cap(b.page) < need {
		b.page = make([]byte, need)
	}
	p := b.page[:span*b.pageSize]
	clear(p)
	native.PutUint64(p, id)
	native.PutUint16(p[8:], leafFlag)
	if level > 0 {
		native.PutUint16(p[8:], branchFlag)
	}
	native.PutUint16(p[10:], uint16(len(l.elements)))
	native.PutUint32(p[12:], uint32(span-1))
	at := pageHeaderBytes + len(l.elements)*elementBytes
	copy(p[at:], l.data)
	for i, e := range l.elements {
		place := pageHeaderBytes + i*elementBytes
		element := p[place:]
		if level > 0 {
			native.PutUint32(element, uint32(at-place))
			native.PutUint32(element[4:], uint32(e.key))
			native.PutUint64(element[8:], e.child)
		} else {
			native.PutUint32(element, e.flags)
			native.PutUint32(element[4:], uint32(at-place))
			native.PutUint32(element[8:], uint32(e.key))
			native.PutUint32(element[12:], uint32(e.value))
		}
		at += e.key + e.value
	}
	l.elements, l.data = l.elements[:0], l.data[:0]
	b.next += uint64(span)
	return id, b.emit(p)
}
