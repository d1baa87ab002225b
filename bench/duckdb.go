//go:build duckdb

package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// duck keeps sessions in DuckDB, in memory. Its best here: a column store reads only the
// columns that a question is about, with all cores, so there is an index on the id
// and no other (they serve look-ups of single rows, and cost every update);
// rows come in through the appender; statements are prepared. Near the top, page and
// total come from one pass over the narrow columns: the matches are kept with the first
// member of the order, and only rows up to the value of the last one of the page are read
// whole and sorted. Further down, pages are cut out by row number before the wide
// columns are read.
type duck struct {
	connector *duckdb.Connector
	db        *sql.DB

	mu    sync.Mutex
	stmts map[string]*sql.Stmt
	// writing lets one writer in: a second one would end in a conflict.
	writing sync.Mutex
}

func duckdbEntrants() []entrant {
	return []entrant{{name: "duckdb", about: "DuckDB in memory, duckdb-go (C++)", make: newDuck}}
}

const duckTable = `CREATE TABLE sessions (
	is_sub INTEGER, is_task INTEGER, created BIGINT, updated BIGINT, state VARCHAR, source_channel VARCHAR, session_type VARCHAR,
	app_id VARCHAR, workspace_id VARCHAR, trigger_type VARCHAR, aop_asset_id VARCHAR, parent_session_id VARCHAR, id VARCHAR PRIMARY KEY,
	folded VARCHAR, title VARCHAR, extra VARCHAR)`

func newDuck(string) (candidate, error) {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, err
	}
	c := &duck{connector: connector, db: sql.OpenDB(connector), stmts: map[string]*sql.Stmt{}}
	c.db.SetMaxIdleConns(runtime.GOMAXPROCS(0) + 1)
	_, err = c.db.Exec(duckTable)
	return c, err
}

func duckValues(r *row) []driver.Value {
	number := map[bool]int32{true: 1}
	return []driver.Value{number[r.IsSubSession], number[r.IsTaskSession], r.CreatedAt.UnixNano(), r.UpdatedAt.UnixNano(), r.State, r.SourceChannel,
		r.SessionType, r.AppID, r.WorkspaceID, r.TriggerType, r.AOPAssetID, r.ParentSessionID, r.ID, r.folded, r.Title, r.Extra}
}

func (c *duck) load(sessions []sessiondex.Session) (err error) {
	conn, err := c.connector.Connect(context.Background())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	appender, err := duckdb.NewAppenderFromConn(conn, "", "sessions")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, appender.Close()) }()
	for _, s := range sessions {
		if err := appender.AppendRow(duckValues(newRow(s))...); err != nil {
			return err
		}
	}
	return nil
}

func (c *duck) prepared(text string) (*sql.Stmt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.stmts[text]; s != nil {
		return s, nil
	}
	s, err := c.db.Prepare(text)
	if err != nil {
		return nil, fmt.Errorf("%w in %s", err, text)
	}
	c.stmts[text] = s
	return s, nil
}

// put updates what exists without touching its id, which is done in place, and
// inserts the rest.
func (c *duck) put(sessions []sessiondex.Session) error {
	update, err := c.prepared(`UPDATE sessions SET is_sub = ?, is_task = ?, created = ?, updated = ?, state = ?, source_channel = ?, session_type = ?,
		app_id = ?, workspace_id = ?, trigger_type = ?, aop_asset_id = ?, parent_session_id = ?, folded = ?, title = ?, extra = ? WHERE id = ?`)
	if err != nil {
		return err
	}
	insert, err := c.prepared(`INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	tx, err := c.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	update, insert = tx.Stmt(update), tx.Stmt(insert)
	for _, s := range sessions {
		values := duckValues(newRow(s))
		all := make([]any, len(values))
		for i, v := range values {
			all[i] = v
		}
		const id = 12
		changed := append(append(append([]any{}, all[:id]...), all[id+1:]...), all[id])
		done, err := update.Exec(changed...)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return err
		}
		if n == 0 {
			if _, err := insert.Exec(all...); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

func duckWhere(q query.Query) (string, []any) {
	conditions, args := sqlFilters(q)
	if keyword := foldedKeyword(q); keyword != "" {
		conditions, args = append(conditions, "contains(s.folded, ?)"), append(args, keyword)
	}
	return "FROM sessions s WHERE " + strings.Join(append(conditions, "true"), " AND "), args
}

// duckNear is the offset up to which all rows before the page may be read whole.
const duckNear = 1000

func (c *duck) list(ctx context.Context, q query.Query) (answer, error) {
	var a answer
	if q.Offset <= duckNear {
		var err error
		if a, err = c.once(ctx, q); err != nil || len(a.items) > 0 || q.Offset == 0 {
			return a, err
		}
	}
	where, args := duckWhere(q)
	count, err := c.prepared("SELECT count(*) " + where)
	if err != nil {
		return a, err
	}
	if err := count.QueryRowContext(ctx, args...).Scan(&a.total); err != nil || a.total == 0 {
		return a, err
	}
	a.items, err = c.cut(ctx, q, nil)
	return a, err
}

// once makes page and total in one statement. Without a page there is no total.
func (c *duck) once(ctx context.Context, q query.Query) (a answer, err error) {
	o := sqlOrder(q)
	where, args := duckWhere(q)
	last, in := "min", ">="
	if q.SortDirection == query.Asc {
		last, in = "max", "<="
	}
	first, _, _ := strings.Cut(o.text, ",") // the member and its direction
	stmt, err := c.prepared("WITH m AS MATERIALIZED (SELECT s.rowid AS r, s." + o.columns[0] + " " + where + "), " +
		"top AS (SELECT s." + o.columns[0] + " FROM m s ORDER BY " + first + " LIMIT ?), " +
		"k AS (SELECT r FROM m s WHERE s." + o.columns[0] + " " + in + " (SELECT " + last + "(t." + o.columns[0] + ") FROM top t)) " +
		"SELECT (SELECT count(*) FROM m), " + sqlColumns + " FROM sessions s WHERE s.rowid IN (SELECT r FROM k) ORDER BY " + o.text + " LIMIT ? OFFSET ?")
	if err != nil {
		return a, err
	}
	a.items, err = querySessions(ctx, scanSession, stmt, append(args, q.Offset+limitOf(q), limitOf(q), q.Offset), &a.total)
	return a, err
}

func (c *duck) page(ctx context.Context, q query.Query) ([]sessiondex.Session, error) {
	if q.Offset <= duckNear {
		a, err := c.once(ctx, q)
		return a.items, err
	}
	return c.cut(ctx, q, nil)
}

func (c *duck) next(ctx context.Context, q query.Query, prev position) ([]sessiondex.Session, position, error) {
	items, err := c.cut(ctx, q, prev.last)
	return items, after(items), err
}

func (c *duck) cut(ctx context.Context, q query.Query, last *sessiondex.Session) ([]sessiondex.Session, error) {
	where, args := duckWhere(q)
	o := sqlOrder(q)
	if last != nil {
		text, values := o.behind(newRow(*last))
		where, args = where+" AND "+text, append(args, values...)
	}
	stmt, err := c.prepared("SELECT " + sqlColumns + " FROM sessions s WHERE s.rowid IN (SELECT s.rowid " + where + " ORDER BY " + o.text + " LIMIT ? OFFSET ?) ORDER BY " + o.text)
	if err != nil {
		return nil, err
	}
	return querySessions(ctx, scanSession, stmt, append(args, limitOf(q), q.Offset))
}

func (c *duck) states(ctx context.Context, q query.Query) ([]sessiondex.FacetCount, error) {
	q.States = nil
	where, args := duckWhere(q)
	stmt, err := c.prepared("SELECT s.state, count(*) " + where + " AND s.state <> '' GROUP BY s.state")
	if err != nil {
		return nil, err
	}
	return queryCounts(ctx, stmt, args)
}

func (c *duck) get(ctx context.Context, id string) (sessiondex.Session, error) {
	stmt, err := c.prepared("SELECT " + sqlColumns + " FROM sessions s WHERE s.id = ?")
	if err != nil {
		return sessiondex.Session{}, err
	}
	s, err := scanSession(stmt.QueryRowContext(ctx, id))
	if errors.Is(err, sql.ErrNoRows) {
		return s, fmt.Errorf("%w: %q", sessiondex.ErrNotFound, id)
	}
	return s, err
}

func (c *duck) close() error {
	var faults []error
	for _, s := range c.stmts {
		faults = append(faults, s.Close())
	}
	return errors.Join(append(faults, c.db.Close(), c.connector.Close())...)
}
