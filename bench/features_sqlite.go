package main

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"strings"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/query"
)

// featuredSQLite keeps declared members in columns of their own, as one would for a
// given application, with an index for each question: partial ones for what the default
// listing shows, each followed by the order, so that a page is a walk in it and a count
// a range of it. Tags are rows of a table that repeats the order. Like the main one it
// is one connection to memory with prepared statements, ANALYZE has run, and a session's
// JSON is handed over as it is, without being decoded.
type featuredSQLite struct {
	db    *sql.DB
	stmts map[string]*sql.Stmt
}

const featuredTables = `
PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;
CREATE TABLE f (
	ord INTEGER PRIMARY KEY, top INTEGER NOT NULL, archived INTEGER NOT NULL, pinned INTEGER NOT NULL, updated INTEGER NOT NULL,
	cost REAL NOT NULL, owner TEXT NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, json TEXT NOT NULL
);
CREATE TABLE tags (tag TEXT NOT NULL, updated INTEGER NOT NULL, id TEXT NOT NULL, ord INTEGER NOT NULL, shown INTEGER NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(title, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2', prefix='3 4 5');`

const featuredIndexes = `
CREATE UNIQUE INDEX f_id ON f (id);
CREATE INDEX f_updated ON f (updated, id, cost) WHERE top = 1 AND archived = 0;
CREATE INDEX f_all ON f (updated, id) WHERE top = 1;
CREATE INDEX f_owner ON f (owner, updated, id) WHERE top = 1 AND archived = 0;
CREATE INDEX f_cost ON f (cost, id) WHERE top = 1 AND archived = 0;
CREATE INDEX f_pinned ON f (pinned, updated, id) WHERE top = 1 AND archived = 0;
CREATE INDEX tags_shown ON tags (tag, updated, id, ord) WHERE shown = 1;
CREATE INDEX tags_ord ON tags (ord);
INSERT INTO words (rowid, title) SELECT ord, title FROM f WHERE title <> '';
INSERT INTO words (words) VALUES ('optimize');
ANALYZE;`

func newFeaturedSQLite() (featureStore, error) {
	db, err := sql.Open("sqlite3", ":memory:?_mutex=no")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // the database belongs to its connection
	if _, err := db.Exec(featuredTables); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &featuredSQLite{db, map[string]*sql.Stmt{}}, nil
}

func (c *featuredSQLite) close() error { return c.db.Close() }

func (c *featuredSQLite) load(sessions iter.Seq[sessiondex.Session]) error {
	tx, err := c.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	insert, err := tx.Prepare("INSERT INTO f (top, archived, pinned, updated, cost, owner, id, title, json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	tag, err := tx.Prepare("INSERT INTO tags (tag, updated, id, ord, shown) VALUES (?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	for s := range sessions {
		r, err := newFeaturedRow(s)
		if err != nil {
			return err
		}
		top, m := !s.IsSubSession && !s.IsTaskSession, &r.members
		done, err := insert.Exec(top, m.Archived, m.Pinned, s.UpdatedAt.UnixNano(), m.Cost, m.Owner, s.ID, fold.String(s.Title), string(s.AppendJSON(nil)))
		if err != nil {
			return err
		}
		ord, err := done.LastInsertId()
		if err != nil {
			return err
		}
		for _, name := range m.Tags {
			if _, err := tag.Exec(name, s.UpdatedAt.UnixNano(), s.ID, ord, top && !m.Archived); err != nil {
				return err
			}
		}
	}
	if _, err := tx.Exec(featuredIndexes); err != nil {
		return err
	}
	return tx.Commit()
}

func (c *featuredSQLite) prepared(text string) (*sql.Stmt, error) {
	if s := c.stmts[text]; s != nil {
		return s, nil
	}
	s, err := c.db.Prepare(text)
	if err == nil {
		c.stmts[text] = s
	}
	return s, err
}

func (c *featuredSQLite) find(ctx context.Context, f featureQuery) (ids []string, total int, err error) {
	from, where, order, args := "f", "top = 1 AND archived = 0", "updated DESC, id DESC", []any(nil)
	switch {
	case f.owner != "":
		where, args = where+" AND owner = ?", []any{f.owner}
	case f.tag != "":
		from, where, args = "tags", "shown = 1 AND tag = ?", []any{f.tag}
	case f.cost != [2]float64{}:
		where, args = where+" AND cost BETWEEN ? AND ?", []any{f.cost[0], f.cost[1]}
	case f.byCost:
		order = "cost DESC, id DESC"
	case f.pinnedFirst:
		order = "pinned DESC, updated DESC, id DESC"
	case f.includeArchived:
		where = "top = 1"
	case f.words != "":
		pattern := `"` + f.words + `"`
		if f.typing {
			pattern += " *"
		}
		from, where, args = "words CROSS JOIN f ON f.ord = words.rowid", "words MATCH ? AND "+where, []any{pattern}
	}
	count, err := c.prepared("SELECT count(*) FROM " + from + " WHERE " + where)
	if err != nil {
		return nil, 0, err
	}
	if err := count.QueryRowContext(ctx, args...).Scan(&total); err != nil {
		return nil, 0, err
	}
	if f.cost != [2]float64{} {
		from = "f INDEXED BY f_updated" // one in ten is met on the way; sorting all would take longer
	}
	ord := "ord"
	if f.words != "" {
		ord, order = "f.ord AS ord", "f."+strings.ReplaceAll(order, ", ", ", f.")
	}
	page, err := c.prepared("SELECT s.id, s.json FROM (SELECT " + ord + " FROM " + from + " WHERE " + where + " ORDER BY " + order + " LIMIT ? OFFSET ?) k CROSS JOIN f s ON s.ord = k.ord")
	if err != nil {
		return nil, 0, err
	}
	rows, err := page.QueryContext(ctx, append(args, query.DefaultLimit, f.offset)...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var json sql.RawBytes
		if err := rows.Scan(&id, &json); err != nil {
			return nil, 0, err
		}
		ids = append(ids, id)
	}
	return ids, total, rows.Err()
}

func (c *featuredSQLite) update(ctx context.Context, id string, change func(*sessiondex.Session)) error {
	read, err := c.prepared("SELECT ord, json FROM f WHERE id = ?")
	if err != nil {
		return err
	}
	write, err := c.prepared("UPDATE f SET updated = ?, cost = ?, json = ? WHERE ord = ?")
	if err != nil {
		return err
	}
	tags, err := c.prepared("UPDATE tags SET updated = ? WHERE ord = ?")
	if err != nil {
		return err
	}
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var ord int64
	var text string
	if err := tx.Stmt(read).QueryRow(id).Scan(&ord, &text); err != nil {
		return err
	}
	var s sessiondex.Session
	if err := s.UnmarshalJSON([]byte(text)); err != nil {
		return err
	}
	change(&s)
	r, err := newFeaturedRow(s)
	if err != nil {
		return err
	}
	at := s.UpdatedAt.UnixNano()
	if _, err := tx.Stmt(write).Exec(at, r.members.Cost, string(s.AppendJSON(nil)), ord); err != nil {
		return err
	}
	if _, err := tx.Stmt(tags).Exec(at, ord); err != nil {
		return err
	}
	return tx.Commit()
}
