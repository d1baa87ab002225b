package sessiondex_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

func ExampleFold() {
	e, err := sessiondex.New(&sessiondex.Options{Fold: sessiondex.FoldLoose})
	if err != nil {
		panic(err)
	}
	defer e.Close()
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for i, title := range []string{"Eclipse", "Café de Łódź", "éclair", "Don’t panic"} {
		err := e.Put(context.Background(), sessiondex.Session{ID: fmt.Sprint(i), Title: title, CreatedAt: at, UpdatedAt: at})
		if err != nil {
			panic(err)
		}
	}
	for _, keyword := range []string{"", "cafe de lodz", "n't"} {
		q := query.Query{Keyword: keyword, SortBy: query.Title, SortDirection: query.Asc}
		for s, err := range e.All(context.Background(), q) {
			if err != nil {
				panic(err)
			}
			matches, _ := e.Matches(context.Background(), q, s)
			for _, m := range matches {
				r := m.Ranges[0]
				fmt.Printf("%q matches %q of ", keyword, m.Text[r.Start:r.End])
			}
			fmt.Println(s.Title)
		}
	}
	// Output:
	// Café de Łódź
	// Don’t panic
	// éclair
	// Eclipse
	// "cafe de lodz" matches "Café de Łódź" of Café de Łódź
	// "n't" matches "n’t" of Don’t panic
}

// A file knows nothing of folding: each time it is opened, titles are found and sorted as
// the engine folds, and a cursor goes on there.
func TestAFileOpensUnderAnyFold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	titles := []string{"Éb", "ea", "ec", "zz", "Éd"}
	cursor := ""
	for i, fold := range []sessiondex.Fold{sessiondex.FoldCase, sessiondex.FoldLoose, sessiondex.FoldCase} {
		e, err := sessiondex.Open(path, &sessiondex.Options{Fold: fold, Fields: []schema.Field{{Name: "owner", Type: schema.Keyword, Sorted: true}}})
		require.NoError(t, err)
		if i == 0 {
			require.NoError(t, e.Put(t.Context(), many(len(titles), func(i int, s *sessiondex.Session) {
				s.Title = titles[i]
				require.NoError(t, s.SetMember("owner", titles[i]))
			})...))
		}
		loose := fold == sessiondex.FoldLoose
		want, found := []string{"ea", "ec", "zz", "Éb", "Éd"}, 2
		if loose {
			want, found = []string{"ea", "Éb", "ec", "Éd", "zz"}, 4
		}
		for _, by := range []query.SortField{query.Title, "owner"} {
			q := query.Query{SortBy: by, SortDirection: query.Asc, Limit: 2}
			var got []string
			for _, s := range all(t, e, q) {
				got = append(got, s.Title)
			}
			assert.Equal(t, want, got, "%v by %s", fold, by)
			if q.Cursor = cursor; cursor != "" && by == query.Title { // of the other fold: behind the same title
				assert.Equal(t, "Éd", list(t, e, q).Items[0].Title)
			}
			q.Cursor = ""
			q.Cursor = list(t, e, q).NextCursor
			if by == query.Title {
				cursor = q.Cursor
			}
			assert.Equal(t, want[2], list(t, e, q).Items[0].Title, "%v by %s", fold, by)
		}
		assert.Equal(t, found, list(t, e, query.Query{Keyword: "e"}).Total, fold)
		require.NoError(t, e.Verify(t.Context()))
		require.NoError(t, e.Close())
	}
	_, err := sessiondex.New(&sessiondex.Options{Fold: 7})
	assert.ErrorContains(t, err, "option Fold must be FoldCase or FoldLoose, got Fold(7)")
}

// A watch compares as the listing does.
func TestWatchesFoldLoosely(t *testing.T) {
	e := newEngine(t, &sessiondex.Options{Fold: sessiondex.FoldLoose}, withTitle("a", "Bar"), withTitle("b", "Cab"))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	n := 0
	for ev, err := range e.Watch(ctx, query.Query{Keyword: "cafe", SortBy: query.Title}, nil) {
		require.NoError(t, err)
		if n++; n == 1 {
			assert.Zero(t, ev.Page.Total)
			require.NoError(t, e.Put(ctx, withTitle("a", "Café")))
			continue
		}
		break
	}
	require.Equal(t, 2, n)
}

func withTitle(id, title string) sessiondex.Session {
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	return sessiondex.Session{ID: id, Title: title, CreatedAt: at, UpdatedAt: at}
}
