package query

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Values returns the parameters that ask for q. Defaults are left out, so the
// zero Query has no parameters. Parse(q.Values()) equals q.Normalized(), to the
// nanosecond, for every valid q but one that has a comma within a value of a
// list: the contract's lists have no way to write it, and it comes back as the
// values between its commas. For an invalid q, Parse faults the same parameters
// as q.Validate. The Scope is left out: it is no request's to choose.
//
// The result is new and the caller's to change.
func (q Query) Values() url.Values {
	q = q.Normalized()
	v := make(url.Values)
	text := func(param, value string) {
		if value != "" {
			v[param] = []string{value}
		}
	}
	// One parameter for each list: servers limit the number of parameters.
	list := func(param string, values []string) { text(param, strings.Join(values, ",")) }
	flag := func(param string, on bool) {
		if on {
			text(param, "true")
		}
	}

	text(paramQuery, q.Keyword)
	list(paramState, q.States)
	list(paramSourceChannel, q.SourceChannels)
	list(paramSessionType, q.SessionTypes)
	text(paramAppID, q.AppID)
	flag(paramIncludeSubSessions, q.IncludeSubSessions)
	flag(paramIncludeTaskSessions, q.IncludeTaskSessions)
	text(paramCreatedAfter, FormatTime(q.CreatedAfter))
	text(paramCreatedBefore, FormatTime(q.CreatedBefore))
	if q.SortBy != UpdatedAt {
		text(paramSortBy, string(q.SortBy))
	}
	if q.SortDirection != Desc {
		text(paramSortDirection, string(q.SortDirection))
	}
	if q.Limit != DefaultLimit {
		text(paramLimit, strconv.Itoa(q.Limit))
	}
	if q.Offset != 0 {
		text(paramOffset, strconv.Itoa(q.Offset))
	}
	text(paramWorkspaceID, q.WorkspaceID)
	text(paramAOPAssetID, q.AOPAssetID)
	list(paramTriggerType, q.TriggerTypes)
	if q.Match != MatchPhrase {
		text(paramMatch, string(q.Match))
	}
	text(paramCursor, q.Cursor)
	return v
}

// FormatTime writes an instant in UTC; "" if it is zero. An instant that an offset
// put outside of UTC's years 1 to 9999 is written with the offset that brings it
// back, for a year has four digits and the year 0 is refused.
func FormatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	switch year := t.Year(); {
	case year < 1:
		t = t.In(farEast)
	case year > 9999:
		t = t.In(farWest)
	}
	return t.Format(time.RFC3339Nano)
}
