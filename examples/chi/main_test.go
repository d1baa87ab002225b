package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
)

func newServer(t *testing.T) *httptest.Server {
	t.Helper()
	engine, err := sessiondex.New(nil)
	require.NoError(t, err)
	t.Cleanup(func() {
		// The test's own context has ended by now.
		require.NoError(t, engine.Verify(context.Background()))
		require.NoError(t, engine.Close())
	})
	require.NoError(t, fill(t.Context(), engine))
	service, err := newService(engine, accounts{"ada": newAccount("a", "acme"), "eve": newAccount("e", "umbrella")})
	require.NoError(t, err)
	server := httptest.NewServer(service)
	t.Cleanup(server.Close)
	return server
}

// ask sends a request as an account, and returns the status and the body.
func ask(t *testing.T, server *httptest.Server, method, path, name, secret string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
	require.NoError(t, err)
	if name != "" {
		r.SetBasicAuth(name, secret)
	}
	res, err := server.Client().Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(body)
}

// titles returns the titles that an account sees, and the total.
func titles(t *testing.T, server *httptest.Server, name, secret, parameters string) (list []string, total int) {
	t.Helper()
	status, body := ask(t, server, "GET", "/agents/api/v0/sessions?"+parameters, name, secret)
	require.Equal(t, http.StatusOK, status, body)
	var page struct {
		Total int
		Items []struct{ Title string }
	}
	require.NoError(t, json.Unmarshal([]byte(body), &page))
	for _, s := range page.Items {
		list = append(list, s.Title)
	}
	return list, page.Total
}

func TestEachAccountSeesItsOwnWorkspaces(t *testing.T) {
	server := newServer(t)
	list, total := titles(t, server, "ada", "a", "query=invoice")
	require.Equal(t, []string{"Invoice review"}, list)
	require.Equal(t, 1, total, "what others have is not counted either")
	list, _ = titles(t, server, "eve", "e", "")
	require.Equal(t, []string{"Invoice review"}, list)
	status, _ := ask(t, server, "GET", "/agents/api/v0/sessions/s3", "ada", "a")
	require.Equal(t, http.StatusNotFound, status)
}

func TestOthersAreRefused(t *testing.T) {
	server := newServer(t)
	for _, who := range [][2]string{{"", ""}, {"ada", "e"}, {"ada", ""}, {"mallory", "a"}, {"mallory", ""}} {
		for _, request := range [][2]string{{"GET", "/agents/api/v0/sessions"}, {"GET", "/agents/api/v0/sessions/s1"}, {"POST", "/agents/s1/done"}} {
			status, _ := ask(t, server, request[0], request[1], who[0], who[1])
			require.Equal(t, http.StatusUnauthorized, status, "%v %v", who, request)
		}
	}
}

func TestWhatTheServiceWritesIsListedAtOnce(t *testing.T) {
	server := newServer(t)
	_, running := titles(t, server, "ada", "a", "state=running")
	require.Equal(t, 1, running)
	status, _ := ask(t, server, "POST", "/agents/s2/done", "ada", "a")
	require.Equal(t, http.StatusNoContent, status)
	_, running = titles(t, server, "ada", "a", "state=running")
	require.Zero(t, running)
	status, _ = ask(t, server, "POST", "/agents/s3/done", "ada", "a")
	require.Equal(t, http.StatusNotFound, status, "a session of another account's workspace")
	_, running = titles(t, server, "eve", "e", "state=running")
	require.Equal(t, 1, running)
}

func TestTheServicesOwnRoutesStay(t *testing.T) {
	status, body := ask(t, newServer(t), "GET", "/", "", "")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "A service with agents.\n", body)
}
