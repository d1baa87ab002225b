package sources_test

import (
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/sources"
)

func TestUnknownKindsOfRecordsAreReported(t *testing.T) {
	src := claudeStore(t)
	const id = "dddddddd-0000-4000-8000-000000000001"
	appendTo(t, filepath.Join(src.Root, tideClock, id+".jsonl"),
		prompt(id, "2026-05-04T09:00:00Z", "hello")+`{"type":"hologram"}`+"\n"+`{"type":"hologram"}`+"\n")
	var mu sync.Mutex
	var got []string
	o := atClock()
	o.Unknown = func(path, kind string) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, path+" "+kind)
	}
	readAll(t, src, o)
	slices.Sort(got)
	require.Equal(t, []string{tideClock + "/" + id + ".jsonl hologram"}, got)

	for app, root := range map[string]string{sources.Codex: "codex", sources.GeminiCLI: "gemini-cli", sources.QwenCode: "qwen-code"} {
		got = nil
		readAll(t, sources.Source{App: app, Root: "testdata/" + root}, o)
		require.Empty(t, got, app)
	}
}
