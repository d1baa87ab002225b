package main

// What the databases that speak SQL have in common: columns, filters, orders.

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// sqlColumns are all members of a session, as scanSession reads them.
const sqlColumns = `s.id, s.title, s.state, s.source_channel, s.session_type, s.app_id, s.workspace_id, s.parent_session_id, s.is_sub,
	s.aop_asset_id, s.trigger_type, s.is_task, s.created, s.updated, s.extra`

// scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// scanSession reads sqlColumns, with other columns before them.
func scanSession(r scanner, before ...any) (sessiondex.Session, error) {
	var s sessiondex.Session
	var created, updated int64
	err := r.Scan(append(before, &s.ID, &s.Title, &s.State, &s.SourceChannel, &s.SessionType, &s.AppID, &s.WorkspaceID, &s.ParentSessionID,
		&s.IsSubSession, &s.AOPAssetID, &s.TriggerType, &s.IsTaskSession, &created, &updated, &s.Extra)...)
	s.CreatedAt, s.UpdatedAt = time.Unix(0, created).UTC(), time.Unix(0, updated).UTC()
	return s, err
}

// sqlFilters are the conditions other than the keyword, for any SQL database with
// these columns.
func sqlFilters(q query.Query) (conditions []string, args []any) {
	if !q.IncludeSubSessions {
		conditions = append(conditions, "s.is_sub = 0")
	}
	if !q.IncludeTaskSessions && q.AOPAssetID == "" {
		conditions = append(conditions, "s.is_task = 0")
	}
	for _, f := range []struct {
		column string
		values []string
	}{{"state", q.States}, {"source_channel", q.SourceChannels}, {"session_type", q.SessionTypes}, {"trigger_type", q.TriggerTypes}} {
		if len(f.values) == 0 {
			continue
		}
		conditions = append(conditions, "s."+f.column+" IN (?"+strings.Repeat(", ?", len(f.values)-1)+")")
		for _, v := range f.values {
			args = append(args, v)
		}
	}
	for _, f := range []struct{ column, value string }{{"app_id", q.AppID}, {"workspace_id", q.WorkspaceID}, {"aop_asset_id", q.AOPAssetID}} {
		if f.value != "" {
			conditions, args = append(conditions, "s."+f.column+" = ?"), append(args, f.value)
		}
	}
	if !q.CreatedAfter.IsZero() {
		conditions, args = append(conditions, "s.created >= ?"), append(args, q.CreatedAfter.UnixNano())
	}
	if !q.CreatedBefore.IsZero() {
		conditions, args = append(conditions, "s.created <= ?"), append(args, q.CreatedBefore.UnixNano())
	}
	return conditions, args
}

// order is an ORDER BY clause and what a cursor needs to go on in it.
type order struct {
	text    string
	columns []string
	less    string // of what comes later: "<" or ">"
}

func sqlOrder(q query.Query) order {
	o := order{columns: []string{"updated", "id"}, less: "<"}
	switch q.SortBy {
	case query.Title:
		o.columns = []string{"folded", "title", "id"}
	case query.CreatedAt:
		o.columns = []string{"created", "id"}
	}
	direction := " DESC"
	if q.SortDirection == query.Asc {
		direction, o.less = " ASC", ">"
	}
	o.text = "s." + strings.Join(o.columns, direction+", s.") + direction
	return o
}

// behind is the condition that a row comes later than r.
func (o order) behind(r *row) (string, []any) {
	values := map[string]any{"updated": r.UpdatedAt.UnixNano(), "created": r.CreatedAt.UnixNano(), "folded": r.folded, "title": r.Title, "id": r.ID}
	var args []any
	for _, column := range o.columns {
		args = append(args, values[column])
	}
	return "(s." + strings.Join(o.columns, ", s.") + ") " + o.less + " (?" + strings.Repeat(", ?", len(args)-1) + ")", args
}

// querySessions reads a page, with other columns before those of the sessions.
func querySessions(ctx context.Context, scan func(r scanner, before ...any) (sessiondex.Session, error), stmt *sql.Stmt, args []any, before ...any) ([]sessiondex.Session, error) {
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	items := make([]sessiondex.Session, 0, query.DefaultLimit)
	for rows.Next() {
		s, err := scan(rows, before...)
		if err != nil {
			return nil, err
		}
		items = append(items, s)
	}
	return items, rows.Err()
}

func queryCounts(ctx context.Context, stmt *sql.Stmt, args []any) ([]sessiondex.FacetCount, error) {
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []sessiondex.FacetCount
	for rows.Next() {
		var f sessiondex.FacetCount
		if err := rows.Scan(&f.Value, &f.Count); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b sessiondex.FacetCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return out, rows.Err()
}
