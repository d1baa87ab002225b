package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
)

const (
	viewPath   = "/api/v0/session-view"
	whyPath    = "/api/v0/session-why"
	exportPath = "/api/v0/session-export"
)

type viewAnswer struct {
	Page     json.RawMessage
	Matches  [][][2]int
	Cut      [][2]bool
	Snippets [][]struct {
		Field, Text string
		Matches     [][2]int
	}
	Hidden   *query.Hidden
	Facets   json.RawMessage
	Version  string
	Snapshot string
}

func (a answer) view(t testing.TB) (v viewAnswer) {
	t.Helper()
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	require.NoError(t, json.Unmarshal(a.body, &v))
	return v
}

func TestAViewIsAllThatAScreenShows(t *testing.T) {
	e := newEngine(t, few()...)
	s := serve(t, newHandler(t, e, httpapi.Options{Strict: true}), nil)
	const params = "?query=report&limit=1"
	a := s.get(t, viewPath+params)
	v := a.view(t)
	assert.Equal(t, strings.TrimSpace(string(s.get(t, listPath+params).body)), string(v.Page))
	assert.JSONEq(t, string(s.get(t, facetPath+params).body), string(v.Facets))
	hidden, err := e.Hidden(t.Context(), query.Query{Keyword: "report", Limit: 1})
	require.NoError(t, err)
	assert.Equal(t, &hidden, v.Hidden)
	assert.Equal(t, [][][2]int{{{7, 13}}}, v.Matches)
	assert.Contains(t, a.links(t)["next"], listPath)
	assert.Equal(t, v.Version, s.get(t, viewPath+"?limit=2").view(t).Version, "one version, whatever is asked")
	assert.Equal(t, http.StatusNotModified, s.get(t, viewPath+params, "If-None-Match", a.header.Get("Etag")).status)
	held := s.get(t, viewPath+params+"&snapshot=new").view(t)
	write(t, e)
	assert.NotEqual(t, v.Version, s.get(t, viewPath+params).view(t).Version)
	assert.Equal(t, v.Version, s.get(t, viewPath+params+"&snapshot="+held.Snapshot).view(t).Version)

	few := s.get(t, viewPath+"?limit=2&fields=title,%20state&fields=num_messages").view(t)
	assert.Contains(t, string(few.Page), `"items":[{"id":"report","title":"Weekly report","state":"completed","num_messages":12},{"id":"draft","title":"STRASSE draft, 50%","state":"running"}],`)

	params2, _ := s.get(t, viewPath+"?title_max=0&offsets=x&limit=0&top=0").faults(t)
	assert.ElementsMatch(t, []string{"limit", "offsets", "title_max", "top"}, params2)
	params2, _ = s.get(t, listPath+"?title_max=3").faults(t)
	assert.Equal(t, []string{"title_max"}, params2, "a listing does not know it")
}

// Byte for byte, also where JSON could be written in other ways.
func TestThePageOfAViewIsThatOfAListing(t *testing.T) {
	e := newEngine(t, titled(`<b>&amp;</b> "quoted" \u2028 \u00e9`, "\u2028\u2029 é", "a\tb")...)
	for _, header := range [][]string{nil, {"X-Scope", "ws-1,"}} {
		h := newHandler(t, e, httpapi.Options{Authenticate: named})
		v := direct(h, viewPath+"?sort_by=title", header...)
		require.Equal(t, http.StatusOK, v.status)
		list := strings.TrimSuffix(string(direct(h, listPath+"?sort_by=title", header...).body), "\n")
		assert.True(t, strings.HasPrefix(string(v.body), `{"page":`+list+`,"matches":`), "%s", v.body)
		assert.True(t, json.Valid(v.body))
	}
}

// As the listing finds them; the reader is asked for the ranges.
func TestAViewHighlightsWords(t *testing.T) {
	e := newEngine(t, titled("Grüße vom Café", "Invoice review")...)
	h := newHandler(t, e, httpapi.Options{})
	v := direct(h, viewPath+"?match=words&query=cafe&offsets=utf16").view(t)
	assert.Equal(t, [][][2]int{{{10, 14}}}, v.Matches)
	v = direct(h, viewPath+"?match=words&query=invioce&typos=true&title_max=7").view(t)
	assert.Equal(t, [][][2]int{{{0, 7}}}, v.Matches)
	assert.Equal(t, [][2]bool{{false, true}}, v.Cut)

	// What a reader lacks is named, not left out.
	for _, c := range []struct {
		r    sessiondex.Reader
		lack string
	}{{struct{ sessiondex.Reader }{e}, "HiddenCounter"}, {counting{e}, "Matcher"}} {
		a := direct(newHandler(t, c.r, httpapi.Options{}), viewPath+"?match=words&query=cafe")
		assert.Equal(t, http.StatusNotImplemented, a.status)
		assert.Contains(t, a.detail(t), "httpapi."+c.lack)
	}
	unreadable := hooked{e, func(context.Context) error { return sessiondex.ErrClosed }}
	assert.Equal(t, http.StatusServiceUnavailable, direct(newHandler(t, unreadable, httpapi.Options{}), viewPath).status, "a reader that fails is not one that lacks something")
	v = direct(newHandler(t, counting{e}, httpapi.Options{}), viewPath+"?query=caf").view(t)
	assert.Equal(t, [][][2]int{{{12, 15}}}, v.Matches, "literal matches need no reader")
}

// counting is a reader that offers hidden counts and nothing else.
type counting struct{ sessiondex.Reader }

func (r counting) CountHidden(ctx context.Context, q query.Query) (query.Hidden, error) {
	return r.Reader.(*sessiondex.Engine).Hidden(ctx, q)
}

// At the bounds of graphemes.
func TestTitlesAreCutAroundTheFirstMatch(t *testing.T) {
	family, flag := "👩‍👩‍👧", "🇩🇪"
	titles := map[string]string{
		"short": "needle", "front": "needle " + strings.Repeat("x", 100), "back": strings.Repeat("y", 100) + " needle",
		"middle": strings.Repeat(family, 40) + "needle" + strings.Repeat(flag, 40), "none": strings.Repeat("e\u0301", 90), "empty": "",
		"twice": "needle" + strings.Repeat("z", 50) + "needle",
	}
	var sessions []sessiondex.Session
	for id, title := range titles {
		sessions = append(sessions, sessiondex.Session{ID: id, Title: title, CreatedAt: day(1), UpdatedAt: day(1)})
	}
	s := start(t, sessions...)
	for _, keyword := range []string{"", "needle"} {
		for _, encoding := range []string{"bytes", "utf16"} {
			v := s.get(t, viewPath+"?title_max=20&sort_by=title&offsets="+encoding+"&query="+keyword).view(t)
			var page struct{ Items []struct{ ID, Title string } }
			require.NoError(t, json.Unmarshal(v.Page, &page))
			for i, item := range page.Items {
				whole := titles[item.ID]
				require.Contains(t, whole, item.Title, item.ID)
				assert.LessOrEqual(t, graphemes(item.Title), 20, item.ID)
				if graphemes(whole) > 20 {
					assert.GreaterOrEqual(t, graphemes(item.Title), 20, item.ID)
				}
				assert.Equal(t, !strings.HasPrefix(whole, item.Title), v.Cut[i][0] && !strings.HasPrefix(whole, item.Title), item.ID)
				assert.Equal(t, len(item.Title) < len(whole), v.Cut[i][0] || v.Cut[i][1], item.ID)
				require.Len(t, v.Matches[i], strings.Count(strings.ToLower(item.Title), "needle")*len(keyword)/6, item.ID)
				for _, m := range v.Matches[i] {
					found := item.Title
					if encoding == "bytes" {
						found = found[m[0]:m[1]]
					} else {
						found = string(utf16.Decode(utf16.Encode([]rune(found))[m[0]:m[1]]))
					}
					assert.Equal(t, "needle", found, item.ID)
				}
			}
		}
	}
}

// graphemes counts the graphemes of the test's titles.
func graphemes(s string) int {
	return len([]rune(strings.NewReplacer("👩‍👩‍👧", "f", "🇩🇪", "d", "e\u0301", "e").Replace(s)))
}

func TestWhyASessionIsListedOrNot(t *testing.T) {
	e := newEngine(t, few()...)
	h := newHandler(t, e, httpapi.Options{Authenticate: named})
	a := direct(h, whyPath+"?id=draft&limit=1")
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	want, err := e.Why(t.Context(), query.Query{Limit: 1}, "draft")
	require.NoError(t, err)
	text, err := json.Marshal(want)
	require.NoError(t, err)
	assert.JSONEq(t, string(text), string(a.body))
	assert.Contains(t, string(direct(h, whyPath+"?id=branch&state=running").body), `"listed":false`)
	assert.Equal(t, http.StatusNotFound, direct(h, whyPath+"?id=none").status)
	assert.Equal(t, http.StatusNotFound, direct(h, whyPath).status)
	assert.Equal(t, http.StatusNotFound, direct(h, whyPath+"?id=draft", "X-Scope", "ws-1").status, "outside the scope")
	assert.Equal(t, http.StatusUnprocessableEntity, direct(h, whyPath+"?id=draft&limit=0").status)
	a = direct(newHandler(t, hiding{e, map[string]int{}}, httpapi.Options{}), whyPath+"?id=draft")
	assert.Equal(t, http.StatusNotImplemented, a.status)
	assert.Contains(t, a.detail(t), "httpapi.Whyer")
}

func TestAllMatchesAreExported(t *testing.T) {
	sessions := many(700)
	e := newEngine(t, sessions...)
	s := serve(t, newHandler(t, e, httpapi.Options{}), nil)
	const filter = "?include_task_sessions=true&sort_by=title&limit=10"
	var want []string
	q, err := query.Parse(map[string][]string{"include_task_sessions": {"true"}, "sort_by": {"title"}})
	require.NoError(t, err)
	var lines bytes.Buffer
	for session, err := range e.All(t.Context(), q) {
		require.NoError(t, err)
		want = append(want, session.ID)
		lines.Write(append(session.AppendJSON(nil), '\n'))
	}
	require.Greater(t, len(want), 500)
	a := s.get(t, exportPath+filter)
	assert.Equal(t, "application/x-ndjson", a.header.Get("Content-Type"))
	assert.Equal(t, lines.String(), string(a.body), "as they were put")
	a = s.get(t, exportPath+filter+"&format=csv")
	rows, err := csv.NewReader(bytes.NewReader(a.body)).ReadAll()
	require.NoError(t, err)
	assert.Equal(t, "id", rows[0][0])
	var got []string
	for _, row := range rows[1:] {
		got = append(got, row[0])
	}
	assert.Equal(t, want, got)
	params, _ := s.get(t, exportPath+"?format=xml&limit=0").faults(t)
	assert.ElementsMatch(t, []string{"format", "limit"}, params)
	assert.Equal(t, "id,title,", string(s.get(t, exportPath+"?state=none&format=csv").body)[:9])
	assert.Empty(t, s.get(t, exportPath+"?state=none").body)

	held := s.get(t, listPath+"?snapshot=new").snapshot(t)
	_, err = e.Delete(context.Background(), want...)
	require.NoError(t, err)
	assert.Equal(t, lines.String(), string(s.get(t, exportPath+filter+"&snapshot="+held).body))

	h := newHandler(t, newEngine(t, few()...), httpapi.Options{Authenticate: named})
	scanner := bufio.NewScanner(bytes.NewReader(direct(h, exportPath, "X-Scope", "ws-1").body))
	n := 0
	for ; scanner.Scan(); n++ {
		assert.Contains(t, scanner.Text(), `"workspace_id":"ws-1"`)
	}
	assert.Equal(t, 2, n)
}

// breaking is a reader whose listings fail in the middle.
type breaking struct {
	sessiondex.Reader
	after int
}

func (r breaking) All(ctx context.Context, q query.Query) iter.Seq2[sessiondex.Session, error] {
	return func(yield func(sessiondex.Session, error) bool) {
		for i := range r.after {
			if !yield(sessiondex.Session{ID: fmt.Sprint(i), Title: strings.Repeat("x", 1<<16), CreatedAt: day(1), UpdatedAt: day(1)}, nil) {
				return
			}
		}
		yield(sessiondex.Session{}, errors.New("disk on fire"))
	}
}

func TestAnExportThatFailsIsCutOff(t *testing.T) {
	e := newEngine(t, few()...)
	s := serve(t, newHandler(t, breaking{e, 0}, httpapi.Options{}), nil)
	assert.Equal(t, http.StatusInternalServerError, s.get(t, exportPath).status)
	s = serve(t, newHandler(t, breaking{e, 5}, httpapi.Options{}), nil)
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.url+exportPath, nil)
	require.NoError(t, err)
	req.Header.Set("X-API-KEY", key)
	res, err := s.client.Do(req)
	if err == nil {
		_, err = bufio.NewReader(res.Body).WriteTo(new(bytes.Buffer))
		require.NoError(t, res.Body.Close())
	}
	assert.Error(t, err)
}

// In whole pages and in single sessions.
func TestAStreamHasTheMembersThatAreAskedFor(t *testing.T) {
	e := newEngine(t, few()...)
	s := serve(t, newHandler(t, e, httpapi.Options{Strict: true}), nil)
	st := openStream(t, s.client, s.url+eventsPath+"?fields=title,%20state&limit=1", "")
	assert.Regexp(t, `"items":\[\{"id":"[^"]+","title":"[^"]+","state":"[^"]+"\}\]`, string(st.next().data["page"]))
	now := time.Now()
	require.NoError(t, e.Put(t.Context(), sessiondex.Session{ID: "newest", Title: "Just begun", State: "running", CreatedAt: now, UpdatedAt: now}))
	for {
		if ev := st.next(); ev.name == "entered" {
			assert.Regexp(t, `^\{"id":"newest","title":"Just begun","state":"running"\}$`, string(ev.data["session"]))
			break
		}
	}
	st.close()
}

func TestTheShortestTimeBetweenEventsIsChecked(t *testing.T) {
	s := start(t, few()...)
	for _, bad := range []string{"", "5", "-1s", "2h", "x"} {
		params, _ := s.get(t, eventsPath+"?min_interval="+bad).faults(t)
		assert.Equal(t, []string{"min_interval"}, params, bad)
	}
	st := openStream(t, s.client, s.url+eventsPath+"?min_interval=250ms", "")
	assert.Equal(t, "resync", st.next().name)
	st.close()
	assert.True(t, slices.Contains([]int{200}, s.do(t, "HEAD", eventsPath+"?min_interval=0s", "X-API-KEY", key).status))
}
