package sessiondex

import "context"

// There is no search by words on js, where bleve does not build.

type wordSearch struct{}

func (e *Engine) startWords() error {
	e.writer.SetWords(nil)
	return nil
}

func (o *WordOptions) check() error { return nil }

func (s *wordSearch) close() error { return nil }

func (s *wordSearch) wait(context.Context) error { return nil }
