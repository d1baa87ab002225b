package sessiondex_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/sessiondex/sessiondex"
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
