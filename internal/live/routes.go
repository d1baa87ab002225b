package live

import (
	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// routes lead from a session to the listings that could have it. A listing stands
// under each value of one of the members that it filters on, the member that
// tells most, or among the general ones if it filters on none.
type routes struct {
	byValue [index.NumValues]map[string]listingSet
	general []*listing
}

type listingSet map[*listing]struct{}

// routeOf returns the values of one member that a listing asks for: a session that
// has none of them is not in it. ok is false if it asks for none.
func routeOf(q *query.Query) (f int, values []string, ok bool) {
	switch {
	case q.AOPAssetID != "":
		return schema.RowAOPAssetID, []string{q.AOPAssetID}, true
	case q.ParentSessionID != "":
		return schema.RowParentSessionID, []string{q.ParentSessionID}, true
	case q.AppID != "":
		return schema.RowAppID, []string{q.AppID}, true
	case q.WorkspaceID != "":
		return schema.RowWorkspaceID, []string{q.WorkspaceID}, true
	case q.Scope.AppIDs != nil:
		return schema.RowAppID, q.Scope.AppIDs, true
	case q.Scope.WorkspaceIDs != nil:
		return schema.RowWorkspaceID, q.Scope.WorkspaceIDs, true
	case len(q.TriggerTypes) > 0:
		return schema.RowTriggerType, q.TriggerTypes, true
	case len(q.States) > 0:
		return schema.RowState, q.States, true
	case len(q.SourceChannels) > 0:
		return schema.RowSourceChannel, q.SourceChannels, true
	case len(q.SessionTypes) > 0:
		return schema.RowSessionType, q.SessionTypes, true
	}
	return 0, nil, false
}

func (r *routes) add(l *listing) {
	f, values, ok := routeOf(&l.query)
	if !ok {
		l.place = len(r.general)
		r.general = append(r.general, l)
		return
	}
	if r.byValue[f] == nil {
		r.byValue[f] = make(map[string]listingSet)
	}
	for _, value := range values {
		if r.byValue[f][value] == nil {
			r.byValue[f][value] = make(listingSet)
		}
		r.byValue[f][value][l] = struct{}{}
	}
}

func (r *routes) remove(l *listing) {
	f, values, ok := routeOf(&l.query)
	if !ok {
		last := len(r.general) - 1
		r.general[l.place] = r.general[last]
		r.general[l.place].place = l.place
		r.general[last] = nil
		r.general = r.general[:last]
		return
	}
	for _, value := range values {
		delete(r.byValue[f][value], l)
		if len(r.byValue[f][value]) == 0 {
			delete(r.byValue[f], value)
		}
	}
}

// each calls fn with every listing that could have the session before or after a
// change, some of them twice.
func (r *routes) each(s *sights, fn func(*listing)) {
	for _, l := range r.general {
		fn(l)
	}
	for f, byValue := range r.byValue {
		if len(byValue) == 0 {
			continue
		}
		old, now := s.before.entry.Values[f], s.after.entry.Values[f]
		for l := range byValue[old] {
			fn(l)
		}
		if now != old {
			for l := range byValue[now] {
				fn(l)
			}
		}
	}
}
