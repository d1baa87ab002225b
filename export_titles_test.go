package sessiondex

import (
	"github.com/sessiondex/sessiondex/index/shell"
	"github.com/sessiondex/sessiondex/index/title"
)

// SetTitleOptions tunes the title index of an engine.
func (o *Options) SetTitleOptions(t title.Options) { o.titles = t }

// SetWordOptions tunes the indexes of words of an engine.
func (o *Options) SetWordOptions(s shell.Options) { o.words = s }
