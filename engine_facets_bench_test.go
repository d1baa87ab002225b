package sessiondex_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/query"
)

const facetSessions = 1_000_000

// facetEngine holds a million sessions of the corpus, without a title index.
var facetEngine = sync.OnceValues(func() (*sessiondex.Engine, error) {
	e, err := sessiondex.New(&sessiondex.Options{ScanTitles: true})
	if err != nil {
		return nil, err
	}
	sessions := slices.Collect(corpus.Sessions(corpus.Options{N: facetSessions, Seed: 1, OmitExtra: true}))
	return e, e.Put(context.Background(), sessions...)
})

func facetQueries() map[string]query.Query {
	states, channels := corpus.States(), corpus.SourceChannels()
	return map[string]query.Query{
		"default":    {},
		"everything": {IncludeSubSessions: true, IncludeTaskSessions: true},
		"1state":     {States: states[:1]},
		"2x2x1": {
			States: states[:2], SourceChannels: channels[:2], SessionTypes: corpus.SessionTypes()[:1],
		},
		"month": {CreatedAfter: corpus.Reference.AddDate(0, -2, 0), CreatedBefore: corpus.Reference.AddDate(0, -1, 0)},
		"app":   {AppID: corpus.AppID(20)},
		"all": {
			States: states[:3], SourceChannels: channels[:3], SessionTypes: corpus.SessionTypes()[:2],
			AppID: corpus.AppID(0), CreatedAfter: corpus.Reference.AddDate(-1, 0, 0),
		},
	}
}

func BenchmarkFacets(b *testing.B) {
	e, err := facetEngine()
	require.NoError(b, err)
	small := []string{"state", "source_channel", "session_type", "trigger_type", "kind"}
	for name, q := range facetQueries() {
		for set, o := range map[string]query.FacetOptions{
			"small": {Fields: small}, "all": {}, "days": {Fields: []string{"created_at"}, Period: query.Day},
		} {
			b.Run(fmt.Sprintf("%s/%s", set, name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := e.Facets(b.Context(), q, o); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
