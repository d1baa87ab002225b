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

// restore is the way back; times come out in UTC.
func restore(s *Session, e index.Entry) {
	*s = Session{
		ID: e.ID, Title: e.Title,
		State:           e.Values[index.State],
		SourceChannel:   e.Values[index.SourceChannel],
		SessionType:     e.Values[index.SessionType],
		AppID:           e.Values[index.App],
		WorkspaceID:     e.Values[index.Workspace],
		ParentSessionID: e.Parent,
		IsSubSession:    e.Kind&index.Sub != 0,
		AOPAssetID:      e.Values[index.Asset],
		TriggerType:     e.Values[index.Trigger],
		IsTaskSession:   e.Kind&index.Task != 0,
		CreatedAt:       e.Created.Time(),
		UpdatedAt:       e.Updated.Time(),
		Extra:           e.Extra,
	}
}
