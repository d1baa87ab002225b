//go:build !js

package words

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/index/shell"
)

// segment is an immutable index of some texts, by their document numbers: a segment of
// bleve's.
type segment struct {
	*shell.Docs
	analyser *Analyser
	terms    *dictionary
	bleve    *bleveSegment
}

// builder returns what builds segments.
func (a *Analyser) builder() shell.Builder[*segment] {
	return func(list []shell.Text, _ *shell.Options, pace func() bool) (*segment, error) {
		s := &segment{Docs: shell.NewDocs(list), analyser: a}
		c, ok := a.cut(s.Docs, pace)
		if !ok {
			return nil, shell.ErrAborted
		}
		s.terms = newDictionary(c.different)
		calls, aborted := 0, false
		var err error
		s.bleve, err = buildBleve(s.Limit(), func(doc int) []string {
			if calls++; calls%64 == 0 && !aborted {
				aborted = !pace()
			}
			if aborted {
				return nil
			}
			return c.termsOf(doc)
		})
		if aborted {
			return nil, shell.ErrAborted
		}
		return s, err
	}
}

// cut is the terms of some texts.
type cut struct {
	terms     []string // text by text, of none twice
	ends      []int    // where those of each text end
	different []string // ascending
}

// termsOf returns the terms of a text.
func (c *cut) termsOf(doc int) []string {
	from := 0
	if doc > 0 {
		from = c.ends[doc-1]
	}
	return c.terms[from:c.ends[doc]]
}

// cut analyses all texts, and reports whether it was not given up.
func (a *Analyser) cut(d *shell.Docs, pace func() bool) (c *cut, ok bool) {
	known := map[string]string{} // a term is kept once
	c = &cut{ends: make([]int, d.Limit())}
	for doc, text := range d.Texts {
		if doc%32 == 0 && !pace() {
			return nil, false
		}
		if text != "" {
			from := len(c.terms)
			for _, t := range a.tokens(text) {
				one, ok := known[t.term]
				if !ok {
					one = strings.Clone(t.term) // it may be cut out of the text
					known[one] = one
				}
				c.terms = append(c.terms, one)
			}
			slices.Sort(c.terms[from:])
			c.terms = c.terms[:from+len(slices.Compact(c.terms[from:]))]
		}
		c.ends[doc] = len(c.terms)
	}
	c.different = slices.Sorted(maps.Keys(known))
	return c, true
}

// Bytes implements shell.Segment.
func (s *segment) Bytes() int { return s.Docs.Bytes() + s.terms.bytes() + s.bleve.bytes }

// Check implements shell.Segment: it analyses the texts again.
func (s *segment) Check() error {
	c, _ := s.analyser.cut(s.Docs, func() bool { return true })
	want := map[string][]uint32{}
	for doc := range c.ends {
		for _, t := range c.termsOf(doc) {
			want[t] = append(want[t], uint32(doc))
		}
	}
	r, err := s.bleve.reader()
	if err != nil {
		return err
	}
	n := 0
	for t, err := range r.terms() {
		if err != nil {
			return err
		}
		if n >= s.terms.len() || s.terms.term(n) != t {
			return fmt.Errorf("the term %q of bleve's dictionary is not number %d of ours", t, n)
		}
		n++
		b, err := r.bitmap(t)
		if err != nil {
			return err
		}
		if got := b.ToArray(); !slices.Equal(got, want[t]) {
			return fmt.Errorf("the term %q has documents %v, want %v", t, got, want[t])
		}
	}
	if n != len(want) || n != s.terms.len() {
		return fmt.Errorf("%d terms, want %d, and the dictionary has %d", n, len(want), s.terms.len())
	}
	return nil
}

// find adds the documents that have a token for a term to limbs, and returns how many
// terms of the dictionary those are.
func (s *segment) find(r *reader, t *term, limbs []uint64, goOn func() bool) (terms int, err error) {
	add := func(text string) error {
		if terms%64 == 63 && !goOn() {
			return shell.ErrAborted
		}
		found, err := r.or(text, limbs)
		if found {
			terms++
		}
		return err
	}
	if !t.prefix && t.typos == 0 {
		err = add(t.text)
		return terms, err
	}
	err = s.terms.eachFor(t, goOn, func(i int) error { return add(s.terms.term(i)) })
	return terms, err
}
