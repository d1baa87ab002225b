package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

func chat(id string, minute int, extra string) sessiondex.Session {
	at := time.Date(2026, 5, 1, 12, minute, 0, 0, time.UTC)
	return sessiondex.Session{ID: id, Title: "About " + id, CreatedAt: at, UpdatedAt: at, Extra: extra}
}

func serve(t *testing.T) *httptest.Server {
	t.Helper()
	engine, err := sessiondex.New(&sessiondex.Options{Fields: fields})
	require.NoError(t, err)
	require.NoError(t, engine.Put(t.Context(),
		chat("invoice", 1, `{"owner":"ada","tags":["billing","urgent"],"pinned":true}`),
		chat("refund", 2, `{"owner":"eve","shared_with":["ada","bob"],"tags":["billing"]}`),
		chat("trip", 3, `{"owner":"ada","tags":["travel"]}`),
		chat("old bill", 4, `{"owner":"ada","tags":["billing"],"archived":true}`),
		chat("secret", 5, `{"owner":"eve","tags":["billing","secret"]}`)))
	server := httptest.NewServer(newService(engine))
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, engine.Close())
	})
	return server
}

// answer is the sidebar as its page reads it.
type answer struct {
	Chats    []struct{ ID string }
	Total    int
	Archived int
	Tags     []query.FacetCount
}

func (a answer) ids() (ids []string) {
	for _, c := range a.Chats {
		ids = append(ids, c.ID)
	}
	return ids
}

// request sends a request of a user.
func request(t *testing.T, server *httptest.Server, method, path, user, body string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("X-User", user)
	res, err := server.Client().Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { res.Body.Close() })
	return res
}

func ask(t *testing.T, server *httptest.Server, path, user string) (a answer) {
	t.Helper()
	res := request(t, server, "GET", path, user, "")
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, string(body))
	require.NoError(t, json.Unmarshal(body, &a))
	return a
}

// Mine or shared with me, pinned ones first, archived ones hidden, with the counts of the
// other tags; nobody counts what they may not see.
func TestTheSidebarListsAndCounts(t *testing.T) {
	server := serve(t)
	billing := ask(t, server, "/sidebar?tag=billing", "ada")
	require.Equal(t, []string{"invoice", "refund"}, billing.ids(), "pinned first, though older")
	require.Equal(t, 2, billing.Total)
	require.Equal(t, 1, billing.Archived)
	require.Equal(t, []query.FacetCount{{Value: "billing", Count: 2}, {Value: "travel", Count: 1}, {Value: "urgent", Count: 1}}, billing.Tags)
	require.Equal(t, []string{"invoice", "trip", "refund"}, ask(t, server, "/sidebar", "ada").ids())
	require.Equal(t, []string{"invoice", "old bill", "refund"}, ask(t, server, "/sidebar?tag=billing&archived=true", "ada").ids())
	require.Equal(t, []string{"refund"}, ask(t, server, "/sidebar", "bob").ids())
	require.Equal(t, 0, ask(t, server, "/sidebar", "nobody").Total)
}

// The list and the counts follow writes; nobody changes what they may not see.
func TestTheSidebarIsLive(t *testing.T) {
	server := serve(t)
	lines := bufio.NewScanner(request(t, server, "GET", "/sidebar/events?tag=billing", "ada", "").Body)
	next := func() (a answer) {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				require.NoError(t, json.Unmarshal([]byte(data), &a))
				return a
			}
		}
		require.NoError(t, lines.Err())
		t.Fatal("the stream ended")
		return a
	}
	patch := func(user, id, body string, status int) {
		t.Helper()
		require.Equal(t, status, request(t, server, "PATCH", "/chats/"+id, user, body).StatusCode)
	}
	require.Equal(t, []string{"invoice", "refund"}, next().ids())
	patch("ada", "trip", `{"tags":["travel","billing"]}`, http.StatusNoContent)
	require.Equal(t, []string{"invoice", "trip", "refund"}, next().ids())
	patch("bob", "trip", `{"pinned":true}`, http.StatusNotFound)
	patch("ada", "secret", `{"pinned":true}`, http.StatusNotFound)
	patch("ada", "trip", `{"owner":"eve"}`, http.StatusBadRequest)
	patch("ada", "trip", `{"pinned":tru`, http.StatusBadRequest)
	patch("ada", "invoice", `{"pinned":false}`, http.StatusNoContent)
	require.Equal(t, []string{"trip", "refund", "invoice"}, next().ids())
	patch("ada", "trip", `{"archived":true}`, http.StatusNoContent)
	after := next()
	require.Equal(t, []string{"refund", "invoice"}, after.ids())
	require.Equal(t, 2, after.Archived)
	patch("ada", "old%20bill", `{"archived":false}`, http.StatusNoContent) // found by its id, although hidden
	require.Equal(t, []string{"old bill", "refund", "invoice"}, next().ids())
}
