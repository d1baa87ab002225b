package oracle

import (
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/query"
)

// member names the filter that a facet leaves out.
type member int

const (
	nothing member = iota
	state
	sourceChannel
	sessionType
	triggerType
	appID
	workspaceID
	aopAssetID
	parentID
	createdAt
	updatedAt
	kinds // the two flags
)

// visible applies the two flags, which kinds and ids override. A filter on the asset or the
// trigger includes task runs, one on the parent includes sub-sessions.
func visible(r row, q query.Query) bool {
	if isFilter(q.IDs) || q.IDPrefix != "" || len(q.Kinds) > 0 {
		return true
	}
	if r.IsSubSession && !q.IncludeSubSessions && q.ParentSessionID == "" {
		return false
	}
	if r.IsTaskSession && !q.IncludeTaskSessions && q.AOPAssetID == "" && !isFilter(q.TriggerTypes) {
		return false
	}
	return true
}

// matchesRest applies all filters except the flags and the one on the member omit.
func matchesRest(r row, q query.Query, omit member) bool {
	if omit != state && !oneOf(r.State, q.States) {
		return false
	}
	if omit != sourceChannel && !oneOf(r.SourceChannel, q.SourceChannels) {
		return false
	}
	if omit != sessionType && !oneOf(r.SessionType, q.SessionTypes) {
		return false
	}
	if omit != triggerType && !oneOf(r.TriggerType, q.TriggerTypes) {
		return false
	}
	if omit != appID && q.AppID != "" && r.AppID != q.AppID {
		return false
	}
	if omit != workspaceID && q.WorkspaceID != "" && r.WorkspaceID != q.WorkspaceID {
		return false
	}
	if omit != aopAssetID && q.AOPAssetID != "" && r.AOPAssetID != q.AOPAssetID {
		return false
	}
	if omit != createdAt {
		if !q.CreatedAfter.IsZero() && r.CreatedAt.Before(q.CreatedAfter) {
			return false
		}
		if !q.CreatedBefore.IsZero() && r.CreatedAt.After(q.CreatedBefore) {
			return false
		}
	}
	if omit != parentID && q.ParentSessionID != "" && r.ParentSessionID != q.ParentSessionID {
		return false
	}
	if omit != updatedAt {
		if !q.UpdatedAfter.IsZero() && r.UpdatedAt.Before(q.UpdatedAfter) {
			return false
		}
		if !q.UpdatedBefore.IsZero() && r.UpdatedAt.After(q.UpdatedBefore) {
			return false
		}
	}
	if omit != kinds && len(q.Kinds) > 0 && !slices.Contains(q.Kinds, query.Kind(kindOf(r))) {
		return false
	}
	if len(q.IDs) > 0 && !slices.Contains(q.IDs, r.ID) || !strings.HasPrefix(r.ID, q.IDPrefix) {
		return false
	}
	if q.Scope.AppIDs != nil && (r.AppID == "" || !slices.Contains(q.Scope.AppIDs, r.AppID)) {
		return false
	}
	if q.Scope.WorkspaceIDs != nil && (r.WorkspaceID == "" || !slices.Contains(q.Scope.WorkspaceIDs, r.WorkspaceID)) {
		return false
	}
	return hasKeyword(r, q)
}

// oneOf reports whether value is in a list. Blank entries do not count, and a list with
// no others is no filter.
func oneOf(value string, list []string) bool {
	isFilter := false
	for _, wanted := range list {
		wanted = strings.TrimSpace(wanted)
		if wanted == "" {
			continue
		}
		if value == wanted {
			return true
		}
		isFilter = true
	}
	return !isFilter
}

// isFilter reports whether a list has a value that is not blank.
func isFilter(list []string) bool {
	return slices.ContainsFunc(list, func(value string) bool { return strings.TrimSpace(value) != "" })
}

// hasKeyword reports whether the folded title contains the folded keyword or, with
// all_terms, each of its terms. A keyword that folds to nothing is no filter.
func hasKeyword(r row, q query.Query) bool {
	terms := []string{fold.Trim(q.Keyword)}
	if q.Match == "all_terms" {
		terms = fold.Terms(q.Keyword)
	}
	for _, term := range terms {
		if !strings.Contains(r.folded, r.form.Fold(term)) {
			return false
		}
	}
	return true
}
