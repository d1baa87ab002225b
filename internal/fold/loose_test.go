package fold

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLooseIgnoresAccentsWidthAndTypography(t *testing.T) {
	for from, want := range map[string]string{
		"Café": "cafe", "CAFE\u0301": "cafe", "Łódź": "lodz", "İstanbul": "istanbul", "ISTANBUL": "istanbul", "ılık": "ilik",
		"Straße": "strasse", "GROẞ": "gross", "Søren Đorđe": "soren dorde", "Ægir œuvre": "aegir oeuvre",
		"ﾊﾟｿｺﾝ": "パソコン", "ｶﾞ": "が" + "\x00", "ＡＢＣ－１": "abc-1", "ﬁle ①": "file 1", "x²": "x2",
		"don’t": "don't", "“q”": `"q"`, "a—b–c": "a-b-c", "a\u00a0b\u3000c": "a b c", "in\u00advoice\u200b": "invoice",
		"Ёлка й": "елка й", "ЙОД": "йод", "Їжак": "іжак", "Μαΐου": "μαιου", "ΜΑΪ́ΟΥ": "μαιου",
		"שָׁלוֹם": "שלום", "مُحَمَّد": "محمد", "أحمد": "أحمد",
		"हिन्दी": "हिन्दी", "ภาษาไทย": "ภาษาไทย", "が か": "が か", "한글": "한글", "ㅎㅏㄴ": "ㅎㅏㄴ", "ﾾￂﾤ": "ㅎㅏㄴ", "e\u200b\u0301": "e",
		"½": "1/2", "…": "...", "a\ufe0f": "a",
	} {
		if strings.HasSuffix(want, "\x00") {
			want = "ガ" // katakana stay katakana
		}
		assert.Equal(t, want, Loose(from), "%+q", from)
	}
}

func TestLooseFoldsAllThatStringFolds(t *testing.T) {
	db := readDatabase(t)
	for r := range rune(unicode.MaxRune + 1) {
		if r >= 0xd800 && r <= 0xdfff {
			continue
		}
		s := string(r)
		got := Loose(s)
		if again := Loose(got); got != again {
			require.Equal(t, got, again, "%U, folded again", r)
		}
		if folded := Loose(String(s)); got != folded {
			require.Equal(t, got, folded, "%U, folded before", r)
		}
		if c, ok := db.chars[r]; ok && c.decomp != nil {
			require.Equal(t, got, Loose(db.nfd(s)), "%U decomposed", r)
		}
	}
}

func FuzzLoose(f *testing.F) {
	for _, s := range []string{"", "Café", "ﾊﾟｿｺﾝ", "don’t", "a\xff\u0301", "\u0345", "ŀ·\u0301", "é\u0301ﾟ", "e\u200b\u0301", "ﾡￂ", "ｶ\u00adﾞ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Loose(s)
		var b strings.Builder
		at := 0
		LooseSegments(s)(func(start, end int, folded []byte) bool {
			assert.Equal(t, at, start)
			at = end
			b.Write(folded)
			return true
		})
		assert.Equal(t, len(s), at)
		assert.Equal(t, got, b.String())
		if utf8.ValidString(s) {
			assert.True(t, utf8.ValidString(got))
			assert.Equal(t, got, Loose(String(s)), "%+q", s)
			assert.Equal(t, got, Loose(got), "%+q, folded again", s)
		}
	})
}
