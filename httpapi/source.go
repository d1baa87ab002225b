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

// source is a reader and what it offers beyond [sessiondex.Reader]; nil where it does not.
type source struct {
	sessiondex.Reader
	pinner    Pinner
	watcher   Watcher
	whyer     Whyer
	hidden    HiddenCounter
	suggester Suggester
	matcher   Matcher
	// version is the number of a version that stays as it is; versioned says that there
	// is one.
	version   uint64
	versioned bool
}

func newSource(r sessiondex.Reader) source {
	s := source{Reader: r}
	var offers any = r
	switch r := r.(type) {
	case *sessiondex.Engine:
		offers = ownEngine{r}
	case *sessiondex.Snapshot:
		offers = ownSnapshot{r}
		s.version, s.versioned = r.Version(), true
	}
	s.pinner, _ = offers.(Pinner)
	s.watcher, _ = offers.(Watcher)
	s.whyer, _ = offers.(Whyer)
	s.hidden, _ = offers.(HiddenCounter)
	s.suggester, _ = offers.(Suggester)
	s.matcher, _ = offers.(Matcher)
	return s
}

// ownEngine and ownSnapshot offer by the interfaces of this package what an engine and a
// snapshot have under other names. They are pointers, so that making one costs nothing.
type (
	ownEngine   struct{ *sessiondex.Engine }
	ownSnapshot struct{ *sessiondex.Snapshot }
)

func (e ownEngine) PinVersion() (sessiondex.Reader, uint64) {
	s := e.Snapshot()
	return s, s.Version()
}

func (e ownEngine) WatchListing(ctx context.Context, q query.Query, o *sessiondex.WatchOptions) iter.Seq2[sessiondex.Event, error] {
	return e.Watch(ctx, q, o)
}

func (e ownEngine) WhyListed(ctx context.Context, q query.Query, id string) (query.Why, error) {
	return e.Why(ctx, q, id)
}

func (e ownEngine) CountHidden(ctx context.Context, q query.Query) (query.Hidden, error) {
	return e.Hidden(ctx, q)
}

func (e ownEngine) SuggestKeywords(ctx context.Context, q query.Query) ([]sessiondex.Suggestion, error) {
	return e.Suggest(ctx, q)
}

func (e ownEngine) MatchesIn(ctx context.Context, q query.Query, s sessiondex.Session) ([]sessiondex.FieldMatch, error) {
	return e.Matches(ctx, q, s)
}

func (s ownSnapshot) PinVersion() (sessiondex.Reader, uint64) { return s.Snapshot, s.Version() }

func (s ownSnapshot) WhyListed(ctx context.Context, q query.Query, id string) (query.Why, error) {
	return s.Why(ctx, q, id)
}

func (s ownSnapshot) CountHidden(ctx context.Context, q query.Query) (query.Hidden, error) {
	return s.Hidden(ctx, q)
}

func (s ownSnapshot) SuggestKeywords(ctx context.Context, q query.Query) ([]sessiondex.Suggestion, error) {
	return s.Suggest(ctx, q)
}

func (s ownSnapshot) MatchesIn(ctx context.Context, q query.Query, session sessiondex.Session) ([]sessiondex.FieldMatch, error) {
	return s.Matches(ctx, q, session)
}

// pin returns the newest version, which stays as it is.
func (s *source) pin() source {
	r, version := s.pinner.PinVersion()
	pinned := newSource(r)
	pinned.version, pinned.versioned = version, true
	return pinned
}

// newest returns what the request that begins now is answered from: one version where
// there are any.
func (s *source) newest() source {
	if s.pinner == nil {
		return *s
	}
	return s.pin()
}

// matchesOf returns where a session matches the query's keyword: of a reader that does
// not tell, what a literal one matches in the title by case folding.
func (s *source) matchesOf(ctx context.Context, q *query.Query, session *sessiondex.Session) ([]sessiondex.FieldMatch, error) {
	if s.matcher != nil {
		return s.matcher.MatchesIn(ctx, *q, *session)
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
