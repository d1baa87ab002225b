package cluster

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

// The errors that callers tell apart, with errors.Is. What is returned says more, and
// most have a type with the parts, for errors.As.
var (
	// ErrConflict is returned by PutIf if the session is not at the revision asked for;
	// see ConflictError.
	ErrConflict = errors.New("cluster: the session was changed meanwhile")
	// ErrUncertain is returned by a write whose outcome is not known: its context ended,
	// or the servers were away, after it was sent. It may be in the stream or come to be.
	ErrUncertain = unavailable("cluster: it is not known whether the write was made")
	// ErrStale is returned by reads past Options.MaxLag; see StaleError.
	ErrStale = unavailable("cluster: the node is behind")
	// ErrBatchSpans is returned for a batch whose sessions are of several partitions;
	// see SpansError.
	ErrBatchSpans = errors.New("cluster: a batch must be of one partition")
	// ErrTooLarge is returned for a batch or a session that the servers would not take;
	// see TooLargeError.
	ErrTooLarge = errors.New("cluster: too large")
	// ErrNotHeld is returned for a workspace whose partition the node does not hold.
	ErrNotHeld = errors.New("cluster: the node does not hold the partition")
	// ErrForeignStream is returned for a stream that is not what a node needs; see
	// StreamError.
	ErrForeignStream = errors.New("cluster: the stream is not one of sessions")
	// ErrForeignEngine is returned by Open for an engine that holds what is not from the
	// stream; see EngineError.
	ErrForeignEngine = errors.New("cluster: the engine does not follow this stream")
	// ErrStreamReplaced is returned to those who wait for a sequence of a stream that was
	// deleted or replaced by another meanwhile.
	ErrStreamReplaced = unavailable("cluster: the stream was replaced")
	// ErrRestoring is returned while a stream is being filled by Restore.
	ErrRestoring = unavailable("cluster: the stream is being restored")
	// ErrClosed is returned by every call on a node that was closed.
	ErrClosed = unavailable("cluster: the node is closed")
)

// temporary is an error that an HTTP handler answers with 503.
type temporary struct{ text string }

func unavailable(text string) error { return &temporary{text} }

func (e *temporary) Error() string { return e.text }

func (e *temporary) Unwrap() error { return httpapi.ErrUnavailable }

// ConflictError says which session was not at the revision asked for. It matches
// ErrConflict.
type ConflictError struct {
	// ID is the session's id, "" if it is one of several.
	ID string
	// Wanted is the revision that the write asked for, 0 for none.
	Wanted Seq
}

func (e *ConflictError) Error() string {
	if e.ID == "" {
		return ErrConflict.Error()
	}
	return fmt.Sprintf("%v: %q is not at revision %d", ErrConflict, e.ID, e.Wanted)
}

func (e *ConflictError) Unwrap() error { return ErrConflict }

// StaleError says how far a node is behind. It matches ErrStale.
type StaleError struct {
	// Lag is how long ago the node was last known to have everything, and Most what
	// Options.MaxLag allows.
	Lag, Most time.Duration
}

func (e *StaleError) Error() string {
	return fmt.Sprintf("%v: it last had everything %v ago, at most %v are allowed", ErrStale, e.Lag.Round(time.Millisecond), e.Most)
}

func (e *StaleError) Unwrap() error { return ErrStale }

// SpansError names two sessions of one batch that lie in different partitions. It
// matches ErrBatchSpans.
type SpansError struct {
	IDs        [2]string
	Workspaces [2]string
	Partitions [2]int
}

func (e *SpansError) Error() string {
	return fmt.Sprintf("%v: %q of workspace %q is in partition %d, %q of workspace %q in partition %d", ErrBatchSpans,
		e.IDs[0], e.Workspaces[0], e.Partitions[0], e.IDs[1], e.Workspaces[1], e.Partitions[1])
}

// Unwrap makes it an invalid session too: whoever asked for this over HTTP is told why not.
func (e *SpansError) Unwrap() []error {
	return []error{ErrBatchSpans, &sessiondex.SessionError{ID: e.IDs[1], Index: -1, Field: "workspace_id", Value: e.Workspaces[1],
		Reason: fmt.Sprintf("is in another partition than workspace %q", e.Workspaces[0])}}
}

// TooLargeError says what is too large, and how large it may be. It matches ErrTooLarge.
type TooLargeError struct {
	// ID is the session's id; "" if the batch has too many sessions.
	ID string
	// Have and Most are bytes of a session as it is stored, or sessions of a batch.
	Have, Most int
}

func (e *TooLargeError) Error() string {
	if e.ID == "" {
		return fmt.Sprintf("%v: the batch has %d messages, at most %d are possible", ErrTooLarge, e.Have, e.Most)
	}
	return fmt.Sprintf("%v: session %q has %d bytes, at most %d are possible", ErrTooLarge, e.ID, e.Have, e.Most)
}

// Unwrap makes it an invalid session too, as that of SpansError.
func (e *TooLargeError) Unwrap() []error {
	return []error{ErrTooLarge, &sessiondex.SessionError{ID: e.ID, Index: -1, Reason: strings.TrimPrefix(e.Error(), "cluster: ")}}
}

// PartitionError names a workspace whose partition the node does not hold. It matches
// ErrNotHeld.
type PartitionError struct {
	Workspace string
	Partition int
}

func (e *PartitionError) Error() string {
	return fmt.Sprintf("%v: workspace %q is in partition %d", ErrNotHeld, e.Workspace, e.Partition)
}

// Unwrap makes it an invalid session too, as that of SpansError.
func (e *PartitionError) Unwrap() []error {
	return []error{ErrNotHeld, &sessiondex.SessionError{Index: -1, Field: "workspace_id", Value: e.Workspace,
		Reason: fmt.Sprintf("is in partition %d, which is not held here", e.Partition)}}
}

// StreamError lists every difference between a stream and what a node needs. It matches
// ErrForeignStream.
type StreamError struct {
	Stream      string
	Differences []string
}

func (e *StreamError) Error() string {
	return fmt.Sprintf("%v: %s: %s", ErrForeignStream, e.Stream, strings.Join(e.Differences, "; "))
}

func (e *StreamError) Unwrap() error { return ErrForeignStream }

// EngineError says what an engine holds that is not from the stream. It matches
// ErrForeignEngine.
type EngineError struct {
	Stream string
	Reason string
}

func (e *EngineError) Error() string {
	return fmt.Sprintf("%v %s: %s", ErrForeignEngine, e.Stream, e.Reason)
}

func (e *EngineError) Unwrap() error { return ErrForeignEngine }

// isGone reports whether an error says that there is no such session.
func isGone(err error) bool { return errors.Is(err, sessiondex.ErrNotFound) }
