package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/sources"
)

// BenchmarkSync reads an opencode database of 6,000 sessions of 16 messages each.
func BenchmarkSync(b *testing.B) {
	root := b.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(root, "opencode.db"))
	require.NoError(b, err)
	_, err = db.Exec(`
		CREATE TABLE project (id text PRIMARY KEY, worktree text NOT NULL);
		CREATE TABLE session (id text PRIMARY KEY, project_id text NOT NULL, parent_id text, directory text NOT NULL, title text NOT NULL, version text NOT NULL,
			cost real NOT NULL DEFAULT 0, tokens_input integer NOT NULL DEFAULT 0, tokens_output integer NOT NULL DEFAULT 0, tokens_reasoning integer NOT NULL DEFAULT 0,
			agent text, model text, time_created integer NOT NULL, time_updated integer NOT NULL, time_archived integer);
		CREATE TABLE message (id text PRIMARY KEY, session_id text NOT NULL, time_created integer NOT NULL, time_updated integer NOT NULL, data text NOT NULL);
		CREATE INDEX message_session_time_created_id_idx ON message(session_id,time_created,id);
		CREATE TABLE part (id text PRIMARY KEY, message_id text NOT NULL, session_id text NOT NULL, data text NOT NULL);
		INSERT INTO project VALUES ('p', '/home/ada/tide')`)
	require.NoError(b, err)
	tx, err := db.Begin()
	require.NoError(b, err)
	const sessions, messages = 6000, 16
	for i := range sessions {
		id, at := fmt.Sprintf("ses_%08d", i), 1_770_000_000_000+int64(i)*60_000
		_, err := tx.Exec("INSERT INTO session VALUES (?, 'p', NULL, '/home/ada/tide', ?, '1.2.3', 0.5, 100, 200, 300, 'build', '{\"id\":\"m\"}', ?, ?, NULL)",
			id, fmt.Sprintf("Task %d of the tide clock", i), at, at+messages*1000)
		require.NoError(b, err)
		for k := range messages {
			sent := at + int64(k)*1000
			data := fmt.Sprintf(`{"role":"user","time":{"created":%d}}`, sent)
			if k%2 == 1 {
				data = fmt.Sprintf(`{"role":"assistant","modelID":"m","time":{"created":%d,"completed":%d}}`, sent, sent+900)
			}
			_, err := tx.Exec("INSERT INTO message VALUES (?, ?, ?, ?, ?)", fmt.Sprintf("msg_%08d%02d", i, k), id, sent, sent, data)
			require.NoError(b, err)
		}
	}
	require.NoError(b, tx.Commit())
	require.NoError(b, db.Close())
	for b.Loop() {
		e, err := sessiondex.New(nil)
		require.NoError(b, err)
		r, err := sources.Sync(b.Context(), e, sources.Source{App: sources.OpenCode, Root: root}, &sources.Options{Readers: Readers()})
		require.NoError(b, err)
		require.Equal(b, sessions, r.Put)
		require.NoError(b, e.Close())
	}
}

// BenchmarkLiveWriter measures, while a store is followed, how long its owner takes to write
// a session and how long after that the session is in the engine: the longest of each.
func BenchmarkLiveWriter(b *testing.B) {
	root := b.TempDir()
	s := fuzzedStores()[1] // goose
	owner, err := sql.Open("sqlite", s.make(b, root))
	require.NoError(b, err)
	defer owner.Close()
	owner.SetMaxOpenConns(1)
	_, err = owner.Exec("PRAGMA journal_mode=WAL")
	require.NoError(b, err)
	e, err := sessiondex.New(nil)
	require.NoError(b, err)
	defer e.Close()
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() {
		done <- sources.Follow(ctx, e, []sources.Source{{App: sources.Goose, Root: root}}, &sources.Options{Readers: Readers()})
	}()
	n := 4
	wait := func() {
		for e.Len() < n {
			time.Sleep(time.Millisecond)
		}
	}
	wait()
	var written, seen time.Duration
	for b.Loop() {
		n++
		from := time.Now()
		_, err := owner.Exec(`INSERT INTO sessions(id, name, working_dir, created_at, updated_at) VALUES (?, 'live', '/p', '2026-05-04 11:00:00', '2026-05-04 11:00:00')`, fmt.Sprint("live_", n))
		require.NoError(b, err)
		committed := time.Now()
		wait()
		written, seen = max(written, committed.Sub(from)), max(seen, time.Since(committed))
	}
	b.ReportMetric(float64(written.Microseconds())/1000, "ms/longest-write")
	b.ReportMetric(float64(seen.Microseconds())/1000, "ms/longest-until-seen")
	cancel()
	require.NoError(b, <-done)
}
