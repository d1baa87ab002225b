package sessiondex_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

func TestAnObserverIsToldOfEverything(t *testing.T) {
	var mu sync.Mutex
	var heard []string
	say := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, fmt.Sprintf(format, args...))
	}
	take := func() []string {
		mu.Lock()
		defer mu.Unlock()
		out := heard
		heard = nil
		return out
	}
	o := &sessiondex.Options{Observer: &sessiondex.Observer{
		Query: func(d sessiondex.QueryDone) {
			assert.GreaterOrEqual(t, d.Duration, 0*d.Duration)
			say("%s %d of %d by %q: %v", d.Op, d.Rows, d.Total, d.Plan.Method, d.Err)
		},
		Write: func(d sessiondex.WriteDone) { say("write %d: %v", d.Sessions, d.Err) },
		Sync:  func(d sessiondex.SyncDone) { say("sync %d, %v bytes: %v", d.Writes, d.Bytes > 0, d.Err) },
		Open:  func(d sessiondex.OpenDone) { say("open %s, %d: %v", filepath.Base(d.Path), d.Sessions, d.Err) },
	}}
	path := filepath.Join(t.TempDir(), "sessions.db")
	e := openDurable(t, path, o)
	assert.Equal(t, []string{"open sessions.db, 0: <nil>"}, take())
	require.NoError(t, e.Put(t.Context(), many(10, nil)...))
	assert.Equal(t, []string{"sync 1, true bytes: <nil>", "write 10: <nil>"}, take())
	require.NoError(t, e.Put(t.Context(), many(10, nil)...))
	_, err := e.Delete(t.Context(), "none")
	require.NoError(t, err)
	failed := errors.New("mine")
	_ = e.Tx(t.Context(), func(*sessiondex.Tx) error { return failed })
	assert.Equal(t, []string{"write 0: <nil>", "write 0: <nil>", "write 0: mine"}, take())

	list(t, e, query.Query{Limit: 3})
	all(t, e.Snapshot(), query.Query{})
	_, err = e.Count(t.Context(), query.Query{})
	require.NoError(t, err)
	_, err = e.Facets(t.Context(), query.Query{}, query.FacetOptions{})
	require.NoError(t, err)
	_, err = e.List(t.Context(), query.Query{Limit: -1})
	require.Error(t, err)
	got := take()
	require.Len(t, got, 5)
	assert.Regexp(t, `^List 3 of 10 by "[a-z]+": <nil>$`, got[0])
	assert.Equal(t, `All 10 of 0 by "": <nil>`, got[1])
	assert.Regexp(t, `^Count 0 of 10 by "[a-z]+": <nil>$`, got[2])
	assert.Equal(t, `Facets 0 of 10 by "": <nil>`, got[3])
	assert.Contains(t, got[4], "limit")
	require.NoError(t, e.Close())
	_, err = sessiondex.Open(filepath.Join(path, "below a file"), o)
	require.Error(t, err)
	assert.Contains(t, take()[0], "below a file")
}

func TestAnObserverHearsOfTheTitleIndex(t *testing.T) {
	var mu sync.Mutex
	var last sessiondex.TitleStats
	e := newEngine(t, &sessiondex.Options{Observer: &sessiondex.Observer{Merge: func(d sessiondex.MergeDone) {
		mu.Lock()
		defer mu.Unlock()
		last = d.Titles
	}}})
	require.NoError(t, e.Put(t.Context(), many(70_000, func(i int, s *sessiondex.Session) { s.Title = fmt.Sprint("title ", i) })...))
	require.NoError(t, e.WaitIndexed(t.Context()))
	mu.Lock()
	defer mu.Unlock()
	assert.Positive(t, last.Seals)
}
