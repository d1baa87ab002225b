package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// memory returns an engine that is verified and closed when the test ends.
func memory(t testing.TB, o *sessiondex.Options) *sessiondex.Engine {
	t.Helper()
	e, err := sessiondex.New(o)
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, e.Verify(context.Background()))
		assert.NoError(t, e.Close())
	})
	return e
}

// join opens a node on an engine in memory, which ends with the test.
func join(t testing.TB, nc *nats.Conn, o Options) *Node {
	t.Helper()
	return joinWith(t, nc, memory(t, nil), o)
}

func joinWith(t testing.TB, nc *nats.Conn, e *sessiondex.Engine, o Options) *Node {
	t.Helper()
	n, err := Open(within(t, 30*time.Second), nc, e, &o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, n.Close()) })
	return n
}

func noon(seconds int) time.Time {
	return time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(seconds) * time.Second)
}

// plain is a session of workspace "w".
func plain(id string, updated int, change ...func(*sessiondex.Session)) sessiondex.Session {
	s := sessiondex.Session{ID: id, Title: "Session " + id, SessionType: "session", WorkspaceID: "w", CreatedAt: noon(0), UpdatedAt: noon(updated)}
	for _, c := range change {
		c(&s)
	}
	return s
}

func inWorkspace(w string) func(*sessiondex.Session) {
	return func(s *sessiondex.Session) { s.WorkspaceID = w }
}

// contents returns what a reader shows, by id.
func contents(t testing.TB, r sessiondex.Reader) map[string]sessiondex.Session {
	t.Helper()
	out := make(map[string]sessiondex.Session)
	for s, err := range r.All(context.Background(), query.Query{IncludeSubSessions: true, IncludeTaskSessions: true}) {
		require.NoError(t, err)
		out[s.ID] = s
	}
	return out
}

func idsOf(m map[string]sessiondex.Session) []string {
	out := []string{}
	for id := range m {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// randomness logs its seed; SESSIONDEX_SEED repeats one.
func randomness(t testing.TB) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv("SESSIONDEX_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, "SESSIONDEX_SEED")
	}
	t.Logf("SESSIONDEX_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// number reads a number from the environment.
func number(t testing.TB, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, name)
	return n
}

func numbered(i int) string { return fmt.Sprintf("s-%05d", i) }

// msgsOf are the messages that put sessions, unguarded.
func msgsOf(o Options, sessions ...sessiondex.Session) []*nats.Msg {
	o, _ = (&o).withDefaults()
	var out []*nats.Msg
	for i := range sessions {
		out = append(out, o.subjects().putMessage(&sessions[i]))
	}
	return out
}

func ownerField() []schema.Field { return []schema.Field{{Name: "owner", Type: schema.Keyword}} }
