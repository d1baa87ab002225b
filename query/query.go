// Package query has the queries of a list of sessions, and the types of answers about it
// ([Plan], [Hidden], [Why]). It knows no index: package query/plan answers queries.
//
// A [Query] is a plain value that Go callers fill in and that [ParseWith] makes from
// the parameters of an HTTP request. Both have one meaning: [Query.Normalized] is the one
// form that is executed, [Query.ValidateWith] the one set of rules, [Error] the one list
// of faults, and [Query.AppendCanonical] the key of anything stored by query. A
// [schema.Schema] has the fields; [Query.Conditions] resolves all conditions against it,
// the contract's and declared ones alike, for package plan.
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
//	aop_asset_id           string      AOPAssetID; implies include_task_sessions
//	trigger_type           list        TriggerTypes; implies include_task_sessions
//	match                  word        Match
//	cursor                 string      Cursor
//	parent_session_id      string      ParentSessionID; implies include_sub_sessions
//	ids                    list        IDs
//	ids[prefix]            string      IDPrefix
//	kind                   words       Kinds
//	updated_after          timestamp   UpdatedAfter
//	updated_before         timestamp   UpdatedBefore
//	include                words       Include
//	sort_first             word        SortFirst
//	typing                 boolean     Typing, with match=words
//	typos                  boolean     Typos, with match=words
//	search_in              words       SearchIn, with match=words
//	tz                     time zone   of dates without a time
//
// Then come the declared fields, by their names:
//
//	keyword                list        In
//	flag                   boolean     In; true implies include
//
// and conditions in brackets, each a [Cond] in Where. Every field of a type takes those of
// the type, declared or not (state[not]=failed, created_at[lt]=2026-07-01).
//
//	f[eq]=a                keyword     In; joins the list of f=a,b
//	f[in]=a,b              keyword     In: any of the values
//	f[not]=a,b             keyword     NotIn: none of them
//	f[all]=a,b             keyword     HasAll: all of them
//	f[prefix]=a            keyword     Prefix
//	f[eq]=1                number      Equal; repeated ones are alternatives
//	f[gte]=1               number      AtLeast; and gt, lte, lt
//	f[gte]=2026-07-01      time        as number
//	f[exists]=true         all these   Has, or Lacks
//
// Names are exact, so "Limit" is another (unknown) parameter. Unknown parameters
// are ignored by Parse and are faults of [ParseStrict]. Brackets are never ignored: an
// unknown field, or an operator that its type lacks, is a fault that lists what exists. So
// is the bare name of a number, time or text.
//
// A list may be repeated, separated by commas, or both; values are trimmed of
// white space, and blank ones dropped. f[]=a is f=a. A value with a comma or with white
// space around it is written f[eq]=a,b, which takes it as it is; f[eq] may be repeated
// and makes one list with f: any of all these values. Of any other parameter that is
// given more than once only the last one counts, and only that one can be faulty.
//
// With any operator but eq each occurrence is a condition of its own, and all must hold.
// In the lists of in, not and all a backslash before a comma, a backslash or white space
// makes that part of a value. The values of eq and prefix are taken as they are. f[in]
// without values holds for no session; not and all without values hold for every one.
//
// An empty string (app_id=, query=, cursor=) is no filter, as a blank keyword
// and an empty list are. An empty integer, boolean, number, timestamp or word is a
// fault: nothing that was sent as a filter is silently ignored. Strings other
// than the keyword are compared exactly and so are not trimmed.
//
// Integers may have white space around them and a sign, and are decimal digits
// otherwise; an offset beyond the range of an int is [math.MaxInt], which is past
// the end of any list. Numbers are decimal too, with an optional fraction and exponent,
// and are doubles. Booleans are, in any case, true, 1, yes, on, t, y and
// false, 0, no, off, f, n, with no white space. Words are exact and in lower case.
// [ParseTime] lists the forms of a timestamp.
//
// Strings must be valid UTF-8. No session holds any other, so such a filter
// could only be a mistake.
//
// # Choices
//
// Where the contract is silent: include=, archived=true and sort_first=archived show
// sessions that the flag hides, ids= and ids[prefix]= show the sessions that they name, and
// a scope shows none. archived=false asks for what the default shows, and overrides
// include=. kind= restricts ids= and ids[prefix]= too. Values of a repeated ids[prefix]=
// must be beginnings of one id. tz= is for dates without a time; a time without a zone is
// in UTC. A keyword of match=all_terms has at most [MaxTerms] different terms, without those that
// lie within another, of together at most [MaxTermsBytes]; one of match=words has at most
// as many different words.
package query

import (
	"errors"
	"time"

	"github.com/sessiondex/sessiondex/schema"
)

// Query says which sessions to list, in which order, and which page of them.
// The zero Query is the contract's default listing: everything but sub-sessions,
// task runs and sessions with a hidden flag, latest update first, the first 50.
//
// All filters must hold for a session to be listed (AND); within one of the
// lists any value will do (OR). A value that no session has matches nothing and
// is not an error.
//
// A Query is a value: it may be copied, and used by several goroutines as long
// as none of them writes to its lists. Nothing in this package does. What keeps a
// query beyond a call keeps a [Query.Clone].
type Query struct {
	// Keyword is searched in titles as a literal substring, by the canonical caseless
	// matching of Unicode. It is trimmed of surrounding white space and of the
	// invisible marks that pasting brings along (byte order, zero width, direction);
	// blank is no filter.
	Keyword string
	// Match says how Keyword matches.
	Match Match
	// Typing and Typos, with MatchWords, let the last word be the beginning of one,
	// and words differ by a typo or two.
	Typing, Typos bool
	// SearchIn, with MatchWords, names the text fields that are searched; empty means
	// the title.
	SearchIn []string

	// States, SourceChannels, SessionTypes and TriggerTypes keep the sessions that
	// have one of the values. The values are free strings that are compared
	// exactly, but for white space around them, which is trimmed; blank values are
	// dropped and an empty list is no filter. (In takes every value literally.)
	// TriggerTypes implies IncludeTaskSessions.
	States, SourceChannels, SessionTypes, TriggerTypes []string

	// AppID and WorkspaceID keep the sessions of one application and of one
	// workspace. They are compared exactly; "" is no filter.
	AppID, WorkspaceID string
	// AOPAssetID keeps the task runs that came from this asset, compared exactly;
	// "" is no filter. It implies IncludeTaskSessions.
	AOPAssetID string
	// ParentSessionID keeps the sub-sessions of one session, compared exactly; "" is
	// no filter. It implies IncludeSubSessions.
	ParentSessionID string

	// IDs keeps the sessions that have one of the ids, compared exactly, whatever would
	// hide them. An empty list is no filter; "" is the id of no session.
	IDs []string
	// IDPrefix keeps the sessions whose id begins with it, compared exactly, whatever would
	// hide them; "" is no filter. Ids have no order of their own, so this is a pass over
	// all of them: about 20 ms per million sessions.
	IDPrefix string

	// Kinds keeps the sessions of these kinds, whatever the two flags below say; an
	// empty list leaves it to them.
	Kinds []Kind
	// IncludeSubSessions and IncludeTaskSessions bring in the sessions that are
	// left out otherwise. A session that is both a sub-session and a task run
	// needs both.
	IncludeSubSessions, IncludeTaskSessions bool
	// Include names hidden flags: the sessions that have one are brought in. A session
	// that has several needs all of them. A condition In(flag, "true") and SortFirst
	// imply it.
	Include []string

	// The bounds of creation and of the last update are inclusive, at nanosecond
	// precision, in any location. The zero time is no bound. An After that is later
	// than its Before matches nothing and is not an error.
	CreatedAfter, CreatedBefore, UpdatedAfter, UpdatedBefore time.Time

	// Where are further conditions, on fields of the contract and on declared ones. All
	// must hold.
	Where []Cond

	// SortFirst names a flag: the sessions that have it come first, in either direction.
	SortFirst string
	// SortBy and SortDirection order the list. Equal sessions are ordered by their
	// ids, in the same direction. By a declared field, sessions without a value come
	// last in either direction.
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

// SortField is what a listing is ordered by: one of the three below, or a declared field
// that is sorted; "" means UpdatedAt.
type SortField string

// Direction is the direction of an order; "" means Desc.
type Direction string

// Match says how a keyword matches; "" means MatchPhrase.
type Match string

// Kind says which of the two kinds of subordinate sessions a session is.
type Kind string

// The contract's words.
const (
	UpdatedAt SortField = "updated_at" // latest update
	CreatedAt SortField = "created_at" // creation
	Title     SortField = "title"      // folded title, then raw title

	Desc Direction = "desc" // largest first
	Asc  Direction = "asc"  // smallest first; exactly the reverse of Desc, but for SortFirst and missing values

	MatchPhrase   Match = "phrase"    // the whole keyword, inner white space literal
	MatchAllTerms Match = "all_terms" // every term between white space, in any order
	MatchWords    Match = "words"     // every word, as an analyser cuts and compares them

	TopLevel   Kind = "top_level"   // neither
	SubSession Kind = "sub_session" // a sub-session and no task run
	TaskRun    Kind = "task_run"    // a task run and no sub-session
	Both       Kind = "both"        // both at once
)

// kinds are all of them, by the visibility that they stand for.
var kinds = [...]Kind{0: TopLevel, schema.SubSession: SubSession, schema.TaskRun: TaskRun, schema.KindBits: Both}

// KindOf returns the kind of a session with these flags.
func KindOf(isSubSession, isTaskSession bool) Kind {
	var v schema.Visibility
	if isSubSession {
		v |= schema.SubSession
	}
	if isTaskSession {
		v |= schema.TaskRun
	}
	return kinds[v]
}

// classes returns the classes of visibility of the kind, whatever their hidden flags;
// none if the kind is unknown.
func (k Kind) classes() (c schema.Classes) {
	for v := range schema.Visibility(schema.NumClasses) {
		if kinds[v&schema.KindBits] == k {
			c |= 1 << v
		}
	}
	return c
}

// Limits of a query.
const (
	DefaultLimit = 50
	MaxLimit     = 500
	// MaxTerms is how many different terms a keyword may have under MatchAllTerms, not
	// counting those that lie within another.
	MaxTerms = 64
	// MaxTermsBytes is how long those may be together. One phrase may be of any length.
	MaxTermsBytes = 16 << 10
)

var (
	// ErrInvalid is what every *Error matches.
	ErrInvalid = errors.New("invalid query")
	// ErrBadCursor is returned for a cursor that this query did not make.
	ErrBadCursor = errors.New("bad cursor")
)

// Everything asks for all sessions: those of every kind, and those that the schema's
// flags hide. A nil schema has none.
func Everything(s *schema.Schema) Query {
	q := Query{IncludeSubSessions: true, IncludeTaskSessions: true}
	for _, row := range s.Hidden() {
		q.Include = append(q.Include, row.Name)
	}
	return q
}
