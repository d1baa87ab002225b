package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
)

func TestTailerReadsAppendedLines(t *testing.T) {
	e, err := sessiondex.New(nil)
	require.NoError(t, err)
	defer e.Close()
	path := filepath.Join(t.TempDir(), "x.jsonl")
	var log bytes.Buffer
	tail := &tailer{path: path, engine: e, log: slog.New(slog.NewTextHandler(&log, nil))}
	defer tail.close()
	step := func(want int) {
		t.Helper()
		require.NoError(t, tail.step(t.Context()))
		require.Equal(t, want, e.Len())
	}
	add := func(text string) {
		t.Helper()
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		require.NoError(t, err)
		_, err = f.WriteString(text)
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
	step(0) // not there yet
	step(0)
	assert.Equal(t, 1, strings.Count(log.String(), "it is waited for"))
	add("\uFEFF" + aLine("a", "one") + "\n" + aLine("b", "two")[:30])
	step(1)
	add(aLine("b", "two")[30:])
	step(1) // the last line is incomplete
	add("\r\n")
	step(2)
	add("nonsense\n" + aLine("a", "new") + "\n" + aLine("a", "newest") + "\n")
	step(2)
	assert.Contains(t, log.String(), "a line is left out")
	s, err := e.Get(t.Context(), "a")
	require.NoError(t, err)
	assert.Equal(t, "newest", s.Title)
	version := e.Version()
	step(2)
	assert.Equal(t, version, e.Version(), "nothing is put twice")

	// Replaced, as by log rotation: the rest of the old file is read first.
	old, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	defer old.Close()
	require.NoError(t, os.Rename(path, path+".1"))
	_, err = old.WriteString(aLine("late", "x") + "\n")
	require.NoError(t, err)
	add(aLine("c", "three") + "\n")
	step(3)
	step(4)
	// Cut short, and written again.
	require.NoError(t, os.Truncate(path, 0))
	add(aLine("d", "x") + "\n")
	step(5)
	// Gone, and there again.
	require.NoError(t, os.Remove(path))
	step(5)
	add(aLine("e", "five") + "\n")
	step(6)
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.Mkdir(path, 0o700))
	require.ErrorContains(t, tail.step(t.Context()), "no regular file")
}

func TestServeFollowsAFile(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "x.jsonl"), aLine("a", "one")+"\n")
	s := startServe(t, "--follow", path, "--api-key", "k")
	total := func() string {
		_, body := ask(t, s.url+"/api/v0/sessions", "X-API-KEY", "k")
		return body[strings.LastIndex(body, `"total"`):]
	}
	assert.Equal(t, "\"total\":1}\n", total())
	write(t, path, aLine("a", "one")+"\n"+aLine("b", "two")+"\n")
	require.Eventually(t, func() bool { return total() == "\"total\":2}\n" }, 20*time.Second, 10*time.Millisecond)
	s.end()
	assert.Equal(t, 0, s.wait(t))
	// Into a database.
	db := imported(t, aLine("z", "z"))
	s = startServe(t, "--follow", path, "--db", db, "--api-key", "k")
	assert.Equal(t, "\"total\":3}\n", total())
	s.end()
	assert.Equal(t, 0, s.wait(t))
	assert.Equal(t, 3, strings.Count(exported(t, db), "\n"))
}
