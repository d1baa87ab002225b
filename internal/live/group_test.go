package live

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
)

// Of the tests that all windows wait for. Windows beyond the share are computed again by
// the group's own watchers.
func TestAGroupHasNoMoreThanItsShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t)
		join := func(group string, q query.Query) *Watcher {
			w, err := e.JoinGroup(t.Context(), group, q, "")
			require.NoError(t, err)
			return w
		}
		greedy := map[string]*Watcher{}
		title := ""
		for i := range 3000 {
			title += fmt.Sprintf("word%d ", i)
		}
		for i := range 2000 {
			name := fmt.Sprint("greedy ", i)
			greedy[name] = join("greedy", query.Query{Keyword: fmt.Sprint("absent ", i)})
			defer greedy[name].Leave()
		}
		modest := map[string]*Watcher{"modest": join("modest", query.Query{Keyword: "absent"}), "alone": join("", query.Query{Keyword: "absent"})}
		defer modest["modest"].Leave()
		defer modest["alone"].Leave()
		assert.NotSame(t, modest["modest"].listing, modest["alone"].listing, "windows are shared within a group only")
		all := map[string]*Watcher{}
		for _, some := range []map[string]*Watcher{greedy, modest} {
			for name, w := range some {
				all[name] = w
				next, err := w.Next(t.Context())
				require.NoError(t, err)
				w.Has(next)
				w.listing.cost = time.Hour // so that it is tested, whatever the test costs
			}
		}
		left := suspects(t, all, func() { e.put(entry(1, func(e *index.Entry) { e.Title = title })) })
		assert.Greater(t, len(left), 1000, "beyond its share the group's windows are not tested")
		assert.Less(t, len(left), 2000, "up to its share they are")
		for _, name := range []string{"modest", "alone"} {
			assert.NotContains(t, left, name, "others are tested whatever one group has")
		}
	})
}

// Its windows are computed a few at a time, and those of others meanwhile.
func TestAGroupTakesTurns(t *testing.T) {
	e := newEngine(t)
	e.put(entry(1))
	greedy, err := e.JoinGroup(t.Context(), "greedy", query.Query{}, "")
	require.NoError(t, err)
	modest, err := e.JoinGroup(t.Context(), "modest", query.Query{}, "")
	require.NoError(t, err)
	defer modest.Leave()
	turns := e.groups["greedy"].turns
	for range cap(turns) {
		turns <- struct{}{} // as if a window were being computed
	}
	ctx, cancel := context.WithCancel(t.Context())
	waited := make(chan error)
	go func() {
		_, err := greedy.Next(ctx)
		waited <- err
	}()
	window, err := modest.Next(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, window.Total)
	cancel()
	assert.ErrorIs(t, <-waited, context.Canceled)
	<-turns
	window, err = greedy.Next(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, window.Total)
	greedy.Leave()
	assert.NotContains(t, e.groups, "greedy", "the last one leaves nothing behind")
}
