package webui_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/webui"
)

func TestThePlainPageListsFiltersAndPages(t *testing.T) {
	var titles []string
	for i := range 30 {
		titles = append(titles, fmt.Sprintf("Report %d", i))
	}
	titles = append(titles, `<script>alert("x")</script> & more`, "")
	url := serve(t, titles, &webui.Options{SessionURL: "/c/{id}"}, nil)

	answer, body := get(t, url+"/?view=plain")
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Contains(t, body, "<p>1–32 of 32</p>")
	require.Contains(t, body, "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp; more")
	require.NotContains(t, body, "<script>")
	require.Contains(t, body, ">Untitled</a>")
	require.Contains(t, body, `<a href="/c/s031">`)

	_, body = get(t, url+"/?view=plain&query=report&sort_by=title&limit=10")
	require.Contains(t, body, "<p>1–10 of 30</p>")
	require.Contains(t, body, `<input type="hidden" name="limit" value="10">`)
	require.Contains(t, body, `<option value="title" selected>`)
	seen := strings.Count(body, "<tr><td")
	for {
		next := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(body)
		if next == nil {
			break
		}
		_, body = get(t, url+"/"+strings.ReplaceAll(next[1], "&amp;", "&"))
		seen += strings.Count(body, "<tr><td")
	}
	require.Equal(t, 30, seen)
	require.Contains(t, body, `rel="prev"`)

	answer, body = get(t, url+"/?view=plain&limit=0")
	require.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
	require.Contains(t, body, `role="alert">limit: Input should be greater than or equal to 1`)
}

var update = flag.Bool("update", false, "rewrite the golden files")

// Its whole HTML, for a page in the middle of a listing and for a fault. go test -update
// rewrites the golden files.
func TestThePlainPageIsTheGoldenOne(t *testing.T) {
	titles := []string{"Invoice review", "", "<b>bold</b> & “quoted”", "تقرير المبيعات", "昨晚 会议", "Last one"}
	url := serve(t, titles, &webui.Options{Title: "Sessions & <more>", SessionURL: "/c/{id}"}, nil)
	for name, query := range map[string]string{
		"page":  "?view=plain&limit=2&offset=2&sort_by=created_at&state[not]=failed&state[not]=idle",
		"fault": "?view=plain&created_after=yesterdayish&query=%22x%22",
	} {
		_, body := get(t, url+"/"+query)
		got := regexp.MustCompile(`assets/[0-9a-f]{16}/`).ReplaceAllString(body, "assets/HASH/")
		golden := filepath.Join("testdata", "plain-"+name+".html")
		if *update {
			require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err)
		require.Equal(t, string(want), got, name)
	}
}

func TestThePlainPageShowsWhatTheAPIAllows(t *testing.T) {
	url := serve(t, []string{"Secret plan"}, nil, &httpapi.Options{APIKeys: []string{"k"}})
	answer, body := get(t, url+"/?view=plain")
	require.Equal(t, http.StatusUnauthorized, answer.StatusCode)
	require.NotContains(t, body, "Secret")
	answer, body = get(t, url+"/?view=plain", "X-API-KEY", "k")
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Contains(t, body, "Secret plan")
}
