package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// Declared fields are parameters and facets, and conditions of scopes, which also hold for
// a session asked for by its id.
func TestDeclaredFieldsOverHTTP(t *testing.T) {
	ctx := context.Background()
	e, err := sessiondex.New(&sessiondex.Options{Fields: []schema.Field{
		{Name: "owner", Type: schema.Keyword}, {Name: "tags", Type: schema.Keyword}, {Name: "archived", Type: schema.Flag, Hidden: true},
		{Name: "cost", Member: "usage.cost", Type: schema.Number, Sorted: true},
	}})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, e.Verify(ctx))
		require.NoError(t, e.Close())
	})
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	for i, extra := range []string{
		`{"owner":"u1","tags":["billing","urgent"],"usage":{"cost":3}}`, `{"owner":"u2","tags":["billing"],"usage":{"cost":1}}`,
		`{"owner":"u1","archived":true}`, `{"owner":"u1","tags":["ops"],"usage":{"cost":2}}`,
	} {
		require.NoError(t, e.Put(ctx, sessiondex.Session{ID: string(rune('a' + i)), CreatedAt: at, UpdatedAt: at.Add(time.Duration(i)), Extra: extra}))
	}
	h, err := httpapi.NewHandler(e, &httpapi.Options{Authenticate: func(r *http.Request) (httpapi.Principal, error) {
		p := httpapi.Principal{Name: r.Header.Get("X-User")}
		if p.Name != "" {
			p.Scope = query.Scope{Where: []query.Cond{query.In("owner", p.Name)}}
		}
		return p, nil
	}})
	require.NoError(t, err)
	ask := func(user, target string) (int, string) {
		r := httptest.NewRequest(http.MethodGet, target, nil)
		r.Header.Set("X-User", user)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	ids := func(user, params string) string {
		t.Helper()
		status, body := ask(user, "/api/v0/sessions?"+params)
		require.Equal(t, http.StatusOK, status, body)
		var page struct{ Items []struct{ ID string } }
		require.NoError(t, json.Unmarshal([]byte(body), &page))
		var all strings.Builder
		for _, s := range page.Items {
			all.WriteString(s.ID)
		}
		return all.String()
	}
	require.Equal(t, "dba", ids("", ""))
	require.Equal(t, "ba", ids("", "tags=billing"))
	require.Equal(t, "a", ids("", "tags[all]=billing,urgent"))
	require.Equal(t, "adb", ids("", "sort_by=cost"))
	require.Equal(t, "da", ids("", "cost[gte]=2"))
	require.Equal(t, "dcba", ids("", "include=archived"))
	require.Equal(t, "c", ids("", "archived=true"))
	require.Equal(t, "da", ids("u1", ""))

	status, body := ask("u2", "/api/v0/sessions/a")
	require.Equal(t, http.StatusNotFound, status, body)
	status, body = ask("u2", "/api/v0/sessions/b")
	require.Equal(t, http.StatusOK, status, body)
	status, _ = ask("u1", "/api/v0/sessions/c")
	require.Equal(t, http.StatusOK, status, "hidden, and asked for")
	status, body = ask("", "/api/v0/sessions?tags[gte]=1&nonsense[eq]=2")
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Contains(t, body, "tags")
	require.Contains(t, body, "nonsense")
	status, body = ask("", "/api/v0/session-facets?facet=tags,owner")
	require.Equal(t, http.StatusOK, status, body)
	require.Contains(t, body, `{"value":"billing","count":2}`)
}
