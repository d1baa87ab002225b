package sessiondex

import "github.com/sessiondex/sessiondex/index/title"

// SetTitleOptions tunes the title index of an engine.
func (o *Options) SetTitleOptions(t title.Options) { o.titles = t }
