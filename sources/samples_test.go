package sources_test

import (
	"bytes"
	"context"
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
)

// clock is the time at which the samples are read.
var clock = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func atClock() *sources.Options {
	return &sources.Options{Now: func() time.Time { return clock }}
}

// readAll returns the sessions of a source by id, and the faults.
func readAll(t *testing.T, src sources.Source, o *sources.Options) (found map[string]sessiondex.Session, faults []*sources.FileError) {
	t.Helper()
	found = make(map[string]sessiondex.Session)
	for s, err := range sources.Read(context.Background(), src, o) {
		var fault *sources.FileError
		if errors.As(err, &fault) {
			faults = append(faults, fault)
			continue
		}
		require.NoError(t, err)
		found[s.ID] = s
	}
	return found, faults
}

func lines(t *testing.T, found map[string]sessiondex.Session) []string {
	t.Helper()
	var out []string
	for _, s := range found {
		b, err := json.Marshal(s)
		require.NoError(t, err)
		out = append(out, string(b))
	}
	slices.Sort(out)
	return out
}

func expected(t *testing.T, file string, app string) []string {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	var out []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, `{"id":"`+app) {
			out = append(out, line)
		}
	}
	slices.Sort(out)
	return out
}

func TestSamplesGiveTheExpectedSessions(t *testing.T) {
	// Codex's names in its database are read by package sources/sqlite alone; there the
	// sample is compared whole.
	for _, c := range []struct{ app, root, expected string }{
		{sources.ClaudeCode, "testdata/claude-code", "testdata/claude-code/expected.jsonl"},
		{sources.WebExport, "testdata/chat-exports", "testdata/chat-exports/expected.jsonl"},
		{sources.GeminiCLI, "testdata/gemini-cli", "testdata/gemini-cli/expected.jsonl"},
		{sources.QwenCode, "testdata/qwen-code", "testdata/qwen-code/expected.jsonl"},
		{sources.Cline, "testdata/cline", "testdata/cline/expected.jsonl"},
		{sources.RooCode, "testdata/roo-code", "testdata/roo-code/expected.jsonl"},
	} {
		t.Run(c.app, func(t *testing.T) {
			found, faults := readAll(t, sources.Source{App: c.app, Root: c.root}, atClock())
			require.Empty(t, faults)
			require.Equal(t, expected(t, c.expected, ""), lines(t, found))
		})
	}
}

// Every sample, cut at every byte of its last line: other sessions are complete, and its
// own has the lines before the cut.
func TestATruncatedLastLineHidesNothing(t *testing.T) {
	for _, src := range []sources.Source{
		{App: sources.ClaudeCode, Root: "testdata/claude-code"},
		{App: sources.Codex, Root: "testdata/codex"},
		{App: sources.GeminiCLI, Root: "testdata/gemini-cli"},
		{App: sources.QwenCode, Root: "testdata/qwen-code"},
	} {
		t.Run(src.App, func(t *testing.T) {
			root := t.TempDir()
			require.NoError(t, os.CopyFS(root, os.DirFS(src.Root)))
			src.Root = root
			whole, _ := readAll(t, src, atClock())
			files := 0
			require.NoError(t, filepath.WalkDir(root, func(name string, d os.DirEntry, err error) error {
				if err != nil || d.IsDir() || filepath.Ext(name) != ".jsonl" || d.Name() == "expected.jsonl" || d.Name() == "session_index.jsonl" {
					return err
				}
				files++
				cutEverywhere(t, src, name, whole)
				return nil
			}))
			require.NotZero(t, files)
		})
	}
}

func readerOf(t *testing.T, app string) sources.Reader {
	t.Helper()
	for _, r := range sources.Files() {
		if r.App() == app {
			return r
		}
	}
	t.Fatalf("no reader for %q", app)
	return nil
}

func cutEverywhere(t *testing.T, src sources.Source, name string, whole map[string]sessiondex.Session) {
	full, err := os.ReadFile(name)
	require.NoError(t, err)
	defer func() { require.NoError(t, os.WriteFile(name, full, 0o600)) }()
	last := bytes.LastIndexByte(bytes.TrimRight(full, "\n"), '\n') + 1
	require.NoError(t, os.WriteFile(name, full[:last], 0o600))
	without, _ := readAll(t, src, atClock())
	require.GreaterOrEqual(t, len(without), len(whole)-1)
	for id, s := range without {
		if rel, err := filepath.Rel(src.Root, name); err == nil && !strings.Contains(s.Extra, filepath.ToSlash(rel)) {
			require.Equal(t, whole[id], s)
		}
	}
	reader, rel := readerOf(t, src.App), ""
	rel, err = filepath.Rel(src.Root, name)
	require.NoError(t, err)
	it := sources.Item{Path: filepath.ToSlash(rel)}
	o := &sources.Options{Now: func() time.Time { return clock }, StaleAfter: 12 * time.Hour, MaxLineBytes: 1 << 20}
	require.NoError(t, os.WriteFile(name, full, 0o600))
	for end := len(full) - 1; end >= last; end-- {
		require.NoError(t, os.Truncate(name, int64(end)))
		got, faults := reader.Read(context.Background(), src.Root, it, o)
		require.Empty(t, faults, "an unfinished line is no fault")
		for _, s := range got {
			s.Title = without[s.ID].Title // Codex keeps names elsewhere
			require.Equal(t, without[s.ID], s, "cut at byte %d", end)
		}
	}
}

// And a fault.
func TestATruncatedExportGivesTheConversationsBeforeTheCut(t *testing.T) {
	full, err := os.ReadFile("testdata/chat-exports/chatgpt/conversations.json")
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "conversations.json")
	require.NoError(t, os.WriteFile(file, full, 0o600))
	for end := len(full) - 1; end >= 0; end-- {
		require.NoError(t, os.Truncate(file, int64(end)))
		found, faults := readAll(t, sources.Source{App: sources.WebExport, Root: file}, atClock())
		require.NotEmpty(t, faults, "cut at byte %d", end)
		if second := bytes.Index(full, []byte(`{"title": "New chat"`)); end >= second {
			require.Contains(t, found, "chatgpt:68f0aa00-1111-8222-9333-44445555c001")
		}
	}
}
