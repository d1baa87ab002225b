//go:build !js

package sessiondex_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/index/shell"
	"github.com/sessiondex/sessiondex/index/words"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/oracle"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
)

// wordKeywords are typed into the listing; some find what tiny titles have.
var wordKeywords = []string{"invoice", "invioce", "review invo", "strasse", "istanbul", "cafe", "lodz", "don't", "weekly", "wekly rep", "昨晚", "据", "a", "ab", "100", "e", "й", "->"}

// Listings by words agree with a plain list of sessions, under all other conditions, while
// titles come, go and change, the index is begun, sealed and merged, or there is none.
func TestListingsByWordsAgreeWithTheNaiveTwin(t *testing.T) {
	r := testrand.New(t)
	busy := &sessiondex.Options{Words: &sessiondex.WordOptions{AtStart: true}}
	busy.SetWordOptions(shell.Options{SealTitles: 4, SealAfter: time.Nanosecond, MaxSegment: 32, FanOut: 2, CacheBytes: 2000})
	engines := []member{{"begun later", newEngine(t, nil)}, {"busy", newEngine(t, busy)}, {"loose", newEngine(t, &sessiondex.Options{Fold: sessiondex.FoldLoose, ScanTitles: true})}}
	a, err := words.NewAnalyser("")
	require.NoError(t, err)
	var twin oracle.Oracle
	for range 120 {
		batch := corpus.Tiny(r, 1+r.IntN(20))
		gone := corpus.TinyID(r.IntN(corpus.TinyIDs))
		for _, e := range engines {
			require.NoError(t, e.Put(t.Context(), batch...))
			_, err := e.Delete(t.Context(), gone)
			require.NoError(t, err)
		}
		twin.Put(batch...)
		twin.Delete(gone)
		for range 3 {
			q := wordQuestion(r)
			want := naiveWords(&twin, a, q)
			for _, e := range engines {
				if q.SortBy == query.Title && e.name == "loose" {
					continue // its titles are in another order
				}
				requireWordListing(t, e, q, want)
			}
		}
	}
}

// wordQuestion is a random query with a keyword by words.
func wordQuestion(r *rand.Rand) query.Query {
	q := corpus.RandomQuery(r)
	q.Keyword, q.Match = wordKeywords[r.IntN(len(wordKeywords))], query.MatchWords
	q.Typing, q.Typos = r.IntN(2) == 0, r.IntN(2) == 0
	if r.IntN(2) == 0 {
		q.IncludeSubSessions, q.IncludeTaskSessions = true, true
	}
	return q
}

// naiveWords is what a query by words lists.
func naiveWords(twin *oracle.Oracle, a *words.Analyser, q query.Query) []sessiondex.Session {
	k := a.Keyword(q.Keyword, q.Typing, q.Typos)
	q.Keyword, q.Match, q.Typing, q.Typos = "", "", false, false
	return slices.DeleteFunc(twin.All(q), func(s sessiondex.Session) bool { return !k.Match(s.Title) })
}

// requireWordListing asks an engine for the listing by offset and by cursor, its counts and
// its reasons.
func requireWordListing(t *testing.T, e member, q query.Query, want []sessiondex.Session) {
	t.Helper()
	require.Equal(t, idsOf(want[min(q.Offset, len(want)):]), idsOf(all(t, e, q)), "%s: %+v", e.name, q)
	p := list(t, e, q)
	require.Equal(t, len(want), p.Total, "%s: %+v", e.name, q)
	facets, err := e.Facets(t.Context(), q, query.FacetOptions{})
	require.NoError(t, err)
	require.Equal(t, len(want), facets.Total, "%s: %+v", e.name, q)
	q.Offset, q.Limit = 0, 3
	ids := []string{}
	for range 4 {
		p := list(t, e, q)
		ids = append(ids, idsOf(p.Items)...)
		if q.Cursor = p.NextCursor; !p.HasMore {
			break
		}
	}
	require.Equal(t, idsOf(want[:len(ids)]), ids, "%s: %+v", e.name, q)
	q.Cursor = ""
	for _, s := range want[:min(3, len(want))] {
		why, err := e.Why(t.Context(), q, s.ID)
		require.NoError(t, err)
		require.True(t, why.Listed, "%s: %q in %+v", e.name, s.ID, q)
		matches, err := e.Matches(t.Context(), q, s)
		require.NoError(t, err)
		require.NotEmpty(t, matches, "%s: %q in %+v", e.name, s.Title, q)
	}
}
