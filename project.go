package sessiondex

import (
	"github.com/sessiondex/sessiondex/index"
)

// project turns a valid session into what the index knows of it. An absent
// session type is "session" from here on.
func project(s *Session) index.Entry {
	e := index.Entry{
		ID: s.ID, Title: s.Title,
		Created: index.InstantOf(s.CreatedAt), Updated: index.InstantOf(s.UpdatedAt),
		Parent: s.ParentSessionID, Extra: s.Extra,
		Values: [index.NumFields]string{
			index.State:         s.State,
			index.SourceChannel: s.SourceChannel,
			index.SessionType:   s.sessionType(),
			index.App:           s.AppID,
			index.Workspace:     s.WorkspaceID,
			index.Asset:         s.AOPAssetID,
			index.Trigger:       s.TriggerType,
		},
	}
	if s.IsSubSession {
		e.Kind |= index.Sub
	}
	if s.IsTaskSession {
		e.Kind |= index.Task
	}
	return e
}

// restore is the way back, into a zero session; times come out in UTC. Member by
// member, since a page is made of little else: a literal is put together first and
// then copied.
func restore(s *Session, e *index.Entry) {
	s.ID, s.Title = e.ID, e.Title
	s.State = e.Values[index.State]
	s.SourceChannel = e.Values[index.SourceChannel]
	s.SessionType = e.Values[index.SessionType]
	s.AppID = e.Values[index.App]
	s.WorkspaceID = e.Values[index.Workspace]
	s.ParentSessionID = e.Parent
	s.IsSubSession = e.Kind&index.Sub != 0
	s.AOPAssetID = e.Values[index.Asset]
	s.TriggerType = e.Values[index.Trigger]
	s.IsTaskSession = e.Kind&index.Task != 0
	s.CreatedAt, s.UpdatedAt = e.Created.Time(), e.Updated.Time()
	s.Extra = e.Extra
}

// restoreAt returns the session at an ordinal of the view.
func restoreAt(v *index.View, ord uint32) (s Session) {
	e := v.Entry(ord)
	restore(&s, &e)
	return s
}
