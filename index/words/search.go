//go:build !js

package words

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/index/shell"
)

// Search implements index.WordSearch. It makes the index of a row when the first search
// asks for it.
type Search struct {
	analyser *Analyser
	options  shell.Options
	start    func(row int, x index.WordIndex)

	mu      sync.Mutex
	closed  bool
	begun   map[int]bool // by row
	indexes []*Index
	making  sync.WaitGroup
}

// NewSearch returns a search that is analysed as the name of the analyser says. start is
// called on a goroutine of its own with the new index of a row, and gives it to the writer;
// it may wait for its turn. A nil search without an error means that this platform has none.
func NewSearch(analyser string, o *shell.Options, start func(row int, x index.WordIndex)) (*Search, error) {
	a, err := NewAnalyser(analyser)
	if err != nil {
		return nil, err
	}
	return &Search{analyser: a, options: *o, start: start, begun: map[int]bool{}}, nil
}

// CheckAnalyser returns the fault of an analyser's name, if there is one.
func CheckAnalyser(name string) error {
	_, err := NewAnalyser(name)
	return err
}

// Keyword implements index.WordSearch.
func (s *Search) Keyword(text string, typing, typos bool) index.WordKeyword {
	return s.analyser.Keyword(text, typing, typos)
}

// Nearest implements index.WordSearch.
func (s *Search) Nearest(texts iter.Seq[string], word string, n int) []string {
	return wordsOf(s.analyser.NearestIn(texts, word, n))
}

func wordsOf(near []Near) []string {
	out := make([]string, len(near))
	for i, n := range near {
		out[i] = n.Word
	}
	return out
}

// Wanted implements index.WordSearch.
func (s *Search) Wanted(row int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.begun[row] {
		return
	}
	s.making.Go(func() {
		// The options were checked, and creating an empty index cannot fail otherwise.
		if x, err := s.begin(row); err == nil {
			s.start(row, x)
		}
	})
	s.begun[row] = true
}

// Begin returns the index of a row for the caller to give to the writer, without start.
func (s *Search) Begin(row int) (index.WordIndex, error) {
	s.mu.Lock()
	s.begun[row] = true
	s.mu.Unlock()
	return s.begin(row)
}

func (s *Search) begin(row int) (index.WordIndex, error) {
	o := s.options
	x, err := New(s.analyser, &o)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.indexes = append(s.indexes, x)
	return rowIndex{x}, nil
}

// Wait returns when there is nothing left to index in the background, or with the
// context's error.
func (s *Search) Wait(ctx context.Context) error {
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

// Close ends the work in the background; start must not wait for ever by then.
func (s *Search) Close() error {
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

// rowIndex is an Index as the writer sees it.
type rowIndex struct{ x *Index }

func (r rowIndex) Apply(changes []index.TitleChange) index.WordView {
	return rowView{r.x.Apply(changes)}
}
func (r rowIndex) View() index.WordView { return rowView{r.x.View()} }

// rowView is a View as readers see it.
type rowView struct{ View }

func (r rowView) Search(ctx context.Context, k index.WordKeyword) (set.Found, index.TitleStats, error) {
	return r.View.Search(ctx, k.(*Keyword))
}

func (r rowView) Nearest(ctx context.Context, word string, n int) ([]string, error) {
	near, err := r.View.Nearest(ctx, word, n)
	return wordsOf(near), err
}
