package query_test

import (
	"math"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// parse reads a query string as a server does.
func parse(t *testing.T, raw string) (query.Query, error) {
	t.Helper()
	v, err := url.ParseQuery(raw)
	require.NoError(t, err, raw)
	return query.Parse(v)
}

// mustParse is parse for a query string without a fault.
func mustParse(t *testing.T, raw string) query.Query {
	t.Helper()
	q, err := parse(t, raw)
	require.NoError(t, err, raw)
	return q
}

// faults returns what is wrong with a query string, as "param type".
func faults(t *testing.T, raw string) []string {
	t.Helper()
	q, err := parse(t, raw)
	require.Error(t, err, raw)
	assert.Equal(t, query.Query{}, q, "a faulty request gives no query to run by mistake")
	return kinds(t, err)
}

func kinds(t *testing.T, err error) []string {
	t.Helper()
	var e *query.Error
	require.ErrorAs(t, err, &e)
	require.ErrorIs(t, err, query.ErrInvalid)
	require.NotEmpty(t, e.Faults)
	var out []string
	for _, f := range e.Faults {
		assert.NotEmpty(t, f.Message)
		out = append(out, f.Param+" "+f.Type)
	}
	return out
}

func TestNoParametersAreTheDefaultListing(t *testing.T) {
	want := query.Query{
		Match: query.MatchPhrase, SortBy: query.UpdatedAt, SortDirection: query.Desc, Limit: 50,
	}
	assert.Equal(t, want, mustParse(t, ""))
	assert.Equal(t, want, query.Query{}.Normalized())

	q, err := query.Parse(nil)
	require.NoError(t, err)
	assert.Equal(t, want, q)
	q, err = query.Parse(url.Values{"limit": nil, "state": {}, "created_after": {}})
	require.NoError(t, err)
	assert.Equal(t, want, q)
}

// Every parameter, and the one effect that it has on the default query.
var effects = []struct {
	raw  string
	want func(*query.Query)
}{
	{"query=weekly+rep", func(q *query.Query) { q.Keyword = "weekly rep" }},
	{"state=running", func(q *query.Query) { q.States = []string{"running"} }},
	{"source_channel=web", func(q *query.Query) { q.SourceChannels = []string{"web"} }},
	{"session_type=video_session", func(q *query.Query) { q.SessionTypes = []string{"video_session"} }},
	{"app_id=app-1", func(q *query.Query) { q.AppID = "app-1" }},
	{"include_sub_sessions=true", func(q *query.Query) { q.IncludeSubSessions = true }},
	{"include_task_sessions=true", func(q *query.Query) { q.IncludeTaskSessions = true }},
	{"created_after=2026-01-02T03:04:05Z", func(q *query.Query) {
		q.CreatedAfter = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	}},
	{"created_before=2026-01-02T03:04:05Z", func(q *query.Query) {
		q.CreatedBefore = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	}},
	{"sort_by=title", func(q *query.Query) { q.SortBy = query.Title }},
	{"sort_by=created_at", func(q *query.Query) { q.SortBy = query.CreatedAt }},
	{"sort_direction=asc", func(q *query.Query) { q.SortDirection = query.Asc }},
	{"limit=7", func(q *query.Query) { q.Limit = 7 }},
	{"offset=9", func(q *query.Query) { q.Offset = 9 }},
	{"workspace_id=ws", func(q *query.Query) { q.WorkspaceID = "ws" }},
	{"aop_asset_id=asset", func(q *query.Query) { q.AOPAssetID = "asset"; q.IncludeTaskSessions = true }},
	{"trigger_type=schedule", func(q *query.Query) { q.TriggerTypes = []string{"schedule"}; q.IncludeTaskSessions = true }},
	{"match=all_terms", func(q *query.Query) { q.Match = query.MatchAllTerms }},
	{"cursor=abc", func(q *query.Query) { q.Cursor = "abc" }},
	{"parent_session_id=p", func(q *query.Query) { q.ParentSessionID = "p"; q.IncludeSubSessions = true }},
	{"ids=b,a&ids=b", func(q *query.Query) { q.IDs = []string{"a", "b"} }},
	{"ids[prefix]=a", func(q *query.Query) { q.IDPrefix = "a" }},
	{"kind=task_run,both", func(q *query.Query) { q.Kinds = []query.Kind{query.Both, query.TaskRun} }},
	{"updated_after=2026-01-02", func(q *query.Query) { q.UpdatedAfter = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC) }},
	{"updated_before=2026-01-02", func(q *query.Query) { q.UpdatedBefore = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC) }},
	{"state[not]=a,b", func(q *query.Query) { q.Where = []query.Cond{query.NotIn("state", "b", "a")} }},
}

// The same for the fields of declared.
var declaredEffects = []struct {
	raw  string
	want func(*query.Query)
}{
	{"tags=a,b", where(query.In("tags", "a", "b"))},
	{"tags[]=a", where(query.In("tags", "a"))},
	{"archived=true", where(query.In("archived", "true"))},
	{"archived=0", where(query.In("archived", "false"))},
	{"cost[gte]=10", where(query.AtLeast("cost", 10))},
	{"due[lt]=2026-01-02", where(query.Below("due", time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)))},
	{"include=archived", func(q *query.Query) { q.Include = []string{"archived"} }},
	{"sort_first=pinned", func(q *query.Query) { q.SortFirst = "pinned" }},
	{"sort_by=cost", func(q *query.Query) { q.SortBy = "cost" }},
	{"match=words", func(q *query.Query) { q.Match = query.MatchWords }},
	{"match=words&typing=1", func(q *query.Query) { q.Match, q.Typing = query.MatchWords, true }},
	{"match=words&typos=1", func(q *query.Query) { q.Match, q.Typos = query.MatchWords, true }},
	{"match=words&search_in=notes,title", func(q *query.Query) {
		q.Match, q.SearchIn = query.MatchWords, []string{"notes", "title"}
	}},
}

func where(conds ...query.Cond) func(*query.Query) {
	return func(q *query.Query) { q.Where = conds }
}

// declared is a schema with a field of every type.
var declared = must(schema.New(
	schema.Field{Name: "owner", Type: schema.Keyword, Sorted: true},
	schema.Field{Name: "tags", Type: schema.Keyword},
	schema.Field{Name: "archived", Type: schema.Flag, Hidden: true},
	schema.Field{Name: "pinned", Type: schema.Flag},
	schema.Field{Name: "cost", Member: "total_cost_usd", Type: schema.Number, Sorted: true},
	schema.Field{Name: "due", Type: schema.Time},
	schema.Field{Name: "notes", Type: schema.Text},
))

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// parseWith is parse with declared fields.
func parseWith(t *testing.T, raw string) (query.Query, error) {
	t.Helper()
	return query.ParseWith(declared, must(url.ParseQuery(raw)))
}

func TestAcceptedFilterIsNeverSilentlyIgnored(t *testing.T) {
	reached := map[string]bool{}
	for i, e := range append(slices.Clip(effects), declaredEffects...) {
		want := query.Query{}.Normalized()
		e.want(&want)
		if i < len(effects) {
			assert.Equal(t, want, mustParse(t, e.raw), e.raw)
		}
		got, err := parseWith(t, e.raw)
		require.NoError(t, err, e.raw)
		assert.Equal(t, want, got, e.raw)

		base, value := reflect.ValueOf(query.Query{}.Normalized()), reflect.ValueOf(got)
		for i := range value.NumField() {
			if !reflect.DeepEqual(base.Field(i).Interface(), value.Field(i).Interface()) {
				reached[value.Type().Field(i).Name] = true
			}
		}
	}
	for field := range reflect.TypeFor[query.Query]().Fields() {
		// The scope is what a principal may see: the one field out of a request's reach.
		assert.Equal(t, field.Name != "Scope", reached[field.Name], "Query.%s", field.Name)
	}
}

func TestEmptyFilterValueIsAFilterOrAFaultButNeverAGuess(t *testing.T) {
	noFilter := query.Query{}.Normalized()
	for _, param := range []string{
		"query", "state", "source_channel", "session_type", "app_id",
		"workspace_id", "aop_asset_id", "trigger_type", "cursor",
		"parent_session_id", "ids", "kind", "include", "search_in",
	} {
		assert.Equal(t, noFilter, mustParse(t, param+"="), param)
		assert.Equal(t, noFilter, mustParse(t, param), param)
	}
	for param, kind := range map[string]string{
		"include_sub_sessions":  "bool_parsing",
		"include_task_sessions": "bool_parsing",
		"created_after":         "datetime_from_date_parsing",
		"created_before":        "datetime_from_date_parsing",
		"sort_by":               "enum",
		"sort_direction":        "enum",
		"sort_first":            "enum",
		"match":                 "enum",
		"typing":                "bool_parsing",
		"updated_after":         "datetime_from_date_parsing",
		"updated_before":        "datetime_from_date_parsing",
		"tz":                    "time_zone",
		"limit":                 "int_parsing",
		"offset":                "int_parsing",
	} {
		assert.Equal(t, []string{param + " " + kind}, faults(t, param+"="))
		assert.Equal(t, []string{param + " " + kind}, faults(t, param+"=+"))
	}
}

func TestListsMayBeRepeatedAndSeparatedByCommas(t *testing.T) {
	for raw, want := range map[string][]string{
		"a":                     {"a"},
		"a,b":                   {"a", "b"},
		"a&%s=b,c":              {"a", "b", "c"},
		"c,b&%s=a&%s=b":         {"a", "b", "c"},
		"+a+,%09b%0A,%C2%A0c":   {"a", "b", "c"}, // any Unicode white space
		",a,,+,&%s=&%s=,b":      {"a", "b"},
		"":                      nil,
		"+,+":                   nil,
		",,,&%s=,":              nil,
		"in+progress,b":         {"b", "in progress"},
		"A,a":                   {"A", "a"}, // exact: case counts
		"%22a%2Cb%22":           {`"a`, `b"`},
		"no-such-state-anymore": {"no-such-state-anymore"},
		"%E6%98%A8%E6%99%9A":    {"昨晚"},
	} {
		for _, param := range []string{"state", "source_channel", "session_type", "trigger_type"} {
			q := mustParse(t, param+"="+strings.ReplaceAll(raw, "%s", param))
			got := map[string][]string{
				"state": q.States, "source_channel": q.SourceChannels,
				"session_type": q.SessionTypes, "trigger_type": q.TriggerTypes,
			}
			assert.Equal(t, want, got[param], "%s=%s", param, raw)
			delete(got, param)
			for other, values := range got {
				assert.Nil(t, values, "%s=%s set %s", param, raw, other)
			}
		}
	}
}

func TestLastScalarCounts(t *testing.T) {
	q := mustParse(t, "limit=10&limit=20&app_id=a&app_id=b&sort_by=title&sort_by=created_at"+
		"&include_sub_sessions=1&include_sub_sessions=0&query=x&query=y&created_after=2026-01-01&created_after=2026-02-01")
	assert.Equal(t, 20, q.Limit)
	assert.Equal(t, "b", q.AppID)
	assert.Equal(t, query.CreatedAt, q.SortBy)
	assert.False(t, q.IncludeSubSessions)
	assert.Equal(t, "y", q.Keyword)
	assert.Equal(t, time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), q.CreatedAfter)

	assert.Equal(t, 20, mustParse(t, "limit=abc&limit=20").Limit, "a value that does not count is not a fault")
	assert.Equal(t, []string{"limit int_parsing"}, faults(t, "limit=20&limit=abc"))
	assert.Empty(t, mustParse(t, "app_id=a&app_id=").AppID, "an empty last value removes the filter")
}

func TestStringsAreExactButTheKeywordIsTrimmed(t *testing.T) {
	q := mustParse(t, "query=%09+a++b+%0A&app_id=+a+&workspace_id=+&aop_asset_id=A,B")
	assert.Equal(t, "a  b", q.Keyword)
	assert.Equal(t, " a ", q.AppID)
	assert.Equal(t, " ", q.WorkspaceID)
	assert.Equal(t, "A,B", q.AOPAssetID)

	assert.Equal(t, query.Query{}.Normalized(), mustParse(t, "query=+%E3%80%80+"), "a blank keyword is no filter")
	assert.Equal(t, `100%_*\"`, mustParse(t, "query=100%25_*%5C%22").Keyword)
}

func TestWhatOnlySubordinateSessionsHaveImpliesThem(t *testing.T) {
	assert.True(t, mustParse(t, "aop_asset_id=x").IncludeTaskSessions)
	assert.True(t, mustParse(t, "aop_asset_id=x&include_task_sessions=false").IncludeTaskSessions)
	assert.False(t, mustParse(t, "aop_asset_id=").IncludeTaskSessions)
	assert.False(t, mustParse(t, "aop_asset_id=x").IncludeSubSessions)
	for raw, want := range map[string]bool{
		"trigger_type=schedule": true, "trigger_type=": false, "trigger_type[exists]=true": true, "trigger_type[exists]=false": false,
		"trigger_type[not]=x": false, "trigger_type[prefix]=s": true, "trigger_type[in]=a": true, "aop_asset_id[exists]=1": true,
		"workspace_id=x": false,
	} {
		assert.Equal(t, want, mustParse(t, raw).IncludeTaskSessions, raw)
		assert.False(t, mustParse(t, raw).IncludeSubSessions, raw)
	}
	assert.True(t, mustParse(t, "parent_session_id=x").IncludeSubSessions)
	assert.False(t, mustParse(t, "parent_session_id=x").IncludeTaskSessions)
	assert.False(t, mustParse(t, "parent_session_id[exists]=false").IncludeSubSessions)
}

func TestFormsOfIntegers(t *testing.T) {
	for raw, want := range map[string]int{
		"1": 1, "500": 500, "+5": 5, "%2B5": 5, "+5+": 5, "%0A%095%0D": 5, "007": 7, "%C2%A05": 5,
		"000000000000000000000000000000000000000007": 7,
	} {
		assert.Equal(t, want, mustParse(t, "limit="+raw).Limit, raw)
	}
	for raw, want := range map[string]int{
		"0": 0, "-0": 0, "%2B0": 0, "1000000": 1000000,
		strconv.Itoa(math.MaxInt):        math.MaxInt,
		"9223372036854775808":            math.MaxInt, // one past an int64
		"99999999999999999999":           math.MaxInt,
		strings.Repeat("9", 5000):        math.MaxInt,
		"-" + strings.Repeat("0", 5000):  0,
		"0" + strconv.Itoa(math.MaxInt):  math.MaxInt,
		strconv.Itoa(math.MaxInt - 1):    math.MaxInt - 1,
		"%2B" + strings.Repeat("9", 100): math.MaxInt,
	} {
		assert.Equal(t, want, mustParse(t, "offset="+raw).Offset, raw)
	}
	for _, raw := range []string{
		"abc", "1.5", "1.0", "1e2", "0x10", "", "+", "-", "%2B", "--1", "%2B-1", "-+1", "1+2", "1_000", "1,000", "1a", "a1",
		"%D9%A3", "Inf", "NaN", "true", "null", "%00", "%FF", "9223372036854775808x",
	} {
		assert.Equal(t, []string{"limit int_parsing"}, faults(t, "limit="+raw), raw)
		assert.Equal(t, []string{"offset int_parsing"}, faults(t, "offset="+raw), raw)
	}
	for _, raw := range []string{"0", "-0", "-1", "-99999999999999999999"} {
		assert.Equal(t, []string{"limit greater_than_equal"}, faults(t, "limit="+raw), raw)
	}
	for _, raw := range []string{"501", "99999999999999999999"} {
		assert.Equal(t, []string{"limit less_than_equal"}, faults(t, "limit="+raw), raw)
	}
	for _, raw := range []string{"-1", "+-1", "-99999999999999999999"} {
		assert.Equal(t, []string{"offset greater_than_equal"}, faults(t, "offset="+raw), raw)
	}
}

func TestFormsOfBooleans(t *testing.T) {
	for word, want := range map[string]bool{
		"true": true, "1": true, "yes": true, "on": true, "t": true, "y": true,
		"false": false, "0": false, "no": false, "off": false, "f": false, "n": false,
	} {
		for _, raw := range []string{word, strings.ToUpper(word), strings.ToUpper(word[:1]) + word[1:]} {
			assert.Equal(t, want, mustParse(t, "include_sub_sessions="+raw).IncludeSubSessions, raw)
			assert.Equal(t, want, mustParse(t, "include_task_sessions="+raw).IncludeTaskSessions, raw)
		}
	}
	for _, raw := range []string{"", "2", "-1", "truee", "tru", "+true", "true+", "ye", "null", "ye%C5%BF", "fal%C5%BFe", "01", "%FF"} {
		assert.Equal(t, []string{"include_sub_sessions bool_parsing"}, faults(t, "include_sub_sessions="+raw), raw)
	}
}

func TestWordsAreExactAndLowerCase(t *testing.T) {
	for _, word := range []query.SortField{query.UpdatedAt, query.CreatedAt, query.Title} {
		assert.Equal(t, word, mustParse(t, "sort_by="+string(word)).SortBy)
	}
	for _, word := range []query.Direction{query.Desc, query.Asc} {
		assert.Equal(t, word, mustParse(t, "sort_direction="+string(word)).SortDirection)
	}
	for _, word := range []query.Match{query.MatchPhrase, query.MatchAllTerms} {
		assert.Equal(t, word, mustParse(t, "match="+string(word)).Match)
	}
	for param, words := range map[string][]string{
		"sort_by":        {"Title", "TITLE", "+title", "title+", "-title", "id", "updatedAt", "title,created_at"},
		"sort_direction": {"ASC", "Desc", "+asc", "descending", "1"},
		"match":          {"PHRASE", "any", "all", "all-terms", "phrase+"},
	} {
		for _, word := range words {
			assert.Equal(t, []string{param + " enum"}, faults(t, param+"="+word), "%s=%s", param, word)
		}
	}
}

func TestEveryFaultyParameterIsListedInTheContractsOrder(t *testing.T) {
	raw := "cursor=%FF&match=x&trigger_type=%FF&aop_asset_id=%FF&workspace_id=%FF&offset=-1&limit=0&sort_direction=up" +
		"&sort_by=x&created_before=x&created_after=2026-02-30&include_task_sessions=2&include_sub_sessions=x" +
		"&app_id=%FF&session_type=%FF&source_channel=a,%FF,%FE&source_channel=%FD&state=%FF&query=%FF"
	assert.Equal(t, []string{
		"query string_unicode", "state string_unicode", "source_channel string_unicode", "session_type string_unicode",
		"app_id string_unicode", "include_sub_sessions bool_parsing", "include_task_sessions bool_parsing",
		"created_after datetime_from_date_parsing", "created_before datetime_from_date_parsing",
		"sort_by enum", "sort_direction enum", "limit greater_than_equal", "offset greater_than_equal",
		"workspace_id string_unicode", "aop_asset_id string_unicode", "trigger_type string_unicode",
		"match enum", "cursor string_unicode",
	}, faults(t, raw))
}

func TestUnknownParametersAreIgnoredUnlessStrict(t *testing.T) {
	v, err := url.ParseQuery("limit=5&Limit=9&utm_source=x&=y&status=running")
	require.NoError(t, err)
	q, err := query.Parse(v)
	require.NoError(t, err)
	want := query.Query{Limit: 5}.Normalized()
	assert.Equal(t, want, q)

	_, err = query.ParseStrict(v)
	assert.Equal(t, []string{
		" extra_forbidden", "Limit extra_forbidden", "status extra_forbidden", "utm_source extra_forbidden",
	}, kinds(t, err))

	v.Set("limit", "x")
	_, err = query.ParseStrict(v)
	assert.Equal(t, "limit int_parsing", kinds(t, err)[0], "the known parameters come first")

	for _, e := range effects {
		v, err := url.ParseQuery(e.raw)
		require.NoError(t, err)
		_, err = query.ParseStrict(v)
		assert.NoError(t, err, e.raw)
	}
}

func TestParseNeitherKeepsNorChangesTheRequest(t *testing.T) {
	v := url.Values{"state": {"c,a", "b"}, "limit": {"1", "2"}}
	q, err := query.Parse(v)
	require.NoError(t, err)
	assert.Equal(t, url.Values{"state": {"c,a", "b"}, "limit": {"1", "2"}}, v)

	v["state"][0] = "z"
	assert.Equal(t, []string{"a", "b", "c"}, q.States)
	q.States[0] = "x"
	assert.Equal(t, []string{"z", "b"}, v["state"])
}

func TestEarliestUpperBoundMatchesNothingRatherThanEverything(t *testing.T) {
	for _, raw := range []string{
		"0001-01-01T00:00:00Z", "0001-01-01", "-62135596800000", "0001-01-01T02:00:00%2B02:00",
	} {
		q := mustParse(t, "created_before="+raw)
		assert.False(t, q.CreatedBefore.IsZero(), "%s reads as no bound", raw)
		assert.True(t, q.CreatedBefore.Before(time.Time{}), "%s lets sessions through", raw)
		assert.NoError(t, q.Validate(), raw)
		assert.Equal(t, q, reparse(t, q), raw)

		q = mustParse(t, "created_after="+raw)
		assert.True(t, q.CreatedAfter.IsZero(), "%s as a lower bound is none", raw)
	}
	assert.True(t, mustParse(t, "limit=1").CreatedBefore.IsZero())
}

func TestBoundsMayCross(t *testing.T) {
	q := mustParse(t, "created_after=2026-02-01&created_before=2026-01-01")
	assert.True(t, q.CreatedAfter.After(q.CreatedBefore))
}

// These finish at once, or the test times out.
func TestHugeRequestsTakeLinearTime(t *testing.T) {
	const n = 10_000
	list := make([]string, n)
	for i := range list {
		list[i] = "state-" + strconv.Itoa(n+(i*7919)%n)
	}
	joined, err := query.Parse(url.Values{"state": {strings.Join(list, ",")}})
	require.NoError(t, err)
	assert.Len(t, joined.States, n)
	repeated, err := query.Parse(url.Values{"state": list})
	require.NoError(t, err)
	assert.Equal(t, joined, repeated)

	same, err := query.Parse(url.Values{"state": {strings.Repeat("a,", 500_000)}})
	require.NoError(t, err)
	assert.Equal(t, []string{"a"}, same.States)

	bad := make([]string, n)
	for i := range bad {
		bad[i] = "\xff" + strconv.Itoa(i)
	}
	_, err = query.Parse(url.Values{"state": bad, "limit": bad, "query": bad})
	assert.Equal(t, []string{"query string_unicode", "state string_unicode", "limit int_parsing"}, kinds(t, err))

	unknown := url.Values{}
	for _, name := range list {
		unknown[name] = []string{"x"}
	}
	_, err = query.ParseStrict(unknown)
	assert.Len(t, kinds(t, err), n)
}

func TestAMegabyteOfCommasCostsNoMemory(t *testing.T) {
	v := url.Values{"state": {strings.Repeat(", ", 1<<19)}}
	assert.Zero(t, testing.AllocsPerRun(2, func() {
		if q, err := query.Parse(v); err != nil || q.States != nil {
			panic("commas are no values")
		}
	}))
}
