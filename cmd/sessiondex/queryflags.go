package main

import (
	"flag"
	"net/url"
	"strings"

	"github.com/sessiondex/sessiondex/query"
)

// queryFlags takes the parameters of a listing as flags: --source-channel for
// source_channel. They are read by the very parser that reads a request, so the
// faults are the same too.
type queryFlags struct{ values url.Values }

func addQueryFlags(fs *flag.FlagSet) *queryFlags {
	q := &queryFlags{values: url.Values{}}
	add := func(param, usage string) { fs.Var(paramFlag{q.values, param}, flagName(param), usage) }
	add("query", "`keyword` to find in titles, in any case")
	add("match", "how the keyword matches: `phrase` or all_terms (default phrase)")
	add("state", "execution `states` to keep, separated by commas; may be repeated")
	add("source_channel", "originating `channels` to keep")
	add("session_type", "`kinds` to keep")
	add("trigger_type", "`triggers` to keep")
	add("app_id", "only sessions of this `application`")
	add("workspace_id", "only sessions of this `workspace`")
	add("aop_asset_id", "only task runs that came from this `asset`")
	fs.Var(boolParamFlag{paramFlag{q.values, "include_sub_sessions"}}, "include-sub-sessions", "show branched sub-sessions too")
	fs.Var(boolParamFlag{paramFlag{q.values, "include_task_sessions"}}, "include-task-sessions", "show task runs too")
	add("created_after", "only sessions created at or after this `time`")
	add("created_before", "only sessions created at or before this `time`")
	add("sort_by", "`field` to sort by: updated_at, created_at or title (default updated_at)")
	add("sort_direction", "desc or asc (default desc)")
	add("limit", "page `size`, 1 to 500 (default 50)")
	add("offset", "sessions to `skip` (default 0)")
	add("cursor", "continue after the page that gave this `cursor`")
	return q
}

// query returns the query that the flags ask for, or every fault.
func (q *queryFlags) query() (query.Query, error) { return query.Parse(q.values) }

func flagName(param string) string { return strings.ReplaceAll(param, "_", "-") }

type paramFlag struct {
	values url.Values
	param  string
}

// String is "": a parameter that is not given has no value of its own.
func (f paramFlag) String() string { return "" }

func (f paramFlag) Set(value string) error {
	f.values.Add(f.param, value)
	return nil
}

// boolParamFlag may stand without a value.
type boolParamFlag struct{ paramFlag }

func (boolParamFlag) IsBoolFlag() bool { return true }
