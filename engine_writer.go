package sessiondex

import (
	"context"
	"errors"
	"fmt"
)

// Writer is an engine as programs write through it that are not told of its transactions:
// what httpapi.Writer asks for.
type Writer struct{ engine *Engine }

// Writer returns the engine as one to write through.
func (e *Engine) Writer() *Writer { return &Writer{e} }

// Mutate replaces the session with this id by what f makes of it, in one step: between
// what f sees and what it returns no other write can come. f gets nil if there is none,
// and returns nil for there to be none. What it is given is its own to change and to
// return. A session of another id is an error, and f's error is returned with nothing
// changed.
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

// InsertAll adds sessions, all or none; ErrExists if there is one with an id already.
func (w *Writer) InsertAll(ctx context.Context, sessions []Session) error {
	return w.engine.Insert(ctx, sessions...)
}
