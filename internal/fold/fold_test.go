package fold

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

func TestEqualButForCaseAndComposition(t *testing.T) {
	for _, pair := range [][2]string{
		{"straße", "STRASSE"}, {"GROẞ", "gross"}, {"ärger", "ÄRGER"}, {"борис", "БОРИС"},
		{"caf\u00e9", "cafe\u0301"}, {"CAFE\u0301", "caf\u00e9"}, {"ΟΔΟΣ", "οδος"}, {"ὈΔΥΣΣΕΎΣ", "ὀδυσσεύς"},
		{"ﬁle", "FILE"}, {"\u212a", "k"}, {"\u212b", "å"}, {"İ", "i\u0307"}, {"Ა", "ა"},
	} {
		assert.Equal(t, String(pair[0]), String(pair[1]), "%q, %q", pair[0], pair[1])
	}
	for _, pair := range [][2]string{{"cafe", "café"}, {"ı", "i"}, {"ＡＢＣ", "abc"}, {"①", "1"}} {
		assert.NotEqual(t, String(pair[0]), String(pair[1]), "%q, %q", pair[0], pair[1])
	}
}

func TestFoldedTextIsReturnedAsItIs(t *testing.T) {
	assert.Zero(t, testing.AllocsPerRun(10, func() { String("weekly report -> 42%") }))
}

// The way out for ASCII must not differ from the definition.
func FuzzString(f *testing.F) {
	for _, s := range []string{"", "Abc", "ÄRGER", "a\x00Z", "ß\u0301", "\u0345\u0391", "한국어 K"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want := cases.Fold().String(norm.NFC.String(s))
		assert.Equal(t, want, String(s))
		if utf8.ValidString(s) {
			assert.True(t, utf8.ValidString(String(s)))
		}
	})
}
