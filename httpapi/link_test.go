package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

var linkForm = regexp.MustCompile(`<([^<>"]*)>; rel="([a-z]+)"`)

// links reads a Link header, which must be well formed.
func (a answer) links(t testing.TB) map[string]string {
	t.Helper()
	header := a.header.Get("Link")
	found := map[string]string{}
	for _, m := range linkForm.FindAllStringSubmatch(header, -1) {
		require.NotContains(t, found, m[2])
		found[m[2]] = m[1]
	}
	require.Empty(t, strings.Trim(linkForm.ReplaceAllString(header, ""), ", "), header)
	return found
}

// By offset and by cursor.
func TestAClientFollowsTheLinksForwardAndBack(t *testing.T) {
	s := start(t, many(700)...)
	const filter = "query=e&include_task_sessions=true&sort_by=title&state=completed&state=running&limit=30"
	whole := s.get(t, listPath+"?"+filter+"&limit=500").page(t)
	require.Greater(t, whole.Total, 90)
	require.False(t, whole.HasMore)
	for _, first := range []string{listPath + "?" + filter, listPath + "?" + filter + "&cursor="} {
		var forth []string
		var paths []string
		for path := first; path != ""; {
			a := s.get(t, path)
			p := a.page(t)
			assert.Equal(t, whole.Total, p.Total)
			forth = append(forth, p.ids()...)
			paths = append(paths, path)
			links := a.links(t)
			assert.Equal(t, p.HasMore, links["next"] != "")
			assert.Equal(t, len(paths) > 1, links["prev"] != "")
			assert.Equal(t, whole.ids()[:30], s.get(t, links["first"]).page(t).ids())
			require.True(t, strings.HasPrefix(links["first"], "/api/v0/sessions?"))
			path = links["next"]
		}
		assert.Equal(t, whole.ids(), forth)

		var back []string
		for path := paths[len(paths)-1]; path != ""; {
			a := s.get(t, path)
			back = append(a.page(t).ids(), back...)
			path = a.links(t)["prev"]
		}
		if strings.Contains(first, "cursor") {
			assert.Equal(t, whole.ids(), back)
		} else {
			assert.Subset(t, back, whole.ids()) // the first page may overlap the second
		}
	}
}

// However many sessions are put at the top meanwhile.
func TestACursorWalkSeesEachSessionOnce(t *testing.T) {
	e := newEngine(t, many(400)...)
	s := serve(t, newHandler(t, e, httpapi.Options{}), nil)
	total := s.get(t, listPath).page(t).Total
	seen := map[string]int{}
	path := listPath + "?limit=7&cursor="
	for i := 0; path != ""; i++ {
		a := s.get(t, path)
		for _, id := range a.page(t).ids() {
			seen[id]++
		}
		require.NoError(t, e.Put(context.Background(), sessiondex.Session{ID: fmt.Sprint("new-", i), Title: "new", CreatedAt: day(1), UpdatedAt: day(1).AddDate(90, 0, i)}))
		path = a.links(t)["next"]
	}
	assert.Len(t, seen, total)
	for id, n := range seen {
		assert.Equal(t, 1, n, id)
	}
}

func TestLinksAtTheEdges(t *testing.T) {
	s := start(t, few()...)
	for _, c := range []struct {
		query string
		links map[string]string
	}{
		{"", map[string]string{"first": "offset=0"}},
		{"limit=2", map[string]string{"first": "limit=2&offset=0", "next": "limit=2&offset=2"}},
		{"limit=2&offset=1", map[string]string{"first": "limit=2&offset=0", "prev": "limit=2&offset=0", "next": "limit=2&offset=3"}},
		{"limit=2&offset=2", map[string]string{"first": "limit=2&offset=0", "prev": "limit=2&offset=0"}},
		{"limit=3&offset=1000", map[string]string{"first": "limit=3&offset=0", "prev": "limit=3&offset=1"}},
		{"offset=99999999999999999999", map[string]string{"first": "offset=0", "prev": "offset=0"}},
		// Canonical: no unknown parameter, nothing twice, nothing unescaped.
		{"state=b,a&state=a&zz=1&limit=1&limit=2&query=%3C%3E%22%0a%3B+x", map[string]string{
			"first": "limit=2&query=%3C%3E%22%0A%3B+x&state=a%2Cb&offset=0"}},
	} {
		for rel, params := range c.links {
			c.links[rel] = listPath + "?" + params
		}
		assert.Equal(t, c.links, s.get(t, listPath+"?"+c.query).links(t), c.query)
	}
}

// A walk by cursor still goes on.
func TestLongLinksAreLeftOut(t *testing.T) {
	var sessions []sessiondex.Session
	for i := range 4 {
		sessions = append(sessions, sessiondex.Session{ID: fmt.Sprint(i), Title: strings.Repeat("long ", 4000) + fmt.Sprint(i), CreatedAt: day(1), UpdatedAt: day(1)})
	}
	s := start(t, sessions...)
	a := s.get(t, listPath+"?limit=1&state=,"+strings.Repeat("x", 5000))
	assert.Equal(t, http.StatusOK, a.status)
	assert.Empty(t, a.header.Get("Link"))

	var ids []string
	for cursor, more := "", true; more; more = cursor != "" {
		a := s.get(t, listPath+"?limit=1&sort_by=title&cursor="+url.QueryEscape(cursor))
		ids = append(ids, a.page(t).ids()...)
		cursor = a.header.Get("X-Next-Cursor")
		size := 0
		for name, values := range a.header {
			size += len(name) + len(strings.Join(values, ""))
		}
		assert.Less(t, size, 16<<10)
	}
	assert.Equal(t, []string{"3", "2", "1", "0"}, ids)
}
