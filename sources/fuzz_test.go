package sources

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
)

// fuzz gives a reader any contents of a file of its store, and wants sessions that an
// engine accepts. seeds is a pattern of files among the samples.
func fuzz(f *testing.F, r Reader, name string, seeds string) {
	files, err := filepath.Glob(seeds)
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(b)
	}
	root := f.TempDir()
	it := Item{Path: name}
	require.NoError(f, os.MkdirAll(filepath.Dir(it.File(root)), 0o700))
	o := (&Options{Now: func() time.Time { return time.Unix(1777900000, 0) }, MaxLineBytes: 1 << 16}).withDefaults()
	f.Fuzz(func(t *testing.T, content []byte) {
		require.NoError(t, os.WriteFile(it.File(root), content, 0o600))
		sessions, faults := r.Read(context.Background(), root, it, o)
		for _, fault := range faults {
			require.NotEmpty(t, fault.Reason)
			require.Equal(t, name, fault.Path)
		}
		e, err := sessiondex.New(nil)
		require.NoError(t, err)
		for _, s := range sessions {
			require.NoError(t, e.Put(context.Background(), s))
		}
		require.NoError(t, e.Close())
	})
}

const someID = "019de300-1111-7aaa-8000-00000000c001"

func FuzzClaudeCode(f *testing.F) {
	fuzz(f, claudeCode{}, "projects/p/"+someID+".jsonl", "testdata/claude-code/projects/*/*.jsonl")
}

func FuzzCodex(f *testing.F) {
	fuzz(f, CodexReader{}, "sessions/rollout-x-"+someID+".jsonl", "testdata/codex/sessions/*/*/*/*.jsonl")
}

func FuzzCodexCompressed(f *testing.F) {
	fuzz(f, CodexReader{}, "sessions/rollout-x-"+someID+".jsonl.zst", "testdata/codex/archived_sessions/*.zst")
}

func FuzzGemini(f *testing.F) {
	fuzz(f, gemini{}, "tmp/p/chats/session-x.jsonl", "testdata/gemini-cli/tmp/*/chats/*.jsonl")
}

func FuzzGeminiWhole(f *testing.F) {
	fuzz(f, gemini{}, "tmp/p/chats/session-x.json", "testdata/gemini-cli/tmp/*/chats/*.json")
}

func FuzzQwen(f *testing.F) {
	fuzz(f, qwen{}, "projects/p/chats/x.jsonl", "testdata/qwen-code/projects/*/chats/*.jsonl")
}

func FuzzWebExport(f *testing.F) {
	fuzz(f, webExport{}, "conversations.json", "testdata/chat-exports/*/*.json")
}

func FuzzCline(f *testing.F) {
	fuzz(f, cline{}, clineHistory, "testdata/cline/state/*.json")
}

func FuzzRooCode(f *testing.F) {
	fuzz(f, rooCode{}, "tasks/1/history_item.json", "testdata/roo-code/tasks/*/*.json")
}

// FuzzMemory checks that the memory of a pass is read back as it was written, and that any
// bytes can be read.
func FuzzMemory(f *testing.F) {
	f.Add(memory{1: {stamp: 2, deadline: 3, ids: []uint64{4, 5}}, 6: {}}.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := readMemory(b)
		again := readMemory(m.append(nil))
		require.Equal(t, len(m), len(again))
		require.Equal(t, m.append(nil), again.append(nil))
	})
}

// FuzzLines compares with bytes.Split, without the last, incomplete line.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nb\r\n\nlast"), 10)
	f.Add(bytes.Repeat([]byte("x"), 300<<10), 1<<20)
	f.Fuzz(func(t *testing.T, b []byte, limit int) {
		if limit < 0 {
			return
		}
		var got [][]byte
		long := 0
		readLines(context.Background(), bytes.NewReader(b), limit, func(_ int, line []byte) {
			got = append(got, bytes.Clone(line))
		}, func(int, string) { long++ })
		whole := bytes.Split(b, []byte("\n"))
		whole = whole[:len(whole)-1]
		require.Equal(t, len(whole), len(got)+long)
		at := 0
		for _, line := range whole {
			if len(line) > limit {
				continue
			}
			require.Less(t, at, len(got))
			require.Equal(t, string(bytes.TrimRight(line, "\r")), string(got[at]))
			at++
		}
		require.Equal(t, at, len(got))
	})
}
