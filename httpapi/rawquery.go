package httpapi

import (
	"net/url"
	"strings"
)

// maxParamNames bounds how many different parameters one request may have. The
// contract knows 18; the others cost memory here, and in strict mode a fault
// each in the answer.
const maxParamNames = 1000

// parseRawQuery decodes a query string as the URL standard's
// application/x-www-form-urlencoded parser does: pairs are separated by "&", a
// "+" is a space, and a malformed percent escape or a semicolon stands for
// itself. It differs from url.ParseQuery only in what that function drops with
// an error. Bytes that are not UTF-8 are left for the parameters to judge. ok is
// false if there are more than maxParamNames different names.
func parseRawQuery(raw string) (v url.Values, ok bool) {
	v = make(url.Values)
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name = formUnescape(name)
		v[name] = append(v[name], formUnescape(value))
		if len(v) > maxParamNames {
			return nil, false
		}
	}
	return v, true
}

// formUnescape decodes one name or value. It allocates only if something is
// encoded.
func formUnescape(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			b.WriteByte(' ')
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b.WriteByte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}
