package sessiondex

import "time"

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
