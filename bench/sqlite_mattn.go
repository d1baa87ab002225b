//go:build sqlite_fts5

package main

import (
	"database/sql"
	"os"
	"path/filepath"

	_ "github.com/mattn/go-sqlite3" // driver "sqlite3"
)

// complete says that this build has every candidate that the tag sqlite_fts5
// brings: go-sqlite3 compiles SQLite without its text index otherwise.
const complete = true

// textDriver is the driver that text indexes are measured with.
const textDriver = "sqlite3"

// noMutex spares SQLite's own locks: database/sql lets one goroutine at a time use a
// connection.
const noMutex = "?_mutex=no"

func mattnEntrants() []entrant {
	return []entrant{
		{name: "sqlite-mattn", about: "SQLite in memory, mattn/go-sqlite3 (C)", make: func(string) (candidate, error) {
			return newSQLite("", func() (*sql.DB, error) { return sql.Open("sqlite3", ":memory:"+noMutex) })
		}},
		{name: "sqlite-durable", about: "SQLite in a file, every commit forced to the device", writesOnly: true, make: newSQLiteFile},
	}
}

// sqliteFile is SQLite in a file, beside which the durable forms of this library
// are measured.
type sqliteFile struct{ *sqlite }

func newSQLiteFile(dir string) (candidate, error) {
	path := filepath.Join(dir, "sessions.sqlite")
	c, err := newSQLite(path, func() (*sql.DB, error) { return sql.Open("sqlite3", path+noMutex) })
	if err != nil {
		return nil, err
	}
	return sqliteFile{c.(*sqlite)}, nil
}

func (c sqliteFile) reopen() error { return c.connect() }

func (c sqliteFile) size() (int64, error) {
	info, err := os.Stat(c.path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
