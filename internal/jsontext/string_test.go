package jsontext

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAppendStringEscapesWhatItMust(t *testing.T) {
	tests := []struct{ in, want string }{
		{"\"\\/\b\f\n\r\t\x00\x1f\x7f", `"\"\\/\b\f\n\r\t\u0000\u001f` + "\x7f\""},
		{"<a href='x'>&amp;</a>", `"<a href='x'>&amp;</a>"`},
		{"a\u2028b\u2029c\u2027d\u202ae", `"a\u2028b\u2029c` + "\u2027d\u202ae\""},
		{"1234567\xff9\xe2\x80", `"1234567` + "\uFFFD9\uFFFD\uFFFD\""},
		{"😀 昨晚 \uFFFD", "\"😀 昨晚 \uFFFD\""},
	}
	for _, test := range tests {
		assert.Equal(t, test.want, string(AppendString(nil, test.in)))
	}
}

// Each special byte, at each place of the eight that are checked together.
func TestStringsAgreeWithEncodingJSON(t *testing.T) {
	for c := range 256 {
		for at := range 18 {
			in := []byte(strings.Repeat("a", 18))
			in[at] = byte(c)
			in[17-at] = byte(c)
			out := AppendString(nil, string(in))
			var back string
			require.NoError(t, json.Unmarshal(out, &back), "byte %#x at %d: %s", c, at, out)
			require.Equal(t, string([]rune(string(in))), back, "byte %#x at %d", c, at) // one U+FFFD per bad byte

			quoted := `"` + string(in) + `"`
			scanner := Scanner[string]{Text: quoted}
			ok := scanner.string() && scanner.pos == len(quoted)
			assert.Equal(t, json.Valid([]byte(quoted)), ok, "byte %#x at %d", c, at)
		}
	}
}
