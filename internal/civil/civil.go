// Package civil parses times as people and programs write them. Session JSON,
// parameters and the command all accept the forms in this table:
//
//	2026-01-31T15:04:05.123456789+02:00   a date and a time with an offset, as in RFC 3339
//	2026-01-31 15:04                      T, t or one space between them; the seconds may be left out
//	2026-01-31T15:04:05,5                 a comma before the fraction, of any number of digits
//	2026-01-31T15:04:05Z                  Z, z, +02:00, -0530, -05, or nothing, which is UTC
//	2026-01-31T15:04:05 02:00             a plus that a query string turned into a space
//	2016-12-31T23:59:60Z                  second 60 where a leap second can be: the second after it
//	2026-01-31                            a date: its first instant, in UTC or the zone that is given
//	1767225600  1767225600123.5           Unix seconds or milliseconds, where numbers are read
//
// White space around all forms is ignored. Digits beyond nanoseconds are cut off, towards
// the past. Years are 0001 to 9999, in the time's own offset or in UTC. Dates and times
// that do not exist (month 13, 30 February, 24:00) are refused. [ParseDays] adds the
// forms of the command.
package civil

import (
	"strings"
	"time"
)

// Unit says how to read numbers.
type Unit uint8

// The units.
const (
	NoNumbers    Unit = iota // numbers are refused
	Auto                     // seconds up to 20,000,000,000, else milliseconds
	Seconds                  // since 1970
	Milliseconds             // since 1970
)

// The bounds of timestamps: instants that lie in the years 1 to 9999 at some offset.
var (
	East     = time.FixedZone("", (23*60+59)*60)
	West     = time.FixedZone("", -(23*60+59)*60)
	Earliest = time.Date(1, time.January, 1, 0, 0, 0, 0, East)
	Latest   = time.Date(9999, time.December, 31, 23, 59, 59, 999_999_999, West)
)

// The reasons to refuse a timestamp.
const (
	reasonForm   = "expected a form such as 2026-01-31, 2026-01-31T15:04:05Z or 1767225600"
	reasonText   = "expected a form such as 2026-01-31 or 2026-01-31T15:04:05Z"
	ReasonYear   = "year value is outside expected range of 1-9999"
	reasonMonth  = "month value is outside expected range of 1-12"
	reasonDay    = "day value is outside expected range"
	reasonHour   = "hour value is outside expected range of 0-23"
	reasonMinute = "minute value is outside expected range of 0-59"
	reasonSecond = "second value is outside expected range of 0-59"
	reasonZone   = "expected a timezone such as Z, +02:00, -0530 or -05 at the end of the input"
	reasonOffset = "timezone offset must be less than 24 hours"
)

// Parse parses a timestamp in one of the forms of the package documentation and returns it
// in UTC, or the reason to refuse it. zone is the zone of bare dates; nil is UTC. It does
// not allocate.
func Parse(s string, zone *time.Location, unit Unit) (t time.Time, reason string) {
	s = strings.TrimSpace(s)
	if isNumber(s) {
		if unit == NoNumbers {
			return time.Time{}, reasonText
		}
		return parseUnix(s, unit)
	}
	t, bare, reason := parseText(s)
	switch {
	case reason == reasonForm && unit == NoNumbers:
		reason = reasonText
	case reason == "" && bare && zone != nil && zone != time.UTC:
		t = DayStart(t.Year(), t.Month(), t.Day(), zone)
	}
	return t, reason
}

// parseText parses a date, with a time or bare.
func parseText(s string) (t time.Time, bare bool, reason string) {
	const date = len("2006-01-02")
	if len(s) < date || s[4] != '-' || s[7] != '-' {
		return time.Time{}, false, reasonForm
	}
	century, ok1 := twoDigits(s, 0)
	year, ok2 := twoDigits(s, 2)
	month, ok3 := twoDigits(s, 5)
	day, ok4 := twoDigits(s, 8)
	if !(ok1 && ok2 && ok3 && ok4) {
		return time.Time{}, false, reasonForm
	}
	year += 100 * century
	switch {
	case month < 1 || month > 12:
		reason = reasonMonth
	case day < 1 || day > daysIn(year, month):
		reason = reasonDay
	}
	var c clock
	if len(s) > date && reason == "" {
		c, reason = parseClock(s[date:])
	}
	t = time.Date(year, time.Month(month), day, c.hour, c.minute, c.second-c.offset, c.nano, time.UTC)
	switch {
	case year == 0 && t.Year() < 1:
		reason = ReasonYear
	case reason != "":
	case c.second == 60 && (t.Hour() != 0 || t.Minute() != 0 || t.Day() != 1):
		reason = reasonSecond
	}
	if reason != "" {
		return time.Time{}, false, reason
	}
	return t, len(s) == date, ""
}

// clock is a time of day; offset is in seconds east of UTC.
type clock struct{ hour, minute, second, nano, offset int }

// parseClock parses the part after the date, from the separator on.
func parseClock(s string) (c clock, reason string) {
	const short = len("T15:04")
	if len(s) < short || s[0] != 'T' && s[0] != 't' && s[0] != ' ' || s[3] != ':' {
		return c, reasonForm
	}
	var okHour, okMinute bool
	c.hour, okHour = twoDigits(s, 1)
	c.minute, okMinute = twoDigits(s, 4)
	if !okHour || !okMinute {
		return c, reasonForm
	}
	s = s[short:]

	if len(s) > 0 && s[0] == ':' {
		if len(s) < len(":05") {
			return c, reasonForm
		}
		var ok bool
		if c.second, ok = twoDigits(s, 1); !ok {
			return c, reasonForm
		}
		s = s[3:]
		if len(s) > 0 && (s[0] == '.' || s[0] == ',') {
			digits := leadingDigits(s[1:])
			if digits == 0 {
				return c, reasonForm
			}
			c.nano, _ = fraction(s[1:1+digits], 9)
			s = s[1+digits:]
		}
	}

	switch {
	case c.hour > 23:
		return c, reasonHour
	case c.minute > 59:
		return c, reasonMinute
	case c.second > 60: // parseText decides on 60
		return c, reasonSecond
	}
	c.offset, reason = parseZone(s)
	return c, reason
}

// parseZone parses a zone, which may be empty, and returns seconds east of UTC.
func parseZone(s string) (offset int, reason string) {
	if len(s) == 0 || len(s) == 1 && (s[0] == 'Z' || s[0] == 'z') {
		return 0, ""
	}
	sign := 1
	switch s[0] {
	case '+', ' ': // a query string turns the plus into a space
	case '-':
		sign = -1
	default:
		return 0, reasonZone
	}
	if len(s) != len("+05") && len(s) != len("+0530") && (len(s) != len("+05:30") || s[3] != ':') {
		return 0, reasonZone
	}
	hours, ok := twoDigits(s, 1)
	minutes := 0
	if ok && len(s) > len("+05") {
		minutes, ok = twoDigits(s, len(s)-2)
	}
	switch {
	case !ok:
		return 0, reasonZone
	case hours > 23:
		return 0, reasonOffset
	case minutes > 59:
		return 0, reasonMinute
	}
	return sign * (hours*60 + minutes) * 60, ""
}

// daysIn returns the length of a month.
func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
