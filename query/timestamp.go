package query

import (
	"fmt"
	"strings"
	"time"
)

// The instants that a timestamp can name: those that fall in the years 1 to 9999
// at some offset.
var (
	farEast  = time.FixedZone("", (23*60+59)*60)
	farWest  = time.FixedZone("", -(23*60+59)*60)
	earliest = time.Date(1, time.January, 1, 0, 0, 0, 0, farEast)
	latest   = time.Date(9999, time.December, 31, 23, 59, 59, 999_999_999, farWest)
)

// maxUnixSeconds is the largest number that is read as seconds; one above it is
// read as milliseconds. It is the watershed of pydantic, which users of the same
// API meet elsewhere: as seconds the year 2603, as milliseconds August 1970.
const maxUnixSeconds = 20_000_000_000

// The bounds of the years 1 to 9999 in Unix seconds.
const (
	minUnix = -62_135_596_800
	maxUnix = 253_402_300_799
)

// Why a timestamp is not one.
const (
	reasonForm   = "expected a form such as 2026-01-31, 2026-01-31T15:04:05Z or 1767225600"
	reasonYear   = "year value is outside expected range of 1-9999"
	reasonMonth  = "month value is outside expected range of 1-12"
	reasonDay    = "day value is outside expected range"
	reasonHour   = "hour value is outside expected range of 0-23"
	reasonMinute = "minute value is outside expected range of 0-59"
	reasonSecond = "second value is outside expected range of 0-59"
	reasonZone   = "expected a timezone such as Z, +02:00, -0530 or -05 at the end of the input"
	reasonOffset = "timezone offset must be less than 24 hours"
)

// ParseTime reads a timestamp as the parameters created_after and created_before
// have it, and returns it in UTC. White space around it is ignored. The forms:
//
//   - A date and a time with a time zone, as in RFC 3339:
//     2026-01-31T15:04:05.123456789+02:00. Between date and time stands T, t or one
//     space. The seconds may be left out, and so may the fraction, which follows
//     a point or a comma and may have any number of digits. The zone is Z, z or
//     an offset of less than 24 hours in one of the forms +02:00, -0530, -05;
//     without a zone it is UTC. A space in place of the offset's plus sign, which
//     is what a query string makes of a plus, is read as the plus.
//   - A date: 2026-01-31 is its midnight in UTC.
//   - A decimal number, with an optional sign and an optional fraction after a
//     point: Unix seconds if it is at most 20,000,000,000 without its sign and its
//     fraction, else Unix milliseconds. So digits without hyphens, as in
//     20260131, are a number of seconds and not a date.
//
// Digits beyond nanoseconds are cut off (towards the past), as they are from the
// times of sessions. Years are 0001 to 9999, by the zone that is given. Dates that
// do not exist are errors, and so is 24:00. Second 60 is accepted where a leap
// second can be, at 23:59 UTC on the last day of a month, and is the second after
// it, as in Unix time.
func ParseTime(s string) (time.Time, error) {
	t, reason := parseTime(s)
	if reason != "" {
		return time.Time{}, fmt.Errorf("invalid timestamp %s: %s", quote(s), reason)
	}
	return t, nil
}

// parseTimeIn is parseTime with bare dates in a time zone.
func parseTimeIn(s string, zone *time.Location) (t time.Time, reason string) {
	t, reason = parseTime(s)
	if reason == "" && zone != time.UTC && len(strings.TrimSpace(s)) == len("2006-01-02") && !isNumber(strings.TrimSpace(s)) {
		t = time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone).UTC()
	}
	return t, reason
}

// loadZone returns the time zone of an IANA name.
func loadZone(name string) (*time.Location, bool) {
	if name == "" || name == "Local" || len(name) > 64 {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	return zone, err == nil
}

// parseTime is ParseTime with the reason of the failure, or "", in place of an
// error.
func parseTime(s string) (t time.Time, reason string) {
	s = strings.TrimSpace(s)
	if isNumber(s) {
		return parseUnix(s)
	}

	const date = len("2006-01-02")
	if len(s) < date || s[4] != '-' || s[7] != '-' {
		return time.Time{}, reasonForm
	}
	year, okYear := number(s[:4])
	month, okMonth := number(s[5:7])
	day, okDay := number(s[8:date])
	if !okYear || !okMonth || !okDay {
		return time.Time{}, reasonForm
	}
	switch {
	case year < 1:
		return time.Time{}, reasonYear
	case month < 1 || month > 12:
		return time.Time{}, reasonMonth
	case day < 1 || day > daysIn(year, month):
		return time.Time{}, reasonDay
	}

	var c clock
	if s = s[date:]; s != "" {
		if c, reason = parseClock(s); reason != "" {
			return time.Time{}, reason
		}
	}
	t = time.Date(year, time.Month(month), day, c.hour, c.minute, c.second-c.offset, c.nano, time.UTC)
	if c.second == 60 && (t.Hour() != 0 || t.Minute() != 0 || t.Day() != 1) {
		return time.Time{}, reasonSecond
	}
	return t, ""
}

// clock is a time of day; offset is in seconds east of UTC.
type clock struct{ hour, minute, second, nano, offset int }

// parseClock reads what follows the date, from the separator on.
func parseClock(s string) (c clock, reason string) {
	const short = len("T15:04")
	if len(s) < short || s[0] != 'T' && s[0] != 't' && s[0] != ' ' || s[3] != ':' {
		return c, reasonForm
	}
	var okHour, okMinute bool
	c.hour, okHour = number(s[1:3])
	c.minute, okMinute = number(s[4:short])
	if !okHour || !okMinute {
		return c, reasonForm
	}
	s = s[short:]

	if s != "" && s[0] == ':' {
		if len(s) < len(":05") {
			return c, reasonForm
		}
		var ok bool
		if c.second, ok = number(s[1:3]); !ok {
			return c, reasonForm
		}
		s = s[3:]
		if s != "" && (s[0] == '.' || s[0] == ',') {
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
	case c.second > 60: // parseTime decides on 60
		return c, reasonSecond
	}
	c.offset, reason = parseZone(s)
	return c, reason
}

// parseZone reads a zone, or nothing, and returns seconds east of UTC.
func parseZone(s string) (offset int, reason string) {
	if s == "" || s == "Z" || s == "z" {
		return 0, ""
	}
	sign := 1
	switch s[0] {
	case '+', ' ': // the plus, before and after a query string
	case '-':
		sign = -1
	default:
		return 0, reasonZone
	}
	hours, minutes := s[1:], "00"
	switch {
	case len(s) == len("+0530"):
		hours, minutes = s[1:3], s[3:]
	case len(s) == len("+05:30") && s[3] == ':':
		hours, minutes = s[1:3], s[4:]
	case len(s) != len("+05"):
		return 0, reasonZone
	}
	h, okHours := number(hours)
	m, okMinutes := number(minutes)
	switch {
	case !okHours || !okMinutes:
		return 0, reasonZone
	case h > 23:
		return 0, reasonOffset
	case m > 59:
		return 0, reasonMinute
	}
	return sign * (h*60 + m) * 60, ""
}

// isNumber reports whether s is digits, with an optional sign before them and an
// optional point and more digits after them.
func isNumber(s string) bool {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	whole := leadingDigits(s)
	if whole == 0 || whole == len(s) {
		return whole > 0
	}
	rest := s[whole+1:]
	return s[whole] == '.' && rest != "" && leadingDigits(rest) == len(rest)
}

// parseUnix reads a number of seconds or milliseconds that isNumber accepted.
// It works on the digits, since a float64 holds no nanoseconds of this century.
func parseUnix(s string) (t time.Time, reason string) {
	const reasonUnix = "the number is neither Unix seconds nor milliseconds of the years 1-9999"
	negative := s[0] == '-'
	whole, frac, _ := strings.Cut(strings.TrimLeft(s, "+-"), ".")
	whole = strings.TrimLeft(whole, "0")
	if len(whole) > len("253402300799999") {
		return time.Time{}, reasonUnix
	}
	var n int64
	for i := range len(whole) {
		n = n*10 + int64(whole[i]-'0')
	}

	sec, nano := n, int64(0)
	places := 9
	if n > maxUnixSeconds {
		sec, nano = n/1e3, n%1e3*1e6
		places = 6
	}
	f, exact := fraction(frac, places)
	nano += int64(f)
	if negative {
		sec, nano = -sec, -nano
		if !exact {
			nano-- // towards the past
		}
	}
	t = time.Unix(sec, nano).UTC()
	if unix := t.Unix(); unix < minUnix || unix > maxUnix {
		return time.Time{}, reasonUnix
	}
	return t, ""
}

// fraction returns the first places digits as a whole number, filled up with
// zeros, and whether all digits after them are zeros.
func fraction(digits string, places int) (n int, exact bool) {
	for i := range places {
		n *= 10
		if i < len(digits) {
			n += int(digits[i] - '0')
		}
	}
	if len(digits) <= places {
		return n, true
	}
	return n, strings.Trim(digits[places:], "0") == ""
}

// number reads a few ASCII digits, nothing but digits.
func number(s string) (n int, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// leadingDigits returns how many ASCII digits s begins with.
func leadingDigits(s string) int {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return i
		}
	}
	return len(s)
}

// daysIn returns the length of a month: the day before the first of the next.
func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
