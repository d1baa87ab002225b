package sessiondex

import (
	"errors"

	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/store"
)

// The errors that callers distinguish with errors.Is. A returned error usually wraps
// one of them and says more.
var (
	// ErrNotFound is returned by Get and Why for an id that no session has.
	ErrNotFound = query.ErrNotFound
	// ErrClosed is returned by every call on a closed engine.
	ErrClosed = errors.New("engine is closed")
	// ErrExists is returned by Insert for an id that a session already has.
	ErrExists = errors.New("session exists already")
	// ErrTxDone is returned by the methods of a Tx whose function has returned.
	ErrTxDone = errors.New("transaction is over")
	// ErrTooOld is returned by Changes for a mark of another history, and for one after
	// which the engine no longer remembers every commit.
	ErrTooOld = errors.New("mark is too old")
	// ErrInvalidSession is returned by Put, by ReadJSONL and by the JSON decoder
	// for a session that breaks a rule; the text names the session, the field and
	// the value. The whole batch is refused.
	ErrInvalidSession = errors.New("invalid session")
	// ErrInvalidQuery is matched by every *query.Error.
	ErrInvalidQuery = query.ErrInvalid
	// ErrBadCursor is returned for a cursor that is malformed, altered, or was
	// made for another filter or order.
	ErrBadCursor = query.ErrBadCursor

	// ErrLocked is returned by Open for a file that is in use by another engine,
	// in this process or another.
	ErrLocked = store.ErrLocked
	// ErrReadOnly is returned by Put and Delete of an engine opened read-only.
	ErrReadOnly = store.ErrReadOnly
	// ErrCorrupt is returned for a database file, or a record in it, that is damaged;
	// the text says which, what was expected and what was found.
	ErrCorrupt = store.ErrCorrupt
	// ErrVersion is returned by Open for a file or a record of a newer version than
	// this program knows; the text has both.
	ErrVersion = store.ErrVersion
)
