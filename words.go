//go:build !js

package sessiondex

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/index/shell"
	"github.com/sessiondex/sessiondex/index/words"
	"github.com/sessiondex/sessiondex/schema"
)

// wordSearch is the engine's search by words. It creates the index of a field when the
// first search asks for it, and keeps it up to date from then on.
type wordSearch struct {
	engine   *Engine
	analyser *words.Analyser
	options  shell.Options

	mu      sync.Mutex
	closed  bool
	begun   map[int]bool // by row
	indexes []*words.Index
	making  sync.WaitGroup
}

// startWords sets up the engine's search by words. The caller holds the turn.
func (e *Engine) startWords() error {
	o := e.opts.Words
	if o == nil {
		o = new(WordOptions)
	}
	if o.Off {
		e.writer.SetWords(nil)
		return nil
	}
	a, err := words.NewAnalyser(o.Analyser)
	if err != nil {
		return err
	}
	s := &wordSearch{engine: e, analyser: a, begun: map[int]bool{}, options: e.opts.words}
	s.options.Changed = e.refresh
	e.words = s
	e.writer.SetWords(s)
	if o.AtStart {
		s.begun[schema.RowTitle] = true
		return s.index(schema.RowTitle)
	}
	return nil
}

// check returns the fault of the options, if there is one.
func (o *WordOptions) check() error {
	if o == nil || o.Off {
		return nil
	}
	_, err := words.NewAnalyser(o.Analyser)
	return err
}

// Keyword implements index.WordSearch.
func (s *wordSearch) Keyword(text string, typing, typos bool) index.WordKeyword {
	return s.analyser.Keyword(text, typing, typos)
}

// Nearest implements index.WordSearch.
func (s *wordSearch) Nearest(texts iter.Seq[string], word string, n int) []string {
	return wordsOf(s.analyser.NearestIn(texts, word, n))
}

func wordsOf(near []words.Near) []string {
	out := make([]string, len(near))
	for i, n := range near {
		out[i] = n.Word
	}
	return out
}

// Wanted implements index.WordSearch.
func (s *wordSearch) Wanted(row int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.begun[row] {
		return
	}
	s.begun[row] = true
	s.making.Go(func() {
		if !s.engine.turn.TakeUnless(s.engine.ending) {
			return
		}
		defer s.engine.yieldTurn()
		// The options were checked, and creating an empty index cannot fail otherwise.
		_ = s.index(row)
	})
}

// index starts to index a row. The caller holds the turn.
func (s *wordSearch) index(row int) error {
	o := s.options
	x, err := words.New(s.analyser, &o)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.indexes = append(s.indexes, x)
	s.mu.Unlock()
	s.engine.writer.IndexWords(row, wordIndex{x})
	s.engine.stale.Store(true)
	return nil
}

// close ends the work in the background.
func (s *wordSearch) close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.making.Wait()
	var errs []error
	for _, x := range s.indexes {
		errs = append(errs, x.Close())
	}
	return errors.Join(errs...)
}

// wait returns when there is nothing left to index in the background.
func (s *wordSearch) wait(ctx context.Context) error {
	s.making.Wait()
	s.mu.Lock()
	indexes := s.indexes
	s.mu.Unlock()
	for _, x := range indexes {
		if err := x.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// wordIndex adapts a words.Index to the writer.
type wordIndex struct{ x *words.Index }

func (w wordIndex) Apply(changes []index.TitleChange) index.WordView {
	return wordView{w.x.Apply(changes)}
}
func (w wordIndex) View() index.WordView { return wordView{w.x.View()} }

type wordView struct{ words.View }

func (w wordView) Search(ctx context.Context, k index.WordKeyword) (set.Found, index.TitleStats, error) {
	return w.View.Search(ctx, k.(*words.Keyword))
}

func (w wordView) Nearest(ctx context.Context, word string, n int) ([]string, error) {
	near, err := w.View.Nearest(ctx, word, n)
	return wordsOf(near), err
}
