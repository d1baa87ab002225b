//go:build !js

package words

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
)

// Near is a term that some texts have.
type Near struct {
	Term  string
	Typos int // how far it is from what was asked
	Texts int // how many texts have it, those deleted not long ago included
}

// Nearest returns terms that some text has and that lie within two typos of a word, or
// begin with it, the nearest first and of those the most frequent; at most n.
func (v View) Nearest(ctx context.Context, word string, n int) ([]Near, error) {
	t, ok := v.analyser.nearTerm(word)
	if !ok {
		return nil, ctx.Err()
	}
	counts := map[string]int{}
	for _, s := range v.Segments() {
		add := func(text string) error {
			b, err := s.Segment.bleve.bitmap(text)
			if b != nil {
				counts[text] += int(b.GetCardinality())
			}
			return cmp.Or(err, ctx.Err())
		}
		err := s.Segment.eachTerm(everything{}, t.text, after(t.text), add)
		if err == nil && t.typos > 0 {
			err = s.Segment.eachWithin(t, func(text string) error {
				if strings.HasPrefix(text, t.text) {
					return nil // has been added
				}
				return add(text)
			})
		}
		if err != nil {
			return nil, err
		}
	}
	v.EachBuffered(func() bool { return ctx.Err() == nil }, func(_ uint32, text string) {
		v.analyser.count(counts, t, text)
	})
	return nearest(t, counts, n), ctx.Err()
}

// NearestIn is Nearest for texts that are not indexed: it analyses all of them.
func (a *Analyser) NearestIn(texts iter.Seq[string], word string, n int) []Near {
	t, ok := a.nearTerm(word)
	if !ok {
		return nil
	}
	counts := map[string]int{}
	for text := range texts {
		a.count(counts, t, text)
	}
	return nearest(t, counts, n)
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
func (a *Analyser) count(counts map[string]int, t *term, text string) {
	var seen []string
	for _, o := range a.tokens(text) {
		if t.matches(o.term) && !slices.Contains(seen, o.term) {
			seen = append(seen, o.term)
			counts[o.term]++
		}
	}
}

func nearest(t *term, counts map[string]int, n int) []Near {
	out := make([]Near, 0, len(counts))
	for text, texts := range counts {
		d := distance(t.runes, []rune(text))
		if d > 1 && strings.HasPrefix(text, t.text) {
			d = 1
		}
		out = append(out, Near{text, d, texts})
	}
	slices.SortFunc(out, func(a, b Near) int {
		return cmp.Or(cmp.Compare(a.Typos, b.Typos), cmp.Compare(b.Texts, a.Texts), cmp.Compare(a.Term, b.Term))
	})
	return out[:min(n, len(out))]
}
