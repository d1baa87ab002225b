package store

import (
	"errors"
	"fmt"
)

// The errors that callers distinguish with errors.Is. A returned error wraps one of
// them and says more.
var (
	// ErrLocked is returned by Open when another process, or another handle in
	// this one, has the file open and still had it after Options.Timeout.
	ErrLocked = errors.New("file is in use")
	// ErrClosed is returned by every call on a closed store.
	ErrClosed = errors.New("store is closed")
	// ErrReadOnly is returned by Apply on a store that was opened read-only.
	ErrReadOnly = errors.New("store is read-only")
	// ErrCorrupt is matched by every *CorruptError.
	ErrCorrupt = errors.New("file is damaged")
	// ErrVersion is matched by every *VersionError.
	ErrVersion = errors.New("version is newer than this program")
	// ErrInvalid is returned by Open and Apply for options or a write that break
	// a rule. The text names the field and the value.
	ErrInvalid = errors.New("invalid argument")
	// ErrGone is returned by Apply when the file is no longer at its path: it was
	// removed, renamed or replaced, and further writes to it would be lost.
	ErrGone = errors.New("file is no longer at its path")
)

// CorruptError says where a file is damaged. Its only content from records is the id of
// the damaged one.
type CorruptError struct {
	// Where is the location, such as "page 17" or `record "a1"`.
	Where string
	// Want is what was expected there, and Got what was found.
	Want, Got string
	// Err is the underlying error, nil if there is none.
	Err error
}

func (e *CorruptError) Error() string {
	s := "store: file is damaged: " + e.Where
	if e.Want != "" {
		s += ": expected " + e.Want
	}
	if e.Got != "" {
		if e.Want != "" {
			s += ", found " + e.Got
		} else {
			s += ": " + e.Got
		}
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Is makes errors.Is(err, ErrCorrupt) hold.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }

// Unwrap returns the underlying error.
func (e *CorruptError) Unwrap() error { return e.Err }

// VersionError says that a file, or a record in it, was written by a newer
// program.
type VersionError struct {
	// What is "file format" or `record "a1"`.
	What string
	// File is the version found, Supported the newest that is understood.
	File, Supported int
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("store: %s has version %d, newer than the supported version %d", e.What, e.File, e.Supported)
}

// Is makes errors.Is(err, ErrVersion) hold.
func (e *VersionError) Is(target error) bool { return target == ErrVersion }

func pageError(id uint64, want, got string) error {
	return &CorruptError{Where: fmt.Sprintf("page %d", id), Want: want, Got: got}
}

func recordError(id []byte, want, got string) error {
	return &CorruptError{Where: "record " + quoteID(id), Want: want, Got: got}
}

// quoteID makes an id printable and bounds its length: an id may have 32 KiB, and in a
// damaged file it may be any bytes.
func quoteID(id []byte) string {
	const most = 200
	if len(id) > most {
		return fmt.Sprintf("%q… (%d bytes)", id[:most], len(id))
	}
	return fmt.Sprintf("%q", id)
}
