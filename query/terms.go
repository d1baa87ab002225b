package query

import (
	"index/suffixarray"
	"slices"
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

// longestTerms drops the terms that occur in another one.
func longestTerms(terms []string) []string {
	switch len(terms) {
	case 0:
		return nil
	case 1:
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
	lies := liesInAnother(folded)
	n := 0
	for i, f := range folded {
		if !lies(f) {
			kept[n] = kept[i]
			n++
		}
	}
	return kept[:n]
}

// liesInAnother returns a function that reports whether one of the terms, which must be
// distinct, is a part of another. A keyword can fill a whole request, so the time must not
// grow with the square of the number of terms: a suffix array of all of them counts how
// often a term occurs, and once is its own occurrence.
func liesInAnother(terms []string) func(term string) bool {
	const few = 8
	if len(terms) <= few {
		return func(term string) bool {
			return slices.ContainsFunc(terms, func(other string) bool { return len(other) > len(term) && strings.Contains(other, term) })
		}
	}
	text := suffixarray.New([]byte(strings.Join(terms, "\n")))
	return func(term string) bool { return len(text.Lookup([]byte(term), 2)) > 1 }
}
