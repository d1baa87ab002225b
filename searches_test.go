//go:build !js

package sessiondex_test

import (
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

func searched(t testing.TB, o sessiondex.Options) *sessiondex.Engine {
	o.Fields = []schema.Field{corpus.Preview}
	return newEngine(t, &o, corpus.SearchedSessions()...)
}

// requireFinds searches an engine in every way.
func requireFinds(t *testing.T, e *sessiondex.Engine, search corpus.Search) {
	t.Helper()
	v, err := url.ParseQuery(search.Params)
	require.NoError(t, err)
	q, err := query.ParseWith(e.Schema(), v)
	require.NoError(t, err)
	var titles []string
	for s, err := range e.All(t.Context(), q) {
		require.NoError(t, err)
		titles = append(titles, s.Title)
	}
	assert.ElementsMatch(t, search.Found, titles, search.Params)
	total, err := e.Count(t.Context(), q)
	require.NoError(t, err)
	assert.Equal(t, len(search.Found), total, search.Params)
	facets, err := e.Facets(t.Context(), q, query.FacetOptions{})
	require.NoError(t, err)
	assert.Equal(t, len(search.Found), facets.Total, search.Params)
	for _, s := range corpus.SearchedSessions() {
		listed := slices.Contains(search.Found, s.Title)
		matches, err := e.Matches(t.Context(), q, s)
		require.NoError(t, err)
		assert.Equal(t, listed && q.Keyword != "", len(matches) > 0, "%s in %q", search.Params, s.Title)
		for _, m := range matches {
			assert.NotEmpty(t, m.Ranges, "%s in %q", search.Params, s.Title)
		}
		why, err := e.Why(t.Context(), q, s.ID)
		require.NoError(t, err)
		assert.Equal(t, listed, why.Listed, "%s in %q", search.Params, s.Title)
	}
}

func TestWhatPeopleTypeIsFound(t *testing.T) {
	for name, o := range map[string]sessiondex.Options{
		"analysed as it goes": {}, "indexed": {Words: &sessiondex.WordOptions{AtStart: true}}, "loose": {Fold: sessiondex.FoldLoose},
	} {
		e := searched(t, o)
		for round := range 2 {
			for _, search := range corpus.WordSearches {
				requireFinds(t, e, search)
			}
			require.NoError(t, e.WaitIndexed(t.Context()), "%s, %d", name, round)
		}
	}
}

func TestLiteralKeywordsFindWhatIsWritten(t *testing.T) {
	for _, o := range []sessiondex.Options{{}, {ScanTitles: true}} {
		e := searched(t, o)
		for _, search := range corpus.LiteralSearches {
			requireFinds(t, e, search)
		}
	}
}

func TestLooseFoldingFindsWhatIsLeftOut(t *testing.T) {
	for _, o := range []sessiondex.Options{{}, {ScanTitles: true}} {
		o.Fold = sessiondex.FoldLoose
		e := searched(t, o)
		for _, search := range corpus.LooseSearches {
			requireFinds(t, e, search)
		}
	}
}
