//go:build !js

package store

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
)

// This file reads the pages of a bbolt file without bbolt, which trusts every offset
// and page number in the file, so that a damaged one makes it panic, fault, or descend
// without end. The code here checks them first. The layout is that of bbolt's
// internal/common (file version 2); integers are in the machine's byte order.
//
//	page header   id u64, flags u16, count u16, overflow u32
//	meta page     header, magic u32, version u32, page size u32, flags u32,
//	              root page u64, sequence u64, free list page u64,
//	              pages in use u64, transaction u64, FNV-1a of the above u64
//	branch page   header, count × (pos u32, key size u32, page u64), keys
//	leaf page     header, count × (flags u32, pos u32, key size u32, value size u32),
//	              keys and values; pos counts from the element itself
//	bucket value  root page u64 (0: a leaf page follows inline), sequence u64
//	free list     header, ids u64; a count of 0xffff means that the first is the count
const (
	pageHeaderBytes = 16
	elementBytes    = 16
	bucketBytes     = 16
	metaBytes       = pageHeaderBytes + 64 // header included

	boltMagic   = 0xED0CDAED
	boltVersion = 2

	branchFlag   = 0x01
	leafFlag     = 0x02
	metaFlag     = 0x04
	freelistFlag = 0x10

	bucketElement = 0x01 // flag of a leaf element that is a bucket

	noFreelist = ^uint64(0)

	// pageBytes is the page size of new files. Larger pages were no faster to import,
	// update or load, and took more space under random ids.
	pageBytes = 4096
	// minPageBytes and maxPageBytes bound the page sizes that are accepted.
	minPageBytes = 1024
	maxPageBytes = 1 << 24
)

var native = binary.NativeEndian

// header is the part of a meta page that this package uses.
type header struct {
	pageSize uint32
	root     uint64
	freelist uint64
	pages    uint64 // pages in use: every page number is below this
	tx       uint64
}

// bytes returns the size of the contents; the file has at least this much.
func (h header) bytes() int64 { return int64(h.pages) * int64(h.pageSize) }

func parseHeader(page []byte) (header, error) {
	m := page[pageHeaderBytes:metaBytes]
	if magic := native.Uint32(m); magic != boltMagic {
		return header{}, fmt.Errorf("magic number is %08x, expected %08x", magic, uint32(boltMagic))
	}
	sum := fnv.New64a()
	_, _ = sum.Write(m[:56]) // never fails
	if want, got := native.Uint64(m[56:]), sum.Sum64(); want != got {
		return header{}, fmt.Errorf("checksum is %016x, expected %016x", got, want)
	}
	if version := native.Uint32(m[4:]); version != boltVersion {
		return header{}, fmt.Errorf("page layout has version %d, expected %d", version, boltVersion)
	}
	h := header{
		pageSize: native.Uint32(m[8:]),
		root:     native.Uint64(m[16:]),
		freelist: native.Uint64(m[32:]),
		pages:    native.Uint64(m[40:]),
		tx:       native.Uint64(m[48:]),
	}
	switch {
	case h.pageSize < minPageBytes || h.pageSize > maxPageBytes || h.pageSize&(h.pageSize-1) != 0:
		return header{}, fmt.Errorf("page size is %d", h.pageSize)
	case h.pages < 4 || h.pages > 1<<47/uint64(h.pageSize):
		return header{}, fmt.Errorf("number of pages is %d", h.pages)
	case h.root < 2 || h.root >= h.pages:
		return header{}, fmt.Errorf("root is page %d of %d", h.root, h.pages)
	case h.freelist == noFreelist:
		return header{}, fmt.Errorf("list of free pages is not stored")
	case h.freelist < 2 || h.freelist >= h.pages:
		return header{}, fmt.Errorf("list of free pages is page %d of %d", h.freelist, h.pages)
	}
	return h, nil
}

// readHeader returns the newest header of a file of size bytes, and the fault of the
// other one, if it has one.
func readHeader(f io.ReaderAt, size int64) (newest header, other error, err error) {
	if size == 0 {
		// bbolt would turn it into a new database. A store's file is never empty, so
		// this one has lost its contents.
		return header{}, nil, &CorruptError{Where: "file", Got: "it is empty (0 bytes), and no store: remove it to begin a new one"}
	}
	var found [2]header
	var faults [2]error
	pageSize := int64(pageBytes)
	for i := range found {
		buf := make([]byte, metaBytes)
		if _, faults[i] = f.ReadAt(buf, int64(i)*pageSize); faults[i] == nil {
			found[i], faults[i] = parseHeader(buf)
		}
		if i == 0 && faults[0] == nil {
			pageSize = int64(found[0].pageSize)
		}
	}
	best := 0
	if faults[0] != nil || faults[1] == nil && found[1].tx > found[0].tx {
		best = 1
	}
	if faults[best] != nil {
		return header{}, nil, &CorruptError{Where: "header pages 0 and 1", Got: "neither is valid, the file is no store or damaged at its start",
			Err: fmt.Errorf("page 0: %w; page 1: %w", faults[0], faults[1])}
	}
	newest = found[best]
	if fault := faults[1-best]; fault != nil {
		other = &CorruptError{Where: fmt.Sprintf("header page %d", 1-best),
			Got: fmt.Sprintf("not valid, so the transaction after %d may be missing", newest.tx), Err: fault}
	}
	if newest.bytes() > size {
		return header{}, nil, &CorruptError{Where: "size of the file", Want: fmt.Sprintf("at least %d bytes", newest.bytes()), Got: fmt.Sprintf("%d: it was cut off", size)}
	}
	return newest, other, nil
}

// page is one page of a tree with its overflow pages; its header is checked.
type page struct {
	id     uint64 // 0 for an inline page
	branch bool
	count  int
	bytes  []byte
}

// pageSpan returns how many pages a page takes, from its header.
func pageSpan(b []byte) uint64 { return uint64(native.Uint32(b[12:])) + 1 }

// parsePage checks the header of a page in a tree. id is 0 for an inline page.
func parsePage(b []byte, id uint64) (page, error) {
	p := page{id: id, bytes: b, count: int(native.Uint16(b[10:]))}
	if got := native.Uint64(b); got != id {
		return page{}, pageError(id, "its own number", fmt.Sprint(got))
	}
	switch flags := native.Uint16(b[8:]); {
	case flags == leafFlag:
	case flags == branchFlag && id != 0:
		p.branch = true
	default:
		return page{}, pageError(id, "a page of records or of branches", fmt.Sprintf("type %#x", flags))
	}
	if pageHeaderBytes+p.count*elementBytes > len(b) {
		return page{}, pageError(id, fmt.Sprintf("room for %d elements", p.count), fmt.Sprintf("%d bytes", len(b)))
	}
	if p.branch && p.count == 0 {
		return page{}, pageError(id, "branches", "none")
	}
	return p, nil
}

// span returns element i's data, which begins pos bytes after the element's start.
func (p page) span(i int, pos, size uint64) ([]byte, error) {
	from := uint64(pageHeaderBytes+i*elementBytes) + pos
	if from < uint64(pageHeaderBytes+p.count*elementBytes) || from+size > uint64(len(p.bytes)) {
		return nil, pageError(p.id, fmt.Sprintf("element %d within its %d bytes", i, len(p.bytes)), fmt.Sprintf("bytes %d to %d", from, from+size))
	}
	return p.bytes[from : from+size : from+size], nil
}

func (p page) element(i int) []byte {
	return p.bytes[pageHeaderBytes+i*elementBytes:][:elementBytes]
}

// child returns the lowest key and the page of branch i.
func (p page) child(i int) (key []byte, id uint64, err error) {
	e := p.element(i)
	key, err = p.span(i, uint64(native.Uint32(e)), uint64(native.Uint32(e[4:])))
	if err == nil && len(key) == 0 {
		err = pageError(p.id, fmt.Sprintf("a key in branch %d", i), "none")
	}
	return key, native.Uint64(e[8:]), err
}

// leaf returns key and value of element i, and whether it is a bucket.
func (p page) leaf(i int) (key, value []byte, bucket bool, err error) {
	e := p.element(i)
	flags, keySize, valueSize := native.Uint32(e), uint64(native.Uint32(e[8:])), uint64(native.Uint32(e[12:]))
	if flags > bucketElement {
		return nil, nil, false, pageError(p.id, fmt.Sprintf("element %d of a known type", i), fmt.Sprintf("%#x", flags))
	}
	b, err := p.span(i, uint64(native.Uint32(e[4:])), keySize+valueSize)
	if err != nil {
		return nil, nil, false, err
	}
	if keySize == 0 {
		return nil, nil, false, pageError(p.id, fmt.Sprintf("a key in element %d", i), "none")
	}
	return b[:keySize:keySize], b[keySize:], flags == bucketElement, nil
}
