package query

import (
	"fmt"
	"time"

	"github.com/sessiondex/sessiondex/internal/civil"
)

// ParseTime reads a timestamp as all parameters have it, and returns it in UTC. White
// space around it is ignored. The forms:
//
//   - A date and a time with a time zone, as in RFC 3339:
//     2026-01-31T15:04:05.123456789+02:00. Between date and time stands T, t or one
//     space. The seconds may be left out, and so may the fraction, which follows
//     a point or a comma and may have any number of digits. The zone is Z, z or
//     an offset of less than 24 hours in one of the forms +02:00, -0530, -05;
//     without a zone it is UTC. A space in place of the offset's plus sign, which
//     is what a query string makes of a plus, is read as the plus.
//   - A date: 2026-01-31 is its midnight in UTC, or in the zone of the parameter tz.
//   - A decimal number, with an optional sign and an optional fraction after a
//     point: Unix seconds if it is at most 20,000,000,000 without its sign and its
//     fraction, else Unix milliseconds. So digits without hyphens, as in
//     20260131, are a number of seconds and not a date.
//
// Session JSON has the same forms, but for numbers. Digits beyond nanoseconds are cut off,
// towards the past. Years are 0001 to 9999, by the zone that is given or in UTC. Dates
// that do not exist are errors, and so is 24:00. Second 60 is accepted where a leap
// second can be, at 23:59 UTC on the last day of a month, and is the second after
// it, as in Unix time.
func ParseTime(s string) (time.Time, error) {
	t, reason := civil.Parse(s, time.UTC, civil.Auto)
	if reason != "" {
		return time.Time{}, fmt.Errorf("invalid timestamp %s: %s", quote(s), reason)
	}
	return t, nil
}

// ParseZone returns the time zone of an IANA name, as the parameter tz has it. Zones are
// read from files, so that what is no name of one is not looked for; Local would be the
// server's.
func ParseZone(name string) (*time.Location, error) {
	const longest = 64
	err := fmt.Errorf("invalid time zone %s: expected a name such as UTC or Europe/Berlin", quote(name))
	if name == "" || name == "Local" || len(name) > longest {
		return nil, err
	}
	zone, failed := time.LoadLocation(name)
	if failed != nil {
		return nil, err
	}
	return zone, nil
}
