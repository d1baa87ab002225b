package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// queryFlags takes the parameters of a listing as flags: --source-channel for
// source_channel. They are read by the very parser that reads a request, so the
// faults are the same too.
type queryFlags struct{ values url.Values }

// flagNames are the flags that are not called as their parameter.
var flagNames = map[string]string{"parent_session_id": "parent"}

func flagName(param string) string {
	if name, ok := flagNames[param]; ok {
		return name
	}
	return strings.ReplaceAll(param, "_", "-")
}

func newQueryFlags() (*queryFlags, []flagGroup) {
	q := &queryFlags{values: url.Values{}}
	which := newFlags("Which sessions")
	order := newFlags("Order and page")
	add := func(g flagGroup, param, kind, usage string) {
		g.Var(textFlag{kind, func(value string) error { q.values.Add(param, value); return nil }}, flagName(param), usage)
		if kind == "bool" { // true without a value
			g.Lookup(flagName(param)).NoOptDefVal = "true"
		}
	}
	add(which, "query", "keyword", "text to find in titles, in any case")
	add(which, "match", "how", "how the keyword matches: phrase, all_terms or words (default phrase)")
	add(which, "typing", "bool", "with --match words: the last word may be the beginning of one")
	add(which, "typos", "bool", "with --match words: words may have a typo or two")
	add(which, "search_in", "fields", "with --match words: the text fields to search (default title)")
	add(which, "state", "states", "execution states to keep, separated by commas; may be repeated")
	add(which, "source_channel", "channels", "originating channels to keep")
	add(which, "session_type", "types", "types to keep")
	add(which, "trigger_type", "triggers", "triggers to keep; implies --include-task-sessions")
	add(which, "app_id", "id", "only sessions of this application")
	add(which, "workspace_id", "id", "only sessions of this workspace")
	add(which, "aop_asset_id", "id", "only task runs that came from this asset; implies --include-task-sessions")
	add(which, "parent_session_id", "id", "only sub-sessions of this session; implies --include-sub-sessions")
	add(which, "ids", "ids", "only these sessions, whatever hides them")
	add(which, "kind", "kinds", "only these kinds: top_level, sub_session, task_run, both")
	add(which, "created_after", "time", "created at or after this time: 2026-01-31, 2026-01, yesterday (of the local zone, from its begin), 7d, 12h, 2026-01-31T15:04:05Z")
	add(which, "created_before", "time", "created at or before this time; a day, month or year counts to its end")
	add(which, "updated_after", "time", "updated at or after this time")
	add(which, "updated_before", "time", "updated at or before this time")
	which.Var(textFlag{"condition", q.where}, "where", "a condition on a field, as the endpoint has it: 'tags=billing', 'num_messages[gte]=10', 'state[not]=failed'; may be repeated")
	add(which, "include_sub_sessions", "bool", "show branched sub-sessions too")
	add(which, "include_task_sessions", "bool", "show task runs too")
	add(which, "include", "flags", "show sessions with these hidden flags too")
	add(order, "sort_by", "field", strings.Join(query.SortFields(nil), ", ")+" or a sorted field (default updated_at)")
	add(order, "sort_direction", "direction", "desc or asc (default desc)")
	add(order, "sort_first", "flag", "sessions with this flag come first")
	add(order, "limit", "n", "page size, 1 to 500 (default 50)")
	add(order, "offset", "n", "sessions to skip (default 0)")
	add(order, "cursor", "cursor", "continue after the page that gave this cursor")
	return q, []flagGroup{which, order}
}

func (q *queryFlags) where(condition string) error {
	name, value, ok := strings.Cut(condition, "=")
	if !ok || name == "" {
		return fmt.Errorf("write it as field=value or field[operator]=value")
	}
	q.values.Add(name, value)
	return nil
}

// query returns the query that the flags ask for, or every fault. A condition on a
// field that is not there is one.
func (q *queryFlags) query(s *schema.Schema, now clock) (query.Query, error) {
	faults := now.settleTimes(q.values, s)
	parsed, err := query.ParseStrictWith(s, q.values)
	if len(faults) == 0 {
		return parsed, err
	}
	var more *query.Error
	if errors.As(err, &more) {
		faults = append(faults, more.Faults...)
	}
	return query.Query{}, &query.Error{Faults: faults}
}
