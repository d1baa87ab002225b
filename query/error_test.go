package query_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/query"
)

func asError(t *testing.T, err error) *query.Error {
	t.Helper()
	var e *query.Error
	require.ErrorAs(t, err, &e)
	return e
}

func TestMessagesSayWhatIsExpectedAndWhatCame(t *testing.T) {
	for raw, want := range map[string]string{
		"limit=abc":              `limit: Input should be a valid integer, unable to parse string as an integer (got "abc")`,
		"limit=":                 `limit: Input should be a valid integer, unable to parse string as an integer (got "")`,
		"limit=0":                `limit: Input should be greater than or equal to 1 (got "0")`,
		"limit=501":              `limit: Input should be less than or equal to 500 (got "501")`,
		"offset=-1":              `offset: Input should be greater than or equal to 0 (got "-1")`,
		"include_sub_sessions=2": `include_sub_sessions: Input should be a valid boolean, unable to interpret input (got "2")`,
		"created_after=2026-13-01": `created_after: Input should be a valid datetime or date, ` +
			`month value is outside expected range of 1-12 (got "2026-13-01")`,
		"sort_by=id":          `sort_by: Input should be 'updated_at', 'created_at' or 'title' (got "id")`,
		"sort_direction=DESC": `sort_direction: Input should be 'desc' or 'asc' (got "DESC")`,
		"match=any":           `match: Input should be 'phrase', 'all_terms' or 'words' (got "any")`,
		"state=a,b%FF":        `state: Input should be a valid string, unable to parse raw data as a unicode string (got "b\xff")`,
	} {
		_, err := parse(t, raw)
		assert.EqualError(t, err, "invalid query: "+want)
	}
	_, err := parse(t, "offset=x&limit=0")
	assert.EqualError(t, err, `invalid query: limit: Input should be greater than or equal to 1 (got "0"); `+
		`offset: Input should be a valid integer, unable to parse string as an integer (got "x")`)
	assert.EqualError(t, &query.Error{}, "invalid query")
}

func TestMessagesCannotBeMadeLongOrUnsafe(t *testing.T) {
	for _, c := range []struct{ value, shown string }{
		{strings.Repeat("x", 100), `"` + strings.Repeat("x", 100) + `"`},
		{strings.Repeat("x", 101), `"` + strings.Repeat("x", 100) + `"…`},
		{strings.Repeat("é", 1<<20), `"` + strings.Repeat("é", 100) + `"…`},
		{"a\r\nSet-Cookie: x", `"a\r\nSet-Cookie: x"`},
		{"\x1b[31m\u202e", `"\x1b[31m\u202e"`},
		{"\xff\xfe", `"\xff\xfe"`},
		{`"`, `"\""`},
	} {
		_, err := query.Parse(url.Values{"limit": {c.value}})
		e := asError(t, err)
		assert.Equal(t, "Input should be a valid integer, unable to parse string as an integer (got "+c.shown+")", e.Faults[0].Message)
	}
	long := strings.Repeat("n\n", 1<<20)
	_, err := query.ParseStrict(url.Values{long: {long}})
	e := asError(t, err)
	assert.Equal(t, long, e.Faults[0].Param, "a Go caller gets the name as it came")
	assert.Less(t, len(e.Error()), 2000)
	assert.NotContains(t, e.Error(), "\n")
	body, err := json.Marshal(e)
	require.NoError(t, err)
	assert.Less(t, len(body), 2000)
}

func TestErrorsAreDistinguishable(t *testing.T) {
	_, err := parse(t, "limit=x")
	assert.ErrorIs(t, err, query.ErrInvalid)
	assert.ErrorIs(t, fmt.Errorf("listing: %w", err), query.ErrInvalid)
	assert.NotErrorIs(t, err, query.ErrBadCursor)
	assert.False(t, errors.Is(err, errors.New("invalid query")))

	_, err = parse(t, "limit=x&cursor=%FF")
	assert.ErrorIs(t, err, query.ErrInvalid)
	assert.ErrorIs(t, err, query.ErrBadCursor)
}

func TestErrorIsTheBodyOfA422(t *testing.T) {
	_, err := parse(t, "limit=0&include_sub_sessions=maybe&query=%FF")
	body, err := json.Marshal(asError(t, err))
	require.NoError(t, err)
	assert.Equal(t, `{"detail":[`+
		`{"loc":["query","query"],"msg":"Input should be a valid string, unable to parse raw data as a unicode string (got \"\\xff\")","type":"string_unicode"},`+
		`{"loc":["query","include_sub_sessions"],"msg":"Input should be a valid boolean, unable to interpret input (got \"maybe\")","type":"bool_parsing"},`+
		`{"loc":["query","limit"],"msg":"Input should be greater than or equal to 1 (got \"0\")","type":"greater_than_equal"}]}`, string(body))

	_, err = query.ParseStrict(url.Values{"<\xff>": {"</script>"}})
	body, err = json.Marshal(asError(t, err))
	require.NoError(t, err)
	assert.True(t, utf8.Valid(body))
	assert.NotContains(t, string(body), "<")

	body, err = json.Marshal(&query.Error{})
	require.NoError(t, err)
	assert.Equal(t, `{"detail":[]}`, string(body), "a list, and never null")
}
