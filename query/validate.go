package query

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// Messages that more than one place gives.
const (
	msgUnicode = "Input should be a valid string, unable to parse raw data as a unicode string"
	msgTime    = "Input should be a valid datetime or date, "
)

// Validate returns nil for a query that can be run, or else an *Error that lists
// everything that is wrong: a limit or an offset out of range, a sort field,
// direction or match that is none of the contract's words, a bound outside of
// the years 1 to 9999, or a string that is not valid UTF-8. Faults name the
// parameters. What Parse returned without an error is always valid.
//
// Whether the cursor belongs to the query is found when it is run.
func (q Query) Validate() error {
	var faults []Fault
	text := func(param string, values ...string) {
		for _, value := range values {
			if !utf8.ValidString(value) {
				faults = append(faults, newFault(param, typeUnicode, msgUnicode, value))
				return // one fault for each parameter, as in Parse
			}
		}
	}
	number := func(param string, n int, check func(int) (typ, message string)) {
		if typ, message := check(n); typ != "" {
			faults = append(faults, newFault(param, typ, message, strconv.Itoa(n)))
		}
	}
	word := func(param, value, message string) {
		if message != "" && value != "" {
			faults = append(faults, newFault(param, typeEnum, message, value))
		}
	}
	bound := func(param string, t time.Time) {
		if !t.IsZero() && (t.Before(earliest) || t.After(latest)) {
			faults = append(faults, newFault(param, typeTime, msgTime+reasonYear, t.Format(time.RFC3339Nano)))
		}
	}

	text(paramQuery, q.Keyword)
	text(paramState, q.States...)
	text(paramSourceChannel, q.SourceChannels...)
	text(paramSessionType, q.SessionTypes...)
	text(paramAppID, q.AppID)
	bound(paramCreatedAfter, q.CreatedAfter)
	bound(paramCreatedBefore, q.CreatedBefore)
	word(paramSortBy, string(q.SortBy), checkSortBy(q.SortBy))
	word(paramSortDirection, string(q.SortDirection), checkSortDirection(q.SortDirection))
	if q.Limit != 0 {
		number(paramLimit, q.Limit, checkLimit)
	}
	number(paramOffset, q.Offset, checkOffset)
	text(paramWorkspaceID, q.WorkspaceID)
	text(paramAOPAssetID, q.AOPAssetID)
	text(paramTriggerType, q.TriggerTypes...)
	word(paramMatch, string(q.Match), checkMatch(q.Match))
	text(paramCursor, q.Cursor)

	if len(faults) > 0 {
		return &Error{Faults: faults}
	}
	return nil
}

// The checks that Parse and Validate share. Each returns "" for a value that is
// given and right. An empty word is wrong as a parameter and the default in Go.

func checkSortBy(s SortField) (message string) {
	switch s {
	case UpdatedAt, CreatedAt, Title:
		return ""
	}
	return "Input should be 'updated_at', 'created_at' or 'title'"
}

func checkSortDirection(d Direction) (message string) {
	switch d {
	case Desc, Asc:
		return ""
	}
	return "Input should be 'desc' or 'asc'"
}

func checkMatch(m Match) (message string) {
	switch m {
	case MatchPhrase, MatchAllTerms:
		return ""
	}
	return "Input should be 'phrase' or 'all_terms'"
}

func checkLimit(n int) (typ, message string) {
	switch {
	case n < 1:
		return typeAtLeast, "Input should be greater than or equal to 1"
	case n > MaxLimit:
		return typeAtMost, "Input should be less than or equal to " + strconv.Itoa(MaxLimit)
	}
	return "", ""
}

func checkOffset(n int) (typ, message string) {
	if n < 0 {
		return typeAtLeast, "Input should be greater than or equal to 0"
	}
	return "", ""
}
