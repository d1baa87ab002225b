package jsontext

import (
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendString appends s as a JSON string. It escapes what JSON demands, and U+2028 and
// U+2029 (some line splitters and old JavaScript take them for line ends), but not <, >
// and &. Bytes that are not UTF-8 become U+FFFD, so the result is always valid. The
// cost is about one step per eight ASCII bytes.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	done := 0 // s[:done] is written
	for i := 0; i < len(s); {
		if i+8 <= len(s) {
			x := load64(s, i)
			special := specialBytes(x) | x&highBits
			if special == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(special) / 8
		}
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && size == 1:
				dst = append(append(dst, s[done:i]...), "\uFFFD"...)
				done = i + size
			case r == '\u2028' || r == '\u2029':
				dst = append(append(dst, s[done:i]...), `\u202`...)
				dst = append(dst, hexDigits[r&0xF])
				done = i + size
			}
			i += size
			continue
		}
		if c >= 0x20 && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = appendEscape(append(dst, s[done:i]...), c)
		i++
		done = i
	}
	return append(append(dst, s[done:]...), '"')
}

const hexDigits = "0123456789abcdef"

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xF])
}

// AppendUnescaped appends the decoded inside of a JSON string that the scanner has
// checked. An escaped surrogate without its other half is not a character: it becomes
// U+FFFD, and lone is true.
func AppendUnescaped[T Text](dst []byte, inside T) (text []byte, lone bool) {
	for i := 0; i < len(inside); {
		c := inside[i]
		if c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		switch c := inside[i+1]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, _ := hex4(inside, i+2)
			if utf16.IsSurrogate(r) {
				pair := utf8.RuneError
				if i+8 <= len(inside) && inside[i+6] == '\\' && inside[i+7] == 'u' {
					if low, ok := hex4(inside, i+8); ok {
						pair = utf16.DecodeRune(r, low)
					}
				}
				if r = pair; r == utf8.RuneError {
					lone = true
				} else {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
			i += 4
		default: // quote, backslash, slash
			dst = append(dst, c)
		}
		i += 2
	}
	return dst, lone
}

// AppendCompact appends valid JSON text without the white space between its tokens.
func AppendCompact[T Text](dst []byte, text T) []byte {
	inString := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '"':
			inString = !inString
		case inString && c == '\\' && i+1 < len(text):
			dst = append(dst, c)
			i++
			c = text[i]
		case !inString && IsSpace(c):
			continue
		}
		dst = append(dst, c)
	}
	return dst
}
