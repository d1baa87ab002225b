package plan

import (
	"context"
	"fmt"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/query"
)

// This file answers keywords of MatchWords: one of the rows that are searched must have
// every word.

// WordKeyword analyses a query's keyword for a search by words. It refuses it where that
// is turned off, and one of more words than can be searched for.
func WordKeyword(search index.WordSearch, q *query.Query) (index.WordKeyword, error) {
	if search == nil {
		return nil, &query.Error{Faults: []query.Fault{{
			Param: "match", Type: "value_error", Message: "The search by words is turned off",
		}}}
	}
	k := search.Keyword(q.Keyword, q.Typing, q.Typos)
	if n := k.Words(); n > query.MaxTerms {
		return nil, &query.Error{Faults: []query.Fault{query.NewFault("query", "too_long",
			fmt.Sprintf("Input should have at most %d different words, and has %d", query.MaxTerms, n), q.Keyword)}}
	}
	return k, nil
}

// words is searchTitles for such a query.
func (f *filter) words(ctx context.Context) error {
	k, err := WordKeyword(f.v.Words(), f.q)
	if err != nil {
		return err
	}
	var sets []set.Found
	for i, row := range f.c.Texts {
		found, stats, err := f.v.SearchWords(ctx, row.Index, k)
		if err != nil {
			return err
		}
		f.titles = addStats(f.titles, stats, i == 0)
		sets = append(sets, found)
	}
	f.found = set.UnionOf(sets, f.v.Limit())
	f.conds = append(f.conds, cond{of: ofKeyword, size: f.found.N, clause: set.Clause{Found: &f.found}})
	return nil
}
