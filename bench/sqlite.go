package main

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// sqlite keeps sessions in SQLite, through either driver. What makes it as fast
// as it gets here:
//
//   - One connection to a database in memory: no locks, no copies of pages, no
//     journal on disk. (Several connections would share it through the shared cache,
//     whose table locks cost more than the queue at one connection.)
//   - Partial indexes that hold only what the default listing shows, in the order of
//     each sort, so that a first page is 50 steps in an index and an offset a walk in
//     it. The main one also covers the filters, so that a count reads nothing else.
//   - Indexes for each filter followed by the order, which answer a count by a range.
//   - Pages are cut out of the narrow index first and joined with the wide rows after,
//     in a loop that keeps their order, so that nothing is sorted twice.
//   - A row's small members are stored once more in one blob: a driver takes 0.1 to 0.2 µs for
//     each column of a row that it hands over, which was three quarters of a page.
//   - Titles are folded outside and stored, so that BINARY collation and a
//     case-sensitive trigram index do what sort and keyword ask for.
//   - A keyword of three letters and more is a phrase to FTS5's trigrams, which is an
//     exact substring search; shorter ones are looked for with instr.
//   - A keyword in few titles is searched once, for the page and the total; how few, a
//     count in the text index alone tells.
//   - Otherwise the total is known before the page is made. If a walk along the order
//     finds a page of matches sooner than gathering and sorting all of them would take,
//     the page is walked, which SQLite would not choose by itself.
//   - Statements are prepared once per shape; ANALYZE has run. An update of state and
//     updated_at touches only the indexes that hold them, and FTS5 only on a rename.
//
// Counters kept by triggers are left out, as they would be a second
// program to write for each filter; what they could save at best is the
// difference to the row "first page, no total".
type sqlite struct {
	db   *sql.DB
	path string // "" in memory
	open func() (*sql.DB, error)
	size int // sessions, about

	mu    sync.Mutex
	stmts map[string]*sql.Stmt
}

// sqliteTables has the narrow columns first: SQLite reads a row from its beginning,
// and only as far as it has to.
const sqliteTables = `
CREATE TABLE sessions (
	ord INTEGER PRIMARY KEY,
	is_sub INTEGER NOT NULL, is_task INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
	state TEXT NOT NULL, source_channel TEXT NOT NULL, session_type TEXT NOT NULL, app_id TEXT NOT NULL,
	workspace_id TEXT NOT NULL, trigger_type TEXT NOT NULL, aop_asset_id TEXT NOT NULL,
	id TEXT NOT NULL, folded TEXT NOT NULL, title TEXT NOT NULL, rest BLOB NOT NULL, extra TEXT NOT NULL
);
CREATE VIRTUAL TABLE titles USING fts5(folded, content='', contentless_delete=1, tokenize='trigram case_sensitive 1');`

// sqliteIndexes are made after the rows are in, which is faster.
const sqliteIndexes = `
CREATE UNIQUE INDEX sessions_id ON sessions (id);
CREATE INDEX top_updated ON sessions (updated, id, state, source_channel, session_type) WHERE is_sub = 0 AND is_task = 0;
CREATE INDEX top_created ON sessions (created, id) WHERE is_sub = 0 AND is_task = 0;
CREATE INDEX top_title ON sessions (folded, title, id) WHERE is_sub = 0 AND is_task = 0;
CREATE INDEX top_filters ON sessions (state, source_channel, session_type, updated, id) WHERE is_sub = 0 AND is_task = 0;
CREATE INDEX top_channel ON sessions (source_channel, state, updated, id) WHERE is_sub = 0 AND is_task = 0;
CREATE INDEX top_app ON sessions (app_id, updated, id) WHERE is_sub = 0 AND is_task = 0;
CREATE INDEX no_task_updated ON sessions (updated, id) WHERE is_task = 0;
CREATE INDEX all_updated ON sessions (updated, id, is_sub, is_task);
INSERT INTO titles (rowid, folded) SELECT ord, folded FROM sessions WHERE folded <> '';
INSERT INTO titles (titles) VALUES ('optimize');
ANALYZE;`

// newSQLite opens an empty database. pragmas are those of its durability.
func newSQLite(path string, open func() (*sql.DB, error)) (candidate, error) {
	c := &sqlite{path: path, open: open, stmts: map[string]*sql.Stmt{}}
	if err := c.connect(); err != nil {
		return nil, err
	}
	if _, err := c.db.Exec(sqliteTables); err != nil {
		return nil, errors.Join(err, c.db.Close())
	}
	return c, nil
}

func (c *sqlite) connect() error {
	db, err := c.open()
	if err != nil {
		return err
	}
	// A database in memory belongs to its connection, which must never be dropped.
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	db.SetConnMaxLifetime(0)
	pragmas := "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;"
	if c.path != "" {
		// As durable as this library's default: every commit is forced to the device.
		pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -1000000; PRAGMA mmap_size = 8589934592;"
	}
	if _, err := db.Exec(pragmas); err != nil {
		return errors.Join(err, db.Close())
	}
	c.db, c.stmts = db, map[string]*sql.Stmt{}
	return nil
}

// prepared returns the statement for this text.
func (c *sqlite) prepared(text string) (*sql.Stmt, error) {
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

const sqliteInsert = `INSERT INTO sessions (is_sub, is_task, created, updated, state, source_channel, session_type, app_id, workspace_id,
	trigger_type, aop_asset_id, id, folded, title, rest, extra) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

func (c *sqlite) load(sessions []sessiondex.Session) error {
	c.size = len(sessions)
	tx, err := c.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	insert, err := tx.Prepare(sqliteInsert)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if _, err := insert.Exec(sqliteValues(newRow(s))...); err != nil {
			return err
		}
	}
	if err := insert.Close(); err != nil {
		return err
	}
	if _, err := tx.Exec(sqliteIndexes); err != nil {
		return err
	}
	return tx.Commit()
}

func sqliteValues(r *row) []any {
	return []any{r.IsSubSession, r.IsTaskSession, r.CreatedAt.UnixNano(), r.UpdatedAt.UnixNano(), r.State, r.SourceChannel, r.SessionType,
		r.AppID, r.WorkspaceID, r.TriggerType, r.AOPAssetID, r.ID, r.folded, r.Title, sqliteRest(&r.Session), r.Extra}
}

// sqliteColumns are all of a session, as scanSQLite reads them.
const sqliteColumns = "s.id, s.title, s.extra, s.rest"

// sqliteRest holds the members that have no column in sqliteColumns: two instants, two
// flags, and the texts after their lengths.
func sqliteRest(s *sessiondex.Session) []byte {
	b := make([]byte, 0, 128)
	b = binary.LittleEndian.AppendUint64(b, uint64(s.CreatedAt.UnixNano()))
	b = binary.LittleEndian.AppendUint64(b, uint64(s.UpdatedAt.UnixNano()))
	flags := byte(0)
	if s.IsSubSession {
		flags |= 1
	}
	if s.IsTaskSession {
		flags |= 2
	}
	b = append(b, flags)
	for _, text := range restTexts(s) {
		b = append(binary.AppendUvarint(b, uint64(len(*text))), *text...)
	}
	return b
}

func restTexts(s *sessiondex.Session) [8]*string {
	return [8]*string{&s.State, &s.SourceChannel, &s.SessionType, &s.AppID, &s.WorkspaceID, &s.TriggerType, &s.AOPAssetID, &s.ParentSessionID}
}

// scanSQLite reads sqliteColumns, with other columns before them.
func scanSQLite(r scanner, before ...any) (sessiondex.Session, error) {
	var s sessiondex.Session
	var rest string // which the texts are parts of
	if err := r.Scan(append(before, &s.ID, &s.Title, &s.Extra, &rest)...); err != nil {
		return s, err
	}
	const fixed = 8 + 8 + 1
	if len(rest) < fixed {
		return s, fmt.Errorf("sqlite: the rest of %q has %d bytes", s.ID, len(rest))
	}
	head := []byte(rest[:fixed])
	s.CreatedAt = time.Unix(0, int64(binary.LittleEndian.Uint64(head))).UTC()
	s.UpdatedAt = time.Unix(0, int64(binary.LittleEndian.Uint64(head[8:]))).UTC()
	s.IsSubSession, s.IsTaskSession = head[16]&1 != 0, head[16]&2 != 0
	rest = rest[fixed:]
	for _, text := range restTexts(&s) {
		n, used := binary.Uvarint([]byte(rest[:min(len(rest), binary.MaxVarintLen64)]))
		if used <= 0 || n > uint64(len(rest)-used) {
			return s, fmt.Errorf("sqlite: the rest of %q ends early", s.ID)
		}
		*text, rest = rest[used:used+int(n)], rest[used+int(n):]
	}
	return s, nil
}

// put changes the rows that exist, each only as far as it differs, and inserts the
// others.
func (c *sqlite) put(sessions []sessiondex.Session) error {
	texts := []string{
		`SELECT s.ord, ` + sqliteColumns + ` FROM sessions s WHERE s.id = ?`,
		`UPDATE sessions SET state = ?, updated = ?, rest = ? WHERE ord = ?`,
		`UPDATE sessions SET is_sub = ?, is_task = ?, created = ?, updated = ?, state = ?, source_channel = ?, session_type = ?, app_id = ?,
			workspace_id = ?, trigger_type = ?, aop_asset_id = ?, id = ?, folded = ?, title = ?, rest = ?, extra = ? WHERE ord = ?`,
		sqliteInsert,
		`DELETE FROM titles WHERE rowid = ?`,
		`INSERT INTO titles (rowid, folded) VALUES (?, ?)`,
	}
	stmts := make([]*sql.Stmt, len(texts))
	for i, text := range texts {
		s, err := c.prepared(text)
		if err != nil {
			return err
		}
		stmts[i] = s
	}
	tx, err := c.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for i := range stmts {
		stmts[i] = tx.Stmt(stmts[i])
	}
	for _, s := range sessions {
		if err := sqlitePut(stmts, newRow(s)); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func sqlitePut(stmts []*sql.Stmt, r *row) error {
	find, touch, change, insert, unindex, index := stmts[0], stmts[1], stmts[2], stmts[3], stmts[4], stmts[5]
	var ord int64
	old, err := scanSQLite(find.QueryRow(r.ID), &ord)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		done, err := insert.Exec(sqliteValues(r)...)
		if err != nil {
			return err
		}
		if ord, err = done.LastInsertId(); err != nil || r.folded == "" {
			return err
		}
		_, err = index.Exec(ord, r.folded)
		return err
	case err != nil:
		return err
	}
	same := old
	same.State, same.UpdatedAt = r.State, r.UpdatedAt
	if sameSession(same, r.Session) {
		_, err := touch.Exec(r.State, r.UpdatedAt.UnixNano(), sqliteRest(&r.Session), ord)
		return err
	}
	if _, err := change.Exec(append(sqliteValues(r), ord)...); err != nil || old.Title == r.Title {
		return err
	}
	if _, err := unindex.Exec(ord); err != nil || r.folded == "" {
		return err
	}
	_, err = index.Exec(ord, r.folded)
	return err
}

// sameSession compares instants rather than their representations.
func sameSession(a, b sessiondex.Session) bool {
	if !a.CreatedAt.Equal(b.CreatedAt) || !a.UpdatedAt.Equal(b.UpdatedAt) {
		return false
	}
	a.CreatedAt, a.UpdatedAt = b.CreatedAt, b.UpdatedAt
	return a == b
}

func (c *sqlite) list(ctx context.Context, q query.Query) (answer, error) {
	var a answer
	keyword := foldedKeyword(q)
	if utf8.RuneCountInString(keyword) >= trigram {
		n, err := c.count(ctx, "SELECT count(*) FROM titles WHERE titles MATCH ?", phrase(keyword))
		if err != nil || n == 0 {
			return a, err
		}
		if c.few(q, n) {
			if a, err = c.once(ctx, q); err != nil || len(a.items) > 0 {
				return a, err
			}
			// Of a page behind the last one, once tells no total.
		}
	}
	where, args := sqliteWhere(q, false)
	var err error
	if a.total, err = c.count(ctx, "SELECT count(*) "+where, args...); err != nil || a.total == 0 {
		return a, err
	}
	a.items, err = c.cut(ctx, q, c.walks(q, a.total), nil)
	return a, err
}

// trigram is the length from which on FTS5 can look for a keyword.
const trigram = 3

func (c *sqlite) count(ctx context.Context, text string, args ...any) (n int, err error) {
	stmt, err := c.prepared(text)
	if err != nil {
		return 0, err
	}
	return n, stmt.QueryRowContext(ctx, args...).Scan(&n)
}

// few says whether all matches of a keyword that is in n titles are cheaper to gather,
// for the page and the total at once, than to be counted, for a walk along the order to
// make the page. Both read the rows of all matches; to keep them in between costs half
// as much again, and the walk passes size/matches rows for each that it needs.
func (c *sqlite) few(q query.Query, n int) bool {
	return n*n < 2*(q.Offset+limitOf(q))*c.size
}

// once gathers the matches of a keyword, counts them and cuts the page out. Without a
// page there is no total.
func (c *sqlite) once(ctx context.Context, q query.Query) (a answer, err error) {
	o := sqlOrder(q)
	where, args := sqliteWhere(q, false)
	stmt, err := c.prepared("WITH m AS MATERIALIZED (SELECT s.ord, s." + strings.Join(o.columns, ", s.") + " " + where + ") SELECT (SELECT count(*) FROM m), " + sqliteColumns +
		" FROM (SELECT ord FROM m ORDER BY " + strings.ReplaceAll(o.text, "s.", "") + " LIMIT ? OFFSET ?) k CROSS JOIN sessions s ON s.ord = k.ord")
	if err != nil {
		return a, err
	}
	a.items, err = querySessions(ctx, scanSQLite, stmt, append(args, limitOf(q), q.Offset), &a.total)
	return a, err
}

// walks says whether the page is cheaper to reach by a walk along the order, which
// passes size/total rows for each match that it needs, than by sorting all matches.
// Of a keyword, which no index of an order holds, both read the row; other filters
// are in the index, where a row costs less than a quarter.
func (c *sqlite) walks(q query.Query, total int) bool {
	if !q.CreatedAfter.IsZero() || !q.CreatedBefore.IsZero() {
		return false
	}
	passed := (q.Offset + limitOf(q)) * (c.size / total)
	if q.Keyword != "" {
		return passed < total
	}
	return passed < 4*total
}

func (c *sqlite) page(ctx context.Context, q query.Query) ([]sessiondex.Session, error) {
	return c.cut(ctx, q, false, nil)
}

func (c *sqlite) next(ctx context.Context, q query.Query, prev position) ([]sessiondex.Session, position, error) {
	items, err := c.cut(ctx, q, false, prev.last)
	return items, after(items), err
}

// cut returns one page: from the session behind last, or at the offset. walk keeps
// SQLite from any index but that of the order.
func (c *sqlite) cut(ctx context.Context, q query.Query, walk bool, last *sessiondex.Session) ([]sessiondex.Session, error) {
	o := sqlOrder(q)
	where, args := sqliteWhere(q, walk)
	if last != nil {
		text, values := o.behind(newRow(*last))
		where, args = where+" AND "+text, append(args, values...)
	}
	// SQLite promises no order without ORDER BY, but a CROSS JOIN is a loop over its left
	// side, and every answer is compared.
	stmt, err := c.prepared("SELECT " + sqliteColumns + " FROM (SELECT s.ord " + where + " ORDER BY " + o.text + " LIMIT ? OFFSET ?) k CROSS JOIN sessions s ON s.ord = k.ord")
	if err != nil {
		return nil, err
	}
	return querySessions(ctx, scanSQLite, stmt, append(args, limitOf(q), q.Offset))
}

func (c *sqlite) states(ctx context.Context, q query.Query) ([]sessiondex.FacetCount, error) {
	q.States = nil
	where, args := sqliteWhere(q, false)
	stmt, err := c.prepared("SELECT s.state, count(*) " + where + " AND s.state <> '' GROUP BY s.state")
	if err != nil {
		return nil, err
	}
	return queryCounts(ctx, stmt, args)
}

// sqliteWhere is everything from FROM to the end of the conditions. The two flags
// are literals, since a partial index is used only if the text implies it.
func sqliteWhere(q query.Query, walk bool) (string, []any) {
	from, conditions, args := "FROM sessions s", []string{"1"}, []any{}
	if keyword := foldedKeyword(q); keyword != "" {
		if !walk && utf8.RuneCountInString(keyword) >= trigram {
			// CROSS JOIN keeps the order of the two: never a look-up in the text index
			// for each session.
			from = "FROM titles CROSS JOIN sessions s ON s.ord = titles.rowid"
			conditions = append(conditions, "titles MATCH ?")
			args = append(args, phrase(keyword))
		} else {
			conditions = append(conditions, "instr(s.folded, ?) > 0")
			args = append(args, keyword)
		}
	}
	filters, more := sqlFilters(q)
	if walk {
		for i, f := range filters {
			// A plus keeps a condition from choosing the index. The two flags choose the
			// partial ones.
			if !strings.HasPrefix(f, "s.is_") {
				filters[i] = "+" + f
			}
		}
	}
	return from + " WHERE " + strings.Join(append(conditions, filters...), " AND "), append(args, more...)
}

// phrase is a keyword as FTS5 looks for it literally.
func phrase(keyword string) string { return `"` + strings.ReplaceAll(keyword, `"`, `""`) + `"` }

func (c *sqlite) get(ctx context.Context, id string) (sessiondex.Session, error) {
	stmt, err := c.prepared("SELECT " + sqliteColumns + " FROM sessions s WHERE s.id = ?")
	if err != nil {
		return sessiondex.Session{}, err
	}
	s, err := scanSQLite(stmt.QueryRowContext(ctx, id))
	if errors.Is(err, sql.ErrNoRows) {
		return s, fmt.Errorf("%w: %q", sessiondex.ErrNotFound, id)
	}
	return s, err
}

func (c *sqlite) close() error {
	var faults []error
	for _, s := range c.stmts {
		faults = append(faults, s.Close())
	}
	return errors.Join(append(faults, c.db.Close())...)
}
