package query

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sessiondex/sessiondex/internal/fold"
)

// MaxTerms is the most different terms that a keyword may have under [AllTerms].
const MaxTerms = 64

// Term is a string that a title must contain.
type Term struct {
	Text   string // trimmed, as it was asked
	Folded string // must be in the folded title
}

// Terms returns what a title must contain for a literal keyword to match: nothing
// without one, the keyword, or with [AllTerms] its terms, but none twice and none that
// lies within another. Validate bounds their number.
func (q Query) Terms() []Term {
	if q.Match != AllTerms {
		if keyword := fold.Trim(q.Keyword); keyword != "" {
			return []Term{{keyword, fold.String(keyword)}}
		}
		return nil
	}
	all, _ := distinctTerms(q.Keyword)
	var terms []Term
	for _, t := range all {
		if !slices.ContainsFunc(all, func(o Term) bool { return len(o.Folded) > len(t.Folded) && strings.Contains(o.Folded, t.Folded) }) {
			terms = append(terms, t)
		}
	}
	return terms
}

// distinctTerms returns the different terms of a keyword, and false if there are more
// than MaxTerms: it stops there.
func distinctTerms(keyword string) ([]Term, bool) {
	var terms []Term
	for text := range strings.FieldsSeq(keyword) {
		t := Term{Text: fold.Trim(text)}
		t.Folded = fold.String(t.Text)
		if t.Text == "" || slices.ContainsFunc(terms, func(o Term) bool { return o.Folded == t.Folded }) {
			continue
		}
		if len(terms) == MaxTerms {
			return terms, false
		}
		terms = append(terms, t)
	}
	return terms, true
}

// checkTerms is the rule for the keyword of a query.
func checkTerms(m Match, keyword string) (typ, message string) {
	if m != AllTerms {
		return "", ""
	}
	if _, ok := distinctTerms(keyword); !ok {
		return typeAtMost, "Input should have at most " + strconv.Itoa(MaxTerms) + " different terms"
	}
	return "", ""
}
