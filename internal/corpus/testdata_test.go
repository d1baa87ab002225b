package corpus_test

import (
	"bytes"
	"iter"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/oracle"
	"github.com/sessiondex/sessiondex/query"
)

const testdataFile = "../../testdata/sessions.jsonl"

// testdataOptions are those of the command in testdata/README.md.
var testdataOptions = corpus.Options{N: 2000, Seed: 1}

// If this test fails, the generator has changed, and with it every corpus that was
// ever measured or committed: see Stability in the package documentation.
func TestTheCommittedFileIsWhatTheGeneratorGives(t *testing.T) {
	want, err := os.ReadFile(testdataFile)
	require.NoError(t, err)
	var got bytes.Buffer
	require.NoError(t, sessiondex.WriteJSONL(&got, withoutErrors(corpus.Sessions(testdataOptions))))

	wantLines, gotLines := bytes.SplitAfter(want, []byte("\n")), bytes.SplitAfter(got.Bytes(), []byte("\n"))
	require.Len(t, gotLines, len(wantLines))
	for i := range wantLines {
		require.Equal(t, string(wantLines[i]), string(gotLines[i]), "line %d", i+1)
	}
	assert.Less(t, len(want), 1_500_000, "the file stays small")
}

func TestTheCommittedFileReadsBackAsTheSessions(t *testing.T) {
	file, err := os.Open(testdataFile)
	require.NoError(t, err)
	defer file.Close()
	want := slices.Collect(corpus.Sessions(testdataOptions))
	i := 0
	for got, err := range sessiondex.ReadJSONL(file) {
		require.NoError(t, err)
		require.Less(t, i, len(want))
		require.Equal(t, want[i], got, "line %d", i+1)
		i++
	}
	assert.Equal(t, len(want), i)
}

func TestTheCommittedFileHasWhatExamplesShow(t *testing.T) {
	var o oracle.Oracle
	for s := range corpus.Sessions(testdataOptions) {
		o.Put(s)
	}
	reviews := o.List(query.Query{Keyword: "review", States: []string{"completed", "failed"}})
	assert.GreaterOrEqual(t, reviews.Total, 12)

	all := query.Query{IncludeSubSessions: true, IncludeTaskSessions: true}
	f := o.Facets(all, query.FacetOptions{})
	assert.Equal(t, 2000, f.Total)
	assert.Len(t, f.Field("state").Values, len(corpus.States()))
	assert.GreaterOrEqual(t, len(f.Field("source_channel").Values), len(corpus.SourceChannels())-2)
	assert.Len(t, f.Field("session_type").Values, len(corpus.SessionTypes()))
	assert.GreaterOrEqual(t, len(f.Field("trigger_type").Values), 8)
	assert.Positive(t, f.Field("kind").Count("both"))
	for _, keyword := range []string{"昨晚", "数据", "ё", "ß", "%", "_", "->", "🚀", "voice", "weekly rep", "データ", "데이터"} {
		all.Keyword = keyword
		assert.Positive(t, o.List(all).Total, keyword)
	}
	created := map[string]int{}
	giants := 0
	all.Keyword = ""
	for _, s := range o.All(all) {
		created[s.CreatedAt.String()+s.UpdatedAt.String()]++
		if len(s.Title) > 15_000 {
			giants++
		}
	}
	tied := 0
	for _, n := range created {
		if n > 1 {
			tied += n
		}
	}
	assert.GreaterOrEqual(t, tied, 10, "sessions with the same timestamps")
	assert.Equal(t, 1, giants)
}

func withoutErrors(sessions iter.Seq[sessiondex.Session]) iter.Seq2[sessiondex.Session, error] {
	return func(yield func(sessiondex.Session, error) bool) {
		for s := range sessions {
			if !yield(s, nil) {
				return
			}
		}
	}
}
