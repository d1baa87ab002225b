package cluster

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

func TestAWriterChangesASessionInOneStep(t *testing.T) {
	t.Parallel()
	nc, o := stream(t)
	a, b := join(t, nc, o), join(t, nc, o)
	ctx := within(t, 30*time.Second)
	var done sync.WaitGroup
	for i := range 40 {
		n := []*Node{a, b}[i%2]
		done.Go(func() { assert.NoError(t, n.Writer().Mutate(ctx, "counter", increment)) })
	}
	done.Wait()
	s, _, err := a.Get(ctx, "counter")
	require.NoError(t, err)
	assert.Equal(t, "40", s.State)

	failure := errors.New("no")
	require.ErrorIs(t, a.Writer().Mutate(ctx, "counter", func(*sessiondex.Session) (*sessiondex.Session, error) { return nil, failure }), failure)
	require.ErrorIs(t, a.Writer().Mutate(ctx, "counter", func(old *sessiondex.Session) (*sessiondex.Session, error) {
		old.ID = "other"
		return old, nil
	}), sessiondex.ErrInvalidSession)
	require.NoError(t, a.Writer().Mutate(ctx, "counter", func(old *sessiondex.Session) (*sessiondex.Session, error) { return nil, nil }))
	require.NoError(t, a.Writer().Mutate(ctx, "counter", func(old *sessiondex.Session) (*sessiondex.Session, error) {
		assert.Nil(t, old)
		return nil, nil
	}))
	assert.Empty(t, contents(t, a.Engine()))

	require.NoError(t, a.Writer().InsertAll(ctx, []sessiondex.Session{plain("counter", 1), plain("x", 1)}), "over a tombstone too")
	require.ErrorIs(t, a.Writer().InsertAll(ctx, []sessiondex.Session{plain("y", 1), plain("x", 1)}), sessiondex.ErrExists)
	// The other node may not have it yet.
	require.ErrorIs(t, b.Writer().InsertAll(ctx, []sessiondex.Session{plain("z", 1), plain("x", 1)}), sessiondex.ErrExists)
	require.NoError(t, a.Sync(ctx))
	assert.Equal(t, []string{"counter", "x"}, idsOf(contents(t, a.Engine())))
}

// increment increments the number in a session's state.
func increment(old *sessiondex.Session) (*sessiondex.Session, error) {
	if old == nil {
		s := plain("counter", 1)
		s.State = "1"
		return &s, nil
	}
	n, err := strconv.Atoi(old.State)
	old.State = strconv.Itoa(n + 1)
	return old, err
}

// What the node refuses is answered with the reason.
func TestAHandlerReadsAndWritesThroughANode(t *testing.T) {
	nc, o := stream(t)
	o.PartitionCount, o.Partitions = 2, []int{PartitionOf("w", 2)}
	a := join(t, nc, o)
	h, err := httpapi.NewHandler(a.Reader(), &httpapi.Options{AllowAnonymous: true, Writer: a.Writer()})
	require.NoError(t, err)
	ask := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	assert.Equal(t, http.StatusCreated, ask("PUT", "/api/v0/sessions/x", `{"title":"Hello","workspace_id":"w"}`).Code)
	assert.Contains(t, ask("GET", "/api/v0/sessions", "").Body.String(), "Hello")
	assert.Equal(t, http.StatusOK, ask("GET", "/api/v0/session-why?id=x", "").Code)
	elsewhere := "v"
	for PartitionOf(elsewhere, 2) == PartitionOf("w", 2) {
		elsewhere += "v"
	}
	w := ask("PUT", "/api/v0/sessions/x", `{"title":"Hello","workspace_id":"`+elsewhere+`"}`)
	assert.Equal(t, http.StatusUnprocessableEntity, w.Code)
	assert.Contains(t, w.Body.String(), "workspace_id")
	assert.Equal(t, http.StatusNoContent, ask("DELETE", "/api/v0/sessions/x", "").Code)
	require.NoError(t, a.Close())
	assert.Equal(t, http.StatusServiceUnavailable, ask("GET", "/api/v0/sessions", "").Code)
}
