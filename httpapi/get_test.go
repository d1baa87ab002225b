package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

func TestOneSessionIsAsItIsInAPage(t *testing.T) {
	s := start(t, few()...)
	list := string(s.get(t, listPath+"?include_sub_sessions=1&include_task_sessions=1").body)
	for _, want := range few() {
		a := s.get(t, listPath+"/"+want.ID)
		assert.Equal(t, http.StatusOK, a.status)
		assert.Equal(t, "application/json", a.header.Get("Content-Type"))
		assert.Equal(t, string(want.AppendContractJSON(nil))+"\n", string(a.body))
		assert.Contains(t, list, strings.TrimSuffix(string(a.body), "\n"))
	}
	a := s.get(t, listPath+"/none")
	assert.Equal(t, http.StatusNotFound, a.status)
	assert.Equal(t, "Session not found", a.detail(t))
}

// What a path segment cannot hold is percent-encoded.
func TestAnIDMayHoldAnything(t *testing.T) {
	ids := []string{"a/b", "a%2Fb", "a//b", "/", ".", "..", "../sessions", "a b+c", "?x=1", "#", "%", "%zz", "a;b,c&d=e",
		"ärger", "昨晚", "\x00", "a\nb", `"'<>\`, strings.Repeat("x", 3000)}
	var sessions []sessiondex.Session
	for _, id := range ids {
		sessions = append(sessions, sessiondex.Session{ID: id, CreatedAt: day(1), UpdatedAt: day(1)})
	}
	s := start(t, sessions...)
	for i, id := range ids {
		segment := url.PathEscape(id)
		if strings.Trim(id, ".") == "" {
			segment = strings.ReplaceAll(id, ".", "%2E") // clients resolve plain dots
		}
		a := s.get(t, listPath+"/"+segment)
		require.Equal(t, http.StatusOK, a.status, "%q", id)
		assert.Equal(t, string(sessions[i].AppendContractJSON(nil))+"\n", string(a.body))
	}
	// The same id with all bytes escaped.
	assert.Equal(t, http.StatusOK, s.get(t, listPath+"/%61%2F%62").status)
	assert.Equal(t, http.StatusNotFound, s.get(t, listPath+"/a/b").status)
	assert.Equal(t, http.StatusNotFound, s.get(t, listPath+"/%FF").status)
}

func TestPathsThatDoNotExist(t *testing.T) {
	s := start(t, few()...)
	for _, path := range []string{"/", "/api/v0", "/api/v0/", "/api/v0/session", "/api/v0/sessionsx", "/api/v1/sessions",
		"/API/v0/sessions", "//api/v0/sessions", "/api/v0//sessions", "/api/v0/sessions/report/messages", "/api/v0/session-facets//", "/docs/x"} {
		for _, a := range []answer{s.get(t, path), s.do(t, "GET", path)} {
			assert.Equal(t, http.StatusNotFound, a.status, path)
			assert.Equal(t, "Not Found", a.detail(t))
		}
	}
	// Two slashes ask for the session without an id, which cannot exist.
	a := s.get(t, listPath+"//")
	assert.Equal(t, http.StatusNotFound, a.status)
	assert.Equal(t, "Session not found", a.detail(t))
	assert.Equal(t, http.StatusUnauthorized, s.do(t, "GET", listPath+"//").status)
}

// There is no redirect either.
func TestATrailingSlashChangesNothing(t *testing.T) {
	e := newEngine(t, few()...)
	for _, base := range []string{"", "/base"} {
		s := serve(t, writable(t, e, httpapi.Options{BasePath: base, Login: true}), nil)
		for _, path := range []string{listPath, listPath + "/report", facetPath, viewPath, exportPath, "/openapi.json", "/docs"} {
			plain, slash := s.get(t, base+path), s.get(t, base+path+"/")
			assert.Equal(t, http.StatusOK, slash.status, path)
			assert.Equal(t, string(plain.body), string(slash.body), path)
		}
		assert.Equal(t, http.StatusOK, s.do(t, "POST", base+listPath+"/report/read/").status)
		assert.Equal(t, http.StatusNoContent, s.do(t, "POST", base+"/api/v0/logout/").status)
	}
}

func TestReadingTakesGETAndHEADOnly(t *testing.T) {
	s := start(t, few()...)
	for _, path := range []string{listPath, listPath + "/report", listPath + "/none", "/api/v0/session-facets", "/openapi.json", "/healthz"} {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"} {
			for _, a := range []answer{s.do(t, method, path, "X-API-KEY", key), s.do(t, method, path)} {
				assert.Equal(t, http.StatusMethodNotAllowed, a.status, "%s %s", method, path)
				assert.Equal(t, "GET, HEAD", a.header.Get("Allow"))
				assert.Equal(t, "Method Not Allowed", a.detail(t))
			}
		}
		get, head := s.get(t, path), s.do(t, "HEAD", path, "X-API-KEY", key)
		assert.Equal(t, get.status, head.status)
		assert.Equal(t, get.length, head.length)
		assert.Empty(t, head.body)
		for _, of := range []string{"Date", "X-Request-Id"} {
			get.header.Del(of)
			head.header.Del(of)
		}
		assert.Equal(t, get.header, head.header)
	}
	assert.Equal(t, http.StatusUnprocessableEntity, s.do(t, "HEAD", listPath+"?limit=0", "X-API-KEY", key).status)
	assert.Equal(t, http.StatusUnauthorized, s.do(t, "HEAD", listPath).status)
	assert.Equal(t, http.StatusNotFound, s.do(t, "POST", "/nowhere").status)
}

func TestBasePathMovesPathsLinksAndTheDocument(t *testing.T) {
	s := serve(t, newHandler(t, newEngine(t, few()...), httpapi.Options{BasePath: "/team/v1.0"}), nil)
	a := s.get(t, "/team/v1.0/api/v0/sessions?limit=1")
	assert.Equal(t, []string{"report"}, a.page(t).ids())
	assert.Contains(t, a.header.Get("Link"), "</team/v1.0/api/v0/sessions?limit=1&offset=1>")
	assert.Equal(t, http.StatusOK, s.get(t, "/team/v1.0/api/v0/sessions/draft").status)
	assert.Equal(t, http.StatusOK, s.get(t, "/team/v1.0/api/v0/session-facets").status)
	var document struct{ Servers []struct{ URL string } }
	require.NoError(t, json.Unmarshal(s.get(t, "/team/v1.0/openapi.json").body, &document))
	assert.Equal(t, "/team/v1.0", document.Servers[0].URL)
	for _, path := range []string{listPath, listPath + "/draft", "/openapi.json", "/team/v1.0"} {
		assert.Equal(t, http.StatusNotFound, s.get(t, path).status, path)
	}
}

// Mounting the handler in a service takes one line.
func TestMountedInAMux(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/api/v0/", newHandler(t, newEngine(t, append(few(), sessiondex.Session{ID: "a//b", CreatedAt: day(1), UpdatedAt: day(1)})...), httpapi.Options{}))
	s := serve(t, mux, nil)
	assert.Len(t, s.get(t, listPath).page(t).Items, 5)
	assert.Equal(t, http.StatusOK, s.get(t, listPath+"/a%2F%2Fb").status)
}
