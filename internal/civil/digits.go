package civil

// twoDigits reads two ASCII digits.
func twoDigits(s string, i int) (n int, ok bool) {
	a, b := s[i]-'0', s[i+1]-'0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
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

// fraction returns the first places digits as an integer, padded with zeros, and
// whether all digits after them are zeros.
func fraction(digits string, places int) (n int, exact bool) {
	for i := range places {
		n *= 10
		if i < len(digits) {
			n += int(digits[i] - '0')
		}
	}
	for i := places; i < len(digits); i++ {
		if digits[i] != '0' {
			return n, false
		}
	}
	return n, true
}
