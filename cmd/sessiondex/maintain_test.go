package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// It takes a key that may write everything.
func TestAServerCompactsItsDatabase(t *testing.T) {
	db := filepath.Join(t.TempDir(), "x.db")
	status, _, errs := cli(t, "", "import", "--db", db, sample)
	require.Equal(t, 0, status, errs)
	keys := write(t, filepath.Join(t.TempDir(), "keys"), "reader\nscoped workspace=w1 write\n")
	s := startServe(t, "--db", db, "--write", "--api-key", "root", "--api-key-file", keys, "--base-path", "/base")
	status, _, errs = cli(t, "", "prune", "--url", s.url+"/base", "--api-key", "root", "--older-than", "now", "--include-sub-sessions", "--include-task-sessions")
	require.Equal(t, 0, status, errs)
	before, err := os.Stat(db)
	require.NoError(t, err)
	for key, want := range map[string]string{"reader": "403", "scoped": "403", "nobody": "401"} {
		status, _, errs = cli(t, "", "compact", "--url", s.url+"/base", "--api-key", key)
		assert.Equal(t, 1, status)
		assert.Contains(t, errs, want, key)
	}
	code, _ := send(t, http.DefaultClient, http.MethodPost, s.url+"/base"+compactPath, "X-API-KEY", "root", "Origin", "https://evil.example")
	assert.Equal(t, http.StatusForbidden, code)
	code, _ = send(t, http.DefaultClient, http.MethodGet, s.url+"/base"+compactPath, "X-API-KEY", "root")
	assert.Equal(t, http.StatusMethodNotAllowed, code)
	status, _, errs = cli(t, "", "compact", "--url", s.url+"/base", "--api-key", "root")
	require.Equal(t, 0, status, errs)
	after, err := os.Stat(db)
	require.NoError(t, err)
	assert.Less(t, after.Size(), before.Size()/2)
	assert.Contains(t, errs, thousands(int(after.Size()))+" bytes, "+thousands(int(before.Size()))+" before")
	s.end()
	assert.Equal(t, 0, s.wait(t))

	memory := startServe(t, "--data", sample, "--write", "--api-key", "root")
	status, _, errs = cli(t, "", "compact", "--url", memory.url, "--api-key", "root")
	assert.Equal(t, 1, status)
	assert.Contains(t, errs, "this server has no database to compact (it answered 501)")
	memory.end()
	assert.Equal(t, 0, memory.wait(t))
}

func TestEachCommandSaysWhatToDoAboutADatabaseInUse(t *testing.T) {
	db := imported(t, aLine("a", "one"))
	s := startServe(t, "--db", db, "--write", "--api-key", "k")
	ready(t, s)
	for command, says := range map[string]string{
		"list": "--url http", "export": "--url http", "put --id a --set title=x": "--url http", "delete a": "--url http", "compact": "--url http",
		"prune --older-than 1d": "--url http", "import " + sample: "put --url http", "verify": "end it first", "scan --source codex=" + t.TempDir(): "serve --local",
		"serve --api-key k --addr 127.0.0.1:0": "end it first",
	} {
		args := strings.Fields(command)
		status, _, errs := cli(t, "", append(args, "--db", db)...)
		assert.Equal(t, 1, status, command)
		assert.Contains(t, errs, "in use", command)
		assert.Contains(t, errs, says, command)
	}
	status, _, errs := cli(t, "", "diff", db, db)
	assert.Equal(t, 1, status)
	assert.Contains(t, errs, "give its address in place of the file")
	s.end()
	assert.Equal(t, 0, s.wait(t))
}

// Those too that are hidden by flags that only the server knows.
func TestExportAndDiffReadAllSessionsOfAServer(t *testing.T) {
	lines := []string{
		aLine("a", "one"), strings.Replace(aLine("b", "two"), "{", `{"archived":true,`, 1),
		strings.Replace(aLine("c", "three"), "{", `{"archived":true,"spam":true,"parent_session_id":"a",`, 1), strings.Replace(aLine("d", "four"), "{", `{"spam":true,"aop_asset_id":"x",`, 1),
	}
	file := write(t, filepath.Join(t.TempDir(), "in.jsonl"), strings.Join(lines, "\n"))
	s := startServe(t, "--data", file, "--write", "--api-key", "k", "--field", "archived:flag,hidden", "--field", "spam:flag,hidden")
	status, out, errs := cli(t, "", "export", "--url", s.url, "--api-key", "k")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, 4, strings.Count(out, "\n"), out)
	status, out, errs = cli(t, "", "diff", file, s.url, "--api-key", "k")
	require.Equal(t, 0, status, errs)
	assert.Empty(t, out)
	assert.Equal(t, "0 came, 0 went, 0 changed\n", errs)
	status, _, errs = cli(t, "", "delete", "--url", s.url, "--api-key", "k", "c")
	require.Equal(t, 0, status, errs)
	status, out, _ = cli(t, "", "diff", s.url, file, "--api-key", "k")
	assert.Equal(t, 0, status)
	assert.Equal(t, "+ c  three\n", out)
	status, _, errs = cli(t, "", "diff", s.url, file)
	assert.Equal(t, 1, status)
	assert.Contains(t, errs, "401")

	status, _, errs = cli(t, "", "put", "--url", s.url, "--api-key", "k", "--id", "a", "--set", "title=5")
	assert.Equal(t, 1, status, "what the server refuses is a failure")
	assert.Contains(t, errs, "422")
	assert.Contains(t, errs, "title: ")
	s.end()
	assert.Equal(t, 0, s.wait(t))
}
