package index

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/fold"
)

// For both title indexes, through updates, renames and deletions, in old views too.
func TestSearchAgreesWithReadingEveryTitle(t *testing.T) {
	for name, titles := range map[string]func(t *testing.T) TitleIndex{
		"scanning": func(*testing.T) TitleIndex { return scanTitles{} },
		"indexed": func(t *testing.T) TitleIndex {
			x, err := NewIndexedTitles(nil)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, x.Close()) })
			return x
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRand(t)
			w := NewWriter(nil, titles(t))
			want := model{}
			keywords := []string{"a", "A\x00", "1", "12345678", "ss", "ß", "é", "\u0301", "数", "据", "weekly rep", "long", "g l", "x", "zzz", "😀"}
			var views []*View
			var models []map[string]string
			for range 12 {
				entries := batch(r, 60, 200)
				want.put(entries)
				w.Put(entries)
				ids := []string{fmt.Sprintf("s%d", r.IntN(200)), fmt.Sprintf("s%d", r.IntN(200))}
				want.delete(ids)
				w.Delete(ids)
				folded := make(map[string]string)
				for id, e := range want {
					folded[id] = fold.String(e.Title)
				}
				views, models = append(views, w.View()), append(models, folded)
			}
			for i, v := range views {
				require.NoError(t, v.Check())
				for _, keyword := range keywords {
					keyword = fold.String(keyword)
					found, _, err := v.Titles().Search(t.Context(), v, keyword)
					require.NoError(t, err)
					got := make(map[string]bool)
					for _, ord := range found.AppendTo(nil) {
						got[v.ID(ord)] = true
					}
					require.Len(t, got, found.N)
					for id, folded := range models[i] {
						require.Equal(t, strings.Contains(folded, keyword), got[id], "view %d, %q in %.50q", i, keyword, folded)
					}
				}
			}
		})
	}
}

// A large answer is a bit array, a small one a list.
func TestAScanGivesTheShapeThatSuitsTheNumber(t *testing.T) {
	w := NewWriter(nil, nil)
	var entries []Entry
	for i := range 2 * set.ListLimit(0) {
		entries = append(entries, Entry{ID: fmt.Sprint(i), Title: fmt.Sprintf("title %d", i)})
	}
	w.Put(entries)
	v := w.View()
	many, stats, err := v.Titles().Search(t.Context(), v, "title")
	require.NoError(t, err)
	assert.NotNil(t, many.Limbs)
	assert.Equal(t, len(entries), many.N)
	assert.Equal(t, TitleStats{Scanned: len(entries)}, stats)
	few, _, err := v.Titles().Search(t.Context(), v, "title 17")
	require.NoError(t, err)
	assert.Nil(t, few.Limbs)
	assert.Len(t, few.List, few.N)
}

func TestAScanEndsWithItsContext(t *testing.T) {
	w := NewWriter(nil, nil)
	w.Put([]Entry{{ID: "a", Title: "a"}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := w.View().Titles().Search(ctx, w.View(), "a")
	assert.ErrorIs(t, err, context.Canceled)
}
