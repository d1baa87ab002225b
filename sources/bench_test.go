package sources_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/sources"
)

// transcripts makes a store of transcripts of about 325 KB each, most of it the output
// of tools as in real ones.
func transcripts(b *testing.B, n int) sources.Source {
	b.Helper()
	root := b.TempDir()
	output := bytes.Repeat([]byte(`func FormatTide(t time.Time) string { return t.Format(\"15:04\") } // \u00e9\n`), 60)
	for i := range n {
		id := fmt.Sprintf("%08x-0000-4000-8000-%012x", i, i)
		dir := filepath.Join(root, "projects", fmt.Sprintf("-home-ada-p%d", i%20))
		require.NoError(b, os.MkdirAll(dir, 0o700))
		var t bytes.Buffer
		at := time.Date(2026, 5, 1, 0, 0, i, 0, time.UTC)
		t.WriteString(prompt(id, at.Format(time.RFC3339Nano), fmt.Sprintf("Task %d of the tide clock", i)))
		for k := range 62 {
			at = at.Add(time.Second)
			stamp := at.Format("2006-01-02T15:04:05.000Z")
			fmt.Fprintf(&t, `{"parentUuid":"u","isSidechain":false,"sessionId":%q,"type":"assistant","message":{"id":"m%d","role":"assistant","model":"m","content":[{"type":"tool_use","id":"t","name":"Read","input":{"file":"a.go"}}],"stop_reason":"tool_use"},"timestamp":%q}`+"\n", id, k, stamp)
			fmt.Fprintf(&t, `{"parentUuid":"u","isSidechain":false,"sessionId":%q,"type":"user","message":{"role":"user","content":[{"tool_use_id":"t","type":"tool_result","content":"%s"}]},"toolUseResult":{"x":1},"timestamp":%q}`+"\n", id, output, stamp)
		}
		t.WriteString(answer(id, at.Add(time.Second).Format(time.RFC3339Nano)))
		require.NoError(b, os.WriteFile(filepath.Join(dir, id+".jsonl"), t.Bytes(), 0o600))
	}
	return sources.Source{App: sources.ClaudeCode, Root: root}
}

// A cold scan of 1,500 transcripts (488 MB), and a warm one.
func BenchmarkSync(b *testing.B) {
	src := transcripts(b, 1500)
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			e, err := sessiondex.New(nil)
			require.NoError(b, err)
			r, err := sources.Sync(context.Background(), e, src, nil)
			require.NoError(b, err)
			require.Equal(b, 1500, r.Put)
			require.NoError(b, e.Close())
		}
	})
	b.Run("warm", func(b *testing.B) {
		e, err := sessiondex.New(nil)
		require.NoError(b, err)
		defer e.Close()
		_, err = sources.Sync(context.Background(), e, src, nil)
		require.NoError(b, err)
		for b.Loop() {
			r, err := sources.Sync(context.Background(), e, src, nil)
			require.NoError(b, err)
			require.Equal(b, 1500, r.Unchanged)
		}
	})
}
