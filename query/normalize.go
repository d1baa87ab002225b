package query

import (
	"slices"
	"strings"
)

// Normalized returns the one form of all queries that mean the same as q, which
// is the form that is run: defaults filled in (match, order, limit), the keyword
// trimmed, the values of each list trimmed, sorted, without blanks and
// duplicates, and nil if none is left, times in UTC, and IncludeTaskSessions set
// if AOPAssetID is. What is invalid stays as it is (see Validate), and so does the
// Scope, in which an empty list and none are not the same.
//
// Normalising again changes nothing. A list that is in this form already is
// shared with q, any other is copied; q's own lists are never written to.
func (q Query) Normalized() Query {
	q.Keyword = strings.TrimSpace(q.Keyword)
	if q.Match == "" {
		q.Match = MatchPhrase
	}
	q.States = normalList(q.States)
	q.SourceChannels = normalList(q.SourceChannels)
	q.SessionTypes = normalList(q.SessionTypes)
	q.TriggerTypes = normalList(q.TriggerTypes)
	q.IncludeTaskSessions = q.IncludeTaskSessions || q.AOPAssetID != ""
	q.CreatedAfter = q.CreatedAfter.UTC()
	q.CreatedBefore = q.CreatedBefore.UTC()
	if q.SortBy == "" {
		q.SortBy = UpdatedAt
	}
	if q.SortDirection == "" {
		q.SortDirection = Desc
	}
	if q.Limit == 0 {
		q.Limit = DefaultLimit
	}
	return q
}

func normalList(list []string) []string {
	if isNormalList(list) {
		return list
	}
	out := make([]string, 0, len(list))
	for _, value := range list {
		if value = strings.TrimSpace(value); value != "" {
			out = append(out, value)
		}
	}
	if len(out) == 0 {
		return nil
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// isNormalList is the cheap way out for what Parse made and for short lists, which
// is nearly every call.
func isNormalList(list []string) bool {
	if len(list) == 0 {
		return list == nil
	}
	for i, value := range list {
		if value == "" || strings.TrimSpace(value) != value || i > 0 && list[i-1] >= value {
			return false
		}
	}
	return true
}
