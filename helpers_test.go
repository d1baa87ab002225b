package sessiondex_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// newEngine returns an engine in memory that holds the sessions. When the test is
// over it is verified, unless the test has closed it, and closed.
func newEngine(t testing.TB, o *sessiondex.Options, sessions ...sessiondex.Session) *sessiondex.Engine {
	t.Helper()
	e, err := sessiondex.New(o)
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := e.Verify(context.Background()); err != nil {
			assert.ErrorIs(t, err, sessiondex.ErrClosed)
		}
		assert.NoError(t, e.Close())
	})
	require.NoError(t, e.Put(context.Background(), sessions...))
	return e
}

// noon is an instant some seconds after a noon.
func noon(seconds int) time.Time {
	return time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(seconds) * time.Second)
}

// plain is a top-level session, updated some seconds after noon, and changed.
func plain(id string, updated int, change ...func(*sessiondex.Session)) sessiondex.Session {
	s := sessiondex.Session{ID: id, SessionType: "session", CreatedAt: noon(0), UpdatedAt: noon(updated)}
	for _, c := range change {
		c(&s)
	}
	return s
}

func titled(title string) func(*sessiondex.Session) {
	return func(s *sessiondex.Session) { s.Title = title }
}

// many returns n similar sessions, the first updated first.
func many(n int, change func(i int, s *sessiondex.Session)) []sessiondex.Session {
	out := make([]sessiondex.Session, n)
	for i := range out {
		out[i] = plain(fmt.Sprintf("s-%06d", i), i)
		if change != nil {
			change(i, &out[i])
		}
	}
	return out
}

// list answers a query that must not fail.
func list(t testing.TB, r sessiondex.Reader, q query.Query) sessiondex.Page {
	t.Helper()
	p, err := r.List(context.Background(), q)
	require.NoError(t, err, "%+v", q)
	return p
}

// all collects what All yields, which must not fail.
func all(t testing.TB, r sessiondex.Reader, q query.Query) []sessiondex.Session {
	t.Helper()
	out := []sessiondex.Session{}
	for s, err := range r.All(context.Background(), q) {
		require.NoError(t, err, "%+v", q)
		out = append(out, s)
	}
	return out
}

func idsOf(sessions []sessiondex.Session) []string {
	out := make([]string, len(sessions))
	for i := range sessions {
		out[i] = sessions[i].ID
	}
	return out
}

// found returns the ids that a keyword finds.
func found(t testing.TB, r sessiondex.Reader, keyword string) []string {
	t.Helper()
	return idsOf(list(t, r, query.Query{Keyword: keyword, SortDirection: query.Asc}).Items)
}
