package sqlite_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/sources"
	"github.com/sessiondex/sessiondex/sources/sqlite"
)

var clock = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func atClock() *sources.Options {
	return &sources.Options{Readers: sqlite.All(), Now: func() time.Time { return clock }}
}

// database makes a database out of statements.
func database(t *testing.T, file string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	require.NoError(t, err)
	for _, s := range statements {
		_, err = db.Exec(s)
		require.NoError(t, err)
	}
	require.NoError(t, db.Close())
}

func script(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(b)
}

// store copies a sample and makes its database.
func store(t *testing.T, app, dir, sqlFile, db string) sources.Source {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.CopyFS(root, os.DirFS(dir)))
	database(t, filepath.Join(root, db), script(t, filepath.Join(root, sqlFile)))
	return sources.Source{App: app, Root: root}
}

func read(t *testing.T, src sources.Source) (lines []string, faults []*sources.FileError) {
	t.Helper()
	for s, err := range sources.Read(context.Background(), src, atClock()) {
		var fault *sources.FileError
		if errors.As(err, &fault) {
			faults = append(faults, fault)
			continue
		}
		require.NoError(t, err)
		b, err := json.Marshal(s)
		require.NoError(t, err)
		lines = append(lines, string(b))
	}
	slices.Sort(lines)
	return lines, faults
}

func expected(t *testing.T, file string) []string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(script(t, file)), "\n")
	slices.Sort(lines)
	return lines
}

func TestSamplesGiveTheExpectedSessions(t *testing.T) {
	for _, c := range []struct{ app, dir, sql, db string }{
		{sources.Goose, "testdata/goose", "sessions.sql", "sessions.db"},
		{sources.OpenCode, "testdata/opencode", "opencode.sql", "opencode.db"},
		{sources.Codex, "../testdata/codex", "state_5.sql", "state_5.sqlite"},
		{sources.Crush, "testdata/crush", "crush.sql", "crush.db"},
		{sources.Cline, "testdata/cline", "sessions.sql", "sessions.db"},
	} {
		t.Run(c.app, func(t *testing.T) {
			src := store(t, c.app, c.dir, c.sql, c.db)
			if c.app == sources.Crush { // it lists projects by absolute paths
				list := `{"projects":[{"path":"/home/ada/tide-clock","data_dir":` + quoted(src.Root) + `},{"path":"/gone"}]}`
				require.NoError(t, os.WriteFile(filepath.Join(src.Root, "projects.json"), []byte(list), 0o600))
			}
			got, faults := read(t, src)
			require.Empty(t, faults)
			require.Equal(t, expected(t, filepath.Join(c.dir, "expected.jsonl")), got)
		})
	}
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// Commits that are still in the write-ahead log are read too.
func TestAWritersCommitsAreReadWithoutBlockingIt(t *testing.T) {
	src := store(t, sources.Goose, "testdata/goose", "sessions.sql", "sessions.db")
	owner, err := sql.Open("sqlite", filepath.Join(src.Root, "sessions.db")+"?_pragma=wal_autocheckpoint(0)")
	require.NoError(t, err)
	defer owner.Close()
	owner.SetMaxOpenConns(1)
	_, err = owner.Exec("PRAGMA journal_mode=WAL")
	require.NoError(t, err)

	e, err := sessiondex.New(nil)
	require.NoError(t, err)
	defer e.Close()
	ctx, cancel := context.WithCancel(context.Background())
	o := atClock()
	o.Poll = 100 * time.Millisecond
	done := make(chan error, 1)
	go func() { done <- sources.Follow(ctx, e, []sources.Source{src}, o) }()
	require.Eventually(t, func() bool { return e.Len() == 4 }, 30*time.Second, 10*time.Millisecond)

	insert := `INSERT INTO sessions(id, name, working_dir, created_at, updated_at) VALUES (?, 'live', '/p', '2026-05-04 11:00:00', '2026-05-04 11:00:00')`
	for i := range 20 {
		_, err := owner.Exec(insert, "live_"+string(rune('a'+i)))
		require.NoError(t, err, "a busy database would fail at once: there is no timeout here")
		if i%5 == 4 {
			var busy, log, done int
			require.NoError(t, owner.QueryRow("PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &log, &done))
		}
	}
	require.Eventually(t, func() bool { return e.Len() == 24 }, 30*time.Second, 10*time.Millisecond)
	cancel()
	require.NoError(t, <-done)
	require.NoError(t, e.Verify(context.Background()))
}

func TestColumnsMayBeMissingOrNew(t *testing.T) {
	root := t.TempDir()
	database(t, filepath.Join(root, "sessions.db"),
		`CREATE TABLE sessions (id TEXT PRIMARY KEY, description TEXT, working_dir TEXT, created_at TIMESTAMP, updated_at TIMESTAMP, colour TEXT)`,
		`CREATE TABLE messages (id INTEGER PRIMARY KEY, session_id TEXT, role TEXT, content_json TEXT, created_timestamp INTEGER)`,
		`INSERT INTO sessions VALUES ('1', 'an old one', '/p', '2026-01-02 03:04:05', '2026-01-02 03:04:06', 'red')`)
	got, faults := read(t, sources.Source{App: sources.Goose, Root: root})
	require.Empty(t, faults)
	require.Len(t, got, 1)
	require.Contains(t, got[0], `"title":"an old one"`)
	require.Contains(t, got[0], `"updated_at":"2026-01-02T03:04:06Z"`)
}

func TestAFileThatIsNoDatabaseIsAFault(t *testing.T) {
	whole := store(t, sources.OpenCode, "testdata/opencode", "opencode.sql", "opencode.db")
	db := filepath.Join(whole.Root, "opencode.db")
	full, err := os.ReadFile(db)
	require.NoError(t, err)
	for _, n := range []int{0, 1, 15, 100, 4096, 5000, len(full) / 2} {
		require.NoError(t, os.WriteFile(db, full[:n], 0o600))
		got, faults := read(t, whole)
		require.Len(t, faults, 1, "cut to %d bytes", n)
		require.Equal(t, "opencode.db", faults[0].Path)
		require.Len(t, got, 1, "the session that is a file of its own")
	}
}

func TestADatabaseOfNamesThatCannotBeReadHidesNoSession(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.CopyFS(root, os.DirFS("../testdata/codex")))
	require.NoError(t, os.WriteFile(filepath.Join(root, "state_5.sqlite"), []byte("no database at all, but long enough for one"), 0o600))
	got, faults := read(t, sources.Source{App: sources.Codex, Root: root})
	require.Len(t, got, 6)
	require.Len(t, faults, 1)
}
