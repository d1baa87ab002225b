package query

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/fold"
)

// marked shows the ranges in the title itself.
func marked(title string, ranges []Range) string {
	var b strings.Builder
	at := 0
	for _, r := range ranges {
		b.WriteString(title[at:r.Start] + "[" + title[r.Start:r.End] + "]")
		at = r.End
	}
	return b.String() + title[at:]
}

func TestMatchesShowsWhereTheKeywordIs(t *testing.T) {
	for _, c := range []struct{ about, title, keyword, want string }{
		{"a word", "Weekly report", "report", "Weekly [report]"},
		{"inside a word, any case", "Invoice review", "VOICE", "In[voice] review"},
		{"every occurrence", "a cat, a hat", "a", "[a] c[a]t, [a] h[a]t"},
		{"side by side", "papa", "pa", "[papa]"},
		{"overlapping", "xbananax", "ana", "xb[anana]x"},
		{"overlapping and apart", "aaab aa", "aa", "[aaa]b [aa]"},
		{"trimmed", "Weekly report", "  report\t", "Weekly [report]"},
		{"inner white space is literal", "a  b a b", "a b", "a  b [a b]"},
		{"no wildcard", "100% _done_", "%", "100[%] _done_"},
		{"nothing", "Weekly report", "daily", "Weekly report"},
		{"a blank keyword", "Weekly report", " ", "Weekly report"},
		{"no title", "", "a", ""},

		{"ß is two letters", "Große STRASSE", "ss", "Gro[ß]e STRA[SS]E"},
		{"one of them is all of it", "Große", "s", "Gro[ß]e"},
		{"a word through ß", "die Straße hier", "STRASSE", "die [Straße] hier"},
		{"after what grew", "ßßß end", "end", "ßßß [end]"},
		{"a ligature", "eﬃcient oﬀice", "fic", "e[ﬃc]ient o[ﬀic]e"},
		{"half of a ligature", "oﬀer", "of", "[oﬀ]er"},
		{"capital İ with its dot", "İstanbul", "i̇stan", "[İstan]bul"},
		{"İ is more than i", "İstanbul", "i", "[İ]stanbul"},
		{"the Kelvin sign shrinks", "300\u212a cold", "300k c", "[300\u212a c]old"},
		{"final sigma", "ΟΔΟΣ οδος", "οδοσ", "[ΟΔΟΣ] [οδος]"},
		{"a base letter is not within a composed one", "x\u0390x", "\u03b9", "x\u0390x"},
		{"one letter is three in upper case", "Μαΐου αναφορά", "ΜΑΪ\u0301ΟΥ", "[Μαΐου] αναφορά"},
		{"letters that Go does not know yet", "a\U00016ea0b", "\U00016ebb", "a[\U00016ea0]b"},
		{"pasted marks", "Weekly report", "\ufeff\u200b report\u200e", "Weekly [report]"},

		{"composed in decomposed", "cafe\u0301 noir", "café", "[cafe\u0301] noir"},
		{"decomposed in composed", "café noir", "CAFE\u0301", "[café] noir"},
		{"after decomposed ones", "e\u0301e\u0301e\u0301 end", "end", "e\u0301e\u0301e\u0301 [end]"},
		{"an e is not an é", "e\u0301", "e", "e\u0301"},
		{"marks belong to their letter", "q\u0323\u0307y", "q", "[q\u0323\u0307]y"},
		{"marks in another order", "q\u0307\u0323!", "q\u0323\u0307", "[q\u0307\u0323]!"},
		{"the ring of Å", "\u212b and A\u030a", "å", "[\u212b] and [A\u030a]"},
		{"jamo and syllables", "\u1112\u1161\u11ab글", "한", "[\u1112\u1161\u11ab]글"},
		{"one syllable", "한글", "글", "한[글]"},
		{"a character that falls apart", "ab\u0958c", "\u0915\u093c", "ab[\u0958]c"},

		{"Chinese", "回顾昨晚的会议", "昨晚", "回顾[昨晚]的会议"},
		{"Cyrillic", "Отчёт: БОРИС", "борис", "Отчёт: [БОРИС]"},
		{"emoji", "ship it 🚀🚀 now", "🚀", "ship it [🚀🚀] now"},
	} {
		assert.Equal(t, c.want, marked(c.title, Matches(c.title, c.keyword)), c.about)
	}
}

func TestQueryMatchesFollowsTheMatchMode(t *testing.T) {
	title := "Budget review: Q3 budget"
	phrase := Query{Keyword: "review budget"}
	terms := Query{Keyword: " review  BUDGET q3 ", Match: MatchAllTerms}
	assert.Empty(t, phrase.Matches(title))
	assert.Equal(t, "[Budget] [review]: [Q3] [budget]", marked(title, terms.Matches(title)))

	terms.Keyword = "udge view bud dget"
	assert.Equal(t, "[Budget] re[view]: Q3 [budget]", marked(title, terms.Matches(title)), "overlapping terms are one range")
	terms.Keyword = "budget absent"
	assert.Empty(t, terms.Matches(title), "a term that is missing: the session does not match")
	terms.Keyword = "  "
	assert.Empty(t, terms.Matches(title))
	terms.Keyword = "s e"
	assert.Equal(t, "[S]tra[ße]", marked("Straße", terms.Matches("Straße")))
}

func TestMatchesStaysLinearInLongRepetitiveTitles(t *testing.T) {
	// A search that starts over at every letter would take minutes.
	title, keyword := strings.Repeat("a", 1<<20), strings.Repeat("a", 1<<19)
	assert.Equal(t, []Range{{0, 1 << 20}}, Matches(title, keyword))
	title = "é" + title
	assert.Equal(t, []Range{{2, 1<<20 + 2}}, Matches(title, keyword))
}

// zalgo is a letter under more marks than normalisation takes in one segment.
var zalgo = "z" + strings.Repeat("\u0301\u0323", 40)

func FuzzMatches(f *testing.F) {
	for _, seed := range [][2]string{
		{"Weekly report", "rep"}, {"Große STRASSE", "ss"}, {"cafe\u0301", "é"}, {"İi̇", "i̇"}, {"ﬁnal ﬀ", "fi"},
		{"\u1112\u1161\u11ab", "한"}, {"ab\u0958c", "\u0915"}, {zalgo + "x", "z"}, {zalgo, "\u0323"}, {zalgo, "\u034f"},
		{"\u0301\u0301a", "\u0301"}, {"a\xffb\xc3", "\xff"}, {"\xe2\x82", "\x82"}, {"\u0344\u0345", "\u03b9"},
		{"\uac00\u11a8\u11a8", "\u11a8"}, {"\U0001d15e\U0001d15e", "\U0001d157"}, {"aaa", "aa"}, {"x", ""},
		{"a\u0300\u0300e", "e"}, {"\u0f73\u0f75\u0f81", "\u0f71"}, {"\u1e9e\u03c2\u0149", "ʼn"}, {"\u0cca\u0ccb", "\u0cc6"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, title, keyword string) {
		checkMatches(t, fold.Case, title, keyword)
		checkMatches(t, fold.Lenient, title, keyword)
	})
}

func checkMatches(t *testing.T, form fold.Form, title, keyword string) {
	t.Helper()
	if !utf8.ValidString(title) {
		require.Empty(t, Query{Keyword: keyword}.MatchesIn(form, title))
		return
	}
	folded := form.Fold(title)
	var whole strings.Builder
	at := 0
	cut := map[int]int{} // borders: in the folded title, in the title
	for seg, part := range foldSegments(form, title) {
		require.Equal(t, at, seg.Start, "segments follow one another")
		require.Less(t, seg.Start, seg.End)
		cut[whole.Len()] = seg.Start
		at = seg.End
		whole.Write(part)
	}
	require.Equal(t, len(title), at)
	require.Equal(t, folded, whole.String(), "folding in segments is folding: %+q", title)

	kw := form.Fold(fold.Trim(keyword))
	ranges := Query{Keyword: keyword}.MatchesIn(form, title)
	require.Equal(t, kw != "" && strings.Contains(folded, kw), len(ranges) > 0, "%+q in %+q", keyword, title)
	covered := make([]bool, len(title)+1)
	end := -1
	for _, r := range ranges {
		require.Less(t, end, r.Start, "ascending, and not touching")
		require.Less(t, r.Start, r.End)
		require.LessOrEqual(t, r.End, len(title))
		end = r.End
		for i := r.Start; i < r.End; i++ {
			covered[i] = true
		}
		require.True(t, utf8.RuneStart(title[r.Start]))
		require.True(t, r.End == len(title) || utf8.RuneStart(title[r.End]))
	}
	// Every occurrence is covered, and nothing else: bytes of the folded title
	// and those of the title agree, segment by segment.
	want := make([]bool, len(folded)+1)
	for i := 0; kw != "" && i+len(kw) <= len(folded); i++ {
		if folded[i:i+len(kw)] == kw {
			for k := range len(kw) {
				want[i+k] = true
			}
		}
	}
	at = 0
	for seg, part := range foldSegments(form, title) {
		hit := false
		for range part {
			hit = hit || want[at]
			at++
		}
		require.Equal(t, hit, covered[seg.Start], "%+q in %+q at %d", keyword, title, seg.Start)
	}
	q := Query{Keyword: keyword, Match: MatchAllTerms}
	all := form.Fold(fold.Trim(keyword)) != ""
	for _, term := range fold.Terms(keyword) {
		all = all && strings.Contains(folded, form.Fold(term))
	}
	require.Equal(t, all, len(q.MatchesIn(form, title)) > 0, "all terms of %+q in %+q", keyword, title)
}

// For every letter, in several contexts.
func TestFoldingInSegmentsEqualsFolding(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r >= 0xd800 && r < 0xe000 || r > 0x1ffff && r < 0xe0000 || r > 0xe01ff {
			continue
		}
		for _, s := range [...]string{string(r), "a" + string(r) + "\u0301", "\u1100" + string(r) + string(r), "\u0323" + string(r) + "e"} {
			form := fold.Case
			var b strings.Builder
			for _, part := range foldSegments(form, s) {
				b.Write(part)
			}
			if b.String() != fold.String(s) {
				t.Fatalf("%U in %+q: folds to %+q, in segments to %+q", r, s, fold.String(s), b.String())
			}
		}
	}
}

func BenchmarkMatches(b *testing.B) {
	for name, title := range map[string]string{
		"ascii":    "Weekly report on the quarterly budget review, part 2",
		"accents":  "Rapport hebdomadaire : révision du budget, équipe côté report",
		"mebibyte": strings.Repeat("Bericht über die wöchentliche Prüfung des Haushalts ", 1<<20/56) + "report",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(title)))
			for b.Loop() {
				Matches(title, "report")
			}
		})
	}
}
