package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
)

// imported returns a database with the lines.
func imported(t *testing.T, lines ...string) string {
	t.Helper()
	db := filepath.Join(t.TempDir(), "x.db")
	status, _, errs := cli(t, strings.Join(lines, "\n"), "import", "--db", db, "-")
	require.Equal(t, 0, status, errs)
	return db
}

func exported(t *testing.T, db string) string {
	t.Helper()
	status, out, errs := cli(t, "", "export", "--db", db)
	require.Equal(t, 0, status, errs)
	return out
}

func TestPutAndDelete(t *testing.T) {
	db := imported(t, strings.TrimSuffix(aLine("a", "one"), "}")+`,"zeta":1.50,"alpha":{"b":2}}`, aLine("b", "two"))
	status, _, errs := cli(t, aLine("b", "new")+"\n"+aLine("c", "three"), "put", "--db", db, "-")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, "2 sessions put\n", errs)
	status, _, errs = cli(t, "", "put", "--db", db, "--id", "a", "--set", "title=Other = title", "--set", "num=5", "--set", `zeta=null`, "--set", "tags=[\"x\"]")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, "session \"a\" changed\n", errs)
	out := exported(t, db)
	assert.Contains(t, out, `"title":"Other = title"`)
	assert.Contains(t, out, `"alpha":{"b":2},"num":5,"tags":["x"]}`)
	assert.NotContains(t, out, "zeta")
	assert.Contains(t, out, `"title":"new"`)

	status, _, errs = cli(t, "", "put", "--db", db, "--id", "made", "--set", "state=running")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, "session \"made\" made\n", errs)
	assert.Contains(t, exported(t, db), `"id":"made"`)

	status, _, errs = cli(t, "", "delete", "--db", db, "b", "nobody", "made")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, "2 sessions deleted, 1 not there\n", errs)
	assert.Equal(t, 2, strings.Count(exported(t, db), "\n"))

	before := exported(t, db)
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"put", "--db", db}, 2, "give a file"},
		{[]string{"put", "--db", db, "--id", "a", "-"}, 2, "give a file"},
		{[]string{"put", "--db", db, "--id", "a"}, 2, "go together"},
		{[]string{"put", "-"}, 2, "one of --db FILE and --url URL"},
		{[]string{"put", "--db", db, "--id", "a", "--set", "title"}, 2, "member=value"},
		{[]string{"put", "--db", db, "--id", "a", "--set", "id=b"}, 2, "cannot be changed"},
		{[]string{"put", "--db", db, "--id", "a", "--set", "state=5"}, 1, "state: must be a string"},
		{[]string{"put", "--db", db, "--id", "a", "--set", "created_at=null"}, 1, "created_at: must be there"},
		{[]string{"put", "--db", filepath.Join(t.TempDir(), "none.db"), "--id", "a", "--set", "state=x"}, 1, "no such file"},
		{[]string{"delete", "--db", db}, 2, "give the ids"},
		{[]string{"delete", "a"}, 2, "one of --db FILE and --url URL"},
		{[]string{"delete", "--db", filepath.Join(t.TempDir(), "none.db"), "a"}, 1, "no such file"},
		{[]string{"prune", "--db", db}, 2, "--older-than is missing"},
		{[]string{"prune", "--db", db, "--older-than", "old"}, 2, "older-than: Input should be a time"},
		{[]string{"prune", "--db", db, "--older-than", "1d", "--state[", "x"}, 2, "unknown flag"},
	} {
		status, _, errs := cli(t, "", c.args...)
		assert.Equal(t, c.status, status, "%q: %s", c.args, errs)
		assert.Contains(t, errs, c.says, "%q", c.args)
	}
	assert.Equal(t, before, exported(t, db))
	// A faulty line among good ones changes nothing.
	status, _, _ = cli(t, aLine("q", "x")+"\nnonsense", "put", "--db", db, "-")
	assert.Equal(t, 1, status)
	assert.Equal(t, before, exported(t, db))
}

func TestPruneDeletesOldSessions(t *testing.T) {
	day := func(id string, days int, more string) string {
		at := time.Now().AddDate(0, 0, -days).UTC().Format(time.RFC3339)
		return fmt.Sprintf(`{"id":%q,%s"created_at":"2020-01-01T00:00:00Z","updated_at":%q}`, id, more, at)
	}
	lines := []string{
		day("old", 100, ""), day("old-failed", 100, `"state":"failed",`), day("young", 80, ""), day("old-sub", 100, `"parent_session_id":"old",`),
		day("old-run", 100, `"aop_asset_id":"x",`), day("future", -5, ""),
	}
	left := func(db string) (ids string) {
		for _, line := range strings.Split(strings.TrimSpace(exported(t, db)), "\n") {
			var s struct{ ID string }
			require.NoError(t, json.Unmarshal([]byte(line), &s))
			ids += s.ID + " "
		}
		return ids
	}
	db := imported(t, lines...)
	status, _, errs := cli(t, "", "prune", "--db", db, "--older-than", "90d", "--dry-run")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, "2 sessions would be deleted\n", errs)
	assert.Contains(t, left(db), "old ")
	status, _, errs = cli(t, "", "prune", "--db", db, "--older-than", "90d", "--state", "failed")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, "1 session deleted\n", errs)
	assert.NotContains(t, left(db), "old-failed ")
	status, _, errs = cli(t, "", "prune", "--db", db, "--older-than", "90d")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, "1 session deleted\n", errs)
	assert.NotContains(t, left(db), "old ")
	assert.Contains(t, left(db), "old-sub ")
	status, _, errs = cli(t, "", "prune", "--db", db, "--older-than", "90d", "--include-sub-sessions", "--include-task-sessions")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, "2 sessions deleted\n", errs)
	assert.ElementsMatch(t, []string{"young", "future"}, strings.Fields(left(db)))
	status, _, errs = cli(t, "", "prune", "--db", db, "--older-than", "90d")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, "0 sessions deleted\n", errs)
}

// writableServer serves an engine with a minimal version of the API's writes.
func writableServer(t *testing.T, e *sessiondex.Engine) *httptest.Server {
	t.Helper()
	var mu sync.Mutex
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		id := strings.TrimPrefix(r.URL.Path, "/api/v0/sessions/")
		body, _ := io.ReadAll(r.Body)
		old, err := e.Get(r.Context(), id)
		tag := fmt.Sprintf("%q", old.UpdatedAt.String()+old.Title)
		switch {
		case r.Header.Get("X-Api-Key") != "demo":
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/api/v0/sessions":
			page, err := e.List(r.Context(), everything(nil))
			require.NoError(t, err)
			_, _ = w.Write(page.AppendJSON(nil))
		case err != nil && r.Method != http.MethodPut:
			w.WriteHeader(http.StatusNotFound)
		case r.Header.Get("If-Match") != "" && r.Header.Get("If-Match") != tag:
			w.WriteHeader(http.StatusPreconditionFailed)
		case r.Method == http.MethodGet:
			w.Header().Set("Etag", tag)
			_, _ = w.Write(old.AppendJSON(nil))
		case r.Method == http.MethodDelete:
			_, err = e.Delete(r.Context(), id)
			require.NoError(t, err)
			w.WriteHeader(http.StatusNoContent)
		case r.Method == http.MethodPut:
			var s sessiondex.Session
			require.NoError(t, s.UnmarshalJSON(body))
			require.NoError(t, e.Put(r.Context(), s))
			w.WriteHeader(http.StatusCreated)
		case r.Method == http.MethodPatch && r.Header.Get("Content-Type") == "application/merge-patch+json":
			var patch map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(body, &patch))
			s, err := patched(&old, patch)
			require.NoError(t, err)
			require.NoError(t, e.Put(r.Context(), s))
		default:
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

func TestWritesThroughAServer(t *testing.T) {
	t.Setenv(envAPIKeys, "demo")
	e, err := loadFew(t, write(t, filepath.Join(t.TempDir(), "x.jsonl"), aLine("a/b?", "one")+"\n"+aLine("old", "x")))
	require.NoError(t, err)
	defer e.Close()
	srv := writableServer(t, e)
	status, _, errs := cli(t, "", "put", "--url", srv.URL, "--id", "a/b?", "--set", "title=Renamed")
	require.Equal(t, 0, status, errs)
	s, err := e.Get(t.Context(), "a/b?")
	require.NoError(t, err)
	assert.Equal(t, "Renamed", s.Title)
	status, _, errs = cli(t, "", "put", "--url", srv.URL, "--id", "fresh", "--set", "title=Made")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, "session \"fresh\" made\n", errs)
	status, _, errs = cli(t, aLine("c", "see"), "put", "--url", srv.URL, "-")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, 4, e.Len())
	status, _, errs = cli(t, "", "delete", "--url", srv.URL, "c", "nobody")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, "1 session deleted, 1 not there\n", errs)
	status, _, errs = cli(t, "", "prune", "--url", srv.URL, "--older-than", "2026-01-02", "--dry-run")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, "2 sessions would be deleted\n", errs)
	status, _, errs = cli(t, "", "prune", "--url", srv.URL, "--older-than", "2026-01-02")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, "2 sessions deleted\n", errs)
	assert.Equal(t, 1, e.Len())

	// A server without writes says so.
	addr, _ := serveEngine(t, e, "")
	for _, args := range [][]string{{"put", "--id", "fresh", "--set", "title=x"}, {"delete", "fresh"}} {
		status, _, errs = cli(t, "", append(args, "--url", "http://"+addr)...)
		assert.Equal(t, 1, status)
		assert.Contains(t, errs, "this server takes no writes (it answered 405); serve --write does")
	}
}

// Importing it gives the same sessions again.
func TestExportOfAServerEqualsThatOfItsDatabase(t *testing.T) {
	db := filepath.Join(t.TempDir(), "x.db")
	status, _, errs := cli(t, "", "import", "--db", db, sample)
	require.Equal(t, 0, status, errs)
	s := startServe(t, "--db", db, "--api-key", "demo", "--members-in-file")
	t.Setenv(envAPIKeys, "demo")
	status, out, errs := cli(t, "", "export", "--url", s.url)
	require.Equal(t, 0, status, errs)
	assert.True(t, exported(t, db) == out, "they differ")
	for _, args := range [][]string{{"--state", "failed", "--format", "csv"}, {"--query", "review", "--include-sub-sessions=false"}} {
		status, remote, errs := cli(t, "", append([]string{"export", "--url", s.url}, args...)...)
		require.Equal(t, 0, status, errs)
		status, local, errs := cli(t, "", append([]string{"export", "--db", db}, args...)...)
		require.Equal(t, 0, status, errs)
		assert.Equal(t, local, remote, "%q", args)
		assert.Greater(t, strings.Count(local, "\n"), 10)
	}
	// --why, of a server.
	var first struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(out[:strings.Index(out, "\n")]), &first))
	args := []string{"list", "--why", first.ID, "--sort-by", "title", "--state", "failed", "--limit", "7"}
	_, local, _ := cli(t, "", append(args, "--db", db)...)
	status, remote, errs := cli(t, "", append(args, "--url", s.url)...)
	require.Equal(t, 0, status, errs)
	assert.Equal(t, local, remote)
	status, _, errs = cli(t, "", "list", "--url", s.url, "--why", "nobody")
	assert.Equal(t, 1, status)
	assert.Contains(t, errs, "give the whole id")
	// With a server as with a file, --why takes the beginning of an id, and an id as the table shows it.
	for _, id := range []string{first.ID[:len(first.ID)-2], first.ID[:4] + "…" + first.ID[len(first.ID)-8:]} {
		for _, from := range [][]string{{"--url", s.url}, {"--db", db}} {
			status, out, errs := cli(t, "", append(from, "list", "--why", id)...)
			require.Equal(t, 0, status, "%q: %s", id, errs)
			assert.Contains(t, out, strconv.Quote(first.ID))
		}
	}
	status, _, errs = cli(t, "", "list", "--url", s.url, "--why", first.ID[:1])
	assert.Equal(t, 2, status)
	assert.Contains(t, errs, "stands for several ids")
	s.end()
	assert.Equal(t, 0, s.wait(t))
}

func TestCompactFreesDiskSpace(t *testing.T) {
	db := filepath.Join(t.TempDir(), "x.db")
	status, _, errs := cli(t, "", "import", "--db", db, sample)
	require.Equal(t, 0, status, errs)
	status, _, errs = cli(t, "", "prune", "--db", db, "--older-than", "now", "--include-sub-sessions", "--include-task-sessions")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, "2,000 sessions deleted\n", errs)
	before, err := os.Stat(db)
	require.NoError(t, err)
	status, _, errs = cli(t, "", "compact", "--db", db)
	require.Equal(t, 0, status, errs)
	after, err := os.Stat(db)
	require.NoError(t, err)
	assert.Less(t, after.Size(), before.Size()/2)
	assert.Equal(t, fmt.Sprintf("%s: %s bytes, %s before\n", db, thousands(int(after.Size())), thousands(int(before.Size()))), errs)
	_, out, _ := cli(t, "", "verify", "--db", db)
	assert.Contains(t, out, "ok, 0 sessions")
	status, _, errs = cli(t, "", "compact", "--db", db+"x")
	assert.Equal(t, 1, status)
	assert.Contains(t, errs, "no such file")
}

func TestDiffListsChanges(t *testing.T) {
	a := imported(t, aLine("a", "one"), aLine("b", "two"), aLine("c", "three"))
	b := write(t, filepath.Join(t.TempDir(), "b.jsonl"), aLine("a", "one")+"\n"+strings.TrimSuffix(aLine("b", "TWO"), "}")+`,"n":5}`+"\n"+aLine("d", "four\u202e"))
	status, out, errs := cli(t, "", "diff", a, b)
	require.Equal(t, 0, status, errs)
	assert.Equal(t, "~ b  n – → 5, title \"two\" → \"TWO\"\n- c  three\n+ d  four\n", out)
	assert.Equal(t, "1 came, 1 went, 1 changed\n", errs)
	status, out, errs = cli(t, "", "diff", "--format", "jsonl", b, a)
	require.Equal(t, 0, status, errs)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 3)
	assert.JSONEq(t, `{"id":"c","before":null,"after":`+aLine("c", "three")[:len(aLine("c", "three"))-1]+`,"state":null,"source_channel":null,"session_type":"session","app_id":null,"workspace_id":null,"is_sub_session":false,"parent_session_id":null,"is_task_session":false,"aop_asset_id":null,"trigger_type":null}}`, lines[1])
	status, out, errs = cli(t, "", "diff", a, a)
	require.Equal(t, 0, status, errs)
	assert.Empty(t, out)
	assert.Equal(t, "0 came, 0 went, 0 changed\n", errs)
	status, _, _ = cli(t, "", "diff", a)
	assert.Equal(t, 2, status)
	status, _, _ = cli(t, "", "diff", a, a+"x")
	assert.Equal(t, 1, status)
}

func TestCSV(t *testing.T) {
	text := aLine("a,\"b", "line\none") + "\n" + aLine("c", "=1+1")
	status, out, errs := cli(t, text, "list", "--data", "-", "--format", "csv", "--columns", "id,title,created_at", "--sort-by", "title")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, "id,title,created_at\n\"a,\"\"b\",\"line\none\",2026-01-01T00:00:00Z\nc,=1+1,2026-01-01T00:00:00Z\n", out)
	db := imported(t, text)
	status, out, errs = cli(t, "", "export", "--db", db, "--format", "csv")
	require.Equal(t, 0, status, errs)
	assert.True(t, strings.HasPrefix(out, "id,title,state,source_channel,session_type,app_id,workspace_id,parent_session_id,aop_asset_id,trigger_type,kind,created_at,updated_at\n"), out)
	status, _, errs = cli(t, "", "export", "--db", db, "--format", "xml")
	assert.Equal(t, 2, status)
	assert.Contains(t, errs, `"xml"`)
}
