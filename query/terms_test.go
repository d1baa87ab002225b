package query_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
)

func TestKeywordsAreTrimmedOfInvisibleMarks(t *testing.T) {
	for _, mark := range []string{"\ufeff", "\u200b", "\u200e", "\u200f", "\u202a", "\u202c", "\u2066", "\u2069", "\u2060", "\u00a0\u200b \t"} {
		q := query.Query{Keyword: mark + "weekly" + mark + "rep" + mark}
		assert.Equal(t, "weekly"+mark+"rep", q.Normalized().Keyword, "%q", mark)
		assert.Equal(t, []string{"weekly" + mark + "rep"}, q.Terms())
		assert.Equal(t, query.Query{}.Normalized(), query.Query{Keyword: mark}.Normalized(), "%q is blank", mark)
		assert.NotEmpty(t, query.Matches("voice", mark+"voi"+mark))
		q.Keyword, q.Match = mark+"b"+mark+" "+mark+"a"+mark, query.MatchAllTerms
		assert.Equal(t, []string{"b", "a"}, q.Terms(), "%q", mark)
	}
}

func TestTermsThatChangeNothingAreLeftOut(t *testing.T) {
	for keyword, want := range map[string][]string{
		"":                        nil,
		" \ufeff ":                nil,
		"b a":                     {"b", "a"},
		"a b a B":                 {"a", "b"},
		"voice invoice":           {"invoice"},
		"Invoice VOICE ice":       {"Invoice"},
		"straße STRASSE":          {"straße"},
		"ab bc abc":               {"abc"},
		"aa aaa a":                {"aaa"},
		"n i n-i":                 {"n-i"},
		strings.Repeat("x ", 500): {"x"},
	} {
		q := query.Query{Keyword: keyword, Match: query.MatchAllTerms}
		assert.Equal(t, want, q.Terms(), keyword)
	}
	assert.Equal(t, []string{"a b a"}, query.Query{Keyword: "a b a"}.Terms(), "a phrase is one term")
}

func TestLeavingOutRedundantTermsChangesNoListing(t *testing.T) {
	r := testrand.New(t)
	letters := []string{"a", "b", "A", "ß", "s", "é"}
	word := func(n int) string {
		var b strings.Builder
		for range 1 + r.IntN(n) {
			b.WriteString(letters[r.IntN(len(letters))])
		}
		return b.String()
	}
	for range 3000 {
		var terms []string
		for range 1 + r.IntN(6) {
			terms = append(terms, word(3))
		}
		q := query.Query{Keyword: strings.Join(terms, " "), Match: query.MatchAllTerms}
		title := fold.String(word(12))
		want := true
		for _, term := range terms {
			want = want && strings.Contains(title, fold.String(term))
		}
		got := true
		for _, term := range q.Terms() {
			got = got && strings.Contains(title, fold.String(term))
		}
		require.Equal(t, want, got, "%q in %q", q.Keyword, title)
		require.LessOrEqual(t, len(q.Terms()), len(terms))
	}
}

func TestAtMost64Terms(t *testing.T) {
	var terms []string
	for i := range 64 {
		terms = append(terms, fmt.Sprintf("<%d>", i))
	}
	q := query.Query{Keyword: strings.Join(terms, " "), Match: query.MatchAllTerms}
	require.NoError(t, q.Validate())
	q.Keyword += " <1> 6 5>"
	require.NoError(t, q.Validate(), "repeated ones, and those within others, do not count")
	q.Keyword += " <64>"
	require.Equal(t, []string{"query too_long"}, kinds(t, q.Validate()))
	_, err := query.Parse(q.Values())
	require.Equal(t, []string{"query too_long"}, kinds(t, err))
	require.ErrorContains(t, err, "at most 64 different terms, and has 65")
	q.Match = query.MatchPhrase
	require.NoError(t, q.Validate())
}

// A request of 120 KB could ask for 64 long terms in long titles; it is refused before the
// search.
func TestAtMost16KiBOfTerms(t *testing.T) {
	long := strings.Repeat("a", query.MaxTermsBytes-2)
	q := query.Query{Keyword: long + " bc" + strings.Repeat(" aa b", 10_000), Match: query.MatchAllTerms}
	require.NoError(t, q.Validate())
	q.Keyword += " cd"
	require.Equal(t, []string{"query too_long"}, kinds(t, q.Validate()))
	require.ErrorContains(t, q.Validate(), "at most 16384 bytes of terms, and has 16386")
	_, err := query.Parse(q.Values())
	require.Equal(t, []string{"query too_long"}, kinds(t, err))
	require.NoError(t, query.Query{Keyword: long + long}.Validate(), "a phrase may be a whole title")
}

// The time grows linearly with the keyword's length, however many terms it has.
func BenchmarkTerms(b *testing.B) {
	var many, nested strings.Builder
	for i := range 15_000 {
		fmt.Fprintf(&many, "t%d ", i)
		nested.WriteString(strings.Repeat("a", i%200) + "b ")
	}
	for name, keyword := range map[string]string{"15000 different": many.String(), "nested": nested.String(), "two": "weekly report"} {
		q := query.Query{Keyword: keyword, Match: query.MatchAllTerms}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				q.Terms()
			}
		})
	}
}
