package sources_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
	"github.com/sessiondex/sessiondex/sources"
)

func newEngine(t *testing.T, fields ...schema.Field) *sessiondex.Engine {
	t.Helper()
	e, err := sessiondex.New(&sessiondex.Options{Fields: fields})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, e.Verify(context.Background()))
		require.NoError(t, e.Close())
	})
	return e
}

// claudeStore returns a copy of the sample, which a test may change.
func claudeStore(t *testing.T) sources.Source {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.CopyFS(root, os.DirFS("testdata/claude-code")))
	return sources.Source{App: sources.ClaudeCode, Root: root}
}

func syncNow(t *testing.T, e *sessiondex.Engine, src sources.Source, o *sources.Options) sources.Report {
	t.Helper()
	r, err := sources.Sync(context.Background(), e, src, o)
	require.NoError(t, err)
	return r
}

// prompt is a line of a Claude transcript.
func prompt(id, at, text string) string {
	return fmt.Sprintf(`{"type":"user","isSidechain":false,"sessionId":%q,"cwd":"/home/ada/p","entrypoint":"cli","version":"1","message":{"role":"user","content":%q},"timestamp":%q}`+"\n", id, text, at)
}

func answer(id, at string) string {
	return fmt.Sprintf(`{"type":"assistant","sessionId":%q,"message":{"id":"m-%s","role":"assistant","model":"m","content":[],"stop_reason":"end_turn"},"timestamp":%q}`+"\n", id, at, at)
}

func appendTo(t *testing.T, name, text string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = f.WriteString(text)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

const tideClock = "projects/-home-ada-tide-clock"

func TestASecondSyncPutsNothing(t *testing.T) {
	for _, c := range []sources.Source{
		{App: sources.ClaudeCode, Root: "testdata/claude-code"},
		{App: sources.Codex, Root: "testdata/codex"},
		{App: sources.GeminiCLI, Root: "testdata/gemini-cli"},
		{App: sources.QwenCode, Root: "testdata/qwen-code"},
		{App: sources.WebExport, Root: "testdata/chat-exports"},
		{App: sources.Cline, Root: "testdata/cline"},
		{App: sources.RooCode, Root: "testdata/roo-code"},
	} {
		t.Run(c.App, func(t *testing.T) {
			e := newEngine(t)
			whole, _ := readAll(t, c, atClock())
			r := syncNow(t, e, c, atClock())
			require.Equal(t, sources.Report{Seen: len(whole), Put: len(whole)}, r)
			require.Equal(t, len(whole), e.Len())
			version := e.Version()
			r = syncNow(t, e, c, atClock())
			require.Equal(t, sources.Report{Seen: len(whole), Unchanged: len(whole)}, r)
			require.Equal(t, version, e.Version(), "nothing was written")
			for id, want := range whole {
				got, err := e.Get(context.Background(), id)
				require.NoError(t, err)
				require.Equal(t, want, got)
			}
		})
	}
}

func TestARenameChangesTheTitleAndNotTheTime(t *testing.T) {
	e, src := newEngine(t), claudeStore(t)
	syncNow(t, e, src, atClock())
	const id = "5f0c1d7e-2b94-4e0b-9d55-0a6c3be41a01"
	before, err := e.Get(context.Background(), "claude-code:"+id)
	require.NoError(t, err)
	appendTo(t, filepath.Join(src.Root, tideClock, id+".jsonl"), `{"type":"custom-title","customTitle":"Springs and neaps","sessionId":"`+id+`"}`+"\n")
	require.Equal(t, 1, syncNow(t, e, src, atClock()).Put)
	after, err := e.Get(context.Background(), "claude-code:"+id)
	require.NoError(t, err)
	require.Equal(t, "Springs and neaps", after.Title)
	after.Title = before.Title
	require.Equal(t, before, after)
}

func TestOnlyWhatChangedIsRead(t *testing.T) {
	e, src := newEngine(t), claudeStore(t)
	o := atClock()
	reads := &counting{Reader: sources.Files()[0]}
	require.Equal(t, sources.ClaudeCode, reads.App())
	o.Readers = []sources.Reader{reads}
	syncNow(t, e, src, o)
	first := reads.n.Load()
	syncNow(t, e, src, o)
	require.Equal(t, first, reads.n.Load())
	appendTo(t, filepath.Join(src.Root, tideClock, "77b0a9c4-6d1f-4c7e-8a3e-b1f2d3c4e502.jsonl"), "\n")
	syncNow(t, e, src, o)
	require.Equal(t, first+1, reads.n.Load())
}

func TestVanishedSessionsStayUnlessForgotten(t *testing.T) {
	e, src := newEngine(t), claudeStore(t)
	syncNow(t, e, src, atClock())
	n := e.Len()
	const id = "claude-code:77b0a9c4-6d1f-4c7e-8a3e-b1f2d3c4e502"
	file := filepath.Join(src.Root, tideClock, "77b0a9c4-6d1f-4c7e-8a3e-b1f2d3c4e502.jsonl")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.Remove(file))
	require.Equal(t, 1, syncNow(t, e, src, atClock()).Vanished)
	s, err := e.Get(context.Background(), id)
	require.NoError(t, err)
	missing, _ := s.Member("source_missing")
	require.Equal(t, "true", string(missing))
	require.Zero(t, syncNow(t, e, src, atClock()).Vanished)

	require.NoError(t, os.WriteFile(file, text, 0o600))
	require.Equal(t, 1, syncNow(t, e, src, atClock()).Put)
	s, err = e.Get(context.Background(), id)
	require.NoError(t, err)
	_, has := s.Member("source_missing")
	require.False(t, has, "it is back")

	require.NoError(t, os.Remove(file))
	o := atClock()
	o.Forget = true
	require.Equal(t, 1, syncNow(t, e, src, o).Vanished)
	require.Equal(t, n-1, e.Len())
}

// A hidden flag hides it from listings, not from Sync.
func TestAHiddenSessionVanishesToo(t *testing.T) {
	e, src := newEngine(t, schema.Field{Name: "archived", Type: schema.Flag, Hidden: true}), claudeStore(t)
	syncNow(t, e, src, atClock())
	const id = "claude-code:77b0a9c4-6d1f-4c7e-8a3e-b1f2d3c4e502"
	_, err := e.Update(t.Context(), id, func(s *sessiondex.Session) error { return s.SetMember("archived", true) })
	require.NoError(t, err)
	require.NoError(t, os.Remove(filepath.Join(src.Root, tideClock, "77b0a9c4-6d1f-4c7e-8a3e-b1f2d3c4e502.jsonl")))
	require.Equal(t, 1, syncNow(t, e, src, atClock()).Vanished)
	s, err := e.Get(t.Context(), id)
	require.NoError(t, err)
	missing, _ := s.Member("source_missing")
	require.Equal(t, "true", string(missing))
}

func TestASourceThatCannotBeReadIsNotAnEmptyOne(t *testing.T) {
	e, src := newEngine(t), claudeStore(t)
	o := atClock()
	o.Forget = true
	syncNow(t, e, src, o)
	n := e.Len()

	gone := src.Root + ".away"
	require.NoError(t, os.Rename(src.Root, gone))
	_, err := sources.Sync(context.Background(), e, src, o)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Equal(t, n, e.Len())
	require.NoError(t, os.Rename(gone, src.Root))

	// A single unreadable file: its session stays, and the others are read.
	file := filepath.Join(src.Root, tideClock, "77b0a9c4-6d1f-4c7e-8a3e-b1f2d3c4e502.jsonl")
	require.NoError(t, os.Remove(file))
	require.NoError(t, os.Symlink("nowhere", file)) // not a regular file, so it counts as gone
	require.Equal(t, 1, syncNow(t, e, src, o).Vanished)
}

func TestAFaultyFileHidesNoOtherAndIsTriedAgain(t *testing.T) {
	e, src := newEngine(t), claudeStore(t)
	file := filepath.Join(src.Root, tideClock, "aaaaaaaa-0000-4000-8000-000000000001.jsonl")
	whole, _ := readAll(t, src, atClock())
	appendTo(t, file, "{broken\n"+prompt("aaaaaaaa-0000-4000-8000-000000000001", "2026-05-04T09:00:00Z", "hello"))
	for range 2 {
		r := syncNow(t, e, src, atClock())
		require.Len(t, r.Faults, 1)
		require.Equal(t, 1, r.Faults[0].Line)
		require.Contains(t, r.Faults[0].Path, "aaaaaaaa")
		require.Equal(t, len(whole)+1, r.Seen, "the lines that can be read make the session")
	}
}

func TestARunningSessionExpiresByTheClockAlone(t *testing.T) {
	e, src := newEngine(t), claudeStore(t)
	now := clock
	o := &sources.Options{Now: func() time.Time { return now }, StaleAfter: time.Hour}
	syncNow(t, e, src, o)
	const id = "claude-code:e4d3c2b1-a099-4887-9766-554433221104"
	s, err := e.Get(context.Background(), id)
	require.NoError(t, err)
	require.Equal(t, "running", s.State)
	updated := s.UpdatedAt

	now = updated.Add(time.Hour)
	require.Zero(t, syncNow(t, e, src, o).Put)
	now = updated.Add(time.Hour + 2*time.Second)
	require.Equal(t, 1, syncNow(t, e, src, o).Put)
	s, err = e.Get(context.Background(), id)
	require.NoError(t, err)
	require.Equal(t, "interrupted", s.State)
	require.Equal(t, updated, s.UpdatedAt)
	require.Zero(t, syncNow(t, e, src, o).Put)
}

// Whatever their order, and whatever the machine's clock says.
func TestSessionsHaveTheTimesOfTheirRecords(t *testing.T) {
	const id = "bbbbbbbb-0000-4000-8000-000000000002"
	at := func(s string) time.Time {
		when, err := time.Parse(time.RFC3339, s)
		require.NoError(t, err)
		return when
	}
	for name, c := range map[string]struct {
		times            []string // of a prompt and the records after it; the turn is open
		now              string
		created, updated string // empty: no session
		state            string
	}{
		"as it should be":             {[]string{"2026-05-04T11:00:00Z", "2026-05-04T11:30:00Z"}, "2026-05-04T12:00:00Z", "2026-05-04T11:00:00Z", "2026-05-04T11:30:00Z", "running"},
		"the clock was set back":      {[]string{"2026-05-04T11:30:00Z", "2026-05-04T11:00:00Z"}, "2026-05-04T12:00:00Z", "2026-05-04T11:30:00Z", "2026-05-04T11:30:00Z", "running"},
		"a zone that jumps":           {[]string{"2026-03-29T01:59:59+01:00", "2026-03-29T03:00:00+02:00"}, "2026-03-29T01:30:00Z", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "running"},
		"records of the future":       {[]string{"2099-01-01T00:00:00Z", "2099-01-01T00:00:01Z"}, "2026-05-04T12:00:00Z", "2099-01-01T00:00:00Z", "2099-01-01T00:00:01Z", "interrupted"},
		"a few minutes ahead":         {[]string{"2026-05-04T12:05:00Z"}, "2026-05-04T12:00:00Z", "2026-05-04T12:05:00Z", "2026-05-04T12:05:00Z", "running"},
		"a machine without a battery": {[]string{"2026-05-04T11:00:00Z"}, "1970-01-01T00:00:10Z", "2026-05-04T11:00:00Z", "2026-05-04T11:00:00Z", "interrupted"},
		"before the epoch":            {[]string{"1969-12-31T23:59:59Z"}, "2026-05-04T12:00:00Z", "1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z", "interrupted"},
		"the first instant":           {[]string{"0001-01-01T00:00:00Z"}, "2026-05-04T12:00:00Z", "", "", ""},
		"the last year":               {[]string{"9999-12-31T23:59:59Z"}, "2026-05-04T12:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "interrupted"},
		"a day that is none":          {[]string{"2026-02-30T00:00:00Z", "2026-05-04T11:00:00Z"}, "2026-05-04T12:00:00Z", "2026-05-04T11:00:00Z", "2026-05-04T11:00:00Z", "running"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			file := filepath.Join(root, "projects", "p", id+".jsonl")
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
			for i, when := range c.times {
				appendTo(t, file, prompt(id, when, fmt.Sprint("prompt ", i)))
			}
			src := sources.Source{App: sources.ClaudeCode, Root: root}
			o := &sources.Options{Now: func() time.Time { return at(c.now) }, StaleAfter: time.Hour}
			e := newEngine(t)
			r := syncNow(t, e, src, o)
			if c.created == "" {
				require.Zero(t, r.Put)
				return
			}
			s, err := e.Get(t.Context(), "claude-code:"+id)
			require.NoError(t, err)
			require.Equal(t, at(c.created).UTC(), s.CreatedAt)
			require.Equal(t, at(c.updated).UTC(), s.UpdatedAt)
			require.Equal(t, c.state, s.State)
			require.Zero(t, syncNow(t, e, src, o).Put)
		})
	}
}

func TestMembersOfOthersSurvive(t *testing.T) {
	e, src := newEngine(t), claudeStore(t)
	syncNow(t, e, src, atClock())
	const id = "77b0a9c4-6d1f-4c7e-8a3e-b1f2d3c4e502"
	_, err := e.Update(context.Background(), "claude-code:"+id, func(s *sessiondex.Session) error {
		return s.SetMember("pinned", true)
	})
	require.NoError(t, err)
	appendTo(t, filepath.Join(src.Root, tideClock, id+".jsonl"), "\n"+prompt(id, "2026-05-04T11:00:00Z", "go on"))
	require.Equal(t, 1, syncNow(t, e, src, atClock()).Put)
	s, err := e.Get(context.Background(), "claude-code:"+id)
	require.NoError(t, err)
	pinned, _ := s.Member("pinned")
	require.Equal(t, "true", string(pinned))
	require.Equal(t, time.Date(2026, 5, 4, 11, 0, 0, 0, time.UTC), s.UpdatedAt)
}

func TestOfTwoCopiesTheLaterCounts(t *testing.T) {
	const id = "019de300-1111-7aaa-8000-00000000c001"
	root := t.TempDir()
	require.NoError(t, os.CopyFS(root, os.DirFS("testdata/codex")))
	src := sources.Source{App: sources.Codex, Root: root}
	head := fmt.Sprintf(`{"timestamp":"2026-05-01T09:15:03Z","type":"session_meta","payload":{"id":%q,"timestamp":"2026-05-01T09:15:02.481Z","cwd":"/old","source":"cli"}}`+"\n", id)
	appendTo(t, filepath.Join(root, "archived_sessions", "rollout-2026-05-01T09-15-02-"+id+".jsonl"), head)
	e := newEngine(t)
	for range 2 {
		syncNow(t, e, src, atClock())
		s, err := e.Get(context.Background(), "codex:"+id)
		require.NoError(t, err)
		require.Equal(t, "/home/ada/tide-clock", s.WorkspaceID)
	}
}

func TestAFileEngineRemembersWhatWasRead(t *testing.T) {
	db, src := filepath.Join(t.TempDir(), "s.db"), claudeStore(t)
	e, err := sessiondex.Open(db, nil)
	require.NoError(t, err)
	n := syncNow(t, e, src, atClock()).Put
	require.NoError(t, e.Close())

	e, err = sessiondex.Open(db, nil)
	require.NoError(t, err)
	defer e.Close()
	o := atClock()
	reads := &counting{Reader: sources.Files()[0]}
	o.Readers = []sources.Reader{reads}
	require.Equal(t, sources.Report{Seen: n, Unchanged: n}, syncNow(t, e, src, o))
	require.Zero(t, reads.n.Load())
	require.NoError(t, e.Verify(context.Background()))
}

func TestSubAgentsAndProgrammaticRunsAreHidden(t *testing.T) {
	e := newEngine(t)
	syncNow(t, e, sources.Source{App: sources.ClaudeCode, Root: "testdata/claude-code"}, atClock())
	page, err := e.List(context.Background(), query.Query{})
	require.NoError(t, err)
	require.Equal(t, 4, page.Total)
	hidden, err := e.Hidden(context.Background(), query.Query{})
	require.NoError(t, err)
	require.Equal(t, 2, hidden.Total)
}

func TestALongLineCostsBoundedMemory(t *testing.T) {
	src := claudeStore(t)
	const id = "bbbbbbbb-0000-4000-8000-000000000001"
	file := filepath.Join(src.Root, tideClock, id+".jsonl")
	f, err := os.Create(file)
	require.NoError(t, err)
	_, err = f.WriteString(prompt(id, "2026-05-04T09:00:00Z", "hello") + `{"type":"user","x":"`)
	require.NoError(t, err)
	chunk := make([]byte, 1<<20)
	for i := range chunk {
		chunk[i] = 'x'
	}
	for range 200 {
		_, err = f.Write(chunk)
		require.NoError(t, err)
	}
	_, err = f.WriteString("\"}\n" + answer(id, "2026-05-04T09:00:05Z"))
	require.NoError(t, err)
	require.NoError(t, f.Close())

	o := atClock()
	o.MaxLineBytes = 8 << 20
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	found, faults := readAll(t, src, o)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(100<<20))
	require.Len(t, faults, 1)
	require.Equal(t, 2, faults[0].Line)
	s := found["claude-code:"+id]
	require.Equal(t, "completed", s.State, "the lines after it are read")
}
