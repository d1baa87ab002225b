package sessiondex

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/sessiondex/sessiondex/query"
)

// Put inserts sessions, or replaces those of the same ids. A batch is all or nothing:
// if one session is refused (ErrInvalidSession), none is stored. When Put returns,
// every later read sees the whole batch. Sessions that are already stored with the same
// members are left alone.
//
// A single update takes some 20 µs at a million sessions; a batch costs less per
// session. The engine copies what it needs: the slice stays the caller's. The context
// is checked while Put waits for its turn; the write itself is completed.
func (e *Engine) Put(ctx context.Context, sessions ...Session) error {
	if e.cur.Load() == nil {
		return ErrClosed
	}
	sessions, err := e.settle(sessions) // before the turn, which this work does not need
	if err != nil {
		return err
	}
	return e.transact(ctx, func(tx *Tx) error {
		tx.put(sessions)
		return nil
	}, true)
}

// Insert adds sessions like Put, but replaces none: if a session with one of the ids
// exists, it returns ErrExists and changes nothing.
func (e *Engine) Insert(ctx context.Context, sessions ...Session) error {
	return e.transact(ctx, func(tx *Tx) error { return tx.Insert(sessions...) }, true)
}

// Delete removes the sessions with these ids, and returns how many there were. An id
// that no session has is not an error. If the deletion cannot be made durable, nothing
// is deleted.
func (e *Engine) Delete(ctx context.Context, ids ...string) (int, error) {
	return e.counted(ctx, true, func(tx *Tx) (int, error) { return tx.Delete(ids...) })
}

// counted runs a function that returns how many sessions it concerns; on an error it
// returns 0.
func (e *Engine) counted(ctx context.Context, again bool, f func(*Tx) (int, error)) (int, error) {
	n := 0
	err := e.transact(ctx, func(tx *Tx) (err error) {
		n, err = f(tx)
		return err
	}, again)
	if err != nil {
		return 0, err
	}
	return n, nil
}

// Update calls f with the session with this id and puts the result, in one step: no
// other write comes in between, and so no update is lost. It returns the updated
// session. If f returns an error, nothing is changed and Update returns that error. It
// returns ErrNotFound if there is no such session, and ErrInvalidSession if f changes
// the id. The rules of Tx apply to f.
func (e *Engine) Update(ctx context.Context, id string, f func(*Session) error) (Session, error) {
	var out Session
	err := e.transact(ctx, func(tx *Tx) error {
		s, err := tx.Get(id)
		if err != nil {
			return err
		}
		if err := updated(&s, f); err != nil {
			return err
		}
		if err := tx.Put(s); err != nil {
			return err
		}
		out, err = tx.Get(id)
		return err
	}, false)
	if err != nil {
		return Session{}, err
	}
	return out, nil
}

// updated calls f and checks that it left the id alone.
func updated(s *Session, f func(*Session) error) error {
	id := s.ID
	if err := f(s); err != nil {
		return err
	}
	if s.ID != id {
		return &SessionError{ID: id, Index: -1, Field: memberNames[memberID], Value: cut(s.ID), Reason: "must not change in an update"}
	}
	return nil
}

// UpdateWhere calls f with each session that matches the query, in the query's order,
// and puts the results in one step; it returns how many matched. The query is evaluated
// in UpdateWhere's turn, so a session that another write has changed and that no longer
// matches is left alone. If f returns an error, nothing is changed and UpdateWhere
// returns that error. The rules of Tx apply to f.
//
// A Limit of 0 means all matches, any other that many from the start. Sessions that the
// listing hides are left alone unless the query includes them. An Offset or a Cursor is
// a fault, and so is a query without any condition: pass query.Any() to mean all
// sessions.
func (e *Engine) UpdateWhere(ctx context.Context, q query.Query, f func(*Session) error) (int, error) {
	if err := e.checkWhere(q); err != nil {
		return 0, err
	}
	return e.counted(ctx, false, func(tx *Tx) (int, error) {
		matches, err := tx.where(ctx, q)
		for i := range matches {
			if err == nil {
				err = updated(&matches[i], f)
			}
		}
		if err != nil {
			return 0, err
		}
		return len(matches), tx.Put(matches...)
	})
}

// DeleteWhere removes the sessions that match the query and returns how many. The
// matches are found in DeleteWhere's turn, and the rules for the query are those of
// UpdateWhere.
func (e *Engine) DeleteWhere(ctx context.Context, q query.Query) (int, error) {
	if err := e.checkWhere(q); err != nil {
		return 0, err
	}
	return e.counted(ctx, true, func(tx *Tx) (int, error) {
		matches, err := tx.where(ctx, q)
		if err != nil {
			return 0, err
		}
		ids := make([]string, len(matches))
		for i := range matches {
			ids[i] = matches[i].ID
		}
		return tx.Delete(ids...)
	})
}

// where returns the matches of a query that checkWhere has passed.
func (tx *Tx) where(ctx context.Context, q query.Query) ([]Session, error) {
	limit := q.Limit
	q.Limit = 0
	var matches []Session
	for s, err := range tx.All(ctx, q) {
		if err != nil {
			return nil, err
		}
		if matches = append(matches, s); len(matches) == limit {
			break
		}
	}
	return matches, nil
}

// checkWhere refuses queries that must not select what a write changes.
func (e *Engine) checkWhere(q query.Query) error {
	limit := q.Limit
	q.Limit = max(0, min(limit, query.MaxLimit)) // a write may be larger than a page
	if err := q.ValidateWith(e.shared.schema); err != nil {
		return err
	}
	var faults []query.Fault
	fault := func(param, message string) {
		faults = append(faults, query.Fault{Param: param, Type: "value_error", Message: message})
	}
	if limit < 0 {
		fault("limit", fmt.Sprintf("Input should be greater than or equal to 0 (got %d)", limit))
	}
	if q.Offset != 0 {
		fault("offset", "Input should be 0 to write to all that matches")
	}
	if q.Cursor != "" {
		fault("cursor", "Input should be empty to write to all that matches")
	}
	if !hasCondition(q) {
		fault("query", "Input should have a condition: query.Any() says that all sessions are meant")
	}
	if len(faults) > 0 {
		return &query.Error{Faults: faults}
	}
	return nil
}

// hasCondition reports whether a query has a condition. The sessions hidden by default
// do not count, nor does the Scope, which the program sets and not the user.
func hasCondition(q query.Query) bool {
	if len(q.Where) > 0 {
		return true // also query.Any(), which asks for all sessions
	}
	q.Scope = query.Scope{}
	q.IncludeSubSessions, q.IncludeTaskSessions, q.Include = false, false, nil
	q.SortBy, q.SortDirection, q.SortFirst = "", "", ""
	q.Typing, q.Typos, q.SearchIn = false, false, nil
	q.Match, q.Limit, q.Offset, q.Cursor = "", 0, 0, ""
	return !reflect.DeepEqual(q.Normalized(), query.Query{}.Normalized())
}

// Writer writes to an engine for programs that do not use its transactions: it implements
// httpapi.Writer.
type Writer struct{ engine *Engine }

// Writer returns a Writer to the engine.
func (e *Engine) Writer() *Writer { return &Writer{e} }

// Mutate replaces the session with this id by f's result, in one step: no other write
// comes between f's argument and its result. f gets nil if there is no such session,
// and returns nil to delete it or leave it absent. f may change its argument and return
// it. Returning a session with another id is an error. If f returns an error, nothing
// is changed and Mutate returns that error.
func (w *Writer) Mutate(ctx context.Context, id string, f func(old *Session) (*Session, error)) error {
	return w.engine.Tx(ctx, func(tx *Tx) error {
		var old *Session
		switch s, err := tx.Get(id); {
		case err == nil:
			old = &s
		case !errors.Is(err, ErrNotFound):
			return err
		}
		there := old != nil
		now, err := f(old)
		switch {
		case err != nil:
			return err
		case now == nil && there:
			_, err = tx.Delete(id)
			return err
		case now == nil:
			return nil
		case now.ID != id:
			return fmt.Errorf("%w %q: id: must stay what it is, got %q", ErrInvalidSession, cut(id), cut(now.ID))
		}
		return tx.Put(*now)
	})
}

// InsertAll adds all sessions or none; it returns ErrExists if a session with one of
// the ids exists.
func (w *Writer) InsertAll(ctx context.Context, sessions []Session) error {
	return w.engine.Insert(ctx, sessions...)
}
