//go:build !js

package words

import (
	"cmp"
	"context"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/index/shell"
	"github.com/sessiondex/sessiondex/internal/bitarray"
)

// Index is the writer's side of an index of texts by words. Apply is for one writer at a
// time; all else may be called from anywhere.
type Index struct {
	*shell.Index[*segment]
	analyser *Analyser
}

// View is the texts of one version; see package shell.
type View struct {
	*shell.View[*segment]
	analyser *Analyser
}

// New makes an empty index of texts that are analysed by a. It reports every fault of
// the options at once.
func New(a *Analyser, o *shell.Options) (*Index, error) {
	match := func(key, text string) bool { return a.keyword(key).Match(text) }
	x, err := shell.New(o, a.builder(), match)
	if err != nil {
		return nil, err
	}
	return &Index{x, a}, nil
}

// Apply takes in one write and returns its View; see [shell.Index.Apply]. Texts are given
// as they are, not folded.
func (x *Index) Apply(changes []shell.Change) View { return View{x.Index.Apply(changes), x.analyser} }

// View returns the current version. It never waits.
func (x *Index) View() View { return View{x.Index.View(), x.analyser} }

// Search returns every ordinal whose text matches the keyword, which must be of the
// index's analyser. The error is that of the context. The set may be kept, and is shared
// with other callers.
func (v View) Search(ctx context.Context, k *Keyword) (set.Found, shell.SearchStats, error) {
	var stats shell.SearchStats
	if err := ctx.Err(); err != nil || k.IsEmpty() {
		return set.Found{}, stats, err
	}
	if found, stats, ok := v.Known(k.key); ok {
		return found, stats, nil
	}
	goOn := func() bool { return ctx.Err() == nil }
	g := shell.Gather{Limit: v.Limit()}
	defer g.Drop()
	segs := v.Segments()
	for i := range segs {
		g.Segments = len(segs) - i
		stats.Segments++
		docs, terms, err := segs[i].Segment.search(k, goOn)
		if err := cmp.Or(ctx.Err(), err); err != nil {
			return set.Found{}, stats, err
		}
		stats.Terms += terms
		if docs != nil {
			segs[i].Deleted.RemoveFrom(docs.Limbs)
			limbs := docs.Limbs[:bitarray.Limbs(segs[i].Limit())]
			g.AddDocs(segs[i].Docs, limbs, bitarray.Count(limbs))
			docs.Release()
		}
	}
	v.EachBuffered(goOn, func(ord uint32, text string) {
		if stats.Scanned++; stats.Scanned%16 == 0 && ctx.Err() != nil {
			return
		}
		if k.Match(text) {
			g.Add(ord)
		}
	})
	if err := ctx.Err(); err != nil {
		return set.Found{}, stats, err
	}
	found := g.Finish()
	v.Remember(k.key, found, stats)
	return found, stats, nil
}

// search returns the documents that have a token for each term of a keyword, deleted ones
// included, and how many terms of the dictionary those are. The bit array, nil for none,
// is the caller's to release.
func (s *segment) search(k *Keyword, goOn func() bool) (all *set.Dense, terms int, err error) {
	r, err := s.bleve.reader()
	if err != nil {
		return nil, 0, err
	}
	for _, t := range k.terms {
		docs := set.GetDense(s.Limit())
		n, err := s.find(r, t, docs.Limbs, goOn)
		terms += n
		if all != nil {
			bitarray.And(docs.Limbs, all.Limbs)
			all.Release()
		}
		if all = docs; err != nil || n == 0 {
			all.Release()
			return nil, terms, err
		}
	}
	return all, terms, nil
}
