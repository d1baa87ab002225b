package query

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNotFound is returned for an id that no session has, or none within the
// query's Scope.
var ErrNotFound = errors.New("session not found")

// Why says whether a listing has a session, and where or why not. String prints
// it for people.
type Why struct {
	ID string `json:"id"`
	// Listed says that the session meets all conditions.
	Listed bool `json:"listed"`

	// Rank is the session's place in the listing, 0 for the first, and Total the
	// length of the listing; -1 and 0 if the session is not listed.
	Rank  int `json:"rank"`
	Total int `json:"total"`
	// Page is the number of the page that the session stands on, from 1, in steps
	// of Limit; OnPage says that it is on the page that Offset and Limit of the
	// query ask for. A cursor does not count.
	Page   int  `json:"page"`
	Limit  int  `json:"limit"`
	OnPage bool `json:"on_page"`

	// Unmet are the conditions that keep the session out, all of them.
	Unmet []Unmet `json:"unmet"`
}

// Unmet is a condition that a session does not meet.
type Unmet struct {
	// Param is the parameter that the condition comes from.
	Param string `json:"param"`
	// Wanted are the values of which one would do; for the keyword, the terms that
	// are missing, for a bound on the creation time the bound.
	Wanted []string `json:"wanted"`
	// Actual is what the session has instead; "" if it has no value.
	Actual string `json:"actual"`
}

// String says it in a sentence, or in a line for each condition.
func (w Why) String() string {
	var b strings.Builder
	id := quoteSome([]string{w.ID})
	if w.Listed {
		fmt.Fprintf(&b, "%s is listed: number %d of %d, on page %d of %d", id, w.Rank+1, w.Total, w.Page, (w.Total-1)/w.Limit+1)
		if !w.OnPage {
			b.WriteString(", which is not the page asked for")
		}
		return b.String()
	}
	fmt.Fprintf(&b, "%s is not listed:", id)
	for _, u := range w.Unmet {
		b.WriteString("\n  " + u.String())
	}
	return b.String()
}

// String says it in one line.
func (u Unmet) String() string {
	actual := "the session has none"
	if u.Actual != "" {
		actual = "the session has " + quoteSome([]string{u.Actual})
	}
	switch u.Param {
	case paramIncludeSubSessions, paramIncludeTaskSessions:
		return fmt.Sprintf("%s is not set, and the session is %s", u.Param, u.Actual)
	case "created_after", "updated_after":
		return fmt.Sprintf("%s is %s, and the session was %s before that, at %s", u.Param, u.Wanted[0], strings.TrimSuffix(u.Param, "_after"), u.Actual)
	case "created_before", "updated_before":
		return fmt.Sprintf("%s is %s, and the session was %s after that, at %s", u.Param, u.Wanted[0], strings.TrimSuffix(u.Param, "_before"), u.Actual)
	case paramQuery:
		if u.Actual == "" {
			return fmt.Sprintf("%s wants %s, and the session has no title", u.Param, quoteSome(u.Wanted))
		}
		return fmt.Sprintf("%s wants %s, and the title is %s", u.Param, quoteSome(u.Wanted), quoteSome([]string{u.Actual}))
	}
	if len(u.Wanted) > 1 {
		return fmt.Sprintf("%s wants one of %s, and %s", u.Param, quoteSome(u.Wanted), actual)
	}
	return fmt.Sprintf("%s wants %s, and %s", u.Param, quoteSome(u.Wanted), actual)
}
