package sessiondex

import "time"

// The reasons for which a timestamp is refused.
const (
	notATimestamp  = "must be an RFC 3339 timestamp"
	impossibleTime = "must be a date and time that exist"
	tooFine        = "must not be finer than a nanosecond"
	yearOutOfRange = "must lie in the years 1 to 9999 (UTC)"
	zeroTime       = "must not be the zero time"
)

// timeFault says why t cannot be a session's timestamp; "" if it can. The years
// are those that RFC 3339 can write.
func timeFault(t time.Time) string {
	if t.IsZero() {
		return zeroTime
	}
	if year := t.UTC().Year(); year < 1 || year > 9999 {
		return yearOutOfRange
	}
	return ""
}

// appendTime appends t in UTC, with as many digits of the fraction as it needs, or
// null if RFC 3339 cannot write it.
func appendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 1 || year > 9999 || t.IsZero() {
		return append(dst, "null"...)
	}
	hour, minute, second := t.Clock()
	dst = append(dst, '"')
	dst = appendTwoDigits(appendTwoDigits(dst, year/100), year%100)
	dst = appendTwoDigits(append(dst, '-'), int(month))
	dst = appendTwoDigits(append(dst, '-'), day)
	dst = appendTwoDigits(append(dst, 'T'), hour)
	dst = appendTwoDigits(append(dst, ':'), minute)
	dst = appendTwoDigits(append(dst, ':'), second)
	if fraction := t.Nanosecond(); fraction != 0 {
		dst = append(dst, '.')
		for unit := 100_000_000; fraction != 0; unit /= 10 {
			dst = append(dst, byte('0'+fraction/unit))
			fraction %= unit
		}
	}
	return append(dst, 'Z', '"')
}

func appendTwoDigits(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }

// parseTime reads an RFC 3339 timestamp, and besides what real exports hold: t and z
// in lower case, a space for the T, an offset without a colon or without minutes
// ("+0000" of strftime, "+00" of PostgreSQL), and no zone at all, which is UTC (what
// Python's isoformat writes of a naive time). Nothing is rounded or carried over:
// 30 February, second 60 and a tenth digit of the fraction that is not 0 are faults.
func parseTime(s []byte) (t time.Time, fault string) {
	if len(s) < len("2006-01-02T15:04:05") || s[4] != '-' || s[7] != '-' || s[13] != ':' || s[16] != ':' ||
		s[10] != 'T' && s[10] != 't' && s[10] != ' ' {
		return t, notATimestamp
	}
	century, ok1 := twoDigits(s, 0)
	year, ok2 := twoDigits(s, 2)
	month, ok3 := twoDigits(s, 5)
	day, ok4 := twoDigits(s, 8)
	hour, ok5 := twoDigits(s, 11)
	minute, ok6 := twoDigits(s, 14)
	second, ok7 := twoDigits(s, 17)
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6 && ok7) {
		return t, notATimestamp
	}
	year += 100 * century

	rest := s[19:]
	nanosecond, digits, fine := 0, 0, false
	if len(rest) > 0 && rest[0] == '.' {
		for rest = rest[1:]; digits < len(rest) && isDigit(rest[digits]); digits++ {
			switch d := int(rest[digits] - '0'); {
			case digits < 9:
				nanosecond = nanosecond*10 + d
			case d != 0:
				fine = true
			}
		}
		if digits == 0 {
			return t, notATimestamp
		}
		for i := digits; i < 9; i++ {
			nanosecond *= 10
		}
		rest = rest[digits:]
	}
	offset, fault := parseOffset(rest)
	if fault != "" {
		return t, fault
	}
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59 {
		return t, impossibleTime
	}
	if fine {
		return t, tooFine
	}
	t = time.Date(year, time.Month(month), day, hour, minute, second, nanosecond, time.UTC).Add(-offset)
	return t, timeFault(t)
}

// parseOffset reads what follows the seconds: nothing, Z, +02:00, +0200 or +02.
func parseOffset(s []byte) (offset time.Duration, fault string) {
	if len(s) == 0 || len(s) == 1 && (s[0] == 'Z' || s[0] == 'z') {
		return 0, ""
	}
	if s[0] != '+' && s[0] != '-' {
		return 0, notATimestamp
	}
	var hours, minutes int
	ok := len(s) == 3 || len(s) == 5 || len(s) == 6 && s[3] == ':'
	if ok {
		hours, ok = twoDigits(s, 1)
	}
	if ok && len(s) > 3 {
		minutes, ok = twoDigits(s, len(s)-2)
	}
	if !ok {
		return 0, notATimestamp
	}
	if hours > 23 || minutes > 59 {
		return 0, impossibleTime
	}
	offset = time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, ""
}

func twoDigits(s []byte, i int) (int, bool) {
	a, b := s[i], s[i+1]
	return int(a-'0')*10 + int(b-'0'), isDigit(a) && isDigit(b)
}

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

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
