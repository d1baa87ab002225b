package query_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/query"
)

func FuzzParse(f *testing.F) {
	for _, e := range effects {
		f.Add(e.raw)
	}
	for _, raw := range []string{
		"", "&", "=", "state=a&state=b,c", "state=+a+,,b%00&trigger_type=,",
		"limit=501&offset=-1", "limit=+5+&offset=99999999999999999999", "limit=0x10&offset=1e2", "limit=&offset=",
		"created_after=2026-01-01T00:00:00+02:00&created_before=1767225600.5",
		"created_before=0001-01-01", "created_after=9999-12-31T23:59:59.999999999-23:59",
		"created_after=0001-01-01T00:00%2B23:59&created_before=-62135596800000",
		"created_after=2016-12-31T23:59:60Z&created_before=2026-02-30",
		"include_sub_sessions=YES&include_task_sessions=maybe", "sort_by=Title&sort_direction=ASC&match=",
		"query=%FF&state=%FF,a&app_id=%C3&cursor=%80", "aop_asset_id=x&include_task_sessions=false",
		"query=stra%C3%9Fe&match=all_terms&unknown=1&Limit=2",
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		v, _ := url.ParseQuery(raw) // the readable part, as in net/http
		q, err := query.Parse(v)
		if err != nil {
			checkError(t, err)
			require.Equal(t, query.Query{}, q)
		} else {
			require.NoError(t, q.Validate())
			require.Equal(t, q, q.Normalized())
			again, err := query.Parse(q.Values())
			require.NoError(t, err)
			require.Equal(t, q, again)
		}

		strict, strictErr := query.ParseStrict(v)
		if strictErr == nil {
			require.NoError(t, err)
			require.Equal(t, q, strict)
		} else {
			checkError(t, strictErr)
		}
		if err != nil {
			require.Error(t, strictErr, "strict never accepts more")
		}
	})
}

func checkError(t *testing.T, err error) {
	t.Helper()
	var e *query.Error
	require.True(t, errors.As(err, &e))
	require.ErrorIs(t, err, query.ErrInvalid)
	require.NotEmpty(t, e.Faults)
	seen := map[string]bool{}
	for _, f := range e.Faults {
		require.NotEmpty(t, f.Type)
		require.NotEmpty(t, f.Message)
		require.False(t, seen[f.Param], "%q is listed twice", f.Param)
		seen[f.Param] = true
	}
	body, err := json.Marshal(e)
	require.NoError(t, err)
	var decoded struct{ Detail []json.RawMessage }
	require.NoError(t, json.Unmarshal(body, &decoded))
	require.Len(t, decoded.Detail, len(e.Faults))
}

// rfc3339 is the shape of a timestamp by RFC 3339. (time.Time.UnmarshalText lets
// more pass: hours of one digit, offsets of more than a day.)
var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// FuzzParseTime compares ParseTime with the standard library: what has this shape and the
// library accepts, ParseTime accepts as the same instant; of this shape it accepts nothing
// else but leap seconds.
func FuzzParseTime(f *testing.F) {
	for _, s := range []string{
		"2026-01-31T15:04:05Z", "2026-01-31T15:04:05.123456789+02:00", "2026-01-31 15:04 0530", "2026-01-31t15:04:05,5z",
		"2026-02-30", "2024-02-29", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2016-12-31T23:59:60Z",
		"1767225600", "-1767225600123.4567", "20000000000", "20000000001", "-0.0000000001", "", "+", "253402300799999.9",
		"2026-01-31T15:04:05.1234567891234Z", "2026-01-31T24:00:00Z", "2026-01-31T15:04:05-0530", "2026-01-31T15:04:05-05",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := query.ParseTime(s)
		if err != nil {
			require.Zero(t, got)
		} else {
			require.Equal(t, time.UTC, got.Location())
			require.NoError(t, query.Query{CreatedAfter: got}.Validate())
		}
		if !rfc3339.MatchString(s) {
			return
		}
		std, stdErr := time.Parse(time.RFC3339, s)
		switch leap := s[17:19] == "60"; {
		case stdErr == nil && std.Year() > 0:
			require.NoError(t, err, "%q is RFC 3339", s)
			require.True(t, std.Equal(got), "%q: %v, want %v", s, got, std)
		case !leap:
			require.Error(t, err, "%q: %v", s, stdErr)
		}
	})
}
