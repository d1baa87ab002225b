package query_test

import (
	"math"
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
)

// reparse sends a query over the wire.
func reparse(t *testing.T, q query.Query) query.Query {
	t.Helper()
	return mustParse(t, q.Values().Encode())
}

func TestDefaultsAreNotWritten(t *testing.T) {
	assert.Empty(t, query.Query{}.Values())
	assert.Empty(t, query.Query{}.Normalized().Values())
	assert.Equal(t, "limit=20&offset=40&query=a+%26+b&state=completed%2Crunning",
		query.Query{Keyword: " a & b ", States: []string{"running", "completed"}, Limit: 20, Offset: 40}.Values().Encode())
}

func TestEveryParameterSurvivesTheRoundTrip(t *testing.T) {
	for _, e := range effects {
		q := mustParse(t, e.raw)
		assert.Equal(t, q, reparse(t, q), e.raw)
	}
	r := testrand.New(t)
	for range 2000 {
		q := randomQuery(r)
		require.NoError(t, q.Validate(), "%+v", q)
		require.Equal(t, q.Normalized(), reparse(t, q), "%+v", q)
	}
}

// A filter that cannot be written must not become none.
func TestNoListWidensOnTheRoundTrip(t *testing.T) {
	for _, list := range [][]string{
		{","}, {"a,b"}, {"a,b", "c"}, {",", ",,", "a"}, {`\`}, {`\,`}, {"[eq]"}, {"a", "a,"},
	} {
		for _, q := range []query.Query{
			{States: list}, {TriggerTypes: list}, {IDs: list}, {Where: []query.Cond{query.In("session_type", list...)}},
			{Where: []query.Cond{query.In("app_id", list...)}}, {Where: []query.Cond{query.In("state", list...), query.In("state", "c", "d")}},
			{Where: []query.Cond{query.NotIn("state", list...), query.HasAll("state", list...), query.Prefix("state", list[0])}},
		} {
			require.NoError(t, q.Validate(), "%q", list)
			require.Equal(t, q.Normalized(), reparse(t, q), "%q", q.Values().Encode())
			require.NotEqual(t, query.Query{}.Normalized(), reparse(t, q), "%q", list)
		}
	}
	// Blank values and none at all: In takes them literally.
	for _, values := range [][]string{nil, {""}, {" "}, {" a "}, {"", "a"}, {"\u00a0", "\t,"}} {
		q := query.Query{Where: []query.Cond{query.In("state", values...)}}
		require.Equal(t, q.Normalized(), reparse(t, q), "%q", values)
		require.NotEqual(t, query.Query{}.Normalized(), reparse(t, q), "%q", values)
		q.Where = []query.Cond{query.HasAll("state", append(values, "x")...)}
		require.Equal(t, q.Normalized(), reparse(t, q), "%q", values)
	}
	require.Equal(t, []string{""}, reparse(t, query.Query{IDs: []string{""}}).IDs)
	require.Equal(t, []string{"a"}, reparse(t, query.Query{IDs: []string{"", "a"}}).IDs)
}

// Ignoring the condition would list everything.
func TestConditionsOnUnknownFieldsAreRefused(t *testing.T) {
	for _, c := range []query.Cond{
		query.In("tags", "a"), query.In("tags"), query.NotIn("tags", "a"), query.Has("tags"), query.AtLeast("cost", 1), query.Equal("cost", 1, 2),
	} {
		v := query.Query{Where: []query.Cond{c}}.Values()
		_, err := query.Parse(v)
		require.ErrorIs(t, err, query.ErrInvalid, "%s", c)
		_, err = query.ParseWith(declared, v)
		require.NoError(t, err, "%s", c)
	}
}

func TestValuesAreTheCallersToChange(t *testing.T) {
	q := query.Query{States: []string{"a", "b"}}
	v := q.Values()
	v["state"][0] = "x"
	v.Set("limit", "7")
	assert.Equal(t, []string{"a", "b"}, q.States)
	assert.Equal(t, url.Values{"state": {"a,b"}}, q.Values())
}

// randomQuery returns a valid query that Values can write.
func randomQuery(r *rand.Rand) query.Query {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	text := func() string {
		return pick("", "", "a", " a ", "a b", "a,b", "a&b=c", "100%", "+", "ärger", "昨晚", "\x00", "#", ";", "\u00a0")
	}
	list := func() []string {
		var out []string
		for range r.IntN(4) {
			out = append(out, pick("", " ", "a", "b", " c", "running", "in progress", "é", "%2C", "x&y", "\u3000"))
		}
		return out
	}
	instant := func() time.Time {
		switch r.IntN(6) {
		case 0, 1:
			return time.Time{}
		case 2: // any nanosecond of the years 1 to 9999, in some zone
			return time.Unix(-62135596800+r.Int64N(253402300800+62135596800), r.Int64N(1e9)).
				In(time.FixedZone("x", r.IntN(86400)-43200))
		case 3:
			return time.Time{}.Add(-time.Duration(r.Int64N(int64(23 * time.Hour))))
		case 4:
			return time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.Int64N(int64(23 * time.Hour))))
		default:
			return time.Now()
		}
	}
	return query.Query{
		Keyword: text(), Match: query.Match(pick("", "phrase", "all_terms")),
		States: list(), SourceChannels: list(), SessionTypes: list(), TriggerTypes: list(),
		AppID: text(), WorkspaceID: text(), AOPAssetID: text(),
		IncludeSubSessions: r.IntN(2) == 0, IncludeTaskSessions: r.IntN(2) == 0,
		CreatedAfter: instant(), CreatedBefore: instant(),
		SortBy:        query.SortField(pick("", "updated_at", "created_at", "title")),
		SortDirection: query.Direction(pick("", "desc", "asc")),
		Limit:         r.IntN(query.MaxLimit + 1), Offset: []int{0, 1, 50, math.MaxInt}[r.IntN(4)],
		Cursor: text(),
	}
}
