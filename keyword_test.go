package sessiondex_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/index/title"
	"github.com/sessiondex/sessiondex/query"
)

// A title and a keyword that Unicode holds for the same but for case and composition.
func TestKeywordsMatchByCanonicalCaselessMatching(t *testing.T) {
	for _, c := range []struct{ title, keyword string }{
		{"Μαΐου αναφορά", "ΜΑΪ\u0301ΟΥ"}, {"ΜΑΪ\u0301ΟΥ αναφορά", "μαΐου"},
		{"ᾼ of old", "ᾳ"}, {"α\u0345", "ΑΙ"},
		{"a \U00016ea0", "\U00016ebb"}, {"a \ua7cf", "\ua7ce"}, {"a \U00010d70", "\U00010d50"},
		{"q\u0323\u0307", "Q\u0307\u0323"}, {"\u1112\u1161\u11ab", "한"},
		{"Invoice", "\ufeffinvoice"}, {"Invoice", "\u200einvoice\u200b "}, {"Invoice", " \u2066 invoice \u2069"},
	} {
		for _, o := range []*sessiondex.Options{nil, {ScanTitles: true}} {
			e := newEngine(t, o, many(3, func(i int, s *sessiondex.Session) {
				s.Title = [...]string{c.title, "another", ""}[i]
			})...)
			for _, m := range []query.Match{query.MatchPhrase, query.MatchAllTerms} {
				q := query.Query{Keyword: c.keyword, Match: m}
				assert.Equal(t, 1, list(t, e, q).Total, "%+q in %+q, %s", c.keyword, c.title, m)
				assert.NotEmpty(t, q.Matches(c.title), "%+q in %+q, %s", c.keyword, c.title, m)
			}
		}
	}
	e := newEngine(t, nil, many(3, nil)...)
	assert.Equal(t, 3, list(t, e, query.Query{Keyword: "\ufeff \u200b"}).Total, "what nobody sees is no filter")
}

// BenchmarkTermsOfGiants is the most that a keyword of all terms can cost: 64 long ones,
// each in all of some titles of 700 KB, and nearly in them at many more places.
func BenchmarkTermsOfGiants(b *testing.B) {
	for _, c := range []struct{ name, almost, id string }{
		{"words", "Review über the quarterly report for Initech, ", "word"}, {"one letter", strings.Repeat("a", 230) + "b6x", strings.Repeat("a", 230) + "b"},
		{"two letters", strings.Repeat("ab", 115) + "x1z", strings.Repeat("ab", 115) + "x"},
	} {
		var terms []string
		for i := range query.MaxTerms {
			terms = append(terms, fmt.Sprintf("%s%dc", c.id, i))
		}
		keyword := strings.Join(terms, " ")
		text := strings.Repeat(c.almost, 700<<10/len(c.almost)) + " " + keyword
		for _, titles := range []int{1, 20} {
			o := &sessiondex.Options{}
			o.SetTitleOptions(title.Options{CacheBytes: -1})
			e := newEngine(b, o, many(titles, func(i int, s *sessiondex.Session) { s.Title = fmt.Sprint(text, i) })...)
			require.NoError(b, e.WaitIndexed(b.Context()))
			q := query.Query{Keyword: keyword, Match: query.MatchAllTerms}
			b.Run(fmt.Sprintf("%s/%d titles", c.name, titles), func(b *testing.B) {
				for b.Loop() {
					require.Equal(b, titles, list(b, e, q).Total)
				}
			})
			if titles == 1 {
				b.Run(c.name+"/marks of a title", func(b *testing.B) {
					for b.Loop() {
						require.NotEmpty(b, q.Matches(text))
					}
				})
			}
		}
	}
}
