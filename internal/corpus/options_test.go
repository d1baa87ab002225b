package corpus_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/corpus"
)

func TestFaultyOptionsAreNamed(t *testing.T) {
	for _, c := range []struct {
		o    corpus.Options
		want string
	}{
		{corpus.Options{N: -1}, "corpus: N must be from 0 to 1000000000, got -1"},
		{corpus.Options{N: corpus.MaxN + 1}, "corpus: N must be from 0 to 1000000000, got 1000000001"},
		{corpus.Options{N: 1, Preset: "busy"}, `corpus: Preset must be "default" or "hidden", got "busy"`},
		{corpus.Options{N: 1, Apps: -2}, "corpus: Apps must be from 1 to 1048576, or 0 for the default, got -2"},
		{corpus.Options{N: 1, Workspaces: corpus.MaxValues + 1}, "corpus: Workspaces must be from 1 to 1048576, or 0 for the default, got 1048577"},
		{corpus.Options{N: 1, Assets: -1}, "corpus: Assets must be from 1 to 1048576, or 0 for the default, got -1"},
	} {
		require.EqualError(t, c.o.Validate(), c.want)
		for s := range corpus.Sessions(c.o) {
			require.Fail(t, "a session came of faulty options", "%+v", s)
		}
	}
}

func TestSmallestAndLargestOptionsWork(t *testing.T) {
	for _, o := range []corpus.Options{
		{},
		{N: 1},
		{N: 3, Preset: corpus.Hidden, Apps: 1, Workspaces: 1, Assets: 1, OmitExtra: true},
		{N: 1200, Seed: 1<<64 - 1, Apps: corpus.MaxValues, Workspaces: corpus.MaxValues, Assets: 1},
	} {
		require.NoError(t, o.Validate())
		n := 0
		for s := range corpus.Sessions(o) {
			require.NoError(t, s.Validate())
			n++
		}
		assert.Equal(t, o.N, n)
	}
}

func TestALargeCorpusCanBeLeftAnywhere(t *testing.T) {
	n := 0
	for range corpus.Sessions(corpus.Options{N: corpus.MaxN, Seed: 3}) {
		if n++; n == 10 {
			break
		}
	}
	assert.Equal(t, 10, n)
}
