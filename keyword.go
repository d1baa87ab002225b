package sessiondex

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
	"github.com/sessiondex/sessiondex/schema"
)

// FieldMatch says where a session's field matches a query's keyword.
type FieldMatch struct {
	// Field is the name of the field: "title", or a declared text field.
	Field string `json:"field"`
	// Text is the text that Ranges refer to: the title, or an excerpt of the field of
	// at most MaxSnippet characters around the first match.
	Text string `json:"text"`
	// Ranges are the bytes of Text to highlight, in ascending order and disjoint.
	Ranges []query.Range `json:"ranges"`
}

// MaxSnippet is the length of the longest snippet of a text field, in characters.
const MaxSnippet = 160

// Matches returns the fields of a session that match the query's keyword, literally or
// by words as the query says, for a user interface to highlight; none if there is no
// keyword or it does not match. The query's other conditions do not matter, so the
// session may come from an earlier page. The errors are *query.Error, ErrClosed and the
// context's. It costs some microseconds for a title of usual length.
func (e *Engine) Matches(ctx context.Context, q query.Query, s Session) ([]FieldMatch, error) {
	return e.newest().Matches(ctx, q, s)
}

// Matches returns the fields of a session that match; see Engine.Matches.
func (r version) Matches(ctx context.Context, q query.Query, s Session) ([]FieldMatch, error) {
	if r.view == nil {
		return nil, ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := q.ValidateWith(r.view.Schema()); err != nil {
		return nil, err
	}
	q = q.Normalized()
	if q.Match != query.MatchWords {
		if ranges := q.MatchesIn(r.view.Fold(), s.Title); ranges != nil {
			return []FieldMatch{{"title", s.Title, ranges}}, nil
		}
		return nil, nil
	}
	if q.Keyword == "" {
		return nil, nil
	}
	k, err := plan.WordKeyword(r.view.Words(), &q)
	if err != nil {
		return nil, err
	}
	var out []FieldMatch
	for _, row := range q.Conditions(r.view.Schema()).Texts {
		text := s.Title
		if row.Index != schema.RowTitle {
			ord, ok := r.view.Find(s.ID)
			if !ok {
				continue
			}
			text = r.view.WordText(row.Index, ord)
		}
		ranges := rangesOf(k.Ranges(text))
		if ranges == nil {
			continue
		}
		if row.Index != schema.RowTitle {
			text, ranges = snippet(text, ranges)
		}
		out = append(out, FieldMatch{row.Name, text, ranges})
	}
	return out, nil
}

func rangesOf(pairs [][2]int) []query.Range {
	var out []query.Range
	for _, p := range pairs {
		out = append(out, query.Range{Start: p[0], End: p[1]})
	}
	return out
}

// snippet cuts the excerpt with the most matches out of a text: at most MaxSnippet
// characters, beginning a little before the first match.
func snippet(text string, ranges []query.Range) (string, []query.Range) {
	if utf8.RuneCountInString(text) <= MaxSnippet {
		return text, ranges
	}
	const lead = 32 // characters before the first match
	best, bestFrom, bestTo, bestCount := 0, 0, 0, 0
	for i, first := range ranges {
		from := backwards(text, first.Start, lead)
		to := forwards(text, from, MaxSnippet)
		n := 0
		for _, r := range ranges[i:] {
			if r.End <= to {
				n++
			}
		}
		if n > bestCount {
			best, bestFrom, bestTo, bestCount = i, from, to, n
		}
	}
	if bestCount == 0 { // a match longer than a snippet
		r := ranges[0]
		to := forwards(text, r.Start, MaxSnippet)
		return text[r.Start:to], []query.Range{{Start: 0, End: to - r.Start}}
	}
	out := make([]query.Range, 0, bestCount)
	for _, r := range ranges[best : best+bestCount] {
		out = append(out, query.Range{Start: r.Start - bestFrom, End: r.End - bestFrom})
	}
	return text[bestFrom:bestTo], out
}

// backwards returns where the n-th character before an offset starts.
func backwards(text string, at, n int) int {
	for ; n > 0 && at > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(text[:at])
		at -= size
	}
	return at
}

// forwards returns where the n-th character after an offset starts.
func forwards(text string, at, n int) int {
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

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
