//go:build !js

package words

import (
	"encoding/binary"
	"fmt"
	"io"
	"iter"

	"github.com/RoaringBitmap/roaring/v2"
	index "github.com/blevesearch/bleve_index_api"
	scorch "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"

	"github.com/sessiondex/sessiondex/internal/bitarray"
)

// This file is the seam to bleve's segments.

// bleveSegment holds the postings of one batch of texts, as built by bleve's
// segment format. It lives on the heap, has no file and no goroutine, and needs
// no closing. It is immutable and safe for concurrent use once built.
type bleveSegment struct {
	seg   *zap.SegmentBase
	bytes int
}

const (
	idField   = "_id"
	termField = "t"
)

// buildBleve builds a segment of n texts. terms returns the terms of text i,
// without repeats, and is called twice for each text; it may return nil for all
// that are left to give the building up. Text i gets document number i.
func buildBleve(n int, terms func(i int) []string) (*bleveSegment, error) {
	b := &zapBatch{terms: terms}
	b.id.batch, b.id.isID = b, true
	docs := make([]index.Document, n)
	list := make([]zapDoc, n)
	for i := range list {
		list[i] = zapDoc{zapField{batch: b, doc: i}}
		docs[i] = &list[i]
	}
	var plugin zap.ZapPlugin
	built, _, err := plugin.New(docs)
	if err != nil {
		return nil, fmt.Errorf("words: bleve builds a segment of %d texts: %w", n, err)
	}
	seg, ok := built.(*zap.SegmentBase)
	if !ok {
		return nil, fmt.Errorf("words: bleve built a %T", built)
	}
	s := &bleveSegment{seg: seg}
	s.trim()
	return s, nil
}

// reader reads the postings of a segment, in one goroutine: bleve's dictionaries keep what
// they look at.
type reader struct {
	dict scorch.TermDictionary
	list scorch.PostingsList
	it   scorch.PostingsIterator
	tmp  []uint64
	docs int // of the segment
}

func (s *bleveSegment) reader() (*reader, error) {
	dict, err := s.seg.Dictionary(termField)
	if err != nil {
		return nil, fmt.Errorf("words: bleve reads a dictionary: %w", err)
	}
	return &reader{dict: dict, docs: int(s.seg.Count())}, nil
}

// postings returns the documents that have a term: one, or those of a bitmap; neither if
// there are none. The bitmap is a view of the segment's own bytes: it must not be changed,
// and is valid until the next call.
func (r *reader) postings(term string) (one uint32, isOne bool, more *roaring.Bitmap, err error) {
	// No exclusion is passed: half of the calls ignore it.
	r.list, err = r.dict.PostingsList([]byte(term), nil, r.list)
	if err != nil {
		return 0, false, nil, fmt.Errorf("words: bleve reads the postings of %q: %w", term, err)
	}
	r.it = r.list.Iterator(false, false, false, r.it)
	it, ok := r.it.(scorch.OptimizablePostingsIterator)
	if !ok {
		return 0, false, nil, nil
	}
	if doc, ok := it.DocNum1Hit(); ok {
		return uint32(doc), true, nil, nil
	}
	return 0, false, it.ActualBitmap(), nil
}

// or adds the documents that have a term to limbs, and reports whether there are any.
func (r *reader) or(term string, limbs []uint64) (bool, error) {
	one, isOne, more, err := r.postings(term)
	switch {
	case err != nil:
		return false, err
	case isOne:
		limbs[one>>6] |= 1 << (one & 63)
		return true, nil
	case more == nil || more.IsEmpty():
		return false, nil
	case more.GetCardinality() < uint64(len(limbs))/8:
		more.Iterate(func(doc uint32) bool {
			limbs[doc>>6] |= 1 << (doc & 63)
			return true
		})
		return true, nil
	}
	if r.tmp == nil {
		r.tmp = make([]uint64, len(limbs))
	} else {
		clear(r.tmp)
	}
	more.WriteDenseTo(r.tmp)
	bitarray.Or(limbs, r.tmp)
	return true, nil
}

// bitmap returns the documents that have a term, for the caller to keep.
func (r *reader) bitmap(term string) (*roaring.Bitmap, error) {
	one, isOne, more, err := r.postings(term)
	switch {
	case err != nil:
		return nil, err
	case isOne:
		return roaring.BitmapOf(one), nil
	case more == nil:
		return roaring.New(), nil
	}
	return more.Clone(), nil
}

// count returns how many documents have a term.
func (r *reader) count(term string) (int, error) {
	_, isOne, more, err := r.postings(term)
	switch {
	case err != nil || !isOne && more == nil:
		return 0, err
	case isOne:
		return 1, nil
	}
	return int(more.GetCardinality()), nil
}

// terms yields the terms of bleve's dictionary, ascending.
func (r *reader) terms() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		it := r.dict.AutomatonIterator(nil, nil, nil)
		for {
			e, err := it.Next()
			if err != nil {
				yield("", err)
				return
			}
			if e == nil || !yield(e.Term, nil) {
				return
			}
		}
	}
}

// trim moves the segment to a buffer of its exact size: bleve's own has up to
// twice the capacity. It is an economy only: if the segment does not look as
// expected, it stays where it is.
func (s *bleveSegment) trim() {
	s.bytes = s.seg.Size()
	var size byteCount
	if _, err := s.seg.WriteTo(&size); err != nil || size < zapFooter {
		return
	}
	buf := fixedBuffer{make([]byte, 0, size)}
	if _, err := s.seg.WriteTo(&buf); err != nil || len(buf.b) != int(size) {
		return
	}
	// The footer, all big-endian: 4 bytes length of the writer's id, 8 number of
	// documents, 8 offset of the stored fields, 8 offset of the sections, 4 chunk
	// mode, 4 version, 4 checksum.
	body, foot := buf.b[:size-zapFooter:size-zapFooter], buf.b[size-zapFooter:]
	if binary.BigEndian.Uint32(foot) != 0 || binary.BigEndian.Uint32(foot[32:]) != zap.Version {
		return
	}
	docs := binary.BigEndian.Uint64(foot[4:])
	seg, err := zap.InitSegmentBase(body, binary.BigEndian.Uint32(foot[36:]), binary.BigEndian.Uint32(foot[28:]),
		docs, binary.BigEndian.Uint64(foot[12:]), binary.BigEndian.Uint64(foot[20:]), nil, new(scorch.Stats))
	if err != nil || seg.Count() != s.seg.Count() {
		return
	}
	s.seg, s.bytes = seg, int(size)
}

const zapFooter = 40

type byteCount int

func (c *byteCount) Write(p []byte) (int, error) {
	*c += byteCount(len(p))
	return len(p), nil
}

type fixedBuffer struct{ b []byte }

func (f *fixedBuffer) Write(p []byte) (int, error) {
	if len(p) > cap(f.b)-len(f.b) {
		return 0, io.ErrShortBuffer
	}
	f.b = append(f.b, p...)
	return len(p), nil
}

// zapBatch, zapDoc and zapField are the least that bleve's builder takes for a
// document: a stored, empty, unindexed id, without which it fails, and one field
// without frequencies, norms, positions, doc values or stored text.
type zapBatch struct {
	terms func(i int) []string
	id    zapField
	one   index.TokenFreq // frequency 0: no norm is written
	// The builder walks the map of a document to its end before it asks for the
	// next one, so that maps can be used again. A map keeps the size of its largest
	// content, and walking it costs that: hence one map per power of two.
	maps [32]index.TokenFrequencies
}

type zapDoc struct{ field zapField }

type zapField struct {
	batch *zapBatch
	doc   int
	isID  bool
}

func (d *zapDoc) ID() string                                 { return "" }
func (d *zapDoc) Size() int                                  { return 0 }
func (d *zapDoc) VisitFields(v index.FieldVisitor)           { v(&d.field.batch.id); v(&d.field) }
func (d *zapDoc) VisitComposite(index.CompositeFieldVisitor) {}
func (d *zapDoc) HasComposite() bool                         { return false }
func (d *zapDoc) NumPlainTextBytes() uint64                  { return 0 }
func (d *zapDoc) AddIDField()                                {}
func (d *zapDoc) StoredFieldsBytes() uint64                  { return 0 }
func (d *zapDoc) Indexed() bool                              { return true }

func (f *zapField) Value() []byte             { return nil }
func (f *zapField) ArrayPositions() []uint64  { return nil }
func (f *zapField) EncodedFieldType() byte    { return 't' }
func (f *zapField) Analyze()                  {}
func (f *zapField) AnalyzedLength() int       { return 0 }
func (f *zapField) NumPlainTextBytes() uint64 { return 0 }

func (f *zapField) Name() string {
	if f.isID {
		return idField
	}
	return termField
}

func (f *zapField) Options() index.FieldIndexingOptions {
	if f.isID {
		return index.IndexField | index.StoreField
	}
	return index.IndexField | index.SkipFreqNorm
}

func (f *zapField) AnalyzedTokenFrequencies() index.TokenFrequencies {
	if f.isID {
		return nil
	}
	b := f.batch
	terms := b.terms(f.doc)
	class := 0
	for n := len(terms); n > 8; n >>= 1 {
		class++
	}
	m := b.maps[class]
	if m == nil {
		m = make(index.TokenFrequencies, 8<<class)
		b.maps[class] = m
	}
	clear(m)
	for _, t := range terms {
		m[t] = &b.one
	}
	return m
}
