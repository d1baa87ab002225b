package sessiondex

import (
	"context"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/query"
)

// Suggestion is a keyword that finds something.
type Suggestion struct {
	// Keyword is meant for a search by words.
	Keyword string `json:"keyword"`
	// Total is how many sessions the query lists with it.
	Total int `json:"total"`
}

const (
	maxSuggestions    = 5       // per answer
	maxSuggestedWords = 8       // per keyword
	maxSuggestedBytes = 1 << 10 // per keyword
	nearPerWord       = 4
)

// Suggest returns keywords similar to the query's that match at least one session by
// words, under the query's other conditions. It returns at most five, the nearest first,
// and none without a keyword or if the search by words is turned off. It is meant for a
// keyword that found nothing. The errors are *query.Error, ErrClosed and the context's.
//
// It costs some searches by words; the first of them may have to analyse all titles.
func (e *Engine) Suggest(ctx context.Context, q query.Query) ([]Suggestion, error) {
	return e.newest().Suggest(ctx, q)
}

// Suggest returns similar keywords that match something; see Engine.Suggest.
func (r version) Suggest(ctx context.Context, q query.Query) ([]Suggestion, error) {
	if r.view == nil {
		return nil, ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	words := fold.Terms(q.Keyword)
	if r.view.Words() == nil || len(words) == 0 || len(words) > maxSuggestedWords || len(q.Keyword) > maxSuggestedBytes {
		return nil, nil
	}
	q.Match, q.Typing, q.Typos, q.Cursor, q.Offset = query.MatchWords, false, false, "", 0
	near := make([][]string, len(words))
	for i, word := range words {
		seen := map[string]bool{}
		for _, row := range q.Conditions(r.view.Schema()).Texts {
			terms, err := r.view.NearestWords(ctx, row.Index, word, nearPerWord)
			if err != nil {
				return nil, err
			}
			for _, t := range terms {
				if !seen[t] {
					seen[t] = true
					near[i] = append(near[i], t)
				}
			}
		}
		if len(near[i]) == 0 {
			near[i] = []string{word}
		}
	}
	var out []Suggestion
	for _, keyword := range combinations(near) {
		q.Keyword = keyword
		total, err := r.Count(ctx, q)
		if err != nil {
			return nil, err
		}
		if total > 0 {
			out = append(out, Suggestion{keyword, total})
		}
		if len(out) == maxSuggestions {
			break
		}
	}
	return out, nil
}

// combinations returns keywords with one of words[i] as their i-th word: first the one
// of all first choices, then those that differ from it in one word.
func combinations(words [][]string) []string {
	best := make([]string, len(words))
	for i := range words {
		best[i] = words[i][0]
	}
	out := []string{strings.Join(best, " ")}
	for rank := 1; rank < nearPerWord; rank++ {
		for i := range words {
			if rank < len(words[i]) {
				other := slices.Clone(best)
				other[i] = words[i][rank]
				out = append(out, strings.Join(other, " "))
			}
		}
	}
	return out
}
