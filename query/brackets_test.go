package query_test

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// Every operator on every type is taken where the type has it, and a fault elsewhere, never
// ignored.
func TestOperatorsByType(t *testing.T) {
	const (
		keyword = "owner"
		flag    = "pinned"
		number  = "cost"
		instant = "due"
		text    = "notes"
	)
	values := map[string]string{keyword: "a", flag: "true", number: "1", instant: "2026-01-01", text: "a"}
	takes := map[string][]string{
		"":     {keyword, flag},
		"[]":   {keyword},
		"[eq]": {keyword, number, instant},
		"[in]": {keyword}, "[not]": {keyword}, "[all]": {keyword}, "[prefix]": {keyword},
		"[gte]": {number, instant}, "[gt]": {number, instant}, "[lte]": {number, instant}, "[lt]": {number, instant},
		"[exists]": {keyword, number, instant},
		"[EQ]":     nil, "[ne]": nil, "[0]": nil, "[eq ]": nil, "[eq": nil, "[eq]x": nil, "[eq][eq]": nil, "[[eq]]": nil, "[contains]": nil,
	}
	for operator, fields := range takes {
		for field, value := range values {
			if operator == "[exists]" {
				value = "true"
			}
			v := url.Values{field + operator: {value}}
			q, err := query.ParseWith(declared, v)
			if slices.Contains(fields, field) {
				require.NoError(t, err, "%v", v)
				require.Len(t, q.Where, 1, "%v", v)
				continue
			}
			require.Equal(t, []string{field + operator + " extra_forbidden"}, kinds(t, err), "%v", v)
			if operator != "" && strings.HasSuffix(operator, "]") && strings.Count(operator, "[") == 1 {
				for _, o := range query.Operators(declared.Lookup(field).Type) {
					require.ErrorContains(t, err, field+"["+o+"]", "what there is")
				}
			}
		}
	}
	// Fields of the contract behave like declared ones.
	for _, operator := range []string{"[eq]", "[in]", "[not]", "[all]", "[prefix]"} {
		for _, field := range []string{"state", "trigger_type", "app_id", "parent_session_id"} {
			_, err := query.Parse(url.Values{field + operator: {"a"}})
			require.NoError(t, err, "%s%s", field, operator)
		}
	}
	for _, raw := range []string{"title[eq]=a", "kind[eq]=both", "ids[in]=a", "app_id[]=a", "query[eq]=a", "limit[]=1", "created_at[not]=2026-01-01"} {
		param, _, _ := strings.Cut(raw, "=")
		require.Equal(t, []string{param + " extra_forbidden"}, faults(t, raw))
	}
	require.Equal(t, []string{"ids[prefix] value_error"}, faults(t, "ids[prefix]=ab&ids[prefix]=ac"), "no id begins with both")
}

func TestWhatBracketsMean(t *testing.T) {
	at := time.Date(2026, 7, 1, 22, 0, 0, 0, time.UTC)
	for raw, want := range map[string][]query.Cond{
		"tags=a,b&tags[eq]=c,d&tags=e":             {query.In("tags", "a", "b", "c,d", "e")},
		"tags[]=a,b&tags=c":                        {query.In("tags", "a", "b", "c")},
		"tags[eq]=a&tags[eq]=+b+":                  {query.In("tags", "a", " b ")},
		"tags[in]=a,b&tags[in]=b,c":                {query.In("tags", "a", "b"), query.In("tags", "b", "c")},
		"tags=a&tags[in]=b":                        {query.In("tags", "a"), query.In("tags", "b")},
		`tags[in]=a\,b,+c+,\+d\+,\\,e\f,,`:         {query.In("tags", "a,b", "c", " d ", `\`, `e\f`)},
		"tags[in]=":                                {query.In("tags")},
		"tags[eq]=":                                {query.In("tags")},
		"tags[not]=a&tags[not]=b,+":                {query.NotIn("tags", "a", "b")},
		"tags[not]=":                               nil,
		"tags[all]=a,b&tags[all]=c":                {query.HasAll("tags", "a", "b", "c")},
		"tags[prefix]=/a,b&tags[prefix]=/a":        {query.Prefix("tags", "/a"), query.Prefix("tags", "/a,b")},
		"tags[exists]=YES":                         {query.Has("tags")},
		"tags[exists]=0&tags[exists]=1":            {query.Has("tags"), query.Lacks("tags")},
		"cost[gte]=1&cost[gte]=+2.50e0&cost[gt]=3": {query.AtLeast("cost", 2.5), query.Above("cost", 3)},
		"cost[lte]=-0&cost[lt]=1":                  {query.AtMost("cost", 0), query.Below("cost", 1)},
		"cost[eq]=2&cost[eq]=1&cost[eq]=2.0":       {query.Equal("cost", 1, 2)},
		"due[gte]=2026-07-02&tz=Europe/Berlin":     {query.AtLeast("due", at)},
		"due[eq]=2026-07-01T22:00&tz=America/Lima": {query.Equal("due", at)},
		"pinned=false&pinned=y":                    {query.In("pinned", "true")},
		"state[not]=a&app_id[in]=b,c":              {query.In("app_id", "b", "c"), query.NotIn("state", "a")},
		"created_at[gt]=2026-07-01T22:00:00Z":      {query.Above("created_at", at)},
		"state[eq]=+a":                             {query.In("state", " a")},
	} {
		q, err := query.ParseWith(declared, must(url.ParseQuery(raw)))
		require.NoError(t, err, raw)
		assert.Equal(t, want, q.Where, raw)
	}
	// What a member of Query can express goes there.
	for raw, want := range map[string]query.Query{
		"state[eq]=needs_input,+urgent":                {States: []string{"needs_input, urgent"}},
		"state=a&state[eq]=b,c":                        {States: []string{"a", "b,c"}},
		"state[in]=b,a":                                {States: []string{"a", "b"}},
		"app_id[eq]=a,b":                               {AppID: "a,b"},
		"app_id=a,b":                                   {AppID: "a,b"},
		"created_at[gte]=2026-07-01T22:00:00Z":         {CreatedAfter: at},
		"updated_before=2026-07-02&tz=Europe/Berlin":   {UpdatedBefore: at},
		"updated_at[lte]=2026-07-01T22:00Z&tz=UTC":     {UpdatedBefore: at},
		"created_after=2026-07-01T22:00&tz=Asia/Tokyo": {CreatedAfter: at},
		"ids[prefix]=a, &ids[prefix]=a&ids[prefix]=":   {IDPrefix: "a, "},
		"ids[eq]=a,b&ids=c&ids[]=d":                    {IDs: []string{"a,b", "c", "d"}},
	} {
		assert.Equal(t, want.Normalized(), mustParse(t, raw), raw)
	}
}

func TestFaultsOfConditions(t *testing.T) {
	for raw, want := range map[string]string{
		"cost[gte]=x":                "cost[gte] float_parsing",
		"cost[gte]=":                 "cost[gte] float_parsing",
		"cost[gte]=0x10":             "cost[gte] float_parsing",
		"cost[gte]=NaN":              "cost[gte] float_parsing",
		"cost[gte]=Inf":              "cost[gte] float_parsing",
		"cost[lt]=1_0":               "cost[lt] float_parsing",
		"cost[lt]=1e400":             "cost[lt] finite_number",
		"due[gt]=soon":               "due[gt] datetime_from_date_parsing",
		"tags[exists]=maybe":         "tags[exists] bool_parsing",
		"archived=":                  "archived bool_parsing",
		"archived=maybe":             "archived bool_parsing",
		"tags=%FF":                   "tags[in] string_unicode",
		"tags[not]=%FF":              "tags[not] string_unicode",
		"nosuch[eq]=a":               "nosuch[eq] extra_forbidden",
		"kind=top":                   "kind enum",
		"include=pinned":             "include enum",
		"sort_first=tags":            "sort_first enum",
		"sort_by=tags":               "sort_by enum",
		"search_in=notes":            "search_in value_error",
		"match=words&search_in=tags": "search_in enum",
		"typing=true":                "typing value_error",
		"typos=true&match=phrase":    "typos value_error",
		"tz=Mars/Olympus":            "tz time_zone",
		"tz=":                        "tz time_zone",
		"tz=Local":                   "tz time_zone",
		"tz=../../etc/passwd":        "tz time_zone",
		"updated_after=x":            "updated_after datetime_from_date_parsing",
	} {
		_, err := parseWith(t, raw)
		assert.Equal(t, []string{want}, kinds(t, err), raw)
	}
	_, err := parseWith(t, "nosuch[eq]=a")
	assert.ErrorContains(t, err, "state, source_channel, session_type, trigger_type, app_id, workspace_id, aop_asset_id, parent_session_id, "+
		"created_at, updated_at, kind, owner, tags, archived, pinned, cost or due", "what there is")
	_, err = parseWith(t, "sort_by=x")
	assert.ErrorContains(t, err, "'updated_at', 'created_at', 'title', 'owner' or 'cost'")

	for want, q := range map[string]query.Query{
		"nosuch[in] extra_forbidden":         {Where: []query.Cond{query.In("nosuch", "a")}},
		"cost[in] extra_forbidden":           {Where: []query.Cond{query.In("cost", "1")}},
		"tags[gte] extra_forbidden":          {Where: []query.Cond{query.AtLeast("tags", 1)}},
		"tags[eq] extra_forbidden":           {Where: []query.Cond{query.Equal("tags", 1)}},
		"pinned[exists] extra_forbidden":     {Where: []query.Cond{query.Has("pinned")}},
		"pinned bool_parsing":                {Where: []query.Cond{query.In("pinned", "yes")}},
		"archived bool_parsing":              {Where: []query.Cond{query.In("archived")}},
		"pinned value_error":                 {Where: []query.Cond{query.In("pinned", "true"), query.In("pinned", "false")}},
		"cost[eq] value_error":               {Where: []query.Cond{query.Equal("cost", 1), query.Equal("cost", 2)}},
		"due[eq] value_error":                {Where: []query.Cond{query.Equal[time.Time]("due")}},
		"cost[gt] value_error":               {Where: []query.Cond{query.Above("cost", time.Now())}},
		"due[gte] value_error":               {Where: []query.Cond{query.AtLeast("due", 1)}},
		"due[lt] datetime_from_date_parsing": {Where: []query.Cond{query.Below("due", time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC))}},
		"any_of value_error":                 {Where: []query.Cond{query.AnyOf(query.Has("tags"))}},
		"kind[in] extra_forbidden":           {Where: []query.Cond{query.In("kind", "both")}},
		"kind enum":                          {Kinds: []query.Kind{"x"}},
		"scope.nosuch[in] extra_forbidden":   {Scope: query.Scope{Where: []query.Cond{query.AnyOf(query.Has("tags"), query.In("nosuch", "a"))}}},
	} {
		assert.Equal(t, []string{want}, kinds(t, q.ValidateWith(declared)), want)
	}
	require.NoError(t, query.Query{Where: []query.Cond{query.Any()}}.Validate())
	require.NoError(t, query.Query{Scope: query.Scope{Where: []query.Cond{query.AnyOf()}}}.Validate())
}

func TestConditionsHaveAWrittenForm(t *testing.T) {
	for want, c := range map[string]query.Cond{
		"tags=a,b":                          query.In("tags", "b", "a", "b"),
		`tags[in]=a\,b,c`:                   query.In("tags", "c", "a,b"),
		"tags[in]=":                         query.In("tags"),
		"app_id=a,b":                        query.In("app_id", "a,b"),
		"app_id[in]=a,b":                    query.In("app_id", "a", "b"),
		"archived=true":                     query.In("archived", "true"),
		"tags[not]=a":                       query.NotIn("tags", "a"),
		"tags[all]=a,b":                     query.HasAll("tags", "a", "b"),
		"cwd[prefix]=/home/ada/":            query.Prefix("cwd", "/home/ada/"),
		"tags[exists]=true":                 query.Has("tags"),
		"tags[exists]=false":                query.Lacks("tags"),
		"cost[gte]=10":                      query.AtLeast("cost", 10),
		"cost[lt]=2.5":                      query.Below("cost", float32(2.5)),
		"cost[eq]=1&cost[eq]=2":             query.Equal("cost", 2, 1),
		"due[gt]=2026-01-01T00:00:00Z":      query.Above("due", time.Date(2026, 1, 1, 1, 0, 0, 0, time.FixedZone("", 3600))),
		"any":                               query.Any(),
		"any of (owner=u7, shared_with=u7)": query.AnyOf(query.In("shared_with", "u7"), query.AnyOf(query.In("owner", "u7"))),
	} {
		assert.Equal(t, want, c.String())
		assert.Equal(t, want, fmt.Sprint(c))
	}
	assert.Equal(t, query.Any(), query.AnyOf(query.Has("tags"), query.Any()))
	assert.Equal(t, query.Any(), query.Cond{})
}

func TestConditionsKeepNoListOfTheCaller(t *testing.T) {
	values, conds := []string{"b", "a"}, []query.Cond{query.Has("x")}
	in, any := query.In("tags", values...), query.AnyOf(conds...)
	assert.Equal(t, []string{"b", "a"}, values, "nor change it")
	values[0], conds[0] = "changed", query.Has("changed")
	assert.Equal(t, query.In("tags", "a", "b"), in)
	assert.Equal(t, query.AnyOf(query.Has("x")), any)

	q := query.Query{
		SearchIn: []string{"a"}, States: []string{"a"}, SourceChannels: []string{"a"}, SessionTypes: []string{"a"}, TriggerTypes: []string{"a"},
		IDs: []string{"a"}, Include: []string{"a"}, Kinds: []query.Kind{"a"}, Where: []query.Cond{in},
		Scope: query.Scope{AppIDs: []string{"a"}, WorkspaceIDs: []string{}, Where: []query.Cond{any}},
	}
	c := q.Clone()
	assert.Equal(t, q, c)
	for _, list := range [][]string{c.SearchIn, c.States, c.SourceChannels, c.SessionTypes, c.TriggerTypes, c.IDs, c.Include, c.Scope.AppIDs} {
		list[0] = "changed"
	}
	c.Kinds[0], c.Where[0], c.Scope.Where[0] = "changed", any, in
	assert.Equal(t, "a a a a a a a a a", strings.Join([]string{q.SearchIn[0], q.States[0], q.SourceChannels[0], q.SessionTypes[0],
		q.TriggerTypes[0], q.IDs[0], q.Include[0], q.Scope.AppIDs[0], string(q.Kinds[0])}, " "))
	assert.Equal(t, in, q.Where[0])
	assert.Equal(t, any, q.Scope.Where[0])
}

func TestThePackageCommentListsAllParametersInOrder(t *testing.T) {
	source, err := os.ReadFile("query.go")
	require.NoError(t, err)
	table, _, _ := strings.Cut(string(source), "// Then come the declared fields")
	var names []string
	for _, row := range regexp.MustCompile(`(?m)^//\t([a-z_]+) +\w+`).FindAllStringSubmatch(table, -1) {
		names = append(names, row[1])
	}
	assert.Equal(t, query.Parameters(nil), names)
	for _, name := range names {
		assert.Contains(t, schema.Reserved(), name)
	}
	assert.Equal(t, append(names, "owner", "tags", "archived", "pinned"), query.Parameters(declared))
}
