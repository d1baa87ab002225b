package sessiondex

import (
	"time"

	"github.com/sessiondex/sessiondex/internal/civil"
)

// The reasons to refuse a timestamp.
const (
	notATimestamp  = "must be an RFC 3339 timestamp"
	yearOutOfRange = "must lie in the years 1 to 9999 (UTC)"
	zeroTime       = "must not be the zero time"
)

// timeFault says why t cannot be a session's timestamp; "" if it can. RFC 3339 can
// write the years 1 to 9999.
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

// parseTime reads a session's timestamp in the same forms as query parameters; see
// package civil.
func parseTime(s []byte) (t time.Time, fault string) {
	t, reason := civil.Parse(string(s), time.UTC, civil.NoNumbers)
	if reason != "" {
		return time.Time{}, notATimestamp + " (" + reason + ")"
	}
	return t, timeFault(t)
}
