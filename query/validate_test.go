package query_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/sessiondex/sessiondex/query"
)

func TestQueriesMadeInGoAreValid(t *testing.T) {
	for name, q := range map[string]query.Query{
		"zero":         {},
		"normalised":   query.Query{}.Normalized(),
		"limits":       {Limit: 1, Offset: math.MaxInt},
		"largest page": {Limit: query.MaxLimit},
		"comma":        {States: []string{"a,b", "", " ", " c "}},
		"words":        {SortBy: query.Title, SortDirection: query.Asc, Match: query.MatchAllTerms},
		"bounds":       {CreatedAfter: time.Unix(0, 0), CreatedBefore: time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)},
		"crossed":      {CreatedAfter: time.Unix(1, 0), CreatedBefore: time.Unix(0, 0)},
		"zero in zone": {CreatedAfter: time.Time{}.In(time.FixedZone("", 3600))},
		"below zero":   {CreatedBefore: time.Time{}.Add(-1)},
		"odd strings":  {Keyword: "\x00\u202e", AppID: " ", Cursor: "not a cursor"},
	} {
		assert.NoError(t, q.Validate(), name)
	}
}

func TestEveryFaultOfAGoQueryIsListedByParameter(t *testing.T) {
	bad := "\xff"
	err := query.Query{
		Keyword: bad, States: []string{"a", bad, bad}, SourceChannels: []string{bad}, SessionTypes: []string{bad},
		TriggerTypes: []string{bad}, AppID: bad, WorkspaceID: bad, AOPAssetID: bad, Cursor: bad,
		CreatedAfter: time.Unix(1767225600000, 0), CreatedBefore: time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
		SortBy: "id", SortDirection: "up", Match: "any", Limit: 501, Offset: -1,
	}.Validate()
	assert.Equal(t, []string{
		"query string_unicode", "state string_unicode", "source_channel string_unicode", "session_type string_unicode",
		"app_id string_unicode", "created_after datetime_from_date_parsing", "created_before datetime_from_date_parsing",
		"sort_by enum", "sort_direction enum", "limit less_than_equal", "offset greater_than_equal",
		"workspace_id string_unicode", "aop_asset_id string_unicode", "trigger_type string_unicode", "match enum",
		"cursor string_unicode",
	}, kinds(t, err))

	err = query.Query{Limit: -1, Offset: math.MinInt32}.Validate()
	assert.EqualError(t, err, `invalid query: limit: Input should be greater than or equal to 1 (got "-1"); `+
		`offset: Input should be greater than or equal to 0 (got "-2147483648")`)
}

// time.Unix(n, 0) with n in milliseconds gives the year 57970.
func TestMillisecondsTakenForSecondsAreAFault(t *testing.T) {
	err := query.Query{CreatedAfter: time.Unix(1767225600000, 0).UTC()}.Validate()
	assert.ErrorContains(t, err, "created_after: Input should be a valid datetime or date, year value is outside expected range of 1-9999")
}

func TestParseAndValidateFaultTheSame(t *testing.T) {
	for _, q := range []query.Query{
		{Limit: -1}, {Limit: 501}, {Offset: -5}, {SortBy: "Title"}, {SortDirection: "ASC"}, {Match: "x"},
		{Keyword: "a\xff"}, {States: []string{"b", "a\xff"}}, {AppID: "\xff"}, {Cursor: "\xff"},
		{Limit: 900, Offset: -1, SortBy: "x", AOPAssetID: "\xff"},
	} {
		want := asError(t, q.Validate())
		_, err := query.Parse(q.Values())
		assert.Equal(t, want, asError(t, err))
	}
	for _, at := range []time.Time{
		time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(math.MaxInt64, 0),
	} {
		q := query.Query{CreatedBefore: at}
		_, err := query.Parse(q.Values())
		assert.Equal(t, kinds(t, q.Validate()), kinds(t, err), at)
	}
}
