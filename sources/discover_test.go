package sources_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/sources"
)

func TestDiscoverFindsTheStores(t *testing.T) {
	home, moved := t.TempDir(), t.TempDir()
	env := map[string]string{}
	getenv := func(name string) string { return env[name] }
	require.Empty(t, sources.Discover(home, getenv))

	make := func(path ...string) {
		t.Helper()
		name := filepath.Join(path...)
		if filepath.Ext(name) == ".db" || filepath.Ext(name) == ".json" {
			require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
			require.NoError(t, os.WriteFile(name, nil, 0o600))
			return
		}
		require.NoError(t, os.MkdirAll(name, 0o700))
	}
	make(home, ".claude", "projects")
	make(home, ".codex", "sessions")
	make(home, ".local", "share", "opencode")
	make(home, ".gemini", "tmp")
	make(home, ".qwen", "projects")
	make(home, ".local", "share", "goose", "sessions", "sessions.db")
	make(home, ".local", "share", "crush", "projects.json")
	make(home, ".cline", "data", "db", "sessions.db")
	make(home, ".config", "Code", "User", "globalStorage", "saoudrizwan.claude-dev", "state", "taskHistory.json")
	make(home, ".config", "VSCodium", "User", "globalStorage", "rooveterinaryinc.roo-cline", "tasks")
	require.Equal(t, []sources.Source{
		{App: sources.ClaudeCode, Root: filepath.Join(home, ".claude")},
		{App: sources.Codex, Root: filepath.Join(home, ".codex")},
		{App: sources.OpenCode, Root: filepath.Join(home, ".local", "share", "opencode")},
		{App: sources.GeminiCLI, Root: filepath.Join(home, ".gemini")},
		{App: sources.QwenCode, Root: filepath.Join(home, ".qwen")},
		{App: sources.Goose, Root: filepath.Join(home, ".local", "share", "goose", "sessions")},
		{App: sources.Crush, Root: filepath.Join(home, ".local", "share", "crush")},
		{App: sources.Cline, Root: filepath.Join(home, ".config", "Code", "User", "globalStorage", "saoudrizwan.claude-dev")},
		{App: sources.Cline, Root: filepath.Join(home, ".cline", "data", "db")},
		{App: sources.RooCode, Root: filepath.Join(home, ".config", "VSCodium", "User", "globalStorage", "rooveterinaryinc.roo-cline")},
	}, sources.Discover(home, getenv))

	// What the environment names comes in the place of the usual directory.
	make(moved, "claude", "projects")
	make(moved, "goose", "data", "sessions", "sessions.db")
	make(moved, "my.db")
	env["CLAUDE_CONFIG_DIR"] = filepath.Join(moved, "claude")
	env["GOOSE_PATH_ROOT"] = filepath.Join(moved, "goose")
	env["OPENCODE_DB"] = filepath.Join(moved, "my.db")
	env["CODEX_HOME"] = filepath.Join(moved, "nowhere")
	found := sources.Discover(home, getenv)
	require.Contains(t, found, sources.Source{App: sources.ClaudeCode, Root: filepath.Join(moved, "claude")})
	require.Contains(t, found, sources.Source{App: sources.Goose, Root: filepath.Join(moved, "goose", "data", "sessions")})
	require.Contains(t, found, sources.Source{App: sources.OpenCode, Root: filepath.Join(moved, "my.db")})
	for _, src := range found {
		require.NotEqual(t, sources.Codex, src.App)
		require.NotEqual(t, filepath.Join(home, ".claude"), src.Root)
	}
}
