package sessiondex

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/civil"
	"github.com/sessiondex/sessiondex/query"
)

// Whatever one door accepts as a timestamp, all do, and as the same instant: session JSON,
// parameters and the command. Numbers are the exception, in session JSON, and digits that
// are a date, on the command line.
func TestEveryDoorReadsTheSameTimestamps(t *testing.T) {
	for in, want := range map[string]string{
		"2026-01-01T10:00:00Z":              "2026-01-01T10:00:00Z",
		"2026-01-01t10:00:00z":              "2026-01-01T10:00:00Z",
		"2026-01-01 10:00:00+00":            "2026-01-01T10:00:00Z",
		"2026-01-01T10:00:00":               "2026-01-01T10:00:00Z",
		"2026-01-01T10:00:00.123456":        "2026-01-01T10:00:00.123456Z",
		"2026-01-01T10:00:00.123456789Z":    "2026-01-01T10:00:00.123456789Z",
		"2026-01-01T10:00:00.120000000000Z": "2026-01-01T10:00:00.12Z",
		"2026-01-01T10:00:00.1234567899Z":   "2026-01-01T10:00:00.123456789Z",
		"2026-01-01T10:00:00,5Z":            "2026-01-01T10:00:00.5Z",
		"2026-01-01T10:00:00.5+02:00":       "2026-01-01T08:00:00.5Z",
		"2026-01-01T10:00:00-0530":          "2026-01-01T15:30:00Z",
		"2026-01-01T00:30:00+01":            "2025-12-31T23:30:00Z",
		"2026-01-01T10:00:00-00:00":         "2026-01-01T10:00:00Z",
		"2026-01-01T10:00:00 02:00":         "2026-01-01T08:00:00Z",
		"2026-01-01T10:00":                  "2026-01-01T10:00:00Z",
		"2026-01-01 10:00+02:00":            "2026-01-01T08:00:00Z",
		" 2026-01-01T10:00:00Z\n":           "2026-01-01T10:00:00Z",
		"\u00a02026-01-01T10:00:00Z\u2003":  "2026-01-01T10:00:00Z",
		"2016-12-31T23:59:60Z":              "2017-01-01T00:00:00Z",
		"2017-01-01T05:29:60.25+05:30":      "2017-01-01T00:00:00.25Z",
		"2024-02-29T00:00:00Z":              "2024-02-29T00:00:00Z",
		"0001-01-01T00:00:00.000000001Z":    "0001-01-01T00:00:00.000000001Z",
		"0000-12-31T23:30:00-01:00":         "0001-01-01T00:30:00Z",
		"9999-12-31T23:59:59.999999999Z":    "9999-12-31T23:59:59.999999999Z",
		"1600-02-29T23:59:59Z":              "1600-02-29T23:59:59Z",
		"2400-02-29T23:59:59Z":              "2400-02-29T23:59:59Z",
		"2026-01-01":                        "2026-01-01T00:00:00Z",
		" 2024-02-29 ":                      "2024-02-29T00:00:00Z",
	} {
		got, fault := parseTime([]byte(in))
		require.Empty(t, fault, in)
		assert.Equal(t, `"`+want+`"`, string(appendTime(nil, got)), in)
		assert.Equal(t, time.UTC, got.Location(), in)

		q, err := query.Parse(url.Values{"updated_before": {in}})
		require.NoError(t, err, in)
		assert.Equal(t, got, q.UpdatedBefore, in)

		line, err := json.Marshal(map[string]string{"id": "a", "created_at": in, "updated_at": in})
		require.NoError(t, err)
		var s Session
		require.NoError(t, json.Unmarshal(line, &s), in)
		assert.Equal(t, got, s.CreatedAt, in)

		days, reason := civil.ParseDays(in, time.Now(), time.UTC)
		require.Empty(t, reason, in)
		assert.Equal(t, got, days.From, in)
	}
}

func TestEveryDoorRefusesTheSameTimestamps(t *testing.T) {
	for _, in := range []string{
		"", "soon", "2026-1-1T10:00:00Z", "2026-01-01T10:00:00 Z", "2026/01/01T10:00:00Z", "2026-01-01_10:00:00Z",
		"2026-01-01T10:00:00.Z", "2026-01-01T10:00:00 UTC", "2026-01-01T10:00:00+2", "2026-01-01T10:00:00+02:",
		"2026-01-01T10:00:00+02-00", "2026-01-01T10:00:00+0x", "+026-01-01T10:00:00Z", "2026-01-01T1:000:00Z",
		"２026-01-01T10:00:00Z", "2026-00-01T10:00:00Z", "2026-13-01T10:00:00Z", "2026-01-00T10:00:00Z", "2026-02-30T10:00:00Z",
		"2026-02-29", "1900-02-29T10:00:00Z", "2026-04-31T10:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T10:60:00Z",
		"2026-01-01T10:00:60Z", "2026-01-01T10:00:00+24:00", "2026-01-01T10:00:00+10:60", "0000-06-01T10:00:00Z",
	} {
		_, fault := parseTime([]byte(in))
		assert.Contains(t, fault, notATimestamp, in)
		_, err := query.Parse(url.Values{"updated_before": {in}})
		assert.Error(t, err, in)
		_, reason := civil.ParseDays(in, time.Now(), time.UTC)
		assert.NotEmpty(t, reason, in)
	}
	for in, want := range map[string]string{
		"1767225600":                notATimestamp, // the unit is not said
		"1767225600123.5":           notATimestamp,
		"0001-01-01T00:00:00+00:01": yearOutOfRange, // which session JSON cannot write
		"9999-12-31T23:59:59-00:01": yearOutOfRange,
		"0001-01-01T00:00:00Z":      zeroTime,
	} {
		_, fault := parseTime([]byte(in))
		assert.Contains(t, fault, want, in)
		_, err := query.Parse(url.Values{"updated_after": {in}})
		assert.NoError(t, err, in)
	}
}

// TestSessionTimestampsAgreeWithTimeParse holds the reader of timestamps against the
// standard library for every form that both take.
func TestSessionTimestampsAgreeWithTimeParse(t *testing.T) {
	for _, date := range []string{"2026-01-31", "2024-02-29", "2023-02-29", "1999-12-31", "2026-11-31", "2026-00-10"} {
		for _, clock := range []string{"00:00:00", "23:59:59", "24:00:00", "12:60:00", "12:00:60"} {
			for _, fraction := range []string{"", ".1", ".123456789"} {
				for _, zone := range []string{"Z", "+00:00", "-11:30", "+14:00", "+24:00"} {
					in := date + "T" + clock + fraction + zone
					want, err := time.Parse(time.RFC3339Nano, in)
					got, fault := parseTime([]byte(in))
					if zone == "+24:00" { // time.Parse lets it pass
						assert.NotEmpty(t, fault, in)
						continue
					}
					assert.Equal(t, err == nil, fault == "", "%s: %v, %s", in, err, fault)
					if err == nil {
						assert.True(t, want.UTC() == got, in)
					}
				}
			}
		}
	}
}
