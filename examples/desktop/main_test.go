package main

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// screen is what an application has drawn, from several goroutines.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// openApp opens an application whose clock advances by a second with each call.
func openApp(t *testing.T, path string, out io.Writer) *app {
	t.Helper()
	a, err := open(path, out)
	require.NoError(t, err)
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	a.now = func() time.Time { at = at.Add(time.Second); return at }
	return a
}

func TestSessionsSurviveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	a := openApp(t, path, io.Discard)
	require.NoError(t, a.run(t.Context(), strings.NewReader("Plan the move\nInvoice review\n\n")))
	require.NoError(t, a.close())

	var out screen
	a = openApp(t, path, &out)
	require.NoError(t, a.run(t.Context(), strings.NewReader("/REVIEW\n")))
	require.Contains(t, out.String(), "Invoice [review]\n1 found\n")
	require.NoError(t, a.engine.Verify(t.Context()))
	require.NoError(t, a.close())
}

func TestTheListFollowsWhatIsWritten(t *testing.T) {
	a := openApp(t, filepath.Join(t.TempDir(), "sessions.db"), io.Discard)
	defer a.close()
	ctx, stop := context.WithCancel(t.Context())
	steps := []string{"Plan the move", "Invoice review"}
	var seen []string
	err := a.follow(ctx, query.Query{Limit: 5}, func(rows []sessiondex.Session, total int) {
		require.Len(t, rows, total)
		if len(rows) > 0 {
			seen = append(seen, rows[0].Title)
		}
		if len(steps) == 0 {
			stop()
			return
		}
		require.NoError(t, a.do(ctx, steps[0]))
		steps = steps[1:]
	})
	require.NoError(t, err)
	require.Equal(t, []string{"Plan the move", "Invoice review"}, seen)
}

func TestASecondProcessGetsTheReason(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	a := openApp(t, path, io.Discard)
	defer a.close()
	_, err := open(path, io.Discard)
	require.EqualError(t, err, path+" is open in another window")
}

func TestClosingEndsTheList(t *testing.T) {
	a := openApp(t, filepath.Join(t.TempDir(), "sessions.db"), io.Discard)
	err := a.follow(t.Context(), query.Query{}, func([]sessiondex.Session, int) { require.NoError(t, a.close()) })
	require.NoError(t, err)
}
