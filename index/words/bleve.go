//go:build !js

package words

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/RoaringBitmap/roaring/v2"
	index "github.com/blevesearch/bleve_index_api"
	scorch "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"
)

// This file is the seam to bleve's segments.

// bleveSegment holds the postings of one batch of texts, as built by bleve's
// segment format. It lives on the heap, has no file and no goroutine, and needs
// no closing. It is immutable and safe for concurrent use once built.
type bleveSegment struct {
	seg   *zap.SegmentBase
	dict  scorch.TermDictionary
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
	if s.dict, err = s.seg.Dictionary(termField); err != nil {
		return nil, fmt.Errorf("words: bleve reads a dictionary: %w", err)
	}
	return s, nil
}

// bitmap returns the documents that have a term; nil if there are none. It is a view
// of the segment's own bytes and must not be changed.
func (s *bleveSegment) bitmap(term string) (*roaring.Bitmap, error) {
	// Neither a preallocated list nor an exclusion is passed: the former rewrites
	// bitmaps that were taken from it, the latter is ignored by half of the calls.
	list, err := s.dict.PostingsList([]byte(term), nil, nil)
	if err != nil {
		return nil, fmt.Errorf("words: bleve reads the postings of %q: %w", term, err)
	}
	it, ok := list.Iterator(false, false, false, nil).(scorch.OptimizablePostingsIterator)
	if !ok {
		return nil, nil
	}
	if doc, ok := it.DocNum1Hit(); ok {
		return roaring.BitmapOf(uint32(doc)), nil
	}
	return it.ActualBitmap(), nil
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

// automaton says which terms of a dictionary are wanted.
type automaton = scorch.Automaton

// terms returns the terms of the dictionary that an automaton accepts.
func (s *bleveSegment) terms(a automaton, from, before []byte) scorch.DictionaryIterator {
	if d, ok := s.dict.(interface {
		AutomatonIteratorOmitCount(scorch.Automaton, []byte, []byte) scorch.DictionaryIterator
	}); ok {
		return d.AutomatonIteratorOmitCount(a, from, before)
	}
	return s.dict.AutomatonIterator(a, from, before)
}
