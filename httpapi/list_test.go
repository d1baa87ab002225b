package httpapi_test

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

func TestAPageIsByteForByteTheContracts(t *testing.T) {
	s := start(t, few()...)
	a := s.get(t, listPath+"?limit=1")
	assert.Equal(t, http.StatusOK, a.status)
	assert.Equal(t, "application/json", a.header.Get("Content-Type"))
	assert.Equal(t, `{"has_more":true,"items":[{"id":"report","title":"Weekly report","state":"completed","source_channel":"web",`+
		`"session_type":"session","app_id":"app-1","workspace_id":"ws-1","is_sub_session":false,"parent_session_id":null,`+
		`"is_task_session":false,"aop_asset_id":null,"trigger_type":null,"created_at":"2026-01-01T12:00:00Z","updated_at":"2026-01-20T12:00:00Z",`+
		`"thread_id":"th-9","num_messages":12,"session_status_v2":"idle"}],"limit":1,"next_offset":1,"offset":0,"total":4}`+"\n", string(a.body))

	a = s.get(t, listPath+"?state=none")
	assert.Equal(t, `{"has_more":false,"items":[],"limit":50,"next_offset":null,"offset":0,"total":0}`+"\n", string(a.body))
}

// The parameter table as a client sees it.
func TestEachParameterDoesWhatItSays(t *testing.T) {
	s := start(t, few()...)
	all := "report draft chat blank branch run subrun"
	for _, c := range []struct {
		query string
		ids   string
	}{
		{"", "report draft chat blank"},
		{"query=", "report draft chat blank"},
		{"query=weekly+rep", "report chat"},
		{"query=%20Weekly%20REPORT%20", "report chat"},
		{"query=stra%C3%9Fe", "draft"},
		{"query=50%25", "draft"},
		{"query=50%", "draft"}, // a malformed escape stands for itself
		{"query=of+week", ""},
		{"query=week+of&match=all_terms", "chat"},
		{"query=week+of&match=phrase", ""},
		{"state=completed", "report blank"},
		{"state=completed,running", "report draft blank"},
		{"state=completed&state=running", "report draft blank"},
		{"state=failed&state=%20running%20,,completed", "report draft chat blank"},
		{"state=", "report draft chat blank"},
		{"state=,%20,", "report draft chat blank"},
		{"state=Completed", ""},
		{"source_channel=web&source_channel=api", "report draft blank"},
		{"session_type=video_session,mobile_session", "draft blank"},
		{"trigger_type=schedule", "run"}, // only task runs have one
		{"trigger_type=schedule&include_task_sessions=true", "run"},
		{"app_id=app-2", "chat blank"},
		{"app_id=app-2&app_id=app-1", "report draft"},
		{"app_id=app-1,app-2", ""},
		{"workspace_id=ws-1", "report chat"},
		{"aop_asset_id=asset-1", "run"},
		{"aop_asset_id=asset-1&include_sub_sessions=1", "run subrun"},
		{"include_sub_sessions=true", "report draft chat blank branch"},
		{"include_task_sessions=YES", "report draft chat blank run"},
		{"include_task_sessions=on&include_sub_sessions=T", all},
		{"include_task_sessions=true&include_task_sessions=0", "report draft chat blank"},
		{"created_after=2026-01-03T12:00:00Z", "chat blank"},
		{"created_after=2026-01-03T14:00:00%2B02:00", "chat blank"},
		{"created_after=2026-01-03T14:00:00+02:00", "chat blank"}, // the plus became a space
		{"created_after=2026-01-03T12:00:00.000000001Z", "blank"},
		{"created_after=2026-01-04", "blank"},
		{"created_before=2026-01-02T12:00:00Z", "report draft"},
		{"created_before=2026-01-02T12:00", "report draft"},
		{"created_after=1767355200&created_before=1767355200000", "draft"},
		{"created_after=2026-02-01&created_before=2026-01-01", ""},
		{"sort_by=created_at", "blank chat draft report"},
		{"sort_by=title", "report draft chat blank"},
		{"sort_by=title&sort_direction=asc", "blank chat draft report"},
		{"sort_direction=asc", "blank chat draft report"},
		{"limit=2", "report draft"},
		{"limit=2&offset=1", "draft chat"},
		{"limit=%2B2&offset=%203%20", "blank"},
		{"limit=500&offset=4", ""},
		{"offset=99999999999999999999999999", ""},
		{"limit=abc&limit=1", "report"}, // the last one counts
		{"unknown=1&Limit=0", "report draft chat blank"},
		{"&&;&=&state=failed&", "chat"},
	} {
		t.Run(c.query, func(t *testing.T) {
			p := s.get(t, listPath+"?"+c.query).page(t)
			assert.Equal(t, strings.Fields(c.ids), p.ids())
			assert.NotNil(t, p.Items)
		})
	}
}

func TestEveryFaultyParameterIsListedInOneAnswer(t *testing.T) {
	s := start(t, few()...)
	for _, c := range []struct{ query, params, types string }{
		{"limit=0", "limit", "greater_than_equal"},
		{"limit=501", "limit", "less_than_equal"},
		{"limit=-1", "limit", "greater_than_equal"},
		{"limit=", "limit", "int_parsing"},
		{"limit=abc", "limit", "int_parsing"},
		{"limit=1.5", "limit", "int_parsing"},
		{"limit=1e2", "limit", "int_parsing"},
		{"limit=0x10", "limit", "int_parsing"},
		{"limit=10&limit=x", "limit", "int_parsing"},
		{"limit=99999999999999999999999999", "limit", "less_than_equal"},
		{"offset=-1", "offset", "greater_than_equal"},
		{"offset=x", "offset", "int_parsing"},
		{"include_sub_sessions=maybe", "include_sub_sessions", "bool_parsing"},
		{"include_task_sessions=", "include_task_sessions", "bool_parsing"},
		{"created_after=2026-02-30", "created_after", "datetime_from_date_parsing"},
		{"created_before=2026-13-01", "created_before", "datetime_from_date_parsing"},
		{"created_before=2026-01-01T25:00", "created_before", "datetime_from_date_parsing"},
		{"created_before=yesterday", "created_before", "datetime_from_date_parsing"},
		{"sort_by=Title", "sort_by", "enum"},
		{"sort_direction=DESC", "sort_direction", "enum"},
		{"match=fuzzy", "match", "enum"},
		{"cursor=nonsense", "cursor", "cursor"},
		{"query=%FF", "query", "string_unicode"},
		{"state=ok,%C3%28", "state", "string_unicode"},
		{"sort_by=x&limit=0&state=fine&offset=-3&created_after=no&include_sub_sessions=2&match=no",
			"include_sub_sessions created_after sort_by limit offset match",
			"bool_parsing datetime_from_date_parsing enum greater_than_equal greater_than_equal enum"},
	} {
		t.Run(c.query, func(t *testing.T) {
			params, types := s.get(t, listPath+"?"+c.query).faults(t)
			assert.Equal(t, strings.Fields(c.params), params)
			assert.Equal(t, strings.Fields(c.types), types)
			if c.params == "cursor" {
				return // counting ignores cursors, since it has no pages
			}
			params, _ = s.get(t, "/api/v0/session-facets?"+c.query).faults(t)
			assert.Equal(t, strings.Fields(c.params), params, "facets")
		})
	}
}

func TestBoundsOfThePage(t *testing.T) {
	s := start(t, many(1200)...)
	whole := s.get(t, listPath+"?limit=500").page(t)
	require.Greater(t, whole.Total, 600)
	for _, c := range []struct{ limit, offset, rows int }{
		{1, 0, 1}, {500, 0, 500}, {50, whole.Total - 50, 50}, {50, whole.Total - 49, 49}, {50, whole.Total, 0},
		{50, whole.Total + 1, 0}, {500, math.MaxInt, 0},
	} {
		p := s.get(t, fmt.Sprintf("%s?limit=%d&offset=%d", listPath, c.limit, c.offset)).page(t)
		assert.Len(t, p.Items, c.rows)
		assert.Equal(t, c.limit, p.Limit)
		assert.Equal(t, c.offset, p.Offset)
		assert.Equal(t, whole.Total, p.Total)
		more := c.offset < whole.Total-c.limit
		assert.Equal(t, more, p.HasMore)
		if more {
			assert.Equal(t, c.offset+c.limit, *p.NextOffset)
		} else {
			assert.Nil(t, p.NextOffset)
		}
	}
}

func TestTheGoCallAndTheEndpointGiveTheSameBytes(t *testing.T) {
	e := newEngine(t, many(2000)...)
	s := serve(t, newHandler(t, e, httpapi.Options{}), nil)
	for _, raw := range []string{
		"", "limit=500", "query=a&include_task_sessions=1", "sort_by=title&offset=100&limit=7", "state=completed&sort_direction=asc",
		"app_id=none", "created_after=2025-01-01", "include_sub_sessions=1&include_task_sessions=1&limit=500&offset=500",
	} {
		values, err := url.ParseQuery(raw)
		require.NoError(t, err)
		q, err := query.Parse(values)
		require.NoError(t, err)
		p, err := e.List(t.Context(), q)
		require.NoError(t, err)
		assert.Equal(t, string(p.AppendJSON(nil))+"\n", string(s.get(t, listPath+"?"+raw).body), raw)
	}
}

func TestStrictRefusesUnknownParameters(t *testing.T) {
	s := serve(t, newHandler(t, newEngine(t, few()...), httpapi.Options{Strict: true}), nil)
	params, types := s.get(t, listPath+"?zz=1&limit=0&stat=running&state=running").faults(t)
	assert.Equal(t, []string{"limit", "stat", "zz"}, params)
	assert.Equal(t, []string{"greater_than_equal", "extra_forbidden", "extra_forbidden"}, types)
	assert.Equal(t, []string{"draft"}, s.get(t, listPath+"?state=running").page(t).ids())
	params, _ = s.get(t, "/api/v0/session-facets?stat=running").faults(t)
	assert.Equal(t, []string{"stat"}, params)
}

func TestBracketsAreNeverIgnored(t *testing.T) {
	s := start(t, few()...)
	params, types := s.get(t, listPath+"?limit[]=9&tags[in]=a&state[gte]=1&state[0]=running&query[x]=1&state[eq=1&[eq]=2").faults(t)
	assert.Equal(t, []string{"[eq]", "limit[]", "query[x]", "state[0]", "state[eq", "state[gte]", "tags[in]"}, params)
	for _, typ := range types {
		assert.Equal(t, "extra_forbidden", typ)
	}
	assert.Equal(t, []string{"draft"}, s.get(t, listPath+"?state[]=running").page(t).ids())
	assert.Equal(t, []string{"draft"}, s.get(t, listPath+"?state[eq]=running").page(t).ids())
}

func TestFacetsCountBesideTheFilters(t *testing.T) {
	s := start(t, few()...)
	a := s.get(t, "/api/v0/session-facets?state=completed")
	assert.Equal(t, http.StatusOK, a.status)
	assert.JSONEq(t, `{"total":2,"fields":[
		{"field":"state","values":[{"value":"completed","count":2},{"value":"failed","count":1},{"value":"running","count":1}],"distinct":3,"missing":0},
		{"field":"source_channel","values":[{"value":"web","count":2}],"distinct":1,"missing":0},
		{"field":"session_type","values":[{"value":"mobile_session","count":1},{"value":"session","count":1}],"distinct":2,"missing":0},
		{"field":"trigger_type","values":[{"value":"schedule","count":1}],"distinct":1,"missing":2},
		{"field":"app_id","values":[{"value":"app-1","count":1},{"value":"app-2","count":1}],"distinct":2,"missing":0},
		{"field":"kind","values":[{"value":"top_level","count":2},{"value":"sub_session","count":1},{"value":"task_run","count":1}],"distinct":3,"missing":0},
		{"field":"created_at","values":[{"value":"2026-01","count":2}],"distinct":1,"missing":0}]}`, string(a.body))
}

// Whatever hides them and whatever characters it has; see TestAScopeCannotBeLeft for what
// a principal may not see.
func TestTheBeginningOfAnIDFindsItsSessions(t *testing.T) {
	e := newFieldEngine(t, []schema.Field{{Name: "archived", Type: schema.Flag, Hidden: true}}, few()...)
	s := serve(t, newHandler(t, e, httpapi.Options{}), nil)
	odd := []string{"r,1", "r%2", "r/é", "R&b=c", "r[x]", `r"\`, "r 日本", "r+"}
	for i, id := range odd {
		require.NoError(t, e.Put(t.Context(), sessiondex.Session{ID: id, CreatedAt: day(1), UpdatedAt: day(i + 1)}))
	}
	require.NoError(t, e.Put(t.Context(), sessiondex.Session{ID: "old-1", CreatedAt: day(1), UpdatedAt: day(1), Extra: `{"archived":true}`}))
	ask := func(prefix, more string) answer {
		return s.get(t, listPath+"?ids%5Bprefix%5D="+url.QueryEscape(prefix)+more)
	}
	assert.Equal(t, []string{"report", "run"}, ask("r", "&state=completed").page(t).ids(), "a task run too")
	assert.Equal(t, []string{"branch"}, ask("bra", "").page(t).ids(), "a sub-session too")
	assert.Equal(t, []string{"old-1"}, ask("old", "").page(t).ids(), "one that a flag hides too")
	assert.Equal(t, []string{"report"}, ask("r", "&ids=report,draft").page(t).ids(), "both hold")
	for _, none := range []string{"Rep", "eport", "report ", "r\u0065\u0301", "reports"} {
		p := ask(none, "").page(t)
		assert.Zero(t, p.Total, "%q", none)
	}
	for _, id := range odd {
		assert.Equal(t, []string{id}, ask(id, "").page(t).ids(), "%q", id)
	}
	several := ask("r", "&limit=2")
	assert.Len(t, several.page(t).ids(), 2)
	assert.Equal(t, 2+len(odd)-1, several.page(t).Total, "and how many there are")
	assert.Equal(t, string(s.get(t, listPath).body), string(ask("", "").body), "the empty one is no filter")
	assert.Equal(t, http.StatusUnprocessableEntity, ask("\xff", "").status)
	params, _ := ask("a", "&ids[prefix]=b").faults(t)
	assert.Equal(t, []string{"ids[prefix]"}, params)

	// The other paths take it too.
	assert.Contains(t, string(s.get(t, facetPath+"?ids[prefix]=ru&facet=state").body), `"total":1`)
	assert.Contains(t, string(s.get(t, whyPath+"?id=report&ids[prefix]=dr").body), `{"param":"ids[prefix]","wanted":["dr"],"actual":"report"}`)
	assert.Equal(t, 1, strings.Count(string(s.get(t, exportPath+"?ids[prefix]=rep&format=jsonl").body), "\n"))
}
