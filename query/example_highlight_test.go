package query_test

import (
	"fmt"

	"github.com/sessiondex/sessiondex/query"
)

func ExampleMatches() {
	title := "Große STRASSE"
	for _, r := range query.Matches(title, "ss") {
		fmt.Println(r.Start, r.End, title[r.Start:r.End])
	}
	// Output:
	// 3 5 ß
	// 11 13 SS
}

func ExampleQuery_Matches() {
	q := query.Query{Keyword: "review budget", Match: query.MatchAllTerms}
	title := "Budget review: Q3 budget"
	for _, r := range q.Matches(title) {
		fmt.Println(title[r.Start:r.End])
	}
	// Output:
	// Budget
	// review
	// budget
}
