//go:build !js

package words

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/vellum/levenshtein"

	"github.com/sessiondex/sessiondex/index/shell"
)

// segment is an immutable index of some texts, by their document numbers: a segment of
// bleve's.
type segment struct {
	*shell.Docs
	analyser *Analyser
	bleve    *bleveSegment
}

// builder returns what builds segments.
func (a *Analyser) builder() shell.Builder[*segment] {
	return func(list []shell.Text, _ *shell.Options, pace func() bool) (*segment, error) {
		s := &segment{Docs: shell.NewDocs(list), analyser: a}
		terms, ends, ok := a.cut(s.Docs, pace)
		if !ok {
			return nil, shell.ErrAborted
		}
		calls, aborted := 0, false
		var err error
		s.bleve, err = buildBleve(s.Limit(), func(doc int) []string {
			if calls++; calls%64 == 0 && !aborted {
				aborted = !pace()
			}
			if aborted {
				return nil
			}
			from := 0
			if doc > 0 {
				from = ends[doc-1]
			}
			return terms[from:ends[doc]]
		})
		if aborted {
			return nil, shell.ErrAborted
		}
		return s, err
	}
}

// cut analyses all texts. It returns their terms, text by text, none twice, and where
// those of each text end.
func (a *Analyser) cut(d *shell.Docs, pace func() bool) (terms []string, ends []int, ok bool) {
	known := map[string]string{} // a term is kept once
	ends = make([]int, d.Limit())
	for doc, text := range d.Texts {
		if doc%32 == 0 && !pace() {
			return nil, nil, false
		}
		if text != "" {
			from := len(terms)
			for _, t := range a.tokens(text) {
				one, ok := known[t.term]
				if !ok {
					one = strings.Clone(t.term) // it may be cut out of the text
					known[one] = one
				}
				terms = append(terms, one)
			}
			slices.Sort(terms[from:])
			terms = terms[:from+len(slices.Compact(terms[from:]))]
		}
		ends[doc] = len(terms)
	}
	return terms, ends, true
}

// Bytes implements shell.Segment.
func (s *segment) Bytes() int { return s.Docs.Bytes() + s.bleve.bytes }

// Check implements shell.Segment: it analyses the texts again.
func (s *segment) Check() error {
	terms, ends, _ := s.analyser.cut(s.Docs, func() bool { return true })
	want := map[string][]uint32{}
	at := 0
	for doc, end := range ends {
		for _, t := range terms[at:end] {
			want[t] = append(want[t], uint32(doc))
		}
		at = end
	}
	n := 0
	err := s.eachTerm(everything{}, "", nil, func(t string) error {
		n++
		b, err := s.bleve.bitmap(t)
		if err != nil {
			return err
		}
		if got := b.ToArray(); !slices.Equal(got, want[t]) {
			return fmt.Errorf("the term %q has documents %v, want %v", t, got, want[t])
		}
		return nil
	})
	if err == nil && n != len(want) {
		err = fmt.Errorf("%d terms, want %d", n, len(want))
	}
	return err
}

// find returns the documents that have a token for a term, nil for none, and how many
// terms of the dictionary those are. The bitmap must not be changed.
func (s *segment) find(t *term, goOn func() bool) (*roaring.Bitmap, int, error) {
	if !t.prefix && t.typos == 0 {
		b, err := s.bleve.bitmap(t.text)
		if b == nil || b.IsEmpty() {
			return nil, 0, err
		}
		return b, 1, err
	}
	var found []*roaring.Bitmap
	add := func(text string) error {
		if len(found)%64 == 63 && !goOn() {
			return shell.ErrAborted
		}
		b, err := s.bleve.bitmap(text)
		if b != nil && !b.IsEmpty() {
			found = append(found, b)
		}
		return err
	}
	var err error
	if t.prefix {
		err = s.eachTerm(everything{}, t.text, after(t.text), add)
	}
	if err == nil && t.typos > 0 {
		err = s.eachWithin(t, func(text string) error {
			if t.prefix && strings.HasPrefix(text, t.text) {
				return nil // has been added
			}
			return add(text)
		})
	}
	switch {
	case err != nil:
		return nil, 0, err
	case len(found) == 0:
		return nil, 0, nil
	case len(found) == 1:
		return found[0], 1, nil
	}
	return roaring.FastOr(found...), len(found), nil
}

// eachTerm calls f with the terms of the dictionary that an automaton accepts, from one
// on and before another, nil for the end.
func (s *segment) eachTerm(a automaton, from string, before []byte, f func(text string) error) error {
	it := s.bleve.terms(a, []byte(from), before)
	for {
		e, err := it.Next()
		if err != nil || e == nil {
			return err
		}
		if err := f(e.Term); err != nil {
			return err
		}
	}
}

// after returns the least string that is after all with a prefix; nil if there is none.
func after(prefix string) []byte {
	b := []byte(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < 0xff {
			b[i]++
			return b[:i+1]
		}
	}
	return nil
}

// automaton returns what accepts the words within the typos of a term.
func (t *term) automaton() (automaton, error) {
	t.once.Do(func() { t.dfa, t.err = typoBuilders()[t.typos-1].BuildDfa(t.text, uint8(t.typos)) })
	return t.dfa, t.err
}

// eachWithin calls f with the terms of the dictionary within the typos of a term.
func (s *segment) eachWithin(t *term, f func(text string) error) error {
	dfa, err := t.automaton()
	if err != nil {
		// A word too long for an automaton: such are few, and so are those as long.
		return s.eachTerm(everything{}, "", nil, func(text string) error {
			if within(t.runes, text, t.typos) {
				return f(text)
			}
			return nil
		})
	}
	return s.eachTerm(dfa, "", nil, f)
}

// typoBuilders make automata for one typo and for two. Making them takes some
// milliseconds.
var typoBuilders = sync.OnceValue(func() (b [2]*levenshtein.LevenshteinAutomatonBuilder) {
	for i := range b {
		var err error
		if b[i], err = levenshtein.NewLevenshteinAutomatonBuilder(uint8(i+1), true); err != nil {
			panic(err) // of the program, not of its input
		}
	}
	return b
})

// everything is the automaton that accepts all terms.
type everything struct{}

func (everything) Start() int               { return 0 }
func (everything) IsMatch(int) bool         { return true }
func (everything) CanMatch(int) bool        { return true }
func (everything) WillAlwaysMatch(int) bool { return true }
func (everything) Accept(int, byte) int     { return 0 }
