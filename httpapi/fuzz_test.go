package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
)

// FuzzRawQuery sends any query string: the answer is a page or a 4xx, never a 5xx, and
// agrees with Parse wherever net/url can read the string. The links lead to an equal query.
func FuzzRawQuery(f *testing.F) {
	for _, seed := range []string{
		"", "limit=0&offset=-1", "state=a&state=b,c&query=re", "query=%E6%98%A8%E6%99%9A&match=all_terms", "query=100%&state=%zz",
		"a;b=c", "&&=&==", "limit=%2B5&limit=+7+", "created_after=2026-01-01T00:00:00+02:00", "cursor=", "cursor=AQDa",
		"include_sub_sessions=tRuE&include_task_sessions=0&sort_by=title&sort_direction=asc&offset=3&limit=2",
		"query=%FF%00&state=%C0%80", "offset=99999999999999999999", "created_before=1767225600000&created_after=-1",
		strings.Repeat("state=x&", 2000), strings.Repeat("%26", 300), "workspace_id=ws-1&app_id=app-1&aop_asset_id=asset-1&trigger_type=schedule",
		"snapshot=new&limit=2&offset=1", "snapshot=new&cursor=&limit=1", "snapshot=&snapshot=%FF", "facet=state,+kind&facet=app_id&top=+2+&period=day", "top=0&facet=x&period=",
	} {
		f.Add(seed)
	}
	h := newHandler(f, newEngine(f, few()...), httpapi.Options{MaxQueryBytes: 64 << 10})
	ask := func(path, raw string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.URL.RawQuery = raw
		r.Header.Set("X-API-KEY", key)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	f.Fuzz(func(t *testing.T, raw string) {
		w := ask(listPath, raw)
		a := answer{status: w.Code, header: w.Header(), body: w.Body.Bytes()}
		switch w.Code {
		case http.StatusOK:
			p := a.page(t)
			require.LessOrEqual(t, len(p.Items), p.Limit)
			for _, link := range a.links(t) {
				u, err := url.Parse(link)
				require.NoError(t, err)
				require.Equal(t, http.StatusOK, ask(u.Path, u.RawQuery).Code, link)
			}
		case http.StatusUnprocessableEntity:
			a.faults(t)
		case http.StatusGone:
			require.NotEmpty(t, a.detail(t))
		case http.StatusRequestURITooLong:
			require.True(t, len(raw) > 64<<10 || strings.Count(raw, "&") >= 1000)
		default:
			require.Failf(t, "status", "%d for %q", w.Code, raw)
		}
		facets := ask("/api/v0/session-facets", raw)
		require.Less(t, facets.Code, 500)

		values, err := url.ParseQuery(raw)
		if err != nil || w.Code == http.StatusRequestURITooLong {
			return // a semicolon or a malformed escape, which url.ParseQuery drops
		}
		q, err := query.Parse(values)
		switch {
		case err != nil:
			require.Equal(t, http.StatusUnprocessableEntity, w.Code, "Parse: %v", err)
			require.Equal(t, http.StatusUnprocessableEntity, facets.Code)
		case q.Cursor == "" && !values.Has("snapshot"):
			require.Equal(t, http.StatusOK, w.Code)
			if !values.Has("facet") && !values.Has("top") && !values.Has("period") {
				require.Equal(t, http.StatusOK, facets.Code)
			}
		}
	})
}
