package main

import (
	"database/sql"

	_ "modernc.org/sqlite" // driver "sqlite"
)

func newModernc(string) (candidate, error) {
	return newSQLite("", func() (*sql.DB, error) { return sql.Open("sqlite", ":memory:") })
}
