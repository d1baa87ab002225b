package webui_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/schema"
	"github.com/sessiondex/sessiondex/webui"
)

// at is the creation time of the tests' sessions.
var at = time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)

// serve serves the page over an engine with these titles, and returns its address.
func serve(t *testing.T, titles []string, o *webui.Options, ho *httpapi.Options) string {
	t.Helper()
	e, err := sessiondex.New(nil)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, e.Verify(context.Background()))
		require.NoError(t, e.Close())
	})
	for i, title := range titles {
		s := sessiondex.Session{ID: fmt.Sprintf("s%03d", i), Title: title, State: "completed", SourceChannel: "web", CreatedAt: at, UpdatedAt: at.Add(time.Duration(i) * time.Minute)}
		require.NoError(t, e.Put(context.Background(), s))
	}
	if ho == nil {
		ho = &httpapi.Options{AllowAnonymous: true}
	}
	api, err := httpapi.NewHandler(e, ho)
	require.NoError(t, err)
	page, err := webui.NewHandler(api, o)
	require.NoError(t, err)
	s := httptest.NewServer(page)
	t.Cleanup(s.Close)
	return s.URL
}

func get(t *testing.T, url string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, string(body)
}

func TestThePageAndItsFiles(t *testing.T) {
	url := serve(t, []string{"Invoice review"}, &webui.Options{Title: `A "list" <b>`, SessionURL: "https://chat.example/c/{id}"}, nil)
	answer, body := get(t, url+"/")
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, "text/html; charset=utf-8", answer.Header.Get("Content-Type"))
	require.Contains(t, body, "<title>A &#34;list&#34; &lt;b&gt;</title>")
	require.Contains(t, body, "https://chat.example/c/{id}")

	policy := answer.Header.Get("Content-Security-Policy")
	require.True(t, strings.HasPrefix(policy, "default-src 'none'; "))
	for _, word := range []string{"unsafe", "nonce", "sha256", "http:", "https:", "*", "data:"} {
		require.NotContains(t, policy, word)
	}
	require.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"))
	require.NotRegexp(t, `<script>|<style| style=| on\w+=`, body, "nothing inline")

	for _, m := range regexp.MustCompile(`(?:src|href)="(assets/[^"]+)"`).FindAllStringSubmatch(body, -1) {
		file, content := get(t, url+"/"+m[1])
		require.Equal(t, http.StatusOK, file.StatusCode, m[1])
		require.Contains(t, file.Header.Get("Cache-Control"), "immutable")
		require.NotEmpty(t, content)
		other := regexp.MustCompile(`assets/[0-9a-f]+/`).ReplaceAllString(m[1], "assets/0000000000000000/")
		file, _ = get(t, url+"/"+other)
		require.Equal(t, http.StatusNotFound, file.StatusCode, "another version of the page")
	}
}

// And every module that the page imports exists.
func TestModulesImportOnlyEachOther(t *testing.T) {
	for _, dir := range []string{"page", "page/vendor/lit-html", "page/vendor/lit-html/directives"} {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), ".js") {
				continue
			}
			text, err := os.ReadFile(dir + "/" + e.Name())
			require.NoError(t, err)
			for _, m := range regexp.MustCompile(`(?:from|import)\s*"([^"]+)"|from '([^']+)'`).FindAllStringSubmatch(string(text), -1) {
				path := m[1] + m[2]
				require.True(t, strings.HasPrefix(path, "./") || strings.HasPrefix(path, "../"), "%s imports %s", e.Name(), path)
				_, err := os.Stat(dir + "/" + path)
				require.NoError(t, err, "%s imports %s", e.Name(), path)
			}
			if dir == "page" {
				require.NotRegexp(t, `\beval\(|new Function|innerHTML|styleMap|unsafeHTML|document\.write`, string(text), e.Name())
			}
		}
	}
}

func TestOtherRequestsGoToTheAPI(t *testing.T) {
	url := serve(t, []string{"Invoice review"}, nil, nil)
	answer, body := get(t, url+"/api/v0/sessions?query=invoice")
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Contains(t, body, `"total":1`)
	answer, _ = get(t, url+"/openapi.json")
	require.Equal(t, http.StatusOK, answer.StatusCode)
	answer, _ = get(t, url+"/nowhere")
	require.Equal(t, http.StatusNotFound, answer.StatusCode)
	answer, err := http.Post(url+"/", "text/plain", nil)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusMethodNotAllowed, answer.StatusCode)
}

func TestOptionsAreRefusedWithEveryFault(t *testing.T) {
	_, err := webui.NewHandler(nil, &webui.Options{
		SessionURL: "javascript:alert({id})", LoginURL: "ftp://x/", Columns: []string{"a", "b", "c", "d", "e", "f", "g"},
		States: map[string]string{"odd": "purple"},
		Fields: []schema.Field{{Name: "state", Type: schema.Keyword}}, SavedViews: []webui.View{{Name: "a", Query: "%zz"}, {Name: "a"}},
	})
	for _, part := range []string{"the api is nil", `SessionURL "javascript:alert({id})"`, "LoginURL", "Columns: 7", `States["odd"]: "purple"`, "Fields: ", `SavedViews[0]: Query "%zz"`, `SavedViews[1]: the name "a"`} {
		require.ErrorContains(t, err, part)
	}
}
