package query

import (
	"errors"
	"time"
)

// Query says which sessions to list, in which order, and which page of them.
// The zero Query is the contract's default listing: everything but sub-sessions
// and task runs, latest update first, the first 50.
type Query struct {
	Keyword                                            string
	Match                                              Match
	States, SourceChannels, SessionTypes, TriggerTypes []string
	AppID, WorkspaceID, AOPAssetID                     string
	IncludeSubSessions, IncludeTaskSessions            bool
	CreatedAfter, CreatedBefore                        time.Time
	SortBy                                             SortField
	SortDirection                                      Direction
	Limit, Offset                                      int
	Cursor                                             string
}

// SortField is what a listing is ordered by; "" means UpdatedAt.
type SortField string

// Direction is the direction of an order; "" means Desc.
type Direction string

// Match says how a keyword matches; "" means Phrase.
type Match string

// The contract's words.
const (
	UpdatedAt SortField = "updated_at"
	CreatedAt SortField = "created_at"
	Title     SortField = "title"

	Desc Direction = "desc"
	Asc  Direction = "asc"

	Phrase   Match = "phrase"
	AllTerms Match = "all_terms"
)

// Limits of a page.
const (
	DefaultLimit = 50
	MaxLimit     = 500
)

var (
	// ErrInvalid is what every *Error matches.
	ErrInvalid = errors.New("invalid query")
	// ErrBadCursor is returned for a cursor that this query did not make.
	ErrBadCursor = errors.New("bad cursor")
)
