package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/sources"
)

// fuzzed is a reader of one database and the statements that make a sample of it.
type fuzzed struct {
	reader     sources.Reader
	item       sources.Item
	statements string
}

func fuzzedStores() []fuzzed {
	return []fuzzed{
		{openCode{}, sources.Item{Path: "opencode.db"}, "testdata/opencode/opencode.sql"},
		{goose{}, sources.Item{Path: "sessions.db"}, "testdata/goose/sessions.sql"},
		{crush{}, sources.Item{Path: "crush.db"}, "testdata/crush/crush.sql"},
		{clineSessions{}, sources.Item{Path: "sessions.db"}, "testdata/cline/sessions.sql"},
		{codexSessions{}, sources.Item{Path: "state_5.sqlite"}, "../testdata/codex/state_5.sql"},
	}
}

// samples caches the contents of the sample databases, which take long to make.
var samples sync.Map // statements → []byte

// codexSessions reads a transcript beside a database of names.
type codexSessions struct{}

func (codexSessions) App() string                                           { return sources.Codex }
func (codexSessions) Items(context.Context, string) ([]sources.Item, error) { return nil, nil }
func (codexSessions) Read(ctx context.Context, root string, _ sources.Item, o *sources.Options) (found []sessiondex.Session, faults []sources.Fault) {
	if err := os.CopyFS(root, os.DirFS("../testdata/codex")); err != nil {
		return nil, []sources.Fault{{Path: root, Reason: err.Error()}}
	}
	o.Readers = []sources.Reader{Codex()}
	for s, err := range sources.Read(ctx, sources.Source{App: sources.Codex, Root: root}, o) {
		var fault *sources.FileError
		if errors.As(err, &fault) {
			faults = append(faults, fault.Fault)
		} else if err == nil {
			found = append(found, s)
		}
	}
	return found, faults
}

// make writes the sample database and returns its file.
func (s *fuzzed) make(t testing.TB, root string) string {
	file := s.item.File(root)
	if made, ok := samples.Load(s.statements); ok {
		require.NoError(t, os.WriteFile(file, made.([]byte), 0o600))
		return file
	}
	statements, err := os.ReadFile(s.statements)
	require.NoError(t, err)
	db, err := sql.Open("sqlite", file)
	require.NoError(t, err)
	_, err = db.Exec(string(statements))
	require.NoError(t, err)
	require.NoError(t, db.Close())
	made, err := os.ReadFile(file)
	require.NoError(t, err)
	samples.Store(s.statements, made)
	return file
}

// check reads a store and wants sessions that an engine accepts, or faults.
func (s *fuzzed) check(t *testing.T, root string) int {
	o := &sources.Options{Now: func() time.Time { return time.Unix(1777900000, 0) }, StaleAfter: time.Hour, MaxLineBytes: 1 << 16}
	sessions, faults := s.reader.Read(context.Background(), root, s.item, o)
	for _, fault := range faults {
		require.NotEmpty(t, fault.Reason)
		require.NotEmpty(t, fault.Path)
	}
	e, err := sessiondex.New(nil)
	require.NoError(t, err)
	for _, session := range sessions {
		require.NoError(t, e.Put(context.Background(), session))
	}
	require.NoError(t, e.Close())
	return len(sessions)
}

// FuzzValues puts any value of any of SQLite's types into any column of every store.
func FuzzValues(f *testing.F) {
	for which := range fuzzedStores() {
		for column := range uint8(24) {
			f.Add(uint8(which), column, uint8(0), "2026-05-04T12:00:00Z", int64(1777900000))
			f.Add(uint8(which), column, uint8(1), "\xff\x00{", int64(-1))
			f.Add(uint8(which), column, uint8(2), `{"role":"user","time":{"created":1e400}}`, int64(1)<<62)
			f.Add(uint8(which), column, uint8(3), "", int64(0))
		}
	}
	f.Fuzz(func(t *testing.T, which, column, kind uint8, text string, number int64) {
		stores := fuzzedStores()
		s := stores[int(which)%len(stores)]
		root := t.TempDir()
		file := s.make(t, root)
		db, err := sql.Open("sqlite", file)
		require.NoError(t, err)
		defer db.Close()
		type place struct{ table, column string }
		var places []place
		rows, err := db.Query("SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' ORDER BY 1, 2")
		require.NoError(t, err)
		for rows.Next() {
			var p place
			require.NoError(t, rows.Scan(&p.table, &p.column))
			places = append(places, p)
		}
		require.NoError(t, rows.Close())
		at := places[int(column)%len(places)]
		value := [...]any{text, []byte(text), number, float64(number) / 3, nil}[kind%5]
		// Values that a constraint forbids are ignored.
		_, _ = db.Exec(fmt.Sprintf("UPDATE OR IGNORE %q SET %q = ?", at.table, at.column), value)
		require.NoError(t, db.Close())
		s.check(t, root)
	})
}

// FuzzDamage overwrites bytes of a database, and wants faults or sessions, but no panic.
func FuzzDamage(f *testing.F) {
	for which := range fuzzedStores() {
		f.Add(uint8(which), uint32(0), []byte("SQLite"))
		f.Add(uint8(which), uint32(16), []byte{0xff, 0xff})
		f.Add(uint8(which), uint32(100), []byte{13, 0, 0, 0xff, 0xff})
		f.Add(uint8(which), uint32(4096), []byte{5, 0xff, 0xff, 0, 1})
		f.Add(uint8(which), uint32(9000), []byte{0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	}
	f.Fuzz(func(t *testing.T, which uint8, at uint32, bytes []byte) {
		stores := fuzzedStores()
		s := stores[int(which)%len(stores)]
		root := t.TempDir()
		file := s.make(t, root)
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		copy(b[int(at)%len(b):], bytes)
		require.NoError(t, os.WriteFile(file, b, 0o600))
		s.check(t, root)
	})
}

func TestSamplesOfFuzzingHaveSessions(t *testing.T) {
	for _, s := range fuzzedStores() {
		root := t.TempDir()
		require.Equal(t, s.item.Path, filepath.Base(s.make(t, root)))
		require.Positive(t, s.check(t, root), s.item.Path)
	}
}
