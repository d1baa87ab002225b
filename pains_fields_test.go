package sessiondex_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// parameterFields are declared fields of every type and with every mark.
var parameterFields = []schema.Field{
	{Name: "tags", Type: schema.Keyword}, {Name: "owner", Type: schema.Keyword, Sorted: true}, {Name: "archived", Type: schema.Flag, Hidden: true},
	{Name: "pinned", Type: schema.Flag}, {Name: "cost", Type: schema.Number, Sorted: true}, {Name: "due", Type: schema.Time}, {Name: "notes", Type: schema.Text},
}

// parameterCases are, for each parameter without brackets, a request that it makes a
// difference to: the request without it comes before the bar.
var parameterCases = map[string]string{
	"query": "|query=report", "match": "query=b+a|match=all_terms", "typing": "query=rep&match=words|typing=true", "typos": "query=reprot&match=words|typos=true",
	"search_in": "query=hidden&match=words|search_in=notes", "state": "|state=failed", "source_channel": "|source_channel=web", "session_type": "|session_type=video_session",
	"app_id": "|app_id=app-1", "workspace_id": "|workspace_id=ws-1", "aop_asset_id": "|aop_asset_id=asset", "trigger_type": "|trigger_type=email",
	"parent_session_id": "|parent_session_id=s-000001", "include_sub_sessions": "|include_sub_sessions=true", "include_task_sessions": "|include_task_sessions=true",
	"created_after": "|created_after=2026-05-01T12:00:05Z", "created_before": "|created_before=2026-05-01T12:00:05Z",
	"updated_after": "|updated_after=2026-05-01T12:00:05Z", "updated_before": "|updated_before=2026-05-01T12:00:05Z",
	"sort_by": "|sort_by=title", "sort_direction": "|sort_direction=asc", "sort_first": "|sort_first=pinned", "limit": "|limit=1", "offset": "|offset=2", "cursor": "limit=2|cursor=",
	"ids": "|ids=s-000003,s-000011", "ids[eq]": "|ids[eq]=s-000003", "ids[prefix]": "|ids[prefix]=s-00001", "kind": "|kind=sub_session", "include": "|include=archived", "tz": "due[gt]=2026-05-03|tz=Asia/Kolkata",
	"tags": "|tags=billing", "owner": "|owner=ada", "archived": "|archived=true", "pinned": "|pinned=true",
}

// bracketValues are a value of each field that some sessions have and others have not.
var bracketValues = map[string]string{
	"state": "failed", "source_channel": "web", "session_type": "video_session", "trigger_type": "email", "app_id": "app-1", "workspace_id": "ws-1", "aop_asset_id": "asset",
	"parent_session_id": "s-000001", "created_at": "2026-05-01T12:00:05Z", "updated_at": "2026-05-01T12:00:05Z", "tags": "billing", "owner": "ada", "cost": "3", "due": "2026-05-03",
}

func parameterEngine(t *testing.T) *sessiondex.Engine {
	return newEngine(t, &sessiondex.Options{Fields: parameterFields}, many(24, func(i int, s *sessiondex.Session) {
		s.CreatedAt = s.UpdatedAt
		s.Title = []string{"A report b", "Zebra", "another", ""}[i%4]
		s.State, s.SourceChannel, s.SessionType = []string{"failed", "completed"}[i%2], []string{"web", "api", ""}[i%3], []string{"session", "video_session"}[i/2%2]
		s.AppID, s.WorkspaceID = []string{"", "app-1", "app-2"}[i%3], []string{"ws-1", "ws-2"}[i/3%2]
		switch i % 8 {
		case 5:
			s.IsSubSession, s.ParentSessionID = true, "s-000001"
		case 6:
			s.IsTaskSession, s.AOPAssetID, s.TriggerType = true, "asset", []string{"email", "api"}[i/8%2]
		}
		s.Extra = []string{
			`{"tags":["billing","bug"],"owner":"ada","cost":3,"pinned":true,"notes":"hidden words"}`, `{"tags":"bug","owner":"Eve","cost":1,"due":"2026-05-02T20:00:00Z"}`,
			`{"owner":"bob","cost":9,"archived":true,"due":"2026-05-09"}`, `{"cost":"none","notes":7}`, `{"tags":["billing"],"due":"2026-05-01"}`,
		}[i%5]
	})...)
}

// Every parameter, with each operator of every field, makes a difference, and each
// count equals the listing with that value chosen. A parameter without a case here
// fails.
func TestPains10And15OfEveryParameter(t *testing.T) {
	e := parameterEngine(t)
	s := e.Schema()
	cases := map[string]string{}
	for _, name := range query.Parameters(s) {
		require.Contains(t, parameterCases, name, "a parameter without a case")
		cases[name] = parameterCases[name]
	}
	for _, name := range []string{"ids[eq]", "ids[prefix]"} { // the operators of what is no field
		cases[name] = parameterCases[name]
	}
	require.Len(t, cases, len(parameterCases), "a case without a parameter")
	for row := range s.Rows() {
		for _, word := range query.Operators(row.Type) {
			value, ok := bracketValues[row.Name]
			require.True(t, ok, "%s has no value", row.Name)
			switch {
			case word == "exists" && row.Type == schema.Keyword && row.Name != "state" && row.Name != "session_type" && row.Name != "workspace_id":
				value = "true"
			case word == "exists":
				value = "false"
			}
			without := ""
			if row.Implies != 0 { // only such sessions have one
				without = "include_sub_sessions=true&include_task_sessions=true"
			}
			cases[row.Name+"["+word+"]"] = without + "|" + url.QueryEscape(row.Name+"["+word+"]") + "=" + url.QueryEscape(value)
		}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			without, with, _ := strings.Cut(c, "|")
			if name == "cursor" {
				with += list(t, e, parsed(t, s, without)).NextCursor
			}
			base, q := parsed(t, s, without), parsed(t, s, without+"&"+with)
			assert.NotEqual(t, idsOf(list(t, e, base).Items), idsOf(list(t, e, q).Items), "%s makes no difference", with)
			requireCounts(t, e, s, without+"&"+with)
		})
	}
}

func parsed(t *testing.T, s *schema.Schema, raw string) query.Query {
	t.Helper()
	v, err := url.ParseQuery(raw)
	require.NoError(t, err)
	q, err := query.ParseStrictWith(s, v)
	require.NoError(t, err, raw)
	return q
}

// requireCounts compares every count that a screen shows beside a listing with the listing
// that choosing it gives.
func requireCounts(t *testing.T, e *sessiondex.Engine, s *schema.Schema, raw string) {
	t.Helper()
	q := parsed(t, s, raw)
	fields := slices.DeleteFunc(query.FacetFields(s), func(name string) bool {
		return s.Lookup(name).Type == schema.Time || s.Lookup(name).Type == schema.Number
	})
	f, err := e.Facets(t.Context(), q, query.FacetOptions{Fields: fields})
	require.NoError(t, err)
	page := list(t, e, q)
	require.Equal(t, page.Total, f.Total)
	whole := q
	whole.Cursor, whole.Offset = "", 0
	require.Len(t, all(t, e, whole), page.Total)
	for _, facet := range f.Fields {
		row := s.Lookup(facet.Field)
		for _, count := range facet.Values {
			chosen, err := url.ParseQuery(raw)
			require.NoError(t, err)
			for name := range chosen { // in place of what is asked of the field
				if field, _, _ := strings.Cut(name, "["); field == row.Name || row.Type == schema.Kind && field == "kind" {
					delete(chosen, name)
				}
			}
			chosen.Del("cursor")
			switch {
			case row.Type == schema.Keyword && !row.Single:
				chosen.Set(row.Name+"[eq]", count.Value)
			default:
				chosen.Set(row.Name, count.Value)
			}
			if row.Hidden && count.Value == "false" {
				continue // the default, which this facet does not decide: include may show the flag
			}
			got, err := e.Count(t.Context(), parsed(t, s, chosen.Encode()))
			require.NoError(t, err)
			assert.Equal(t, got, count.Count, fmt.Sprintf("%s=%s beside %s", row.Name, count.Value, raw))
		}
	}
}
