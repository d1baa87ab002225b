package sessiondex

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/internal/jsontext"
	"github.com/sessiondex/sessiondex/schema"
)

// Session is one conversation as the public "List sessions" API describes it.
//
// A Session holds no pointers into an engine that a caller could write through: callers
// may keep and change the sessions that they pass in and get back.
//
// Do not embed a Session in a struct that is to be JSON: its MarshalJSON becomes the
// struct's, which loses all other members. To add members to a row, set them with
// SetMember, or make Session a named field of the struct.
type Session struct {
	// ID identifies the session. Never empty.
	ID string
	// Title is what keyword search looks in. An untitled session ("") never
	// matches a keyword and sorts lowest.
	Title string
	// State is the execution state, such as "running" or "completed". Any string.
	State string
	// SourceChannel says where the session came from, such as "web" or "api".
	SourceChannel string
	// SessionType is the kind: "session" (what an absent one means),
	// "video_session", "desktop_session", "mobile_session" or any other string.
	SessionType string
	// AppID and WorkspaceID say whom the session belongs to.
	AppID, WorkspaceID string
	// ParentSessionID is the session that this one branched off. It may name a
	// session that does not exist (any more).
	ParentSessionID string
	// IsSubSession says that the session is a branch of another. It is a fact of
	// its own: deleting the parent does not change it.
	IsSubSession bool
	// AOPAssetID is the workflow asset that a task run came from, and TriggerType
	// what started it ("schedule", "api", "email", …).
	AOPAssetID, TriggerType string
	// IsTaskSession says that the session is a workflow task run.
	IsTaskSession bool
	// CreatedAt and UpdatedAt belong to the caller; the engine never changes them. Both
	// are compared at nanosecond precision. Neither may be zero.
	CreatedAt, UpdatedAt time.Time
	// Extra is a JSON object with the members that are not indexed, stored and returned
	// unchanged; "" if there are none. It is a string, since engine and callers share
	// it without a copy, so it must be immutable.
	Extra string
}

// Member returns the value of a member of Extra as raw JSON, and whether there is one
// with this name. The value is a copy. Member, SetMember and DeleteMember are linear in
// the size of Extra.
func (s *Session) Member(name string) (json.RawMessage, bool) {
	place, ok := memberIn(s.Extra, name)
	if !ok {
		return nil, false
	}
	return json.RawMessage(s.Extra[place.Value:place.ValueEnd]), true
}

// SetMember sets a member of Extra to v as encoding/json writes it. It replaces the
// member with this name, or adds one after all others. json.RawMessage("null") and nil
// store null. It returns an error, and changes nothing, if v cannot be written as JSON,
// if name is a field of Session, or if Extra is not a JSON object.
func (s *Session) SetMember(name string, v any) error {
	if memberOf(name) >= 0 {
		return newFault(name, "", "is a field of Session, not a member of Extra")
	}
	var value bytes.Buffer
	enc := json.NewEncoder(&value)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrInvalidSession, printable(name), err)
	}
	raw := bytes.TrimSpace(value.Bytes())
	if _, fault := settleExtra(s.Extra); fault != nil {
		return fault
	}
	if place, ok := memberIn(s.Extra, name); ok {
		s.Extra = s.Extra[:place.Value] + string(raw) + s.Extra[place.ValueEnd:]
		return nil
	}
	b := make([]byte, 0, len(s.Extra)+len(name)+len(raw)+8)
	switch end := lastMember(s.Extra); {
	case end < 0:
		b = append(b, '{')
	default:
		b = append(append(b, s.Extra[:end]...), ',')
	}
	b = append(jsontext.AppendString(b, name), ':')
	s.Extra = string(append(append(b, raw...), '}'))
	return nil
}

// DeleteMember removes a member of Extra; it does nothing if there is none with this
// name.
func (s *Session) DeleteMember(name string) {
	place, ok := memberIn(s.Extra, name)
	if !ok {
		return
	}
	before, after := s.Extra[:place.Name], s.Extra[place.ValueEnd:]
	// Remove one comma too: the one after the member, or before it if it is the last.
	for i := 0; i < len(after) && (jsontext.IsSpace(after[i]) || after[i] == ','); i++ {
		if after[i] == ',' {
			s.Extra = before + after[i+1:]
			return
		}
	}
	for i := len(before) - 1; i > 0; i-- {
		if before[i] == ',' {
			s.Extra = before[:i] + after
			return
		}
	}
	s.Extra = "" // it was the only member
}

// memberIn returns the offsets of a member of an object.
func memberIn(extra, name string) (jsontext.Member, bool) {
	if extra == "" {
		return jsontext.Member{}, false
	}
	scanner := jsontext.Scanner[string]{Text: extra}
	var m jsontext.Member
	for scanner.Next(&m) {
		if jsontext.Unquoted(extra[m.Name:m.NameEnd]) == name {
			return m, true
		}
	}
	return jsontext.Member{}, false
}

// lastMember returns where the last member of an object ends, -1 if the object is
// empty.
func lastMember(extra string) int {
	end := -1
	if extra == "" {
		return end
	}
	scanner := jsontext.Scanner[string]{Text: extra}
	var m jsontext.Member
	for scanner.Next(&m) {
		end = m.ValueEnd
	}
	return end
}

// project converts a valid session into its index entry. An absent session type is
// "session" from here on.
func project(s *Session) index.Entry {
	e := index.Entry{
		ID: s.ID, Title: s.Title,
		Created: index.InstantOf(s.CreatedAt), Updated: index.InstantOf(s.UpdatedAt),
		Extra: s.Extra,
		Values: [index.NumValues]string{
			schema.RowState:           s.State,
			schema.RowSourceChannel:   s.SourceChannel,
			schema.RowSessionType:     s.sessionType(),
			schema.RowAppID:           s.AppID,
			schema.RowWorkspaceID:     s.WorkspaceID,
			schema.RowAOPAssetID:      s.AOPAssetID,
			schema.RowTriggerType:     s.TriggerType,
			schema.RowParentSessionID: s.ParentSessionID,
		},
	}
	if s.IsSubSession {
		e.Kind |= schema.SubSession
	}
	if s.IsTaskSession {
		e.Kind |= schema.TaskRun
	}
	return e
}

// restore is the inverse of project, into a zero session; times come out in UTC. It
// assigns member by member, because a composite literal is built first and then copied,
// and listings spend most of their time here.
func restore(s *Session, e *index.Entry) {
	s.ID, s.Title = e.ID, e.Title
	s.State = e.Values[schema.RowState]
	s.SourceChannel = e.Values[schema.RowSourceChannel]
	s.SessionType = e.Values[schema.RowSessionType]
	s.AppID = e.Values[schema.RowAppID]
	s.WorkspaceID = e.Values[schema.RowWorkspaceID]
	s.ParentSessionID = e.Values[schema.RowParentSessionID]
	s.IsSubSession = e.Kind&schema.SubSession != 0
	s.AOPAssetID = e.Values[schema.RowAOPAssetID]
	s.TriggerType = e.Values[schema.RowTriggerType]
	s.IsTaskSession = e.Kind&schema.TaskRun != 0
	s.CreatedAt, s.UpdatedAt = e.Created.Time(), e.Updated.Time()
	s.Extra = e.Extra
}

// restoreAt returns the session at an ordinal of the view.
func restoreAt(v *index.View, ord uint32) (s Session) {
	e := v.Entry(ord)
	restore(&s, &e)
	return s
}
