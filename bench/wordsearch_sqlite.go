package main

import (
	"context"
	"database/sql"
	"errors"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// wordSQLite is SQLite's text index in memory, under one of its tokenizers: unicode61 cuts
// at everything but letters and digits and drops marks, porter also stems English, and
// trigram finds parts of words. None knows typos.
type wordSQLite struct {
	db        *sql.DB
	tokenizer string
}

func newWordSQLite(tokenizer string) (wordStore, error) {
	db, err := sql.Open(textDriver, ":memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // the database belongs to its connection
	option := map[string]string{
		"unicode61": "tokenize='unicode61 remove_diacritics 2', prefix='3 4 5'", "porter": "tokenize='porter unicode61 remove_diacritics 2', prefix='3 4 5'",
		"trigram": "tokenize='trigram remove_diacritics 1'",
	}[tokenizer]
	_, err = db.Exec(`PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;
CREATE TABLE s (ord INTEGER PRIMARY KEY, shown INTEGER NOT NULL, updated INTEGER NOT NULL, id TEXT NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(title, content='', ` + option + `);`)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &wordSQLite{db, tokenizer}, nil
}

func (c *wordSQLite) load(sessions []sessiondex.Session) error {
	tx, err := c.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	row, err := tx.Prepare("INSERT INTO s VALUES (?, ?, ?, ?)")
	if err != nil {
		return err
	}
	title, err := tx.Prepare("INSERT INTO words (rowid, title) VALUES (?, ?)")
	if err != nil {
		return err
	}
	for i := range sessions {
		s := &sessions[i]
		if _, err := row.Exec(i, shownByDefault(s), s.UpdatedAt.UnixNano(), s.ID); err != nil {
			return err
		}
		if s.Title != "" {
			if _, err := title.Exec(i, s.Title); err != nil {
				return err
			}
		}
	}
	if _, err := tx.Exec("INSERT INTO words (words) VALUES ('optimize'); ANALYZE;"); err != nil {
		return err
	}
	return tx.Commit()
}

func (c *wordSQLite) find(ctx context.Context, w wordQuery) (ids []string, total int, err error) {
	if w.typos {
		return nil, 0, errUnsupported
	}
	pattern := `"` + w.text + `"`
	if w.typing && c.tokenizer != "trigram" {
		pattern += " *"
	}
	const from = " FROM words CROSS JOIN s ON s.ord = words.rowid WHERE words MATCH ? AND s.shown = 1"
	if err := c.db.QueryRowContext(ctx, "SELECT count(*)"+from, pattern).Scan(&total); err != nil {
		return nil, 0, err
	}
	rows, err := c.db.QueryContext(ctx, "SELECT s.id"+from+" ORDER BY s.updated DESC, s.id DESC LIMIT ?", pattern, query.DefaultLimit)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, 0, err
		}
		ids = append(ids, id)
	}
	return ids, total, rows.Err()
}

func (c *wordSQLite) close() error { return c.db.Close() }
