package sessiondex_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

func TestFacetsCountsByWhatTheOptionsName(t *testing.T) {
	w := newTwins(t, nil)
	put := func(id, state, workspace string, created time.Time) {
		w.put(t, sessiondex.Session{ID: id, State: state, AppID: "app-" + id, WorkspaceID: workspace, CreatedAt: created, UpdatedAt: created.AddDate(0, 2, 0)})
	}
	day := time.Date(2026, 1, 31, 23, 59, 59, 999_999_999, time.UTC)
	put("1", "running", "north", day)
	put("2", "running", "north", day.Add(1))
	put("3", "failed", "south", day.Add(2))
	put("4", "failed", "", time.Date(1969, 12, 31, 23, 0, 0, 0, time.UTC))

	facets := func(q query.Query, o query.FacetOptions) string {
		f, err := w.Facets(t.Context(), q, o)
		require.NoError(t, err)
		text, err := json.Marshal(f)
		require.NoError(t, err)
		return string(text)
	}
	assert.JSONEq(t, `{"total":4,"fields":[
		{"field":"state","values":[{"value":"failed","count":2},{"value":"running","count":2}],"distinct":2,"missing":0}]}`,
		facets(query.Query{}, query.FacetOptions{Fields: []string{"state"}}))
	assert.JSONEq(t, `{"total":2,"fields":[
		{"field":"workspace_id","values":[{"value":"north","count":2}],"distinct":1,"missing":0},
		{"field":"created_at","values":[{"value":"2026-01-31","count":1},{"value":"2026-02-01","count":1}],"distinct":2,"missing":0},
		{"field":"updated_at","values":[{"value":"2026-03-31","count":1},{"value":"2026-04-01","count":1}],"distinct":2,"missing":0}]}`,
		facets(query.Query{States: []string{"running"}}, query.FacetOptions{Fields: []string{"workspace_id", "created_at", "updated_at"}, Period: query.Day}))
	assert.JSONEq(t, `{"total":4,"fields":[
		{"field":"app_id","values":[{"value":"app-1","count":1},{"value":"app-2","count":1}],"distinct":4,"missing":0},
		{"field":"kind","values":[{"value":"top_level","count":4}],"distinct":1,"missing":0},
		{"field":"created_at","values":[{"value":"2026-01","count":1},{"value":"2026-02","count":2}],"distinct":3,"missing":0},
		{"field":"workspace_id","values":[{"value":"north","count":2},{"value":"south","count":1}],"distinct":2,"missing":1}]}`,
		facets(query.Query{}, query.FacetOptions{Fields: []string{"app_id", "kind", "created_at", "app_id", "workspace_id"}, Top: 2}))
	assert.JSONEq(t, `{"total":0,"fields":[
		{"field":"state","values":[],"distinct":0,"missing":0},{"field":"source_channel","values":[],"distinct":0,"missing":0},
		{"field":"session_type","values":[],"distinct":0,"missing":0},{"field":"trigger_type","values":[],"distinct":0,"missing":0},
		{"field":"app_id","values":[],"distinct":0,"missing":0},{"field":"kind","values":[],"distinct":0,"missing":0},
		{"field":"created_at","values":[],"distinct":0,"missing":0}]}`,
		facets(query.Query{Keyword: "nothing"}, query.FacetOptions{}), "lists that were counted are there, empty")
}

// However many values a field has, an answer lists a limited number and counts the
// rest.
func TestEveryFacetIsCapped(t *testing.T) {
	const n = 300
	w := newTwins(t, nil)
	var sessions []sessiondex.Session
	for i := range n {
		value := fmt.Sprint("v", i)
		at := time.Date(2000, 1, 1+i, 0, 0, 0, 0, time.UTC)
		sessions = append(sessions, sessiondex.Session{
			ID: value, State: value, SourceChannel: value, SessionType: value, TriggerType: value, AppID: value, WorkspaceID: value, AOPAssetID: value, ParentSessionID: value,
			IsTaskSession: true, CreatedAt: at, UpdatedAt: at,
		})
	}
	w.put(t, sessions...)
	for _, q := range []query.Query{{IncludeTaskSessions: true}, {IncludeTaskSessions: true, CreatedAfter: sessions[10].CreatedAt}, {IncludeTaskSessions: true, Keyword: " "}} {
		for _, top := range []int{0, 7, query.MaxTop} {
			o := query.FacetOptions{Fields: query.FacetFields(nil), Top: top, Period: query.Day}
			f, err := w.Facets(t.Context(), q, o)
			require.NoError(t, err)
			require.Equal(t, w.oracle.Facets(q, o), f)
			for _, facet := range f.Fields {
				if facet.Field != "kind" {
					assert.Len(t, facet.Values, min(facet.Distinct, cmp.Or(top, query.DefaultTop)), facet.Field)
					assert.GreaterOrEqual(t, facet.Distinct, n-10, facet.Field)
				}
			}
		}
	}
}

func TestFaultyFacetOptionsAreAllNamed(t *testing.T) {
	w := newTwins(t, nil)
	_, err := w.Facets(t.Context(), query.Query{}, query.FacetOptions{Fields: []string{"state", "size"}, Top: -1, Period: "year"})
	var faults *query.Error
	require.ErrorAs(t, err, &faults)
	assert.ErrorIs(t, err, sessiondex.ErrInvalidQuery)
	assert.Equal(t, []query.Fault{
		{Param: "facet", Type: "enum", Message: "Input should be 'state', 'source_channel', 'session_type', 'trigger_type', 'app_id', 'kind', 'created_at', 'workspace_id', 'aop_asset_id', 'parent_session_id' or 'updated_at' (got \"size\")"},
		{Param: "top", Type: "greater_than_equal", Message: "Input should be greater than or equal to 1 (got \"-1\")"},
		{Param: "period", Type: "enum", Message: "Input should be 'month', 'day' or 'hour' (got \"year\")"},
	}, faults.Faults)
	_, err = w.Facets(t.Context(), query.Query{}, query.FacetOptions{Top: query.MaxTop + 1})
	assert.ErrorContains(t, err, "less than or equal to 10000")
	_, err = w.Facets(t.Context(), query.Query{Offset: -1}, query.FacetOptions{})
	assert.ErrorIs(t, err, sessiondex.ErrInvalidQuery)

	e, err := sessiondex.New(nil)
	require.NoError(t, err)
	require.NoError(t, e.Close())
	_, err = e.Facets(t.Context(), query.Query{}, query.FacetOptions{})
	assert.ErrorIs(t, err, sessiondex.ErrClosed)
}

// facetZones are zones with changes of the clock, and offsets that are not whole hours.
var facetZones = func() (zones []*time.Location) {
	for _, name := range []string{"UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kolkata"} {
		zone, err := query.ParseZone(name)
		if err != nil {
			panic(err)
		}
		zones = append(zones, zone)
	}
	return append(zones, nil)
}()

// randomFacetOptions are random but for the fields.
func randomFacetOptions(r *rand.Rand) query.FacetOptions {
	return query.FacetOptions{
		Top: r.IntN(4), Period: one(r, "", query.Month, query.Day, query.Hour), Zone: one(r, facetZones...),
		Search: one(r, "", "", " ", "a", "IL", " App-", "ss", "nothing", ","),
	}
}

// Every choice of facets gives what counting the listings gives.
func TestFacetsWithOptionsAgreeWithTheTwin(t *testing.T) {
	r := testrand.New(t)
	for _, n := range worldSizes(r) {
		w := tinyTwins(t, r, n)
		for range 60 {
			q := corpus.RandomlyNarrowed(r, corpus.RandomQuery(r))
			if r.IntN(4) == 0 {
				q = query.Query{IncludeSubSessions: q.IncludeSubSessions, IncludeTaskSessions: q.IncludeTaskSessions, CreatedAfter: q.CreatedAfter}
			}
			o := randomFacetOptions(r)
			fields := query.FacetFields(nil)
			if r.IntN(4) == 0 { // what classes alone count, where the query asks for nothing else
				fields = []string{"state", "source_channel", "session_type"}
				q = query.Query{States: q.States, Keyword: q.Keyword, IDPrefix: q.IDPrefix}
			}
			for _, field := range fields {
				if r.IntN(2) == 0 {
					o.Fields = append(o.Fields, field)
				}
			}
			r.Shuffle(len(o.Fields), func(i, j int) { o.Fields[i], o.Fields[j] = o.Fields[j], o.Fields[i] })
			if o.Validate() != nil { // a search in no keyword
				o.Search = ""
			}
			got, err := w.Facets(t.Context(), q, o)
			require.NoError(t, err)
			require.Equal(t, w.oracle.Facets(q, o), got, "%d sessions, %+v of %+v", n, o, q)
		}
	}
}

// A search in the values of a facet is one of literal substrings, in any case, and says
// how many values there are that it finds; what is counted and what is missing stays.
func TestValuesOfAFacetAreSearched(t *testing.T) {
	fields := []schema.Field{{Name: "tags", Type: schema.Keyword}, {Name: "cost", Type: schema.Number}}
	e := newEngine(t, &sessiondex.Options{Fields: fields}, many(6, func(i int, s *sessiondex.Session) {
		s.Extra = []string{`{"tags":["billing","Rebill","straße"]}`, `{"tags":["Billing","ops"]}`, `{"tags":"billing"}`, `{"tags":"100%"}`, `{}`, `{"cost":1}`}[i]
		s.AppID = []string{"bill-app", "app", "app", "", "app", "bill-app"}[i]
	})...)
	search := func(text string, fields ...string) query.Facets {
		t.Helper()
		f, err := e.Facets(t.Context(), query.Query{}, query.FacetOptions{Fields: fields, Search: text, Top: 2})
		require.NoError(t, err)
		return f
	}
	f := search(" BILL ", "tags", "app_id", "cost")
	require.Equal(t, query.Facet{Field: "tags", Values: []query.FacetCount{{Value: "billing", Count: 2}, {Value: "Billing", Count: 1}}, Distinct: 3, Missing: 2}, f.Field("tags"))
	require.Equal(t, query.Facet{Field: "app_id", Values: []query.FacetCount{{Value: "bill-app", Count: 2}}, Distinct: 1, Missing: 1}, f.Field("app_id"))
	require.Equal(t, 1, f.Field("cost").Number.Count, "no keyword, and counted as ever")
	require.Equal(t, 6, f.Total)
	require.Equal(t, []query.FacetCount{{Value: "straße", Count: 1}}, search("STRASSE", "tags").Field("tags").Values)
	require.Equal(t, []query.FacetCount{{Value: "100%", Count: 1}}, search("%", "tags").Field("tags").Values, "no wildcard")
	require.Equal(t, query.Facet{Field: "tags", Values: []query.FacetCount{}, Missing: 2}, search("nothing", "tags").Field("tags"))
	for _, o := range []query.FacetOptions{{Fields: []string{"cost", "kind"}, Search: "x"}, {Search: "\xff"}} {
		_, err := e.Facets(t.Context(), query.Query{}, o)
		require.ErrorContains(t, err, "facet_query")
	}
}
