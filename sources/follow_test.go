package sources_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/sources"
)

// follow runs Follow until the test ends.
func follow(t *testing.T, e *sessiondex.Engine, srcs []sources.Source, o *sources.Options) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- sources.Follow(ctx, e, srcs, o) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
}

// eventually waits for a condition.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, 30*time.Second, 20*time.Millisecond)
}

func title(e *sessiondex.Engine, id string) string {
	s, err := e.Get(context.Background(), id)
	if err != nil {
		return err.Error()
	}
	return s.Title
}

func TestFollowSeesNewSessionsNewDirectoriesAndRenames(t *testing.T) {
	for name, poll := range map[string]time.Duration{"events": time.Hour, "poll alone": 50 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			e, src := newEngine(t), claudeStore(t)
			o := atClock()
			o.Poll = poll
			follow(t, e, []sources.Source{src}, o)
			eventually(t, func() bool { return e.Len() == 6 })

			const id = "cccccccc-0000-4000-8000-000000000001"
			dir := filepath.Join(src.Root, "projects", "-home-ada-new", id, "subagents")
			require.NoError(t, os.MkdirAll(dir, 0o700))
			file := filepath.Join(src.Root, "projects", "-home-ada-new", id+".jsonl")
			appendTo(t, file, prompt(id, "2026-05-04T11:59:00Z", "Count the gulls"))
			eventually(t, func() bool { return title(e, "claude-code:"+id) == "Count the gulls" })
			appendTo(t, file, `{"type":"custom-title","customTitle":"Gulls","sessionId":"`+id+`"}`+"\n")
			eventually(t, func() bool { return title(e, "claude-code:"+id) == "Gulls" })

			// A file that is written elsewhere and moved into place.
			const moved = "cccccccc-0000-4000-8000-000000000002"
			tmp := filepath.Join(t.TempDir(), "x")
			require.NoError(t, os.WriteFile(tmp, []byte(prompt(moved, "2026-05-04T11:59:10Z", "Count the terns")), 0o600))
			require.NoError(t, os.Rename(tmp, filepath.Join(src.Root, "projects", "-home-ada-new", moved+".jsonl")))
			eventually(t, func() bool { return title(e, "claude-code:"+moved) == "Count the terns" })
		})
	}
}

func TestFollowGoesOnWithoutASourceThatFails(t *testing.T) {
	e, src := newEngine(t), claudeStore(t)
	away := sources.Source{App: sources.Codex, Root: filepath.Join(t.TempDir(), "codex")}
	o := atClock()
	o.Poll = 50 * time.Millisecond
	failed := make(chan error, 100)
	o.Report = func(s sources.Source, _ sources.Report, err error) {
		if s == away {
			failed <- err
		}
	}
	follow(t, e, []sources.Source{away, src}, o)
	require.ErrorIs(t, <-failed, os.ErrNotExist)
	eventually(t, func() bool { return e.Len() == 6 })
	require.NoError(t, os.CopyFS(away.Root, os.DirFS("testdata/codex")))
	eventually(t, func() bool { return e.Len() == 12 })
	require.NoError(t, <-failed, "the recovery is reported")
}

func TestFollowRefusesAProgramItCannotRead(t *testing.T) {
	err := sources.Follow(context.Background(), newEngine(t), []sources.Source{{App: "cobol", Root: "/"}}, nil)
	require.ErrorIs(t, err, sources.ErrUnknownApp)
	require.ErrorContains(t, err, `"cobol"`)
}

func TestFollowEndsWithTheEngine(t *testing.T) {
	e, err := sessiondex.New(nil)
	require.NoError(t, err)
	src := claudeStore(t)
	o := atClock()
	o.Poll = 20 * time.Millisecond
	done := make(chan error, 1)
	go func() { done <- sources.Follow(context.Background(), e, []sources.Source{src}, o) }()
	eventually(t, func() bool { return e.Len() == 6 })
	require.NoError(t, e.Close())
	appendTo(t, filepath.Join(src.Root, tideClock, "77b0a9c4-6d1f-4c7e-8a3e-b1f2d3c4e502.jsonl"), "\n")
	select {
	case err := <-done:
		require.True(t, errors.Is(err, sessiondex.ErrClosed), err)
	case <-time.After(30 * time.Second):
		t.Fatal("Follow goes on")
	}
}
