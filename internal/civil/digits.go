package civil

import (
	"unicode"
	"unicode/utf8"
)

// trim cuts white space off both ends.
func trim[T Text](s T) T {
	for len(s) > 0 {
		r, size := decodeFirst(s)
		if !unicode.IsSpace(r) {
			break
		}
		s = s[size:]
	}
	for len(s) > 0 {
		r, size := decodeLast(s)
		if !unicode.IsSpace(r) {
			break
		}
		s = s[:len(s)-size]
	}
	return s
}

func decodeFirst[T Text](s T) (rune, int) {
	if s[0] < utf8.RuneSelf {
		return rune(s[0]), 1
	}
	return utf8.DecodeRuneInString(string(s[:min(len(s), utf8.UTFMax)]))
}

func decodeLast[T Text](s T) (rune, int) {
	if last := s[len(s)-1]; last < utf8.RuneSelf {
		return rune(last), 1
	}
	return utf8.DecodeLastRuneInString(string(s[max(0, len(s)-utf8.UTFMax):]))
}

// twoDigits reads two ASCII digits.
func twoDigits[T Text](s T, i int) (n int, ok bool) {
	a, b := s[i]-'0', s[i+1]-'0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
}

// leadingDigits returns how many ASCII digits s begins with.
func leadingDigits[T Text](s T) int {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return i
		}
	}
	return len(s)
}

// fraction returns the first places digits as a whole number, filled up with
// zeros, and whether all digits after them are zeros.
func fraction[T Text](digits T, places int) (n int, exact bool) {
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
