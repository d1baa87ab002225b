package main

import (
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/oracle"
	"github.com/sessiondex/sessiondex/query"
)

// worlds are the data sets of the tests.
var worlds = map[string]dataset{
	"default": {N: 2000, Seed: 1},
	"hidden":  {N: 2000, Seed: 2, Preset: corpus.Hidden},
}

// plan returns the questions for a data set, and the sample of sessions to change.
func plan(t *testing.T, d dataset) ([]question, []sessiondex.Session) {
	t.Helper()
	w, err := chooseWords(d)
	require.NoError(t, err)
	sample, err := d.sample(sampleSize)
	require.NoError(t, err)
	return questions(d, w, sample), sample
}

// filled returns a candidate that holds the data set, changed by some updates.
func filled(t *testing.T, e entrant, d dataset, sample []sessiondex.Session) candidate {
	t.Helper()
	c, err := e.make(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, c.close()) })
	require.NoError(t, fillIn(c, d, sample))
	return c
}

// fillIn loads the data set and changes some of it.
func fillIn(c candidate, d dataset, sample []sessiondex.Session) error {
	all, err := d.collect()
	if err != nil {
		return err
	}
	if err := c.load(all); err != nil {
		return err
	}
	u := newUpdates(slices.Clone(sample))
	if err := c.put(u.batch(100)); err != nil {
		return err
	}
	for range 100 {
		if err := c.put([]sessiondex.Session{u.next()}); err != nil {
			return err
		}
	}
	return c.put([]sessiondex.Session{{
		ID: "new", Title: "Ein \"neues\" Gespräch: 100 %", State: "running", CreatedAt: corpus.Reference, UpdatedAt: corpus.Reference,
	}})
}

// extraQuestions go beyond the report: characters that are special to SQL, FTS5 or regular
// expressions, and the remaining orders.
func extraQuestions() []question {
	var keywords, orders []query.Query
	for _, k := range []string{`"`, `""`, `100 %`, `%`, `_`, `*`, `\`, `.`, `a.c`, `neues" G`, `GESPRÄCH`, `(`, `[`, `?`, ` - `, `Ein "neues" G`} {
		keywords = append(keywords, query.Query{Keyword: k}, query.Query{Keyword: k, IncludeTaskSessions: true, SortBy: query.Title})
	}
	for _, by := range []query.SortField{query.UpdatedAt, query.CreatedAt, query.Title} {
		for _, direction := range []query.Direction{query.Asc, query.Desc} {
			for _, offset := range []int{0, 333, 1_000_000} {
				orders = append(orders, query.Query{SortBy: by, SortDirection: direction, Offset: offset, Limit: 70},
					query.Query{SortBy: by, SortDirection: direction, Offset: offset, IncludeTaskSessions: true, IncludeSubSessions: true})
			}
		}
	}
	return []question{
		{Name: "signs", Kind: listKind, Queries: keywords},
		{Name: "orders", Kind: listKind, Queries: orders},
		{Name: "members", Kind: listKind, Queries: []query.Query{
			{WorkspaceID: corpus.WorkspaceID(0)},
			{AOPAssetID: corpus.AssetID(0)},
			{TriggerTypes: corpus.TriggerTypes()[:2], IncludeTaskSessions: true},
			{CreatedAfter: corpus.Reference.AddDate(0, -6, 0)},
			{CreatedBefore: corpus.Reference.AddDate(0, -6, 0), Keyword: "re"},
			{States: []string{"no such state"}},
		}},
		{Name: "cursor by title", Kind: cursorKind, Queries: []query.Query{{SortBy: query.Title, SortDirection: query.Asc}}},
		{Name: "cursor within a week by title", Kind: cursorKind, Queries: []query.Query{{
			CreatedAfter: corpus.Reference.AddDate(0, -3, 0), SortBy: query.Title, Limit: 7,
		}}},
		{Name: "cursor of an application", Kind: cursorKind, Queries: []query.Query{{AppID: corpus.AppID(0), SortDirection: query.Asc, Limit: 7}}},
		{Name: "states of all", Kind: statesKind, Queries: []query.Query{{IncludeSubSessions: true, IncludeTaskSessions: true, States: []string{"running"}}}},
	}
}

// As a plain slice, after a load and some updates.
func TestEveryCandidateGivesTheSameAnswers(t *testing.T) {
	for name, d := range worlds {
		qs, sample := plan(t, d)
		qs = append(qs, extraQuestions()...)
		said := map[string][]answers{}
		for _, e := range entrants() {
			t.Run(name+"/"+e.name, func(t *testing.T) {
				c := filled(t, e, d, sample)
				for _, q := range qs {
					a, err := ask(t.Context(), c, d, q, time.Hour)
					require.NoError(t, err)
					if _, ok := c.(faceter); q.Kind == facetsKind && !ok {
						require.Equal(t, errUnsupported.Error(), a.Unsupported)
					} else {
						require.Empty(t, a.Unsupported)
						require.NotEmpty(t, a.Lines)
					}
					said[e.name] = append(said[e.name], a)
				}
				for i := range qs {
					if qs[i].Kind != facetsKind { // the slice has no facets
						require.Len(t, said[e.name][i].Lines, len(said["slice"][i].Lines), qs[i].Name)
					}
				}
				assert.NoError(t, disagreements(qs, "slice", said["slice"], e.name, said[e.name]))
				if f, ok := c.(forgetter); ok {
					require.NoError(t, f.forget(func() error { return fillIn(c, d, sample) }))
					for i, q := range qs {
						a, err := ask(t.Context(), c, d, q, time.Hour)
						require.NoError(t, err)
						assert.Equal(t, said[e.name][i], a, "after forgetting")
					}
				}
				if r, ok := c.(reopener); ok {
					require.NoError(t, c.close())
					require.NoError(t, r.reopen())
					size, err := r.size()
					require.NoError(t, err)
					assert.Positive(t, size)
					a, err := ask(t.Context(), c, d, qs[0], time.Hour)
					require.NoError(t, err)
					assert.Equal(t, said[e.name][0], a, "after reopening")
				}
			})
		}
	}
}

// No other candidate counts all of them.
func TestFacetsAgreeWithTheOracle(t *testing.T) {
	d := worlds["default"]
	qs, sample := plan(t, d)
	found, err := selectEntrants([]string{us})
	require.NoError(t, err)
	c := filled(t, found[0], d, sample)
	slice := filled(t, entrants()[0], d, sample).(*plainSlice)
	var twin oracle.Oracle
	for _, r := range slice.rows {
		twin.Put(r.Session)
	}
	asked := 0
	for _, q := range qs {
		for _, at := range q.Queries {
			if q.Kind == facetsKind {
				asked++
				got, err := facets(t.Context(), c, at)
				require.NoError(t, err)
				assert.Equal(t, twin.Facets(at, query.FacetOptions{}), got)
			}
		}
	}
	assert.Positive(t, asked)
}

// The slice is the reference for the other candidates.
func TestTheSliceAgreesWithTheOracle(t *testing.T) {
	d := worlds["default"]
	qs, sample := plan(t, d)
	slice := filled(t, entrants()[0], d, sample).(*plainSlice)
	var twin oracle.Oracle
	for _, r := range slice.rows {
		twin.Put(r.Session)
	}
	for _, q := range append(qs, extraQuestions()...) {
		for _, query := range q.Queries {
			want := twin.List(query)
			got, err := slice.list(t.Context(), query)
			require.NoError(t, err)
			assert.Equal(t, pageLine(want.Items, want.Total), pageLine(got.items, got.total), "%s: %+v", q.Name, query)
			if q.Kind == statesKind {
				got, err := slice.states(t.Context(), query)
				require.NoError(t, err)
				assert.Equal(t, twin.Facets(query, byState).Field("state").Values, got)
			}
		}
	}
}

func TestAHitWhereThereShouldBeNoneIsShown(t *testing.T) {
	d := worlds["default"]
	_, sample := plan(t, d)
	c := filled(t, entrants()[0], d, sample)
	q := question{Name: "keyword without a hit", Kind: listKind, Empty: true, Queries: []query.Query{{Keyword: "qzxqzx"}, {Keyword: "neues"}}}
	_, err := ask(t.Context(), c, d, q, time.Hour)
	assert.ErrorContains(t, err, `"neues" was to be in no title, and is in 1`)
}

func TestADisagreementIsShown(t *testing.T) {
	q := question{Name: "default listing", Kind: listKind, Queries: []query.Query{{Offset: 7}}}
	a := []answers{{Question: q.Name, Lines: []string{"total 1: a"}}}
	b := []answers{{Question: q.Name, Lines: []string{"total 1: b"}}}
	assert.NoError(t, disagreements([]question{q}, "x", a, "y", a))
	err := disagreements([]question{q}, "x", a, "y", b)
	for _, part := range []string{"x and y", "default listing", "Offset:7", "total 1: a", "total 1: b"} {
		assert.ErrorContains(t, err, part)
	}
	b[0].Unsupported = "has no index for it"
	assert.NoError(t, disagreements([]question{q}, "x", a, "y", b))
}

// The same with the peers that a plain build leaves out, as for a report.
func TestPeersBehindBuildTagsAgreeToo(t *testing.T) {
	if complete {
		names := []string{}
		for _, e := range entrants() {
			names = append(names, e.name)
		}
		assert.Contains(t, names, "sqlite-mattn")
		return
	}
	test := exec.CommandContext(t.Context(), "go", "test", "-tags", "sqlite_fts5", "-run", "TestEveryCandidate", ".")
	test.Env = os.Environ()
	out, err := test.CombinedOutput()
	assert.NoError(t, err, "%s", out)
}
