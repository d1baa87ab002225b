package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/sessiondex/sessiondex/sources"
)

// codexNames reads the names that users gave to Codex's sessions. It uses the newest
// generation of the database. The database lags behind the files, so it only adds names
// to sessions found there.
func codexNames(ctx context.Context, root string) (map[string]string, error) {
	dir := root
	if moved := os.Getenv("CODEX_SQLITE_HOME"); moved != "" {
		dir = moved
	}
	files, err := filepath.Glob(filepath.Join(quoteGlob(dir), "state_*.sqlite"))
	if err != nil || len(files) == 0 {
		return nil, err
	}
	names := make(map[string]string)
	newest := files[0]
	for _, f := range files[1:] {
		if generation(f) > generation(newest) {
			newest = f
		}
	}
	err = read(ctx, newest, func(d *database) error {
		have, err := d.columns("threads")
		if err != nil || !have["name"] {
			return err // older than names
		}
		return d.table("threads", "WHERE name <> ''", nil, []string{"id", "name"}, func(r record) {
			names[r.text("id")] = r.text("name")
		})
	})
	return names, err
}

// generation returns the number in the name of a database of Codex.
func generation(file string) int {
	n := 0
	for _, c := range strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "state_"), ".sqlite") {
		if c < '0' || c > '9' || n > 1e6 {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// Codex returns a reader of Codex that also reads the names in its database.
func Codex() sources.Reader { return sources.CodexReader{Names: codexNames} }
