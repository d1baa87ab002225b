package main

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/sessiondex/sessiondex/internal/civil"
	"github.com/sessiondex/sessiondex/internal/jsontext"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// clock is what relative times and days are read by.
type clock struct {
	now  time.Time
	zone *time.Location
}

// settleTimes puts instants in place of the times that people write: days of the zone,
// whole ones, and times before now. A bound that keeps what comes after a day begins
// where the day does, one that keeps what comes before it ends where the day ends. What
// is no time is taken out, and is a fault.
func (c clock) settleTimes(values url.Values, s *schema.Schema) (faults []query.Fault) {
	for row := range s.Rows() {
		if row.Type != schema.Time {
			continue
		}
		for _, bound := range [...]struct {
			param string
			end   bool // of the day
		}{
			{row.After, false}, {row.Before, true},
			{row.Name + "[gte]", false}, {row.Name + "[gt]", true}, {row.Name + "[lt]", false}, {row.Name + "[lte]", true},
		} {
			param := bound.param
			for i, value := range values[param] {
				if value == "" {
					continue // said by the parser
				}
				days, reason := civil.ParseDays(value, c.now, c.zone)
				if reason != "" {
					faults = append(faults, query.Fault{
						Param: param, Type: "datetime_from_date_parsing",
						Message: fmt.Sprintf("Input should be a valid datetime or date, %s (got %q)", reason, value),
					})
					values.Del(param)
					break
				}
				at := days.From
				if bound.end {
					at = days.To
				}
				values[param][i] = query.FormatTime(at)
			}
		}
	}
	return faults
}

// timeUnits are how --time-unit reads numbers in created_at and updated_at.
var timeUnits = map[string]civil.Unit{"s": civil.Seconds, "ms": civil.Milliseconds, "auto": civil.Auto}

// withTimes returns a session's JSON with timestamps in place of numbers in created_at
// and updated_at, or why one of them is no time; ok is false if there is none.
func withTimes(text []byte, unit civil.Unit) (out []byte, reason string, ok bool) {
	scanner := jsontext.Scanner[[]byte]{Text: text}
	var m jsontext.Member
	done := 0
	for scanner.Next(&m) {
		switch string(text[m.Name:m.NameEnd]) {
		case `"created_at"`, `"updated_at"`:
		default:
			continue
		}
		if c := text[m.Value]; c != '-' && (c < '0' || c > '9') {
			continue
		}
		t, reason := civil.Parse(string(text[m.Value:m.ValueEnd]), time.UTC, unit)
		if reason != "" {
			return nil, string(text[m.Name+1:m.NameEnd-1]) + ": " + reason, false
		}
		out = append(out, text[done:m.Value]...)
		out = strconv.AppendQuote(out, t.Format(time.RFC3339Nano))
		done = m.ValueEnd
	}
	if done == 0 {
		return nil, "", false
	}
	return append(out, text[done:]...), "", true
}

// localZone is the zone whose days a person means. Tests have one of their own.
var localZone = time.Local
