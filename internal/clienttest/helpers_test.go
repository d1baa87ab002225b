package clienttest

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

const key = "client-key"

var base = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// sessions are 120 visible ones, s000 to s119, the latest last, every third with
// "report" in its title and every fourth running, and one of each hidden kind.
func sessions() []sessiondex.Session {
	var all []sessiondex.Session
	for i := range 120 {
		s := sessiondex.Session{
			ID: "s" + string([]byte{'0' + byte(i/100), '0' + byte(i/10%10), '0' + byte(i%10)}), Title: "Chat", State: "completed", SourceChannel: "web",
			AppID: "app/1", Extra: `{"num_messages":3,"mood":"calm","agent":{"model":"m"}}`, CreatedAt: base.Add(time.Duration(i) * time.Hour),
			UpdatedAt: base.Add(time.Duration(i) * time.Hour),
		}
		if i%3 == 0 {
			s.Title = "Monthly Report"
		}
		if i%4 == 0 {
			s.State = "running"
		}
		all = append(all, s)
	}
	return append(all,
		sessiondex.Session{ID: "untitled sub/session", ParentSessionID: "s001", IsSubSession: true, CreatedAt: base, UpdatedAt: base},
		sessiondex.Session{ID: "task", Title: "Nightly", AOPAssetID: "asset", TriggerType: "schedule", IsTaskSession: true, CreatedAt: base, UpdatedAt: base})
}

// serve starts a real server, drained when the test ends, and returns its address.
func serve(t *testing.T) string {
	t.Helper()
	e, err := sessiondex.New(nil)
	require.NoError(t, err)
	require.NoError(t, e.Put(context.Background(), sessions()...))
	logger := slog.New(slog.DiscardHandler)
	h, err := httpapi.NewHandler(e, &httpapi.Options{APIKeys: []string{key}, BearerTokens: []string{key}, Logger: logger})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- httpapi.Serve(ctx, l, h, &httpapi.ServeOptions{Logger: logger}) }()
	t.Cleanup(func() {
		stop()
		assert.NoError(t, <-done)
		assert.NoError(t, e.Close())
	})
	return "http://" + l.Addr().String()
}
