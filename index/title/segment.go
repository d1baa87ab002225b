package title

import (
	"cmp"
	"slices"

	"github.com/sessiondex/sessiondex/index/shell"
)

// segment is an immutable index of some titles, by their document numbers.
type segment struct {
	*shell.Docs
	// longest is the length of the longest title, in bytes.
	longest int

	dict       *dictionary
	posts      postings
	runes      runeBits
	pairs      bigramBits
	boundaries boundaryRows
	long       []uint64 // the titles with a long run; nil if there are none
	giants     []giant
}

// Bytes estimates the memory of the segment, without the text of the titles.
func (s *segment) Bytes() int {
	n := s.Docs.Bytes() + 8*cap(s.boundaries.rows) + s.dict.bytes() + s.posts.bytes() + 8*cap(s.long)
	for _, w := range s.runes {
		n += 8*cap(w) + 32
	}
	for _, w := range s.pairs {
		n += 8*cap(w) + 48
	}
	for _, g := range s.giants {
		n += 48 + 8*cap(g.sig) + len(g.long)
	}
	return n
}

// giant returns the entry of a giant title, nil if the title is not one.
func (s *segment) giant(doc uint32) *giant {
	i, ok := slices.BinarySearchFunc(s.giants, doc, func(g giant, doc uint32) int { return cmp.Compare(g.doc, doc) })
	if !ok {
		return nil
	}
	return &s.giants[i]
}

// buildSegment makes a segment of titles in the order of their ordinals; see
// [shell.Builder].
func buildSegment(list []shell.Text, o *Options, pace func() bool) (*segment, error) {
	s := &segment{Docs: shell.NewDocs(list)}
	for _, t := range list {
		s.longest = max(s.longest, len(t.Text))
	}
	c := cutter{pace: pace, giantBytes: o.GiantBytes}
	err := c.cut(s)
	if err != nil {
		return nil, err
	}
	if s.dict, err = newDictionary(c.sortTerms(), pace); err != nil {
		return nil, err
	}
	if s.posts, err = c.postings(s.dict.len()); err != nil {
		return nil, err
	}
	if s.pairs = newBigramBits(s, pace); s.pairs == nil {
		return nil, shell.ErrAborted
	}
	if s.runes = newRuneBits(s, pace); s.runes == nil {
		return nil, shell.ErrAborted
	}
	return s, nil
}
