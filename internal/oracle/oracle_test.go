package oracle_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/oracle"
	"github.com/sessiondex/sessiondex/query"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// session makes a top-level session; change alters it.
func session(id string, change ...func(*sessiondex.Session)) sessiondex.Session {
	s := sessiondex.Session{ID: id, SessionType: "session", CreatedAt: noon, UpdatedAt: noon}
	for _, c := range change {
		c(&s)
	}
	return s
}

func titled(title string) func(*sessiondex.Session) {
	return func(s *sessiondex.Session) { s.Title = title }
}

func sub(s *sessiondex.Session)  { s.IsSubSession = true }
func task(s *sessiondex.Session) { s.IsTaskSession = true }

func created(d time.Duration) func(*sessiondex.Session) {
	return func(s *sessiondex.Session) { s.CreatedAt = noon.Add(d) }
}

func updated(d time.Duration) func(*sessiondex.Session) {
	return func(s *sessiondex.Session) { s.UpdatedAt = noon.Add(d) }
}

func of(sessions ...sessiondex.Session) *oracle.Oracle {
	var o oracle.Oracle
	o.Put(sessions...)
	return &o
}

func ids(sessions []sessiondex.Session) []string {
	out := []string{}
	for _, s := range sessions {
		out = append(out, s.ID)
	}
	return out
}

func TestSubSessionsAndTaskRunsAreHiddenUnlessAskedFor(t *testing.T) {
	o := of(session("top"), session("sub", sub), session("task", task), session("both", sub, task))
	for _, c := range []struct {
		q    query.Query
		want []string
	}{
		{query.Query{}, []string{"top"}},
		{query.Query{IncludeSubSessions: true}, []string{"top", "sub"}},
		{query.Query{IncludeTaskSessions: true}, []string{"top", "task"}},
		{query.Query{IncludeSubSessions: true, IncludeTaskSessions: true}, []string{"top", "task", "sub", "both"}},
	} {
		assert.Equal(t, c.want, ids(o.All(c.q)), "%+v", c.q)
	}
}

func TestEverySortIsTotalAndDescendingIsTheReverse(t *testing.T) {
	o := of(
		session("1", titled("b"), created(2), updated(1)),
		session("2", titled("A"), created(1), updated(1)),
		session("3", titled("a"), created(1), updated(2)),
		session("4", titled("a"), created(3), updated(-1)),
		session("5", titled("")),
		session("6", titled("straße")),
		session("7", titled("STRASSE")),
	)
	for _, c := range []struct {
		by   query.SortField
		want []string
	}{
		{query.UpdatedAt, []string{"4", "5", "6", "7", "1", "2", "3"}},
		{query.CreatedAt, []string{"5", "6", "7", "2", "3", "1", "4"}},
		{query.Title, []string{"5", "2", "3", "4", "1", "7", "6"}},
	} {
		assert.Equal(t, c.want, ids(o.All(query.Query{SortBy: c.by, SortDirection: query.Asc})), c.by)
		got := ids(o.All(query.Query{SortBy: c.by, SortDirection: query.Desc}))
		for i, id := range got {
			assert.Equal(t, c.want[len(c.want)-1-i], id, c.by)
		}
		assert.Equal(t, got, ids(o.All(query.Query{SortBy: c.by})), "descending is the default")
	}
	assert.Equal(t, ids(o.All(query.Query{SortBy: query.UpdatedAt})), ids(o.All(query.Query{})), "updated_at is the default")
}

func TestKeywordIsAFoldedLiteralSubstring(t *testing.T) {
	for _, c := range []struct {
		title, keyword string
		phrase, terms  bool
	}{
		{"Invoice review", "voice", true, true},
		{"Bi-Weekly report", "weekly rep", true, true},
		{"Bi-Weekly report", "rep weekly", false, true},
		{"STRASSE", "straße", true, true},
		{"ÄRGER", "ärger", true, true},
		{"БОРИС", "борис", true, true},
		{"Cafe\u0301", "café", true, true},
		{"昨晚的数据", "昨晚", true, true},
		{"100%", "%", true, true},
		{"100", "%", false, false},
		{"ab", "a_", false, false},
		{"a  b", "a b", false, true},
		{"x -> y", " -> ", true, true},
		{"anything", " \t", true, true},
		{"", " ", true, true},
		{"", "a", false, false},
	} {
		o := of(session("1", titled(c.title)))
		assert.Equal(t, c.phrase, o.List(query.Query{Keyword: c.keyword}).Total == 1, "%q in %q", c.keyword, c.title)
		assert.Equal(t, c.terms, o.List(query.Query{Keyword: c.keyword, Match: query.MatchAllTerms}).Total == 1, "terms of %q in %q", c.keyword, c.title)
	}
}

func TestFiltersAreAnyOfAListAndAllOfTheParameters(t *testing.T) {
	o := of(
		sessiondex.Session{ID: "1", State: "running", SourceChannel: "web", AppID: "a", WorkspaceID: "w", CreatedAt: noon, UpdatedAt: noon},
		sessiondex.Session{ID: "2", State: "failed", SourceChannel: "api", SessionType: "video_session", AppID: "a", WorkspaceID: "v", CreatedAt: noon, UpdatedAt: noon},
		sessiondex.Session{ID: "3", State: "failed", SourceChannel: "web", AppID: "b", WorkspaceID: "w", CreatedAt: noon, UpdatedAt: noon},
		sessiondex.Session{ID: "4", AOPAssetID: "x", TriggerType: "email", IsTaskSession: true, CreatedAt: noon, UpdatedAt: noon},
	)
	for _, c := range []struct {
		name string
		q    query.Query
		want []string
	}{
		{"one value", query.Query{States: []string{"failed"}}, []string{"2", "3"}},
		{"two values", query.Query{States: []string{"failed", "running"}}, []string{"1", "2", "3"}},
		{"an unknown value", query.Query{States: []string{"lost"}}, []string{}},
		{"another case", query.Query{States: []string{"Failed"}}, []string{}},
		{"blank values", query.Query{States: []string{"", " "}}, []string{"1", "2", "3"}},
		{"a padded value", query.Query{States: []string{" running\n", ""}}, []string{"1"}},
		{"state and channel", query.Query{States: []string{"failed"}, SourceChannels: []string{"web"}}, []string{"3"}},
		{"an absent type is session", query.Query{SessionTypes: []string{"session"}}, []string{"1", "3"}},
		{"app", query.Query{AppID: "a"}, []string{"1", "2"}},
		{"padded app", query.Query{AppID: " a"}, []string{}},
		{"app and workspace", query.Query{AppID: "a", WorkspaceID: "w"}, []string{"1"}},
		{"asset, which implies task runs", query.Query{AOPAssetID: "x"}, []string{"4"}},
		{"trigger, which does too", query.Query{TriggerTypes: []string{"email"}}, []string{"4"}},
		{"trigger and task runs", query.Query{TriggerTypes: []string{"email"}, IncludeTaskSessions: true}, []string{"4"}},
		{"scope", query.Query{Scope: query.Scope{AppIDs: []string{"a", "b"}, WorkspaceIDs: []string{"w"}}}, []string{"1", "3"}},
		{"empty scope", query.Query{Scope: query.Scope{AppIDs: []string{}}}, []string{}},
	} {
		c.q.SortDirection = query.Asc
		assert.Equal(t, c.want, ids(o.All(c.q)), c.name)
	}
}

func TestBoundsAreInclusiveToTheNanosecond(t *testing.T) {
	o := of(session("-", created(-1)), session("0"), session("1", created(1)))
	elsewhere := noon.In(time.FixedZone("", 7200))
	for _, c := range []struct {
		after, before time.Time
		want          int
	}{
		{noon, time.Time{}, 2},
		{time.Time{}, elsewhere, 2},
		{elsewhere, noon, 1},
		{noon.Add(1), noon.Add(1), 1},
		{noon.Add(1), noon, 0},
		{noon.Add(2), time.Time{}, 0},
	} {
		assert.Equal(t, c.want, o.List(query.Query{CreatedAfter: c.after, CreatedBefore: c.before}).Total, "%v to %v", c.after, c.before)
	}
}

func TestPagesSayWhereTheyAre(t *testing.T) {
	o := of(session("1"), session("2"), session("3"))
	next := func(n int) *int { return &n }
	for _, c := range []struct {
		limit, offset int
		items         int
		next          *int
	}{
		{2, 0, 2, next(2)},
		{2, 1, 2, nil},
		{2, 2, 1, nil},
		{2, 3, 0, nil},
		{3, 0, 3, nil},
		{1, 1, 1, next(2)},
		{500, math.MaxInt, 0, nil},
	} {
		p := o.List(query.Query{Limit: c.limit, Offset: c.offset})
		assert.Len(t, p.Items, c.items)
		assert.NotNil(t, p.Items)
		assert.Equal(t, c.next, p.NextOffset)
		assert.Equal(t, c.next != nil, p.HasMore)
		assert.Equal(t, []int{c.limit, c.offset, 3}, []int{p.Limit, p.Offset, p.Total})
	}
	assert.Equal(t, 50, o.List(query.Query{}).Limit)
}

func TestPutReplacesDeleteRemovesAndACloneStays(t *testing.T) {
	o := of(session("1", titled("old")), session("2"))
	before := o.Clone()
	o.Put(session("1", titled("new")))
	assert.Equal(t, 1, o.Delete("2", "2", "3"))
	assert.Equal(t, 1, o.Len())

	s, ok := o.Get("1")
	require.True(t, ok)
	assert.Equal(t, "new", s.Title)
	assert.Empty(t, o.All(query.Query{Keyword: "old"}))
	_, ok = o.Get("2")
	assert.False(t, ok)

	assert.Equal(t, []string{"2", "1"}, ids(before.All(query.Query{})))
	assert.Len(t, before.All(query.Query{Keyword: "old"}), 1)
}

func TestSessionsComeBackInUTC(t *testing.T) {
	local := time.Now()
	o := of(sessiondex.Session{ID: "1", CreatedAt: local, UpdatedAt: local})
	s, _ := o.Get("1")
	assert.Equal(t, time.Unix(0, local.UnixNano()).UTC(), s.CreatedAt)
	assert.Equal(t, time.Unix(0, local.UnixNano()).UTC(), s.UpdatedAt)
	assert.Equal(t, "session", s.SessionType)
}

func TestFacetsLeaveOutTheirOwnFilter(t *testing.T) {
	made := func(id, state, app string, month time.Month, change ...func(*sessiondex.Session)) sessiondex.Session {
		s := session(id, change...)
		s.State, s.AppID, s.CreatedAt = state, app, time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC)
		return s
	}
	o := of(
		made("1", "running", "a", 1), made("2", "failed", "a", 1), made("3", "failed", "b", 2), made("4", "", "a", 2),
		made("5", "failed", "a", 3, sub), made("6", "failed", "a", 3, task), made("7", "failed", "c", 3, sub, task),
	)
	type counts = []query.FacetCount

	all := o.Facets(query.Query{}, query.FacetOptions{})
	assert.Equal(t, 4, all.Total)
	assert.Equal(t, query.Facet{
		Field: "state", Values: counts{{Value: "failed", Count: 2}, {Value: "running", Count: 1}}, Distinct: 2, Missing: 1,
	}, all.Field("state"))
	assert.Equal(t, counts{{Value: "a", Count: 3}, {Value: "b", Count: 1}}, all.Field("app_id").Values)
	assert.Equal(t, counts{{Value: "2026-01", Count: 2}, {Value: "2026-02", Count: 2}}, all.Field("created_at").Values)
	assert.Equal(t, counts{{Value: "session", Count: 4}}, all.Field("session_type").Values)
	assert.Equal(t, query.Facet{Field: "trigger_type", Values: counts{}, Missing: 5}, all.Field("trigger_type"), "among task runs too, since choosing a trigger shows them")
	assert.Equal(t, counts{{Value: "top_level", Count: 4}, {Value: "both", Count: 1}, {Value: "sub_session", Count: 1}, {Value: "task_run", Count: 1}}, all.Field("kind").Values)

	failed := o.Facets(query.Query{States: []string{"failed"}, AppID: "a", CreatedAfter: time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)}, query.FacetOptions{})
	assert.Equal(t, 0, failed.Total)
	assert.Equal(t, counts{}, failed.Field("state").Values, "the other filters hold")
	assert.Equal(t, counts{{Value: "b", Count: 1}}, failed.Field("app_id").Values)
	assert.Equal(t, counts{{Value: "2026-01", Count: 1}}, failed.Field("created_at").Values)
	assert.Equal(t, counts{{Value: "sub_session", Count: 1}, {Value: "task_run", Count: 1}}, failed.Field("kind").Values)
}

func TestFacetsListTheMostFrequentValuesOnly(t *testing.T) {
	var o oracle.Oracle
	for i := range query.DefaultTop + 5 {
		app := fmt.Sprintf("app-%02d", i)
		o.Put(sessiondex.Session{ID: app, AppID: app, CreatedAt: noon.AddDate(0, 0, i), UpdatedAt: noon})
	}
	o.Put(sessiondex.Session{ID: "again", AppID: "app-20", CreatedAt: noon, UpdatedAt: noon})
	f := o.Facets(query.Query{}, query.FacetOptions{Period: query.Day})
	apps, days := f.Field("app_id"), f.Field("created_at")
	assert.Equal(t, query.DefaultTop+5, apps.Distinct)
	require.Len(t, apps.Values, query.DefaultTop)
	assert.Equal(t, query.FacetCount{Value: "app-20", Count: 2}, apps.Values[0])
	assert.Equal(t, query.FacetCount{Value: "app-00", Count: 1}, apps.Values[1])
	assert.Equal(t, query.DefaultTop+5, days.Distinct)
	require.Len(t, days.Values, query.DefaultTop)
	assert.Equal(t, noon.AddDate(0, 0, query.DefaultTop+4).Format(time.DateOnly), days.Values[query.DefaultTop-1].Value, "the latest")
}
