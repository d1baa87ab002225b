package query

import (
	"index/suffixarray"
	"strings"

	"github.com/sessiondex/sessiondex/internal/fold"
)

// Terms returns what the keyword is searched as, in the keyword's own spelling: each must
// occur, in any order. Nil without a keyword. Under MatchAllTerms those that are repeated
// or lie within another, both folded, are left out, since they change nothing.
func (q Query) Terms() []string {
	if q.Match == MatchAllTerms {
		return longestTerms(fold.Terms(q.Keyword))
	}
	if keyword := fold.Trim(q.Keyword); keyword != "" {
		return []string{keyword}
	}
	return nil
}

// longestTerms drops the terms that occur in another one. A keyword may be all of a
// request, so the time must not grow with the square of the number of terms: of terms
// without white space, joined by it, those that occur once lie in no other.
func longestTerms(terms []string) []string {
	if len(terms) < 2 {
		return terms
	}
	folded := make([]string, 0, len(terms))
	kept := terms[:0]
	seen := make(map[string]bool, len(terms))
	for _, term := range terms {
		if f := fold.String(term); !seen[f] {
			seen[f] = true
			kept, folded = append(kept, term), append(folded, f)
		}
	}
	text := suffixarray.New([]byte(strings.Join(folded, "\n")))
	n := 0
	for i, f := range folded {
		if len(text.Lookup([]byte(f), 2)) == 1 {
			kept[n] = kept[i]
			n++
		}
	}
	return kept[:n]
}
