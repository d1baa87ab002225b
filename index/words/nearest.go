//go:build !js

package words

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/index/shell"
	"github.com/sessiondex/sessiondex/internal/fold"
)

// Near is a term that some texts have.
type Near struct {
	Term  string
	Word  string // how texts most often write it, but for case: a stem is no word to show
	Typos int    // how far it is from what was asked
	Texts int    // how many texts have it, those deleted not long ago included
}

// tally is what is counted of a term: texts, and how some of them write it.
type tally struct {
	texts int
	forms map[string]int
}

// tallies are those of some terms.
type tallies map[string]*tally

func (c tallies) tally(term string) *tally {
	t := c[term]
	if t == nil {
		t = &tally{forms: map[string]int{}}
		c[term] = t
	}
	return t
}

// word returns the most frequent form of a term, the term itself if none is known.
func (t *tally) word(term string) string {
	best, most := term, 0
	for form, n := range t.forms {
		if n > most || n == most && form < best {
			best, most = form, n
		}
	}
	return best
}

// Nearest returns terms that some text has and that lie within two typos of a word, or
// begin with it, the nearest first and of those the most frequent; at most n.
func (v View) Nearest(ctx context.Context, word string, n int) ([]Near, error) {
	t, ok := v.analyser.nearTerm(word)
	if !ok {
		return nil, ctx.Err()
	}
	counts := tallies{}
	goOn := func() bool { return ctx.Err() == nil }
	for _, s := range v.Segments() {
		if err := s.Segment.countNear(counts, t, goOn); err != nil {
			return nil, cmp.Or(ctx.Err(), err)
		}
	}
	v.EachBuffered(goOn, func(_ uint32, text string) {
		v.analyser.count(counts, t, text)
	})
	near := nearest(t, counts, n)
	for i := range near {
		if err := v.readForms(counts[near[i].Term], near[i].Term); err != nil {
			return nil, err
		}
		near[i].Word = counts[near[i].Term].word(near[i].Term)
	}
	return near, ctx.Err()
}

const (
	formTexts = 32       // of a segment, read for how they write a term
	formBytes = 64 << 10 // of those; one text is read in any case
)

// readForms counts how some texts of the segments write a term.
func (v View) readForms(to *tally, term string) error {
	for _, s := range v.Segments() {
		r, err := s.Segment.bleve.reader()
		if err != nil {
			return err
		}
		b, err := r.bitmap(term)
		if err != nil {
			return err
		}
		texts, bytes := 0, 0
		for it := b.Iterator(); it.HasNext() && texts < formTexts; {
			doc := it.Next()
			text := s.Texts[doc]
			if s.Deleted.Contains(doc) || texts > 0 && bytes+len(text) > formBytes {
				continue
			}
			texts, bytes = texts+1, bytes+len(text)
			for _, t := range v.analyser.tokens(text) {
				if t.term == term {
					to.forms[fold.String(text[t.start:t.end])]++
				}
			}
		}
	}
	return nil
}

// countNear counts the documents of a segment that have a term near t.
func (s *segment) countNear(counts tallies, t *term, goOn func() bool) error {
	r, err := s.bleve.reader()
	if err != nil {
		return err
	}
	add := func(i int) error {
		if !goOn() {
			return shell.ErrAborted
		}
		text := s.terms.term(i)
		n, err := r.count(text)
		counts.tally(text).texts += n
		return err
	}
	return s.terms.eachFor(t, goOn, add)
}

// NearestIn is Nearest for texts that are not indexed: it analyses all of them.
func (a *Analyser) NearestIn(texts iter.Seq[string], word string, n int) []Near {
	t, ok := a.nearTerm(word)
	if !ok {
		return nil
	}
	counts := tallies{}
	for text := range texts {
		a.count(counts, t, text)
	}
	near := nearest(t, counts, n)
	for i := range near {
		near[i].Word = counts[near[i].Term].word(near[i].Term)
	}
	return near
}

// nearTerm returns what is looked for near a word: false if it is too short, or none.
func (a *Analyser) nearTerm(word string) (*term, bool) {
	for _, t := range a.Keyword(word, true, false).terms {
		t.runes = []rune(t.text)
		if len(t.runes) < 2 {
			continue
		}
		switch n := len(t.runes); {
		case n >= 5:
			t.typos = 2
		case n >= 3:
			t.typos = 1
		}
		t.prefix = true
		return t, true
	}
	return nil, false
}

// count adds the terms of a text that are near.
func (a *Analyser) count(counts tallies, t *term, text string) {
	var seen []string
	for _, o := range a.tokens(text) {
		if !t.matches(o.term) {
			continue
		}
		c := counts.tally(o.term)
		c.forms[fold.String(text[o.start:o.end])]++
		if !slices.Contains(seen, o.term) {
			seen = append(seen, o.term)
			c.texts++
		}
	}
}

func nearest(t *term, counts tallies, n int) []Near {
	out := make([]Near, 0, len(counts))
	for text, c := range counts {
		d := distance(t.runes, text, len(t.runes)+len(text))
		if d > 1 && strings.HasPrefix(text, t.text) {
			d = 1
		}
		out = append(out, Near{Term: text, Typos: d, Texts: c.texts})
	}
	slices.SortFunc(out, func(a, b Near) int {
		return cmp.Or(cmp.Compare(a.Typos, b.Typos), cmp.Compare(b.Texts, a.Texts), cmp.Compare(a.Term, b.Term))
	})
	return out[:min(n, len(out))]
}
