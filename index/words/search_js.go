// Package words finds texts by words. On js, where bleve does not build, it finds none.
package words

import (
	"context"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/index/shell"
)

// Search is not there on js.
type Search struct{ index.WordSearch }

// NewSearch returns no search.
func NewSearch(string, *shell.Options, func(int, index.WordIndex)) (*Search, error) { return nil, nil }

// CheckAnalyser finds no fault.
func CheckAnalyser(string) error { return nil }

// Begin is never called.
func (s *Search) Begin(int) (index.WordIndex, error) { return nil, nil }

// Wait is never called.
func (s *Search) Wait(context.Context) error { return nil }

// Close is never called.
func (s *Search) Close() error { return nil }
