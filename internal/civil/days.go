package civil

import (
	"strconv"
	"strings"
	"time"
)

// DayStart returns the first instant of a date in a zone, in UTC: midnight or, if the
// clocks skip midnight, the instant at which they do. A date that a zone skips entirely
// starts with the next one.
func DayStart(year int, month time.Month, day int, zone *time.Location) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	// Around a change, time.Date uses one of the two offsets. The start of the day is
	// the change if midnight does not exist, and the first midnight if it exists twice.
	start, end := t.ZoneBounds()
	local := func(t time.Time) time.Time { // the clock's reading, as if in UTC
		_, offset := t.Zone()
		return t.UTC().Add(time.Duration(offset) * time.Second)
	}
	switch {
	case local(t).Before(date):
		return end.UTC()
	case local(t).After(date):
		return start.UTC()
	}
	if !start.IsZero() {
		// The same reading at the offset before the change, if it was before the
		// change.
		_, before := start.Add(-1).Zone()
		if first := date.Add(-time.Duration(before) * time.Second); first.Before(start) {
			return first.UTC()
		}
	}
	return t.UTC()
}

// Days is a period that a form names: a day, a month, a year or one instant. Both ends
// are inclusive, in UTC: From is the bound for "after", To the bound for "before".
type Days struct{ From, To time.Time }

const reasonDays = "expected a form such as 2026-01-31, 2026-01, 7d, yesterday, 2026-01-31T15:04:05Z or 1767225600"

// ParseDays parses a bound in the command's notation, or returns the reason to refuse
// it. In addition to the forms of Parse, numbers included, it accepts whole days, months
// and years of the zone, and times before now:
//
//	2026-01-31  20260131  2026-01  2026   a day, a month, a year
//	today  yesterday  tomorrow            a day
//	now  90s  30m  12h  7d  2w  6mo  1y   an instant; days and longer by the calendar
func ParseDays(s string, now time.Time, zone *time.Location) (d Days, reason string) {
	s = strings.TrimSpace(s)
	now = now.In(zone)
	year, month, day := now.Date()
	switch s {
	case "now":
		return instant(now)
	case "today":
		return span(year, month, day, 0, 0, 1, zone)
	case "yesterday":
		return span(year, month, day-1, 0, 0, 1, zone)
	case "tomorrow":
		return span(year, month, day+1, 0, 0, 1, zone)
	}
	if t, ok := parseAgo(s, now); ok {
		return instant(t)
	}
	if d, reason, ok := parseDate(s, zone); ok {
		return d, reason
	}
	t, reason := Parse(s, time.UTC, Auto)
	if reason != "" {
		if reason == reasonForm {
			reason = reasonDays
		}
		return Days{}, reason
	}
	return instant(t)
}

func instant(t time.Time) (Days, string) {
	t = t.Round(0).UTC()
	if t.Before(Earliest) || t.After(Latest) {
		return Days{}, ReasonYear
	}
	return Days{t, t}, ""
}

// span returns the period of some years, months and days that begins on a date.
func span(year int, month time.Month, day, years, months, days int, zone *time.Location) (Days, string) {
	first := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	next := first.AddDate(years, months, days)
	return Days{
		From: DayStart(first.Year(), first.Month(), first.Day(), zone),
		To:   DayStart(next.Year(), next.Month(), next.Day(), zone).Add(-1),
	}, ""
}

// parseDate parses a day, a month or a year; ok is false if s has none of these forms.
func parseDate(s string, zone *time.Location) (d Days, reason string, ok bool) {
	years, months, days := 0, 0, 0
	switch {
	case len(s) == len("20260131") && leadingDigits(s) == len(s):
		s, days = s[:4]+"-"+s[4:6]+"-"+s[6:], 1
	case len(s) == len("2026-01-31") && !isNumber(s):
		days = 1
	case len(s) == len("2026-01") && s[4] == '-' && leadingDigits(s) == 4 && leadingDigits(s[5:]) == 2:
		s, months = s+"-01", 1
	case len(s) == len("2026") && leadingDigits(s) == len(s):
		s, years = s+"-01-01", 1
	default:
		return Days{}, "", false
	}
	t, _, reason := parseText(s)
	if reason == reasonForm {
		return Days{}, reasonDays, true
	}
	if reason != "" {
		return Days{}, reason, true
	}
	d, reason = span(t.Year(), t.Month(), t.Day(), years, months, days, zone)
	return d, reason, true
}

// parseAgo parses a time before now.
func parseAgo(s string, now time.Time) (t time.Time, ok bool) {
	digits := leadingDigits(s)
	n, err := strconv.Atoi(s[:digits])
	if err != nil || digits > 6 {
		return time.Time{}, false
	}
	switch s[digits:] {
	case "s":
		return now.Add(-time.Duration(n) * time.Second), true
	case "m":
		return now.Add(-time.Duration(n) * time.Minute), true
	case "h":
		return now.Add(-time.Duration(n) * time.Hour), true
	case "d":
		return now.AddDate(0, 0, -n), true
	case "w":
		return now.AddDate(0, 0, -7*n), true
	case "mo":
		return now.AddDate(0, -n, 0), true
	case "y":
		return now.AddDate(-n, 0, 0), true
	}
	return time.Time{}, false
}
