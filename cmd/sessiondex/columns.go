package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// column is what a column of the table shows.
type column struct {
	name, heading string
	// value is what the session has there.
	value func(s *sessiondex.Session) string
	// cell returns what people are shown, nil if that is the value; oneLine makes it safe.
	cell func(s *sessiondex.Session, now time.Time) string
	// least is what the column is not made narrower than, if its texts are as wide.
	least int
	// steady is a width that it has in any case, so that the other columns do not
	// move when a text grows by a digit.
	steady int
}

const (
	minTitleCells = 30
	minCells      = 8
)

// columns are all there are, by the names that --columns takes: the members'.
var columns = []column{
	{name: "id", heading: "ID", least: maxIDCells, value: func(s *sessiondex.Session) string { return s.ID }}, // shown short
	{name: "title", heading: "TITLE", least: minTitleCells, value: func(s *sessiondex.Session) string { return s.Title }, cell: titleCell},
	text("state", "STATE", func(s *sessiondex.Session) string { return s.State }),
	text("source_channel", "CHANNEL", func(s *sessiondex.Session) string { return s.SourceChannel }),
	text("session_type", "TYPE", func(s *sessiondex.Session) string { return s.SessionType }),
	text("app_id", "APP", func(s *sessiondex.Session) string { return s.AppID }),
	text("workspace_id", "WORKSPACE", func(s *sessiondex.Session) string { return s.WorkspaceID }),
	text("project", "PROJECT", func(s *sessiondex.Session) string { return lastElement(s.WorkspaceID) }),
	text("parent_session_id", "PARENT", func(s *sessiondex.Session) string { return s.ParentSessionID }),
	text("aop_asset_id", "ASSET", func(s *sessiondex.Session) string { return s.AOPAssetID }),
	text("trigger_type", "TRIGGER", func(s *sessiondex.Session) string { return s.TriggerType }),
	text("kind", "KIND", func(s *sessiondex.Session) string { return string(query.KindOf(s.IsSubSession, s.IsTaskSession)) }),
	age("created_at", "CREATED", func(s *sessiondex.Session) time.Time { return s.CreatedAt }),
	age("updated_at", "UPDATED", func(s *sessiondex.Session) time.Time { return s.UpdatedAt }),
}

func text(name, heading string, value func(s *sessiondex.Session) string) column {
	return column{name: name, heading: heading, least: minCells, value: value}
}

func age(name, heading string, value func(s *sessiondex.Session) time.Time) column {
	const steady = len("59min ago")
	return column{
		name: name, heading: heading, least: steady, steady: steady,
		value: func(s *sessiondex.Session) string { return value(s).UTC().Format(time.RFC3339Nano) },
		cell:  func(s *sessiondex.Session, now time.Time) string { return ageOf(value(s), now) },
	}
}

func titleCell(s *sessiondex.Session, _ time.Time) string {
	if title := oneLine(s.Title); title != "" {
		return title
	}
	return "(untitled)"
}

// lastElement is the name of the directory that a path leads to, and any other text as it is.
func lastElement(path string) string {
	trimmed := strings.TrimRight(path, `/\`)
	if name := trimmed[strings.LastIndexAny(trimmed, `/\`)+1:]; name != "" {
		return name
	}
	return path
}

// chooseColumns returns the columns that are asked for, by default those that suit the
// order. Names are taken as members or as headings: app_id or app.
func chooseColumns(names, format string, sortBy query.SortField, declared ...column) ([]column, error) {
	if names == "" && format == "csv" {
		return slices.Concat(csvColumns(), declared), nil
	}
	all := slices.Concat(columns, declared)
	if names == "" {
		names = "id,title,state,source_channel,updated_at"
		if sortBy == query.CreatedAt {
			names = "id,title,state,source_channel,created_at"
		}
	}
	var chosen []column
	for name := range strings.SplitSeq(names, ",") {
		name = strings.TrimSpace(name)
		i := slices.IndexFunc(all, func(c column) bool { return c.name == name || strings.EqualFold(c.heading, name) })
		if i < 0 {
			return nil, usageError{fmt.Sprintf("columns: there is no column %q; there are %s", name, strings.Join(columnNames(all...), ", "))}
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// csvColumns are those of CSV: all but the project, which the workspace says.
func csvColumns() []column {
	return slices.DeleteFunc(slices.Clone(columns), func(c column) bool { return c.name == "project" })
}

// declaredColumns are those of declared fields: what the session has there as JSON, a
// text without its quotes.
func declaredColumns(s *schema.Schema) []column {
	var declared []column
	for row := range s.Declared() {
		path := row.Path()
		declared = append(declared, text(row.Name, strings.ToUpper(row.Name), func(s *sessiondex.Session) string { return memberAt(s, path) }))
	}
	return declared
}

func memberAt(s *sessiondex.Session, path []string) string {
	value, ok := s.Member(path[0])
	for _, name := range path[1:] {
		var object map[string]json.RawMessage
		if !ok || json.Unmarshal(value, &object) != nil {
			return ""
		}
		value, ok = object[name]
	}
	var text string
	if !ok || string(value) == "null" || json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

func columnNames(columns ...column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// fitColumns returns the width of each column. The title takes what the others leave,
// and never less than minTitleCells; where that is not enough, the others give way, the
// widest first, to their least width. What does not fit then runs over the edge.
func fitColumns(columns []column, rows [][]string, width int) []int {
	widths := make([]int, len(columns))
	title, left := -1, width
	for i, c := range columns {
		widths[i] = c.steady
		for _, row := range rows {
			widths[i] = max(widths[i], cells(row[i]))
		}
		if c.name == "title" {
			title = i
			left -= columnGap
			continue
		}
		left -= widths[i] + columnGap
	}
	left += columnGap // none after the last
	want := 0
	if title >= 0 {
		want = min(widths[title], minTitleCells)
	}
	for left < want {
		widest := -1
		for i, c := range columns {
			if i != title && widths[i] > max(c.least, cells(c.heading)) && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
		left++
	}
	if title >= 0 {
		widths[title] = min(widths[title], max(left, minTitleCells))
	}
	return widths
}
