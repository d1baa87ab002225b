package sessiondex

import (
	"time"

	"github.com/sessiondex/sessiondex/internal/civil"
)

// The reasons for which a timestamp is refused.
const (
	notATimestamp  = "must be a timestamp"
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
	if timeFault(t) != "" {
		return append(dst, "null"...)
	}
	dst = append(dst, '"')
	dst = t.UTC().AppendFormat(dst, time.RFC3339Nano)
	return append(dst, '"')
}

// parseTime reads a session's timestamp in one of the forms that parameters have too;
// see package civil.
func parseTime(s []byte) (t time.Time, fault string) {
	t, reason := civil.Parse(s, time.UTC, civil.NoNumbers)
	if reason != "" {
		return time.Time{}, notATimestamp + ": " + reason
	}
	return t, timeFault(t)
}
