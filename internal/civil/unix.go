package civil

import "time"

// maxUnixSeconds is the largest number that is read as seconds; one above it is
// read as milliseconds. It is the limit of pydantic, which other servers of this API
// use: as seconds it is in the year 2603, as milliseconds in August 1970.
const maxUnixSeconds = 20_000_000_000

// The bounds of the years 1 to 9999 in Unix seconds.
const (
	minUnix = -62_135_596_800
	maxUnix = 253_402_300_799
)

// The reasons to refuse a number, by unit.
var reasonUnix = [...]string{
	Auto:         "the number is neither Unix seconds nor milliseconds of the years 1-9999",
	Seconds:      "the number is not Unix seconds of the years 1-9999",
	Milliseconds: "the number is not Unix milliseconds of the years 1-9999",
}

// isNumber reports whether s is digits, with an optional sign before them and an
// optional point and more digits after them.
func isNumber(s string) bool {
	if len(s) > 0 && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	whole := leadingDigits(s)
	if whole == 0 || whole == len(s) {
		return whole > 0
	}
	rest := s[whole+1:]
	return s[whole] == '.' && len(rest) > 0 && leadingDigits(rest) == len(rest)
}

// parseUnix reads a number of seconds or milliseconds that isNumber accepted.
// It works on the digits, since a float64 holds no nanoseconds of this century.
func parseUnix(s string, unit Unit) (t time.Time, reason string) {
	negative := s[0] == '-'
	if negative || s[0] == '+' {
		s = s[1:]
	}
	whole := leadingDigits(s)
	frac := s[whole:]
	if len(frac) > 0 {
		frac = frac[1:]
	}
	s = s[:whole]
	for len(s) > 0 && s[0] == '0' {
		s = s[1:]
	}
	if len(s) > len("253402300799999") {
		return time.Time{}, reasonUnix[unit]
	}
	var n int64
	for i := range len(s) {
		n = n*10 + int64(s[i]-'0')
	}

	sec, nano := n, int64(0)
	places := 9
	if unit == Milliseconds || unit == Auto && n > maxUnixSeconds {
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
		return time.Time{}, reasonUnix[unit]
	}
	return t, ""
}
