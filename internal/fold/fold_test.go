package fold

import (
	"bufio"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// character is a line of testdata/unicode.txt.
type character struct {
	r                         rune
	class                     uint8
	decomp                    []rune
	excluded                  bool // nothing composes to it
	fold, upper, lower, title []rune
}

// database is the naive twin: each step of the definition, literally.
type database struct {
	chars map[rune]character
	pairs map[[2]rune]rune // the composition of two
}

func readDatabase(t testing.TB) *database {
	f, err := os.Open("testdata/unicode.txt")
	require.NoError(t, err)
	defer f.Close()
	runes := func(s string) (out []rune) {
		for _, h := range strings.Fields(s) {
			n, err := strconv.ParseUint(h, 16, 32)
			require.NoError(t, err)
			out = append(out, rune(n))
		}
		return out
	}
	db := &database{map[rune]character{}, map[[2]rune]rune{}}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "#") {
			require.Contains(t, lines.Text(), UnicodeVersion)
			continue
		}
		p := strings.Split(lines.Text(), ";")
		require.Len(t, p, 7)
		class, err := strconv.ParseUint(p[1], 10, 8)
		require.NoError(t, err)
		decomp, excluded := strings.CutPrefix(p[2], "!")
		c := character{runes(p[0])[0], uint8(class), runes(decomp), excluded, runes(p[3]), runes(p[4]), runes(p[5]), runes(p[6])}
		db.chars[c.r] = c
		if len(c.decomp) == 2 && !c.excluded {
			db.pairs[[2]rune(c.decomp)] = c.r
		}
	}
	require.NoError(t, lines.Err())
	require.Greater(t, len(db.chars), 5000)
	return db
}

func (db *database) order(rs []rune) []rune {
	for i := 1; i < len(rs); i++ {
		for k := i; k > 0 && db.chars[rs[k]].class != 0 && db.chars[rs[k-1]].class > db.chars[rs[k]].class; k-- {
			rs[k], rs[k-1] = rs[k-1], rs[k]
		}
	}
	return rs
}

func (db *database) decompose(rs []rune) (out []rune) {
	for _, r := range rs {
		switch c := db.chars[r]; {
		case r >= 0xac00 && r <= 0xd7a3:
			out = append(out, []rune(norm.NFD.String(string(r)))...)
		case c.decomp != nil:
			out = append(out, db.decompose(c.decomp)...)
		default:
			out = append(out, r)
		}
	}
	return out
}

func (db *database) nfd(s string) string { return string(db.order(db.decompose([]rune(s)))) }

// nfc tries, for each character, every starter that it is not blocked from.
func (db *database) nfc(s string) string {
	rs := []rune(db.nfd(s))
	compose := func(a, b rune) (rune, bool) {
		if c, ok := db.pairs[[2]rune{a, b}]; ok {
			return c, true
		}
		if s := []rune(norm.NFC.String(string([]rune{a, b}))); len(s) == 1 && s[0] >= 0xac00 && s[0] <= 0xd7a3 {
			return s[0], true
		}
		return 0, false
	}
	for i := 1; i < len(rs); i++ {
		k := i - 1
		for k >= 0 && db.chars[rs[k]].class != 0 && db.chars[rs[k]].class < db.chars[rs[i]].class {
			k--
		}
		if k < 0 || db.chars[rs[k]].class != 0 {
			continue
		}
		if c, ok := compose(rs[k], rs[i]); ok {
			rs[k] = c
			rs = append(rs[:i], rs[i+1:]...)
			i--
		}
	}
	return string(rs)
}

func (db *database) casefold(s string) (out string) {
	for _, r := range s {
		if f := db.chars[r].fold; f != nil {
			out += string(f)
		} else {
			out += string(r)
		}
	}
	return out
}

func (db *database) canonical(s string) string { return db.nfc(db.casefold(db.nfd(s))) }

// mapped returns s in upper, lower or title case, letter by letter.
func mapped(s string, of func(rune) []rune) (out string) {
	for _, r := range s {
		if m := of(r); m != nil {
			out += string(m)
		} else {
			out += string(r)
		}
	}
	return out
}

// Every code point, alone, decomposed and composed, and in all its cases. The one exception
// is the dotless i, whose upper case is I.
func TestAllCodePointsFindTheirCases(t *testing.T) {
	db := readDatabase(t)
	forms := map[string]func(r rune) []rune{
		"upper": func(r rune) []rune { return db.chars[r].upper },
		"lower": func(r rune) []rune { return db.chars[r].lower },
		"title": func(r rune) []rune { return db.chars[r].title },
	}
	for r := range rune(unicode.MaxRune + 1) {
		c, listed := db.chars[r]
		if r >= 0xd800 && r <= 0xdfff {
			continue
		}
		s := string(r)
		got := String(s)
		if !listed {
			if r >= 0xac00 && r <= 0xd7a3 {
				require.Equal(t, got, String(norm.NFD.String(s)), "%U decomposed", r)
			}
			if got != s {
				require.Equal(t, s, got, "%U", r)
			}
			continue
		}
		require.Equal(t, db.canonical(s), got, "%U", r)
		require.Equal(t, got, String(got), "%U, folded again", r)
		require.Equal(t, got, String(db.nfd(s)), "%U decomposed", r)
		require.Equal(t, got, String(db.nfc(s)), "%U composed", r)
		if c.r == 'ı' {
			require.NotEqual(t, String("i"), got)
			continue
		}
		for name, of := range forms {
			for _, form := range []string{db.nfc(s), db.nfd(s)} {
				want := mapped(form, of)
				for _, other := range []string{want, db.nfc(want), db.nfd(want)} {
					require.Equal(t, got, String(other), "%U: the %s case of %+q is %+q", r, name, form, other)
				}
			}
		}
	}
}

// As far as their version of Unicode goes.
func TestGosLibrariesAgree(t *testing.T) {
	db := readDatabase(t)
	for r := range rune(unicode.MaxRune + 1) {
		if r >= 0xd800 && r <= 0xdfff || unicode.Is(unicode.Cn, r) {
			continue // not assigned in their version
		}
		if unicode.Is(unicode.Cherokee, r) {
			continue // cases.Fold lowers these, contrary to the standard
		}
		s := string(r)
		if lower := unicode.ToLower(r); lower != r && r != 'İ' {
			require.Equal(t, String(string(lower)), String(s), "%U", r)
		}
		if want, got := norm.NFC.String(cases.Fold().String(norm.NFD.String(s))), String(s); got != want {
			require.Equal(t, want, got, "%U", r)
		}
		if want, got := norm.NFD.String(s), db.nfd(s); got != want {
			require.Equal(t, want, got, "%U", r)
		}
	}
}

func TestEqualButForCaseAndComposition(t *testing.T) {
	for _, pair := range [][2]string{
		{"straße", "STRASSE"}, {"GROẞ", "gross"}, {"ärger", "ÄRGER"}, {"борис", "БОРИС"},
		{"caf\u00e9", "cafe\u0301"}, {"CAFE\u0301", "caf\u00e9"}, {"ΟΔΟΣ", "οδος"}, {"ὈΔΥΣΣΕΎΣ", "ὀδυσσεύς"},
		{"ﬁle", "FILE"}, {"\u212a", "k"}, {"\u212b", "å"}, {"İ", "i\u0307"}, {"Ა", "ა"},
		{"Μαΐου", "ΜΑΪ́ΟΥ"}, {"\u1c8a", "\u1c89"}, {"\ua7da", "\ua7db"}, {"\U00010d50", "\U00010d70"}, {"\U00016ea0", "\U00016ebb"},
		{"q\u0307\u0323", "Q\u0323\u0307"}, {"각", "\u1100\u1161\u11a8"}, {"가\u11a8", "각"},
	} {
		assert.Equal(t, String(pair[0]), String(pair[1]), "%q, %q", pair[0], pair[1])
	}
	for _, pair := range [][2]string{{"cafe", "café"}, {"ı", "i"}, {"ＡＢＣ", "abc"}, {"①", "1"}} {
		assert.NotEqual(t, String(pair[0]), String(pair[1]), "%q, %q", pair[0], pair[1])
	}
}

func TestFoldedTextIsReturnedAsItIs(t *testing.T) {
	for _, s := range []string{"weekly report -> 42%", "größe", "исправить", "昨晚的数据", "हिन्दी में", "매출 보고서"} {
		s = String(s)
		assert.Zero(t, testing.AllocsPerRun(10, func() { String(s) }), s)
	}
}

// randomText strings together characters that fold in interesting ways.
func randomText(rng *rand.Rand, all []rune) string {
	var b strings.Builder
	for range rng.IntN(12) {
		switch rng.IntN(6) {
		case 0:
			b.WriteByte(byte(rng.IntN(128)))
		case 1:
			b.WriteRune([]rune{0x300, 0x301, 0x308, 0x323, 0x345, 0x327, 0x1161, 0x11a8, 0x1100, 0xac00, 0x9be, 0x9c7}[rng.IntN(12)])
		case 2:
			b.WriteRune(rune(rng.IntN(0x600)))
		default:
			b.WriteRune(all[rng.IntN(len(all))])
		}
	}
	return b.String()
}

func TestTextEqualsTheDefinition(t *testing.T) {
	db := readDatabase(t)
	var all []rune
	for r := range unicode.MaxRune {
		if _, ok := db.chars[rune(r)]; ok {
			all = append(all, rune(r))
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		s := randomText(rng, all)
		want := db.canonical(s)
		require.Equal(t, want, String(s), "%+q", s)
		require.Equal(t, want, String(want), "%+q again", s)
		var parts strings.Builder
		at := 0
		Segments(s)(func(start, end int, folded []byte) bool {
			require.Equal(t, at, start)
			require.Greater(t, end, start)
			require.Equal(t, String(s[start:end]), string(folded))
			parts.Write(folded)
			at = end
			return true
		})
		require.Equal(t, len(s), at)
		require.Equal(t, want, parts.String(), "%+q in segments", s)
	}
}

func TestManyMarksOnOneLetterDoNotTakeQuadraticTime(t *testing.T) {
	s := "a" + strings.Repeat("\u0301\u0323\u0327", 100_000)
	got := String(s)
	require.Equal(t, "ạ\u0327", got[:len("ạ\u0327")])
	require.Equal(t, got, String(got))
}

func TestTrimRemovesSpaceAndInvisibleMarks(t *testing.T) {
	for _, mark := range []string{"\ufeff", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202c", "\u202e", "\u2060", "\u2066", "\u2069", "\u061c", "\u00ad", "\u00a0", "\u3000", "\t"} {
		for _, s := range []string{mark + "a b", "a b" + mark, " " + mark + " a b " + mark + "\n" + mark} {
			assert.Equal(t, "a b", Trim(s), "%+q", s)
			assert.Equal(t, []string{"a", "b"}, Terms(s), "%+q", s)
		}
		assert.Empty(t, Trim(mark+mark))
		assert.Empty(t, Terms(mark+" "+mark))
		assert.Equal(t, []string{"a", "b"}, Terms("a"+mark+" "+mark+"b"), "%+q", mark)
	}
	assert.Equal(t, "a\u200db", Trim("a\u200db"), "what is inside stays")
}

// The fast path for ASCII, and the tables, must not differ from the definition.
func FuzzString(f *testing.F) {
	for _, s := range []string{"", "Abc", "ÄRGER", "a\x00Z", "ß\u0301", "\u0345\u0391", "한국어 K", "a\xff\u0301", "\xe1\x84"} {
		f.Add(s)
	}
	db := readDatabase(f)
	f.Fuzz(func(t *testing.T, s string) {
		got := String(s)
		if utf8.ValidString(s) {
			assert.Equal(t, db.canonical(s), got)
		}
		assert.Equal(t, got, String(got))
		var parts strings.Builder
		Segments(s)(func(_, _ int, folded []byte) bool {
			parts.Write(folded)
			return true
		})
		assert.Equal(t, got, parts.String())
	})
}
