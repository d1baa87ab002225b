package sessiondex

import (
	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/schema"
)

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
