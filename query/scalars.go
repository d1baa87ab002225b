package query

import (
	"math"
	"strconv"
	"strings"
)

// parseNumber reads a decimal number, with an optional fraction and exponent and white
// space around it. One that is out of range is infinite.
func parseNumber(s string) (f float64, ok bool) {
	s = strings.TrimSpace(s)
	if strings.Trim(s, "+-.0123456789eE") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil || math.IsInf(f, 0)
}

// parseInt reads decimal digits with an optional sign and white space around
// them. A number beyond the range of an int becomes the nearest one within it:
// which is out of range for a limit, and past the end for an offset.
func parseInt(s string) (n int, ok bool) {
	s = strings.TrimSpace(s)
	negative := false
	if s != "" && (s[0] == '+' || s[0] == '-') {
		negative = s[0] == '-'
		s = s[1:]
	}
	if s == "" {
		return 0, false
	}
	for i := range len(s) {
		digit := int(s[i]) - '0'
		if digit < 0 || digit > 9 {
			return 0, false
		}
		if n > (math.MaxInt-digit)/10 {
			n = math.MaxInt
			continue
		}
		n = n*10 + digit
	}
	if negative {
		n = -n
	}
	return n, true
}

// ParseBool reads the words for true and false in any case. The case is ASCII's:
// by Unicode's rules "yeſ" would be a spelling of "yes".
func ParseBool(s string) (value, ok bool) {
	var lower [len("false")]byte
	if len(s) > len(lower) {
		return false, false
	}
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	switch string(lower[:len(s)]) {
	case "true", "1", "yes", "on", "t", "y":
		return true, true
	case "false", "0", "no", "off", "f", "n":
		return false, true
	}
	return false, false
}
