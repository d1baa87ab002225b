package query

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTermsNamedTwiceOrWithinOthersCostNothing(t *testing.T) {
	for keyword, want := range map[string][]string{
		"":                                 nil,
		" \ufeff ":                         nil,
		"report":                           {"report"},
		"report report REPORT":             {"report"},
		"rep report\u200b port weekly":     {"report", "weekly"},
		"a ab abc bc":                      {"abc"},
		strings.Repeat("same Same ", 5000): {"same"},
	} {
		var got []string
		for _, term := range (Query{Keyword: keyword, Match: AllTerms}).Terms() {
			got = append(got, term.Folded)
		}
		assert.Equal(t, want, got, "%.40q", keyword)
	}
	assert.Equal(t, []Term{{"A ab", "a ab"}}, Query{Keyword: " A ab "}.Terms())
	assert.Nil(t, Query{Keyword: " "}.Terms())
}

func TestTermsAreBounded(t *testing.T) {
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "t%d. ", i)
		}
		return b.String()
	}
	require.NoError(t, Query{Keyword: many(MaxTerms) + many(MaxTerms), Match: AllTerms}.Validate())
	require.NoError(t, Query{Keyword: many(20_000)}.Validate(), "as a phrase it is one")
	for _, n := range []int{MaxTerms + 1, 20_000} {
		err := Query{Keyword: many(n), Match: AllTerms}.Validate()
		var e *Error
		require.ErrorAs(t, err, &e)
		require.Len(t, e.Faults, 1)
		assert.Equal(t, paramQuery, e.Faults[0].Param)
		assert.Equal(t, typeAtMost, e.Faults[0].Type)
		assert.Contains(t, e.Faults[0].Message, "at most 64 different terms")

		_, err = Parse(url.Values{"query": {many(n)}, "match": {"all_terms"}})
		assert.Equal(t, e, err, "the other door")
	}
}
