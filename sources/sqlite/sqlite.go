// Package sqlite has the readers of session stores that are SQLite databases: opencode,
// goose, crush, the newer Cline, and the names of Codex's sessions. It links a database
// engine, which package sources does not.
//
// Databases are opened read-only, for a few statements, and read into memory at once,
// since an open read keeps their owner from truncating its log. The write-ahead log is
// always read too; a database without one, in a directory that this user may not write to,
// is opened as immutable.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/sessiondex/sessiondex/sources"
)

// Readers returns the readers of this package.
func Readers() []sources.Reader {
	return []sources.Reader{Codex(), openCode{}, goose{}, crush{}, clineSessions{}}
}

// All returns the readers of this package and those of sources.Files, one for each
// program.
func All() []sources.Reader {
	all := Readers()
	seen := make(map[string]bool)
	for _, r := range all {
		seen[r.App()] = true
	}
	for _, r := range sources.Files() {
		if !seen[r.App()] {
			all = append(all, r)
		}
	}
	return all
}

// database is an open store, for a moment.
type database struct {
	db  *sql.DB
	ctx context.Context
}

// read opens a database and calls use.
func read(ctx context.Context, file string, use func(*database) error) error {
	err := readWith(ctx, file, "mode=ro", use)
	// Another user's store in write-ahead-log mode: without log files, and without the
	// permission to make them, it can only be read as immutable. If there is a log,
	// that would show an old state, so it is an error.
	if err != nil && isReadOnlyDirectory(err) {
		if _, missing := os.Stat(file + "-wal"); errors.Is(missing, fs.ErrNotExist) {
			return readWith(ctx, file, "immutable=1", use)
		}
	}
	return err
}

func isReadOnlyDirectory(err error) bool {
	return strings.Contains(err.Error(), "readonly database") || strings.Contains(err.Error(), "unable to open database file")
}

func readWith(ctx context.Context, file, mode string, use func(*database) error) error {
	if _, err := os.Stat(file); err != nil {
		return err
	}
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	name := (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}).String()
	db, err := sql.Open("sqlite", name+"?"+mode+"&_pragma=busy_timeout(500)&_pragma=query_only(1)")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	return use(&database{db, ctx})
}

// columns returns the columns that a table has; none if there is no such table.
func (d *database) columns(table string) (map[string]bool, error) {
	names := make(map[string]bool)
	err := d.each("SELECT name FROM pragma_table_info(?)", []any{table}, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		names[name] = true
		return err
	})
	return names, err
}

// each calls row with every row of a query.
func (d *database) each(q string, args []any, row func(scan func(...any) error) error) error {
	rows, err := d.db.QueryContext(d.ctx, q, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// table reads those columns in want that the table has, so that one call serves every
// version of a schema: a missing column has no value.
func (d *database) table(name, where string, args []any, want []string, row func(record)) error {
	have, err := d.columns(name)
	if err != nil {
		return err
	}
	var cols []string
	for _, c := range want {
		if have[c] {
			cols = append(cols, c)
		}
	}
	if len(cols) == 0 {
		return fmt.Errorf("it has no table %s", name)
	}
	r := make(record, len(cols))
	values := make([]any, len(cols))
	into := make([]any, len(cols))
	for i := range values {
		into[i] = &values[i]
	}
	quoted := `"` + strings.Join(cols, `", "`) + `"`
	return d.each("SELECT "+quoted+` FROM "`+name+`" `+where, args, func(scan func(...any) error) error {
		if err := scan(into...); err != nil {
			return err
		}
		for i, c := range cols {
			r[c] = values[i]
		}
		row(r)
		return nil
	})
}

// stamp returns the stamp of a database. It includes the log, which grows while the
// database file itself does not change.
func stamp(file string) (string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", err
	}
	s := fmt.Sprintf("%d.%d;", info.Size(), info.ModTime().UnixNano())
	if wal, err := os.Stat(file + "-wal"); err == nil && wal.Size() > 0 {
		s += fmt.Sprintf("%d.%d;", wal.Size(), wal.ModTime().UnixNano())
	}
	return s, nil
}

// fault returns the fault of a database that could not be read.
func fault(it sources.Item, err error) []sources.Fault {
	return []sources.Fault{{Path: it.Path, Reason: err.Error()}}
}
