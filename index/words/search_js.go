// Package words finds texts by words. On js, where bleve does not build, it is off.
package words

import (
	"context"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/index/shell"
)

// Search does not exist on js.
type Search struct{ index.WordSearch }

// NewSearch returns nil, which turns the search by words off.
func NewSearch(string, *shell.Options, func(int, index.WordIndex)) (*Search, error) { return nil, nil }

// CheckAnalyser finds no fault.
func CheckAnalyser(string) error { return nil }

// Begin is never called.
func (s *Search) Begin(int) (index.WordIndex, error) { return nil, nil }

// Wait is never called.
func (s *Search) Wait(context.Context) error { return nil }

// Close is never called.
func (s *Search) Close() error { return nil }
