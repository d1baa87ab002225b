package sessiondex

import (
	"context"

	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
)

// Rank returns how many matches of the query come before a session in its listing: the
// session's own offset if it is a match, otherwise the offset that it would have. The
// session need not be in the engine: its id, times, title and the declared field that
// orders the listing decide. Limit, Offset and Cursor make no difference.
//
// It costs as much as a page at that offset. The errors are *query.Error, ErrClosed and
// the context's.
func (e *Engine) Rank(ctx context.Context, q query.Query, s Session) (int, error) {
	return e.newest().Rank(ctx, q, s)
}

// CursorAfter returns a cursor to the sessions after a session in the query's listing,
// as if a page had ended on it. The session need not be a match, nor in the engine; see
// Rank. A title of more than 4 KiB makes a cursor that only an engine with that session
// reads exactly: another one may repeat sessions whose titles begin with the same text.
// The errors are *query.Error and ErrClosed.
func (e *Engine) CursorAfter(q query.Query, s Session) (string, error) {
	return e.newest().CursorAfter(q, s)
}

// Comparator returns the order of the query's listing: negative if a comes before b, and
// 0 only for sessions of one id that sort alike. Pages of several engines with the same
// fields are merged by it. The function keeps no version alive, and is safe for
// concurrent use. A call takes less than a microsecond, plus the time to fold titles, or
// to read Extra where a declared field decides. The errors are *query.Error and
// ErrClosed.
func (e *Engine) Comparator(q query.Query) (func(a, b Session) int, error) {
	return e.newest().Comparator(q)
}

// Rank returns how many matches of the query come before a session; see Engine.Rank.
func (r version) Rank(ctx context.Context, q query.Query, s Session) (int, error) {
	if r.view == nil {
		return 0, ErrClosed
	}
	return plan.Rank(ctx, r.view, q, project(&s))
}

// CursorAfter returns a cursor to what comes after a session; see Engine.CursorAfter.
func (r version) CursorAfter(q query.Query, s Session) (string, error) {
	if r.view == nil {
		return "", ErrClosed
	}
	return plan.CursorAfter(r.view, q, project(&s))
}

// Comparator returns the order of the query's listing; see Engine.Comparator.
func (r version) Comparator(q query.Query) (func(a, b Session) int, error) {
	if r.view == nil {
		return nil, ErrClosed
	}
	places, err := plan.NewPlaces(r.view, q)
	if err != nil {
		return nil, err
	}
	return func(a, b Session) int {
		p, q := places.Of(project(&a)), places.Of(project(&b))
		return places.Compare(&p, &q)
	}, nil
}
