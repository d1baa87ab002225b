package httpapi_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
)

// The parameters say which fields, how many values, and which period.
func TestCountsAreTheEnginesFacets(t *testing.T) {
	e := newEngine(t, many(800)...)
	s := serve(t, newHandler(t, e, httpapi.Options{Strict: true}), nil)
	berlin, err := query.ParseZone("Europe/Berlin")
	require.NoError(t, err)
	for params, o := range map[string]query.FacetOptions{
		"":            {},
		"facet=state": {Fields: []string{"state"}},
		"facet=state,+kind&facet=app_id,,state&top=2":            {Fields: []string{"state", "kind", "app_id"}, Top: 2},
		"facet=workspace_id&top=10000":                           {Fields: []string{"workspace_id"}, Top: query.MaxTop},
		"period=day":                                             {Period: query.Day},
		"period=day&period=month&top=0&top=1":                    {Top: 1, Period: query.Month},
		"facet=created_at,updated_at&period=day&facet=":          {Fields: []string{"created_at", "updated_at"}, Period: query.Day},
		"facet=&facet=,&top=+%2B3+":                              {Top: 3},
		"facet_query=x&facet_query=+COMP+&facet=state":           {Fields: []string{"state"}, Search: "comp"},
		"facet_query=":                                           {},
		"period=hour&tz=Europe/Berlin&facet=updated_at":          {Fields: []string{"updated_at"}, Period: query.Hour, Zone: berlin},
		"tz=Asia/Kolkata&tz=Europe/Berlin&period=day":            {Period: query.Day, Zone: berlin},
		"facet=" + strings.Repeat("state,kind,", 1000) + "state": {Fields: []string{"state", "kind"}},
	} {
		f, err := e.Facets(t.Context(), query.Query{IncludeTaskSessions: true}, o)
		require.NoError(t, err)
		want, err := json.Marshal(f)
		require.NoError(t, err)
		assert.Equal(t, string(want)+"\n", string(s.get(t, facetPath+"?include_task_sessions=1&"+params).body), params)
	}
}

func TestFaultsOfCountingAreListedWithTheOthers(t *testing.T) {
	s := start(t, few()...)
	params, types := s.get(t, facetPath+"?facet=colour,size&facet=smell&top=0&period=year&limit=0&state=x&sort_by=size").faults(t)
	assert.Equal(t, []string{"sort_by", "limit", "facet", "top", "period"}, params)
	assert.Equal(t, []string{"enum", "greater_than_equal", "enum", "greater_than_equal", "enum"}, types)
	for value, typ := range map[string]string{
		"": "int_parsing", "x": "int_parsing", "1.5": "int_parsing", "1e2": "int_parsing", "0x10": "int_parsing", "1_000": "int_parsing", "-1": "greater_than_equal",
		"10001": "less_than_equal", strings.Repeat("9", 50): "less_than_equal", "-" + strings.Repeat("9", 50): "greater_than_equal",
	} {
		params, types := s.get(t, facetPath+"?top="+value).faults(t)
		assert.Equal(t, []string{"top"}, params, value)
		assert.Equal(t, []string{typ}, types, value)
	}
	for _, value := range []string{"", "Day", "week", "%FF%00", strings.Repeat("%C3%A9", 5000)} {
		a := s.get(t, facetPath+"?period="+value)
		params, _ := a.faults(t)
		assert.Equal(t, []string{"period"}, params, value)
		assert.Less(t, len(a.body), 1000)
	}
	params, _ = s.get(t, facetPath+"?facet=%FF").faults(t)
	assert.Equal(t, []string{"facet"}, params)
	for query, want := range map[string][]string{
		"facet_query=%FF": {"facet_query"}, "facet_query=x&facet=kind,created_at": {"facet_query"}, "facet_query=x&facet=size": {"facet"},
		"tz=Mars&period=x": {"tz", "period"}, "tz=": {"tz"}, "tz=Local": {"tz"},
	} {
		params, _ := s.get(t, facetPath+"?"+query).faults(t)
		assert.Equal(t, want, params, query)
		params, _ = s.get(t, viewPath+"?"+query).faults(t)
		assert.Equal(t, want, params, query)
	}

	// A listing does not know them.
	strict := serve(t, newHandler(t, newEngine(t, few()...), httpapi.Options{Strict: true}), nil)
	params, types = strict.get(t, listPath+"?top=1&facet=state&period=day").faults(t)
	assert.Equal(t, []string{"facet", "period", "top"}, params)
	assert.Equal(t, []string{"extra_forbidden", "extra_forbidden", "extra_forbidden"}, types)
	params, _ = strict.get(t, facetPath+"?top=0&nonsense=1").faults(t)
	assert.Equal(t, []string{"nonsense", "top"}, params)
}

// Not the engine that it embeds.
func TestADecoratedReaderIsAskedForFacets(t *testing.T) {
	r := &facetsReader{Reader: newEngine(t, few()...)}
	a := direct(newHandler(t, r, httpapi.Options{Strict: true}), facetPath+"?top=1&facet=state&period=day")
	assert.JSONEq(t, `{"total":7,"fields":null}`, string(a.body))
	assert.Equal(t, query.FacetOptions{Fields: []string{"state"}, Top: 1, Period: query.Day}, r.asked)
	params, _ := direct(newHandler(t, r, httpapi.Options{}), facetPath+"?top=0").faults(t)
	assert.Equal(t, []string{"top"}, params)
}

type facetsReader struct {
	sessiondex.Reader
	asked query.FacetOptions
}

func (r *facetsReader) Facets(_ context.Context, _ query.Query, o query.FacetOptions) (sessiondex.Facets, error) {
	r.asked = o
	return sessiondex.Facets{Total: 7}, nil
}

// A date in a filter, the counts of that date and the bars of a view are days of one zone.
func TestDatesCountsAndBarsShareAZone(t *testing.T) {
	e := newEngine(t, many(2000)...)
	s := serve(t, newHandler(t, e, httpapi.Options{Strict: true}), nil)
	const params = "?include_task_sessions=1&include_sub_sessions=1&tz=America/St_Johns"
	const facets = "&period=day&facet=created_at,updated_at&top=10000"
	var view struct {
		Facets    query.Facets
		Histogram histogramAnswer
	}
	require.NoError(t, json.Unmarshal(s.get(t, viewPath+params+facets+"&bars=1000").body, &view))
	days := view.Facets.Field("created_at").Values
	require.Greater(t, len(days), 20)
	assert.Equal(t, days[0].Value, view.Histogram.From)
	assert.Equal(t, days[0].Count, view.Histogram.Counts[0])
	for _, field := range []string{"created", "updated"} {
		days := view.Facets.Field(field + "_at").Values
		for i, day := range days[1:] {
			before := 0
			for _, earlier := range days[:i+1] {
				before += earlier.Count
			}
			var rest struct{ Total int }
			require.NoError(t, json.Unmarshal(s.get(t, listPath+params+"&limit=1&"+field+"_after="+day.Value).body, &rest))
			assert.Equal(t, 2000-before, rest.Total, "%s from %s on", field, day.Value)
		}
	}
}
