//go:build !js

package words

import (
	"cmp"
	"context"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/index/shell"
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
		b, terms, err := segs[i].Segment.search(k, goOn)
		if err := cmp.Or(ctx.Err(), err); err != nil {
			return set.Found{}, stats, err
		}
		stats.Terms += terms
		addBitmap(&g, segs[i].Docs, b, segs[i].Deleted)
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

// addBitmap adds the live documents of a bitmap.
func addBitmap(g *shell.Gather, d *shell.Docs, b *roaring.Bitmap, deleted *set.Set) {
	if b == nil || b.IsEmpty() {
		return
	}
	dense := set.GetDense(d.Limit())
	defer dense.Release()
	b.WriteDenseTo(dense.Words)
	deleted.RemoveFrom(dense.Words)
	g.AddDocs(d, dense.Words[:(d.Limit()+63)/64], int(b.GetCardinality()))
}

// search returns the documents that have a token for each term of a keyword, deleted
// ones included, and how many terms of the dictionary those are. The bitmap must not be
// changed.
func (s *segment) search(k *Keyword, goOn func() bool) (*roaring.Bitmap, int, error) {
	var all *roaring.Bitmap
	terms := 0
	for i := range k.terms {
		b, n, err := s.find(k.terms[i], goOn)
		if terms += n; err != nil || b == nil {
			return nil, terms, err
		}
		if all == nil {
			all = b
		} else if all = roaring.And(all, b); all.IsEmpty() {
			return nil, terms, nil
		}
	}
	return all, terms, nil
}
