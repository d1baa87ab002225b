package title

import (
	"cmp"
	"slices"
	"sort"
)

// segment is an immutable index of some titles, each under its place in the
// segment, which is also its document number in bleve. Which of them are dead is
// a matter of the View that holds the segment.
//
// It has one of two shapes. Where the ordinals lie close together, as after a load,
// a place is the ordinal less base, a multiple of 64: a bit array of places is then a
// stretch of one of ordinals, word by word. Places whose ordinal has no title here
// hold "", which nothing else in the segment knows of. Otherwise the places are
// counted through, and ords takes each of them for its ordinal.
type segment struct {
	titles []string // folded, by place, in the order of the ordinals
	ords   []uint32 // by place, ascending; nil in the first shape
	base   uint32   // in the first shape
	n      int      // how many places have a title
	// longest is the length of the longest title, in bytes.
	longest int

	dict    *dictionary
	posts   postings
	letters letters
	bigrams bigrams
	gaps    gapRows
	seams   seams
	pairs   neighbours
	long    []uint64 // the titles with a long run; nil if there are none
	giants  []giant

	// Of the writer, under Index.mu.
	job    *job // what is rewriting the segment
	failed bool // building from it has failed; it is left as it is
}

// len returns the number of titles.
func (s *segment) len() int { return s.n }

// places returns the number of places, with and without a title.
func (s *segment) places() int { return len(s.titles) }

// A segment goes by its ordinals if it has one title or more for so many places. An
// unused place costs up to 50 bytes, an ordinal 4, and a bit to be moved from a place
// to its ordinal 3 ns.
const placesPerTitle = 2

// ord returns the ordinal of a title.
func (s *segment) ord(doc uint32) uint32 {
	if s.ords == nil {
		return s.base + doc
	}
	return s.ords[doc]
}

// find returns the title of an ordinal.
func (s *segment) find(ord uint32) (doc uint32, ok bool) {
	if s.ords == nil {
		doc = ord - s.base
		return doc, ord >= s.base && int(doc) < len(s.titles) && s.titles[doc] != ""
	}
	if n := len(s.ords); ord < s.ords[0] || ord > s.ords[n-1] {
		return 0, false
	}
	i := sort.Search(len(s.ords), func(i int) bool { return s.ords[i] >= ord })
	return uint32(i), s.ords[i] == ord
}

// bytes estimates the memory of the segment, without the text of the titles.
func (s *segment) bytes() int {
	n := 16*cap(s.titles) + 4*cap(s.ords) + 8*cap(s.gaps.rows) + 8*cap(s.seams) + s.pairs.bytes() + s.dict.bytes() + s.posts.bytes() + 8*cap(s.long)
	for _, w := range s.letters {
		n += 8*cap(w) + 32
	}
	for _, w := range s.bigrams {
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

// titleOf is a title and the ordinal that has it.
type titleOf struct {
	ord  uint32
	text string
}

// newSegment puts titles, in the order of their ordinals, into their places.
func newSegment(list []titleOf) *segment {
	s := &segment{n: len(list)}
	first, last := list[0].ord, list[len(list)-1].ord
	if base := first &^ 63; uint64(last-base) < placesPerTitle*uint64(len(list)) {
		s.base = base
		s.titles = make([]string, last-base+1)
		for _, t := range list {
			s.titles[t.ord-base] = t.text
		}
	} else {
		s.titles, s.ords = make([]string, len(list)), make([]uint32, len(list))
		for i, t := range list {
			s.titles[i], s.ords[i] = t.text, t.ord
		}
	}
	for _, t := range list {
		s.longest = max(s.longest, len(t.text))
	}
	return s
}

// buildSegment makes a segment of titles with distinct ordinals; it sorts the
// slice. pace is called about every tenth of a millisecond of work, wherever that
// is possible, and stops the work by returning false; the error is then
// errAborted.
func buildSegment(list []titleOf, giantBytes int, pace func() bool) (*segment, error) {
	slices.SortFunc(list, func(a, b titleOf) int { return int(int64(a.ord) - int64(b.ord)) })
	s := newSegment(list)
	c := cutter{pace: pace, giantBytes: giantBytes}
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
	var ok bool
	if s.pairs, ok = c.pairs.neighbours(c.rank, s.len(), pace); !ok {
		return nil, errAborted
	}
	if s.bigrams = newBigrams(s, pace); s.bigrams == nil {
		return nil, errAborted
	}
	if s.letters = newLetters(s, pace); s.letters == nil {
		return nil, errAborted
	}
	return s, nil
}
