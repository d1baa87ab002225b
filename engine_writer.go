package sessiondex

import (
	"context"
	"errors"
	"fmt"
)

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
