package main

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/corpus"
)

// Measuring fails unless every store finds something in every row that it supports, and those
// with the same rules agree.
func TestWordStoresAgree(t *testing.T) {
	rows, by, err := measureWords(context.Background(), dataset{N: 3000, Preset: corpus.Default}, 50*time.Millisecond)
	require.NoError(t, err)
	for _, e := range wordEntrants() {
		times, ok := by[e.name]
		if !ok {
			assert.Equal(t, "tantivy", e.name, "only what is not installed may be absent")
			continue
		}
		assert.NotZero(t, times[wordLoad].Median, e.name)
		for _, row := range rows {
			timed, ok := times[row.name]
			if !ok {
				assert.Equal(t, "with a typo", row.name, e.name)
				continue
			}
			assert.NotZero(t, timed.hits, "%s: %s", e.name, row.name)
		}
	}
	assert.NotEmpty(t, rows[0].queries)
	assert.True(t, slices.ContainsFunc(wordEntrants(), func(e wordEntrant) bool { return e.rules == sameAnalyser }))
	_, _, err = new(wordSQLite).find(t.Context(), wordQuery{text: "word", typos: true})
	assert.True(t, errors.Is(err, errUnsupported))
}
