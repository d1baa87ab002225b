package sessiondex

import (
	"math"
	"slices"
	"time"

	"github.com/sessiondex/sessiondex/internal/jsontext"
	"github.com/sessiondex/sessiondex/internal/publicapi"
)

// The members of a session that have a field of their own, in the order in which
// they are written. All others live in Extra.
const (
	memberID = iota
	memberTitle
	memberState
	memberSourceChannel
	memberSessionType
	memberAppID
	memberWorkspaceID
	memberIsSubSession
	memberParentSessionID
	memberIsTaskSession
	memberAOPAssetID
	memberTriggerType
	memberCreatedAt
	memberUpdatedAt
	memberCount
)

var memberNames = [memberCount]string{
	memberID:              "id",
	memberTitle:           "title",
	memberState:           "state",
	memberSourceChannel:   "source_channel",
	memberSessionType:     "session_type",
	memberAppID:           "app_id",
	memberWorkspaceID:     "workspace_id",
	memberIsSubSession:    "is_sub_session",
	memberParentSessionID: "parent_session_id",
	memberIsTaskSession:   "is_task_session",
	memberAOPAssetID:      "aop_asset_id",
	memberTriggerType:     "trigger_type",
	memberCreatedAt:       "created_at",
	memberUpdatedAt:       "updated_at",
}

// memberOf returns the member of this name, or -1. Names are compared exactly: "ID" is
// not "id" but an unknown member.
func memberOf[T jsontext.Text](name T) int {
	switch string(name) {
	case "id":
		return memberID
	case "title":
		return memberTitle
	case "state":
		return memberState
	case "source_channel":
		return memberSourceChannel
	case "session_type":
		return memberSessionType
	case "app_id":
		return memberAppID
	case "workspace_id":
		return memberWorkspaceID
	case "is_sub_session":
		return memberIsSubSession
	case "parent_session_id":
		return memberParentSessionID
	case "is_task_session":
		return memberIsTaskSession
	case "aop_asset_id":
		return memberAOPAssetID
	case "trigger_type":
		return memberTriggerType
	case "created_at":
		return memberCreatedAt
	case "updated_at":
		return memberUpdatedAt
	}
	return -1
}

// defaultSessionType is what an absent session_type means.
const defaultSessionType = "session"

// MarshalJSON returns the session as the contract's JSON; see AppendJSON. It
// refuses, with a *SessionError, a session that UnmarshalJSON would not read back:
// every rule of Validate holds, except the limit on the title.
//
// json.Marshal and json.Encoder pass the result through their own compaction, which
// writes <, > and & as escapes and drops white space inside Extra. The values stay
// the same; AppendJSON and WriteJSONL leave those bytes as they are.
func (s Session) MarshalJSON() ([]byte, error) {
	extra, fault := settle(&s, math.MaxInt)
	if fault != nil {
		fault.ID = s.ID
		return nil, fault
	}
	s.Extra = extra
	return s.AppendJSON(nil), nil
}

// AppendJSON appends the session as the contract's JSON and returns the extended
// buffer, which may be the only allocation. It is the fast path of listings: no
// reflection, and cost in proportion to the bytes written.
//
// The result is one JSON object without a line break: the fourteen indexed members
// in the contract's order, then the members of Extra, the bytes of their names and
// values as they are (only if Extra contains line breaks, its white space between
// tokens is dropped). An empty string is written as null, an empty SessionType as
// "session", times as RFC 3339 in UTC with as many digits of the fraction as needed.
// Strings escape what JSON demands, and U+2028 and U+2029; <, > and & stay.
//
// The session must be valid, as is every session from an engine, ReadJSONL or
// UnmarshalJSON. For one that is not, bytes that are not UTF-8 are written as U+FFFD
// and an impossible time as null, but an Extra that is not a JSON object makes the
// result invalid. MarshalJSON checks first.
func (s *Session) AppendJSON(dst []byte) []byte {
	dst = slices.Grow(dst, s.jsonSizeHint())
	dst = s.appendIndexed(dst)
	dst = jsontext.AppendMembers(dst, jsontext.MembersOf(s.Extra))
	return append(dst, '}')
}

// AppendContractJSON appends the session as the contract's endpoint answers it. It is
// AppendJSON, completed for clients that read the result into the public API's types. A
// thread_id that is absent or null becomes the id, and such a session_status_v2 follows
// from the state ("active" for running; "needs_input" for needs_input and
// waiting_for_input; "error" for failed and error; else "idle"). A member of the public
// API whose value has the wrong type, such as an object in agent, is left out.
// Engine.Stats counts such sessions.
func (s *Session) AppendContractJSON(dst []byte) []byte {
	dst = slices.Grow(dst, s.jsonSizeHint()+publicapi.SizeHint+len(s.ID))
	dst = s.appendIndexed(dst)
	dst = publicapi.AppendMembers(dst, s.Extra, s.ID, s.State)
	return append(dst, '}')
}

// appendIndexed appends the opening brace and the members that have a field in Session.
func (s *Session) appendIndexed(dst []byte) []byte {
	dst = append(dst, `{"id":`...)
	dst = appendText(dst, s.ID)
	dst = append(dst, `,"title":`...)
	dst = appendText(dst, s.Title)
	dst = append(dst, `,"state":`...)
	dst = appendText(dst, s.State)
	dst = append(dst, `,"source_channel":`...)
	dst = appendText(dst, s.SourceChannel)
	dst = append(dst, `,"session_type":`...)
	dst = appendText(dst, s.sessionType())
	dst = append(dst, `,"app_id":`...)
	dst = appendText(dst, s.AppID)
	dst = append(dst, `,"workspace_id":`...)
	dst = appendText(dst, s.WorkspaceID)
	dst = append(dst, `,"is_sub_session":`...)
	dst = appendBool(dst, s.IsSubSession)
	dst = append(dst, `,"parent_session_id":`...)
	dst = appendText(dst, s.ParentSessionID)
	dst = append(dst, `,"is_task_session":`...)
	dst = appendBool(dst, s.IsTaskSession)
	dst = append(dst, `,"aop_asset_id":`...)
	dst = appendText(dst, s.AOPAssetID)
	dst = append(dst, `,"trigger_type":`...)
	dst = appendText(dst, s.TriggerType)
	dst = append(dst, `,"created_at":`...)
	dst = appendTime(dst, s.CreatedAt)
	dst = append(dst, `,"updated_at":`...)
	return appendTime(dst, s.UpdatedAt)
}

func (s *Session) sessionType() string {
	if s.SessionType == "" {
		return defaultSessionType
	}
	return s.SessionType
}

// jsonSizeHint returns about how many bytes the session's JSON takes: exact for
// plain ASCII, too low where characters need escapes.
func (s *Session) jsonSizeHint() int {
	const names, times, quotes = 240, 2 * 37, 24
	return names + times + quotes + len(s.ID) + len(s.Title) + len(s.State) + len(s.SourceChannel) + len(s.sessionType()) +
		len(s.AppID) + len(s.WorkspaceID) + len(s.ParentSessionID) + len(s.AOPAssetID) + len(s.TriggerType) + len(s.Extra)
}

// appendText appends a string member's value: null if it is empty.
func appendText(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "null"...)
	}
	return jsontext.AppendString(dst, s)
}

func appendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}

// appendTime appends t in UTC, with as many digits of the fraction as it needs, or
// null if RFC 3339 cannot write it.
func appendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 1 || year > 9999 || t.IsZero() {
		return append(dst, "null"...)
	}
	hour, minute, second := t.Clock()
	dst = append(dst, '"')
	dst = appendTwoDigits(appendTwoDigits(dst, year/100), year%100)
	dst = appendTwoDigits(append(dst, '-'), int(month))
	dst = appendTwoDigits(append(dst, '-'), day)
	dst = appendTwoDigits(append(dst, 'T'), hour)
	dst = appendTwoDigits(append(dst, ':'), minute)
	dst = appendTwoDigits(append(dst, ':'), second)
	if fraction := t.Nanosecond(); fraction != 0 {
		dst = append(dst, '.')
		for unit := 100_000_000; fraction != 0; unit /= 10 {
			dst = append(dst, byte('0'+fraction/unit))
			fraction %= unit
		}
	}
	return append(dst, 'Z', '"')
}

func appendTwoDigits(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }

// DropDerived removes from Extra what AppendContractJSON would fill in anyway: a thread_id
// that is the id, and a session_status_v2 that follows from the state. Call it before
// storing a session that an endpoint returned; otherwise the status would not follow later
// changes of the state. Reading a Page from JSON does it for all of its sessions; reading
// a Session does not.
func (s *Session) DropDerived() { s.Extra = publicapi.Underived(s.Extra, s.ID, s.State) }
