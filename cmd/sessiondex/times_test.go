package main

import (
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// The whole day, by the calendar of the zone.
func TestBoundsAreDaysOfTheLocalZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	now := clock{time.Date(2026, 7, 15, 10, 0, 0, 0, time.UTC), berlin}
	at := func(text string) time.Time {
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			panic(err)
		}
		return t
	}
	for _, c := range []struct{ value, from, to string }{
		{"2026-07-02", "2026-07-01T22:00:00Z", "2026-07-02T21:59:59.999999999Z"},
		{"20260702", "2026-07-01T22:00:00Z", "2026-07-02T21:59:59.999999999Z"},
		{"2026-07", "2026-06-30T22:00:00Z", "2026-07-31T21:59:59.999999999Z"},
		{"yesterday", "2026-07-13T22:00:00Z", "2026-07-14T21:59:59.999999999Z"},
		{"7d", "2026-07-08T10:00:00Z", "2026-07-08T10:00:00Z"},
		{"2026-07-02T10:00:00+02:00", "2026-07-02T08:00:00Z", "2026-07-02T08:00:00Z"},
		{"2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999999999Z"}, // 23 hours
	} {
		for _, field := range []string{"created", "updated"} {
			q := queryFlags{url.Values{field + "_after": {c.value}, field + "_before": {c.value}}}
			got, err := q.query(schema.Contract(), now)
			require.NoError(t, err, c.value)
			after, before := got.CreatedAfter, got.CreatedBefore
			if field == "updated" {
				after, before = got.UpdatedAfter, got.UpdatedBefore
			}
			assert.True(t, at(c.from).Equal(after), "%s: %v", c.value, after)
			assert.True(t, at(c.to).Equal(before), "%s: %v", c.value, before)
		}
		// The same in conditions: greater than a day is after its end.
		for operator, want := range map[string]string{"gte": c.from, "gt": c.to, "lte": c.to, "lt": c.from} {
			q := queryFlags{url.Values{}}
			require.NoError(t, q.where("created_at["+operator+"]="+c.value))
			got, err := q.query(schema.Contract(), now)
			require.NoError(t, err)
			expected, err := query.ParseStrictWith(schema.Contract(), url.Values{"created_at[" + operator + "]": {want}})
			require.NoError(t, err)
			assert.Equal(t, string(expected.AppendCanonical(nil)), string(got.AppendCanonical(nil)), "%s %s", operator, c.value)
		}
	}
	q := queryFlags{url.Values{"created_after": {"someday"}, "updated_before": {"2026-13"}, "limit": {"0"}}}
	_, err = q.query(schema.Contract(), now)
	var faults *query.Error
	require.True(t, errors.As(err, &faults))
	assert.Len(t, faults.Faults, 3)
}

func TestFaultsOfTimesComeInTheOrderOfTheFields(t *testing.T) {
	params := []string{"created_after", "created_before", "created_at[gte]", "created_at[lt]", "updated_after", "updated_before"}
	for range 50 {
		q := queryFlags{url.Values{}}
		for _, param := range params {
			q.values.Set(param, "no time")
		}
		_, err := q.query(schema.Contract(), clock{time.Now(), time.UTC})
		var faults *query.Error
		require.ErrorAs(t, err, &faults)
		var named []string
		for _, f := range faults.Faults {
			named = append(named, f.Param)
		}
		require.Equal(t, params, named)
	}
}

func TestADayOnTheCommandLineIsTheWholeDay(t *testing.T) {
	was := localZone
	localZone = time.FixedZone("", 2*60*60)
	t.Cleanup(func() { localZone = was })
	var text strings.Builder
	for id, at := range map[string]string{"before": "2026-07-01T21:59:59Z", "first": "2026-07-01T22:00:00Z", "last": "2026-07-02T21:59:59.999Z", "after": "2026-07-02T22:00:00Z"} {
		text.WriteString(strings.ReplaceAll(aLine(id, id), "2026-01-01T00:00:00Z", at) + "\n")
	}
	path := write(t, filepath.Join(t.TempDir(), "x.jsonl"), text.String())
	for _, day := range []string{"2026-07-02", "20260702"} {
		status, out, errs := cli(t, "", "list", "--data", path, "--created-after", day, "--created-before", day, "--sort-by", "created_at", "--format", "jsonl")
		require.Equal(t, 0, status, errs)
		assert.Equal(t, 2, strings.Count(out, "\n"), out)
		assert.Contains(t, out, `"id":"last"`)
		assert.Contains(t, out, `"id":"first"`)
	}
}

// Without --time-unit they are faults.
func TestNumbersAreTimesWhereTheirUnitIsNamed(t *testing.T) {
	line := func(created, updated string) string {
		return `{"id":"a","created_at":` + created + `,"n":{"created_at":5},"updated_at" : ` + updated + "}"
	}
	dir := t.TempDir()
	db := filepath.Join(dir, "x.db")
	for _, c := range []struct{ unit, in, want string }{
		{"s", line("1767225600", "1767225600.5"), `"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00.5Z","n":{"created_at":5}`},
		{"ms", line("1767225600123", "1767225600999.5"), `"created_at":"2026-01-01T00:00:00.123Z","updated_at":"2026-01-01T00:00:00.9995Z"`},
		{"auto", line("1767225600", "1767225600123"), `"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00.123Z"`},
		{"auto", line(`"2026-01-01T00:00:00Z"`, "1767225600123"), `"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00.123Z"`},
		{"s", line("-1", `"2026-01-01"`), `"created_at":"1969-12-31T23:59:59Z"`},
	} {
		status, _, errs := cli(t, c.in, "import", "--db", db, "--time-unit", c.unit, "-")
		require.Equal(t, 0, status, errs)
		_, out, _ := cli(t, "", "export", "--db", db)
		assert.Contains(t, out, c.want)
		status, listed, errs := cli(t, c.in, "list", "--data", "-", "--time-unit", c.unit, "--format", "jsonl")
		require.Equal(t, 0, status, errs)
		assert.Contains(t, listed, c.want)
	}
	for _, c := range []struct{ unit, in, says string }{
		{"", line("1767225600", "1767225600"), "line 1: "},
		{"s", line("1767225600123", "0"), "created_at: the number is not Unix seconds"},
		{"s", line("null", "0"), "created_at: must be there"},
		{"s", line("0", "true"), "updated_at: "},
		{"s", `{"id":"a","created_at":5`, "line 1: "},
	} {
		status, _, errs := cli(t, c.in, "import", "--db", filepath.Join(dir, "none.db"), "--time-unit", c.unit, "-")
		assert.Equal(t, 1, status, c.in)
		assert.Contains(t, errs, c.says)
	}
	status, _, errs := cli(t, "", "import", "--db", db, "--time-unit", "us", "-")
	assert.Equal(t, 2, status)
	assert.Contains(t, errs, `(got "us")`)
}
