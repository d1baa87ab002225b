// Package query says what is asked of a list of sessions, and the forms in which
// answers about it come ([Plan], [Hidden], [Why]). It knows no index: package
// query/plan answers.
//
// A [Query] is a plain value that Go callers fill in and that [Parse] makes from
// the parameters of an HTTP request. Both doors have one meaning: [Query.Normalized] is the one form that is executed, [Query.Validate]
// the one set of rules, and [Error] the one list of what is wrong.
//
// # Parameters
//
// The parameters, and the order in which faults are listed:
//
//	query                  string      Keyword
//	state                  list        States
//	source_channel         list        SourceChannels
//	session_type           list        SessionTypes
//	app_id                 string      AppID
//	include_sub_sessions   boolean     IncludeSubSessions
//	include_task_sessions  boolean     IncludeTaskSessions
//	created_after          timestamp   CreatedAfter
//	created_before         timestamp   CreatedBefore
//	sort_by                word        SortBy
//	sort_direction         word        SortDirection
//	limit                  integer     Limit
//	offset                 integer     Offset
//	workspace_id           string      WorkspaceID
//	aop_asset_id           string      AOPAssetID
//	trigger_type           list        TriggerTypes
//	match                  word        Match
//	cursor                 string      Cursor
//
// Names are exact, so "Limit" is another (unknown) parameter. Unknown parameters
// are ignored by Parse and are faults of [ParseStrict].
//
// A list may be repeated, separated by commas, or both; values are trimmed of
// white space, and blank ones dropped. Of any other parameter that is given more
// than once only the last one counts, and only that one can be faulty.
//
// An empty string (app_id=, query=, cursor=) is no filter, as a blank keyword
// and an empty list are. An empty integer, boolean, timestamp or word is a
// fault: nothing that was sent as a filter is silently ignored. Strings other
// than the keyword are compared exactly and so are not trimmed.
//
// Integers may have white space around them and a sign, and are decimal digits
// otherwise; an offset beyond the range of an int is [math.MaxInt], which is past
// the end of any list. Booleans are, in any case, true, 1, yes, on, t, y and
// false, 0, no, off, f, n, with no white space. Words (sort_by, sort_direction,
// match) are exact and in lower case. [ParseTime] lists the forms of a timestamp.
//
// Strings must be valid UTF-8. No session holds any other, so such a filter
// could only be a mistake.
package query

import (
	"errors"
	"time"
)

// Query says which sessions to list, in which order, and which page of them.
// The zero Query is the contract's default listing: everything but sub-sessions
// and task runs, latest update first, the first 50.
//
// All filters must hold for a session to be listed (AND); within one of the
// lists any value will do (OR). A value that no session has matches nothing and
// is not an error.
//
// A Query is a value: it may be copied, and used by several goroutines as long
// as none of them writes to its lists. Nothing in this package does.
type Query struct {
	// Keyword is searched in titles, without regard to case, as a literal
	// substring. It is trimmed of surrounding white space; blank is no filter.
	Keyword string
	// Match says how Keyword matches.
	Match Match

	// States, SourceChannels, SessionTypes and TriggerTypes keep the sessions that
	// have one of the values. The values are free strings that are compared
	// exactly, but for white space around them, which is trimmed; blank values are
	// dropped and an empty list is no filter.
	States, SourceChannels, SessionTypes, TriggerTypes []string

	// AppID and WorkspaceID keep the sessions of one application and of one
	// workspace. They are compared exactly; "" is no filter.
	AppID, WorkspaceID string
	// AOPAssetID keeps the task runs that came from this asset, compared exactly;
	// "" is no filter. It implies IncludeTaskSessions.
	AOPAssetID string

	// IncludeSubSessions and IncludeTaskSessions bring in the sessions that are
	// left out otherwise. A session that is both a sub-session and a task run
	// needs both.
	IncludeSubSessions, IncludeTaskSessions bool

	// CreatedAfter and CreatedBefore bound the time of creation, both inclusive,
	// at nanosecond precision, in any location. The zero time is no bound.
	// CreatedAfter later than CreatedBefore matches nothing and is not an error.
	CreatedAfter, CreatedBefore time.Time

	// SortBy and SortDirection order the list. Equal sessions are ordered by their
	// ids, in the same direction.
	SortBy        SortField
	SortDirection Direction

	// Limit is the size of the page, 1 to MaxLimit; 0 means DefaultLimit. (The
	// parameter limit=0 is an error: leave it out instead.)
	Limit int
	// Offset is the number of matches to skip, from the top or from the cursor, up
	// to [math.MaxInt]: add nothing to it without a thought for overflow. Past the
	// end the page is empty.
	Offset int
	// Cursor continues after the page that returned it; "" starts at the top. What
	// it holds is checked when the query is run.
	Cursor string

	// Scope bounds what the query can see at all. Parse never sets it and Values
	// leaves it out.
	Scope Scope
}

// SortField is what a listing is ordered by; "" means UpdatedAt.
type SortField string

// Direction is the direction of an order; "" means Desc.
type Direction string

// Match says how a keyword matches; "" means MatchPhrase.
type Match string

// The contract's words.
const (
	UpdatedAt SortField = "updated_at" // latest update
	CreatedAt SortField = "created_at" // creation
	Title     SortField = "title"      // folded title, then raw title

	Desc Direction = "desc" // largest first
	Asc  Direction = "asc"  // smallest first; exactly the reverse of Desc

	MatchPhrase   Match = "phrase"    // the whole keyword, inner white space literal
	MatchAllTerms Match = "all_terms" // every term between white space, in any order
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
