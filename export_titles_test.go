package sessiondex

import (
	"context"

	"github.com/sessiondex/sessiondex/index/shell"
	"github.com/sessiondex/sessiondex/index/title"
)

// SetTitleOptions tunes the title index of an engine.
func (o *Options) SetTitleOptions(t title.Options) { o.titles = t }

// SetWordOptions tunes the indexes of words of an engine.
func (o *Options) SetWordOptions(s shell.Options) { o.words = s }

// WaitForWords returns when all is indexed that searches by words have asked for, and
// published: that is for whoever holds the turn when the index is done.
func (e *Engine) WaitForWords(ctx context.Context) error {
	err := e.words.wait(ctx)
	e.turn.TakeAnyway()
	e.yieldTurn()
	return err
}
