package httpapi

import (
	"context"
	"iter"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// A handler asks the reader that it was given, and nothing behind it. What goes beyond
// [sessiondex.Reader] it asks of an *Engine or *Snapshot itself, and of any other reader
// through the interfaces below. Their methods have names that an engine's have not: a
// program that embeds an engine and overrides List would otherwise be passed by. What a
// reader does not offer is answered with 501 and the name of the interface.

// Pinner is a reader that has versions and can hold one. Without it there are no
// snapshots, and entity tags are hashes of the answers.
type Pinner interface {
	// PinVersion returns a reader of the newest version, which stays as it is, and the
	// number of that version: two readers of the same number answer alike.
	PinVersion() (sessiondex.Reader, uint64)
}

// Watcher is a reader that tells of changes to a listing, as Engine.Watch does.
type Watcher interface {
	WatchListing(ctx context.Context, q query.Query, o *sessiondex.WatchOptions) iter.Seq2[sessiondex.Event, error]
}

// Whyer is a reader that tells why a session is in a listing or not, as Engine.Why does.
type Whyer interface {
	WhyListed(ctx context.Context, q query.Query, id string) (query.Why, error)
}

// Suggester is a reader that has keywords near one that finds nothing, as Engine.Suggest
// does.
type Suggester interface {
	SuggestKeywords(ctx context.Context, q query.Query) ([]sessiondex.Suggestion, error)
}

// HiddenCounter is a reader that counts what the two visibility flags hide, as
// Engine.Hidden does.
type HiddenCounter interface {
	CountHidden(ctx context.Context, q query.Query) (query.Hidden, error)
}

// Matcher is a reader that tells where a session matches a keyword, as Engine.Matches
// does. Without it views mark what literal keywords match in titles, by case folding.
type Matcher interface {
	MatchesIn(ctx context.Context, q query.Query, s sessiondex.Session) ([]sessiondex.FieldMatch, error)
}

// source is a reader and what it offers; a nil function is not offered.
type source struct {
	sessiondex.Reader
	pin     func() source
	watch   func(ctx context.Context, q query.Query, o *sessiondex.WatchOptions) iter.Seq2[sessiondex.Event, error]
	why     func(ctx context.Context, q query.Query, id string) (query.Why, error)
	hidden  func(ctx context.Context, q query.Query) (query.Hidden, error)
	suggest func(ctx context.Context, q query.Query) ([]sessiondex.Suggestion, error)
	matches func(ctx context.Context, q query.Query, s sessiondex.Session) ([]sessiondex.FieldMatch, error)
	// version is the number of a version that stays as it is; versioned says that there
	// is one.
	version   uint64
	versioned bool
}

func newSource(r sessiondex.Reader) source {
	s := source{Reader: r}
	switch r := r.(type) {
	case *sessiondex.Engine:
		s.pin = func() source { return newSource(r.Snapshot()) }
		s.watch, s.why, s.hidden, s.suggest, s.matches = r.Watch, r.Why, r.Hidden, r.Suggest, r.Matches
		return s
	case *sessiondex.Snapshot:
		s.why, s.hidden, s.suggest, s.matches = r.Why, r.Hidden, r.Suggest, r.Matches
		s.version, s.versioned = r.Version(), true
		s.pin = func() source { return newSource(r) }
		return s
	}
	if p, ok := r.(Pinner); ok {
		s.pin = func() source {
			r, version := p.PinVersion()
			pinned := newSource(r)
			pinned.version, pinned.versioned = version, true
			return pinned
		}
	}
	if w, ok := r.(Watcher); ok {
		s.watch = w.WatchListing
	}
	if w, ok := r.(Whyer); ok {
		s.why = w.WhyListed
	}
	if c, ok := r.(HiddenCounter); ok {
		s.hidden = c.CountHidden
	}
	if g, ok := r.(Suggester); ok {
		s.suggest = g.SuggestKeywords
	}
	if m, ok := r.(Matcher); ok {
		s.matches = m.MatchesIn
	}
	return s
}

// newest returns what the request that begins now is answered from: one version where
// there are any.
func (s *source) newest() source {
	if s.pin == nil {
		return *s
	}
	return s.pin()
}

// matchesOf returns where a session matches the query's keyword: of a reader that does
// not tell, what a literal one matches in the title by case folding.
func (s *source) matchesOf(ctx context.Context, q *query.Query, session *sessiondex.Session) ([]sessiondex.FieldMatch, error) {
	if s.matches != nil {
		return s.matches(ctx, *q, *session)
	}
	if ranges := q.Matches(session.Title); ranges != nil {
		return []sessiondex.FieldMatch{{Field: titleField, Text: session.Title, Ranges: ranges}}, nil
	}
	return nil, nil
}

// getInScope returns the session with this id, or ErrNotFound if there is none in the
// scope.
func (s *source) getInScope(ctx context.Context, id string, scope *Scope) (sessiondex.Session, error) {
	session, err := s.Get(ctx, id)
	if err == nil {
		var inside bool
		if inside, err = s.inScope(ctx, scope, &session); err == nil && !inside {
			err = sessiondex.ErrNotFound
		}
	}
	return session, err
}
