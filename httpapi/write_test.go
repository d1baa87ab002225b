package httpapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
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

// writable returns a handler that takes writes from everyone, under a name and a scope;
// see named.
func writable(t testing.TB, e *sessiondex.Engine, opts httpapi.Options) http.Handler {
	t.Helper()
	opts.Writer = e.Writer()
	if opts.Authenticate == nil {
		opts.Authenticate = named
	}
	return newHandler(t, e, opts)
}

// send sends a body to a handler, of type application/json unless the headers say
// otherwise.
func send(h http.Handler, method, path, body string, header ...string) answer {
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, path, content)
	r.Header.Set("X-API-KEY", key)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{status: w.Code, header: w.Header(), body: w.Body.Bytes()}
}

const oneTime = `"created_at":"2026-01-01T12:00:00Z","updated_at":"2026-01-20T12:00:00Z"`

func stored(t testing.TB, e *sessiondex.Engine, id string) string {
	t.Helper()
	s, err := e.Get(t.Context(), id)
	require.NoError(t, err)
	return string(s.AppendJSON(nil))
}

func TestASessionIsPutPatchedAndDeleted(t *testing.T) {
	e := newEngine(t)
	h := writable(t, e, httpapi.Options{})
	path := listPath + "/a%2Fb"
	a := send(h, "PUT", path, `{"title":"One","own":{"x":[1,2],"y":{"z":1}},`+oneTime+`}`)
	require.Equal(t, http.StatusCreated, a.status, "%s", a.body)
	assert.Equal(t, path, a.header.Get("Location"))
	tag := a.header.Get("Etag")
	assert.Regexp(t, `^"[0-9a-f]{32}"$`, tag)
	got := send(h, "GET", path, "")
	assert.Equal(t, tag, got.header.Get("Etag"))
	assert.Equal(t, string(a.body), string(got.body))
	assert.Contains(t, string(got.body), `"thread_id":"a/b"`)
	assert.NotContains(t, stored(t, e, "a/b"), "thread_id")

	a = send(h, "PATCH", path, `{"title":"Two","state":"running","own":{"x":null,"y":{"w":2}},"tags":["t"]}`, "Content-Type", "application/merge-patch+json", "If-Match", tag)
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	assert.NotEqual(t, tag, a.header.Get("Etag"))
	assert.Contains(t, stored(t, e, "a/b"), `"own":{"y":{"z":1,"w":2}},"tags":["t"]}`)
	assert.Contains(t, stored(t, e, "a/b"), `"updated_at":"2026-01-20T12:00:00Z"`, "updated_at stays")
	assert.Equal(t, http.StatusPreconditionFailed, send(h, "PATCH", path, `{"title":"Late"}`, "If-Match", tag).status)

	// Filled-in members that a client sends back are not stored.
	given := send(h, "GET", path, "")
	require.Contains(t, string(given.body), `"session_status_v2":"active"`)
	back := strings.Replace(string(given.body), `"state":"running"`, `"state":"failed"`, 1)
	require.Equal(t, http.StatusOK, send(h, "PUT", path, back).status)
	assert.NotContains(t, stored(t, e, "a/b"), "session_status_v2")
	assert.Contains(t, string(send(h, "GET", path, "").body), `"session_status_v2":"error"`)

	// A replacement keeps nothing of the old session but times that it leaves out.
	require.Equal(t, http.StatusOK, send(h, "PUT", path, `{"title":"Three"}`).status)
	assert.Contains(t, stored(t, e, "a/b"), `"created_at":"2026-01-01T12:00:00Z"`)
	assert.NotContains(t, stored(t, e, "a/b"), "tags")

	for action, want := range map[string]string{"read": "false", "unread": "true"} {
		a = send(h, "POST", path+"/"+action, "")
		require.Equal(t, http.StatusOK, a.status, "%s", a.body)
		assert.Contains(t, string(a.body), `"is_unread":`+want)
		assert.Contains(t, string(a.body), `"title":"Three"`)
	}
	version := e.Version()
	assert.Equal(t, http.StatusOK, send(h, "PATCH", path, `{}`).status)
	assert.Equal(t, version, e.Version(), "a patch that changes nothing is no write")
	assert.Equal(t, http.StatusPreconditionFailed, send(h, "DELETE", path, "", "If-Match", tag).status)
	assert.Equal(t, http.StatusNoContent, send(h, "DELETE", path, "", "If-Match", "*").status)
	assert.Equal(t, http.StatusNotFound, send(h, "DELETE", path, "").status)
	assert.Equal(t, http.StatusNotFound, send(h, "PATCH", path, `{}`).status)
	assert.Equal(t, http.StatusNotFound, send(h, "POST", path+"/read", "").status)
	assert.Equal(t, http.StatusPreconditionFailed, send(h, "PUT", path, `{}`, "If-Match", "*").status)
	assert.Equal(t, http.StatusCreated, send(h, "PUT", path, `{}`, "If-None-Match", "*").status)
	assert.Equal(t, http.StatusPreconditionFailed, send(h, "PUT", path, `{}`, "If-None-Match", "*").status)
}

func TestSessionsAreInserted(t *testing.T) {
	e := newEngine(t)
	h := writable(t, e, httpapi.Options{})
	a := send(h, "POST", listPath, `{"title":"Mine"}`)
	require.Equal(t, http.StatusCreated, a.status, "%s", a.body)
	var one struct {
		ID        string
		CreatedAt time.Time `json:"created_at"`
	}
	require.NoError(t, json.Unmarshal(a.body, &one))
	assert.GreaterOrEqual(t, len(one.ID), 20)
	assert.WithinDuration(t, time.Now(), one.CreatedAt, time.Hour)
	assert.Equal(t, listPath+"/"+one.ID, a.header.Get("Location"))
	assert.Equal(t, a.header.Get("Etag"), send(h, "GET", a.header.Get("Location"), "").header.Get("Etag"))

	a = send(h, "POST", listPath, `[{"id":"x"},{"id":"y"}]`)
	assert.Equal(t, http.StatusCreated, a.status)
	assert.JSONEq(t, `{"ids":["x","y"]}`, string(a.body))
	a = send(h, "POST", listPath, "{\"id\":\"z\"}\n\n{\"id\":\"w\"}\n", "Content-Type", "application/x-ndjson; charset=utf-8")
	assert.JSONEq(t, `{"ids":["z","w"]}`, string(a.body))
	a = send(h, "POST", listPath, `[]`)
	assert.JSONEq(t, `{"ids":[]}`, string(a.body))
	assert.Equal(t, 5, e.Len())

	// All or nothing.
	a = send(h, "POST", listPath, `[{"id":"new"},{"id":"x","title":"over"}]`)
	assert.Equal(t, http.StatusConflict, a.status)
	assert.Equal(t, 5, e.Len())
	a = send(h, "POST", listPath, `[{"id":"new"},{"id":"bad","title":7}]`)
	assert.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Contains(t, string(a.body), `"loc":["body",1,"title"]`)
	assert.Equal(t, 5, e.Len())
}

func TestClientsWithEntityTagsLoseNoIncrement(t *testing.T) {
	e := newEngine(t, sessiondex.Session{ID: "n", Title: "0", CreatedAt: day(1), UpdatedAt: day(1)})
	h := writable(t, e, httpapi.Options{})
	const clients, each = 8, 1000
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for done := 0; done < each; {
				a := send(h, "GET", listPath+"/n", "")
				var s struct{ Title string }
				if !assert.NoError(t, json.Unmarshal(a.body, &s)) {
					return
				}
				n, _ := strconv.Atoi(s.Title)
				a = send(h, "PATCH", listPath+"/n", fmt.Sprintf(`{"title":"%d"}`, n+1), "If-Match", a.header.Get("Etag"))
				switch a.status {
				case http.StatusOK:
					done++
				case http.StatusPreconditionFailed:
				default:
					assert.Equal(t, http.StatusOK, a.status, "%s", a.body)
					return
				}
			}
		})
	}
	all.Wait()
	s, err := e.Get(t.Context(), "n")
	require.NoError(t, err)
	assert.Equal(t, strconv.Itoa(clients*each), s.Title)
}

// Random requests of two principals neither see, make, move nor overwrite the other's
// sessions.
func TestAScopeBindsWrites(t *testing.T) {
	e := newEngine(t)
	for i := range 40 {
		require.NoError(t, e.Put(t.Context(), sessiondex.Session{ID: fmt.Sprint("s", i), Title: "of ws-" + fmt.Sprint(i%3), WorkspaceID: fmt.Sprint("ws-", i%3), CreatedAt: day(1), UpdatedAt: day(2)}))
	}
	h := writable(t, e, httpapi.Options{})
	rng := rand.New(rand.NewPCG(7, 8))
	inside := func(workspace string) map[string]string {
		all := map[string]string{}
		for i := range 80 {
			if s, err := e.Get(t.Context(), fmt.Sprint("s", i)); err == nil && s.WorkspaceID != workspace {
				all[s.ID] = string(s.AppendJSON(nil))
			}
		}
		return all
	}
	statuses := map[int]int{}
	for range 3000 {
		mine := fmt.Sprint("ws-", rng.IntN(2))
		foreign := inside(mine)
		id := fmt.Sprint("s", rng.IntN(60))
		workspace := []string{`"ws-0"`, `"ws-1"`, `"ws-2"`, `null`, `""`}[rng.IntN(5)]
		body := fmt.Sprintf(`{"title":"by %s","workspace_id":%s}`, mine, workspace)
		if rng.IntN(3) == 0 {
			body = fmt.Sprintf(`{"title":"by %s"}`, mine)
		}
		method, path := "GET", listPath+"/"+id
		switch rng.IntN(8) {
		case 0:
			method = "PUT"
		case 1:
			method = "PATCH"
		case 2:
			method, body = "DELETE", ""
		case 3:
			method, path, body = "POST", listPath, strings.Replace(body, "{", `{"id":"`+id+`",`, 1)
		case 4:
			method, path, body = "POST", path+"/read", ""
		case 5:
			path, body = listPath+"?limit=500", ""
		case 6:
			path, body = facetPath+"?facet=workspace_id", ""
		default:
			body = ""
		}
		a := send(h, method, path, body, "X-Scope", mine, "X-Who", mine)
		statuses[a.status]++
		require.Less(t, a.status, 500, "%s", a.body)
		for _, other := range []string{"ws-0", "ws-1", "ws-2"} {
			if other != mine {
				require.NotContains(t, string(a.body), other, "%s %s as %s", method, path, mine)
			}
		}
		require.Equal(t, foreign, inside(mine), "%s %s %s as %s", method, path, body, mine)
		if foreign[id] != "" && method != "GET" && path != listPath {
			require.Contains(t, []int{http.StatusNotFound, http.StatusConflict}, a.status, "%s", a.body)
		}
	}
	for _, status := range []int{200, 201, 204, 403, 404, 409} {
		assert.Positive(t, statuses[status], status)
	}
}

// A listing that names no workspace is of the default one too.
func TestANewSessionGetsTheDefaultWorkspace(t *testing.T) {
	e := newEngine(t, few()...)
	h := writable(t, e, httpapi.Options{})
	as := func(method, path, body string) answer {
		return send(h, method, path, body, "X-Scope", "ws-1,ws-2", "X-Workspace", "ws-2")
	}
	assert.Equal(t, []string{"draft", "blank"}, as("GET", listPath, "").page(t).ids())
	assert.Equal(t, []string{"report", "chat"}, as("GET", listPath+"?workspace_id=ws-1", "").page(t).ids())
	assert.Equal(t, http.StatusOK, as("GET", listPath+"/report", "").status, "others in the scope are there on request")
	require.Equal(t, http.StatusCreated, as("POST", listPath, `{"id":"n"}`).status)
	s, err := e.Get(t.Context(), "n")
	require.NoError(t, err)
	assert.Equal(t, "ws-2", s.WorkspaceID)
	assert.Equal(t, http.StatusForbidden, as("POST", listPath, `{"id":"m","workspace_id":"ws-3"}`).status)
}

// FuzzWrites sends any body: it causes no 5xx, and what is stored can be read back.
func FuzzWrites(f *testing.F) {
	for _, seed := range []string{`{}`, `{"title":"x","own":{"a":[1]}}`, `{"id":null}`, `[{"id":"a"}]`, "{}\n{}", `{"a":{"b":{}}}`, `{"updated_at":1}`, `{"\ud800":"\udc00"}`, `nul`} {
		f.Add("PATCH", []byte(seed))
		f.Add("PUT", []byte(seed))
		f.Add("POST", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, method string, body []byte) {
		if method != "PATCH" && method != "PUT" && method != "POST" {
			return
		}
		e := newEngine(t, few()...)
		h := writable(t, e, httpapi.Options{})
		path := listPath
		if method != "POST" {
			path += "/report"
		}
		a := send(h, method, path, string(body), "Content-Type", "application/json")
		require.Less(t, a.status, 500, "%s", a.body)
		require.True(t, json.Valid(a.body), "%s", a.body)
		if a.status < 300 && method != "POST" {
			require.True(t, bytes.Equal(a.body, send(h, "GET", path, "").body))
		}
	})
}

func BenchmarkPatch(b *testing.B) {
	e := newEngine(b, many(1000)...)
	h := writable(b, e, httpapi.Options{})
	s := many(1)[0]
	require.NoError(b, e.Put(b.Context(), s))
	b.Run("http", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if a := send(h, "PATCH", listPath+"/"+s.ID, `{"title":"t`+strconv.Itoa(i)+`"}`); a.status != http.StatusOK {
				b.Fatal(a.status, string(a.body))
			}
		}
	})
	b.Run("Update", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if _, err := e.Update(b.Context(), s.ID, func(s *sessiondex.Session) error { s.Title = "u" + strconv.Itoa(i); return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
}
