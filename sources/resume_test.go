package sources_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/sources"
)

func TestResumeContinuesASessionInItsDirectory(t *testing.T) {
	found, _ := readAll(t, sources.Source{App: sources.ClaudeCode, Root: "testdata/claude-code"}, atClock())
	s := found["claude-code:5f0c1d7e-2b94-4e0b-9d55-0a6c3be41a01"]
	dir, command, ok := sources.Resume(&s)
	require.True(t, ok)
	require.Equal(t, "cd /home/ada/tide-clock && claude --resume 5f0c1d7e-2b94-4e0b-9d55-0a6c3be41a01", sources.ShellLine(dir, command))

	sub := found["claude-code:5f0c1d7e-2b94-4e0b-9d55-0a6c3be41a01/agent-7c31f0a2"]
	_, _, ok = sources.Resume(&sub)
	require.False(t, ok)
	_, _, ok = sources.Resume(&sessiondex.Session{ID: "x", AppID: "elsewhere", Extra: `{"native_id":"x"}`})
	require.False(t, ok)
}
