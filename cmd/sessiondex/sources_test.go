package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// agents makes a home directory with the stores of two agents.
func agents(t *testing.T) {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"HOME", "USERPROFILE"} {
		t.Setenv(name, home)
	}
	for _, name := range []string{"CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "OPENCODE_DB", "GOOSE_PATH_ROOT", "CRUSH_GLOBAL_DATA", "CLINE_DB_DATA_DIR", "APPDATA", "LOCALAPPDATA"} {
		t.Setenv(name, "")
	}
	const samples = "../../sources/testdata"
	require.NoError(t, os.CopyFS(filepath.Join(home, ".claude"), os.DirFS(filepath.Join(samples, "claude-code"))))
	require.NoError(t, os.CopyFS(filepath.Join(home, ".codex"), os.DirFS(filepath.Join(samples, "codex"))))
}

func sessiondexCommand(t *testing.T, args ...string) (out, errs string, status int) {
	t.Helper()
	var o, e strings.Builder
	status = run(context.Background(), args, stdio{strings.NewReader(""), &o, &e})
	return o.String(), e.String(), status
}

func TestTheSessionsOfAgentsAreListed(t *testing.T) {
	agents(t)
	out, errs, status := sessiondexCommand(t, "list", "--local", "--width", "120")
	require.Zero(t, status, errs)
	assert.Contains(t, out, "APP")
	assert.Contains(t, out, "PROJECT")
	assert.Contains(t, out, "Tide table: local time")
	assert.Contains(t, out, "1–8 of 8 (2 hidden as task runs, 2 as sub-sessions)")

	out, errs, status = sessiondexCommand(t, "list", "--local", "--state", "archived", "--format", "jsonl")
	require.Zero(t, status, errs)
	assert.Equal(t, 1, strings.Count(out, "\n"))

	_, errs, status = sessiondexCommand(t, "list", "--local", "--db", "x.db")
	assert.Equal(t, 2, status)
	assert.Contains(t, errs, "give one of")
}

func TestSourcesListsTheStoresThatWereFound(t *testing.T) {
	agents(t)
	broken := filepath.Join(os.Getenv("HOME"), ".claude", "projects", "p")
	require.NoError(t, os.MkdirAll(broken, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(broken, "aaaaaaaa-0000-4000-8000-000000000001.jsonl"), []byte("{\"type\":\"hologram\"}\n{no\n"), 0o600))
	out, errs, status := sessiondexCommand(t, "sources", "--check")
	require.Zero(t, status, errs)
	assert.Contains(t, out, "claude-code")
	assert.Contains(t, out, "codex")
	assert.Contains(t, out, "aaaaaaaa-0000-4000-8000-000000000001.jsonl:2: invalid character")
	assert.Contains(t, out, `records of the kind "hologram" are not known (in 1 file)`)
	assert.Contains(t, out, "written by 2.1.230")
}

func TestScanReadsOnlyWhatChanged(t *testing.T) {
	agents(t)
	db := filepath.Join(t.TempDir(), "mine.db")
	out, errs, status := sessiondexCommand(t, "scan", "--db", db)
	require.Zero(t, status, errs)
	assert.Equal(t, "12 sessions in 2 stores: 12 new or changed, 0 vanished\n", out)
	out, _, status = sessiondexCommand(t, "scan", "--db", db)
	require.Zero(t, status)
	assert.Equal(t, "12 sessions in 2 stores: 0 new or changed, 0 vanished\n", out)
	export, err := filepath.Abs("../../sources/testdata/chat-exports")
	require.NoError(t, err)
	out, errs, status = sessiondexCommand(t, "scan", "--db", db, "--source", "web-export="+export)
	require.Zero(t, status, errs)
	assert.Equal(t, "4 sessions in 1 store: 4 new or changed, 0 vanished\n", out)
	_, errs, status = sessiondexCommand(t, "scan", "--db", db, "--source", "cobol=/")
	assert.Equal(t, 2, status)
	assert.Contains(t, errs, `"cobol"`)
}

func TestResumePrintsTheCommand(t *testing.T) {
	agents(t)
	out, errs, status := sessiondexCommand(t, "resume", "5f0c1d7e")
	require.Zero(t, status, errs)
	assert.Equal(t, "cd /home/ada/tide-clock && claude --resume 5f0c1d7e-2b94-4e0b-9d55-0a6c3be41a01\n", out)
	_, errs, status = sessiondexCommand(t, "resume", "claude-code")
	assert.Equal(t, 2, status)
	assert.Contains(t, errs, "several ids")
	_, errs, status = sessiondexCommand(t, "resume", "nowhere")
	assert.Equal(t, 1, status)
	assert.Contains(t, errs, `"nowhere"`)
}
