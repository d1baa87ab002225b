package index

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// inApp returns sessions of one application.
func inApp(app string, from, to int) (entries []Entry) {
	for i := from; i < to; i++ {
		entries = append(entries, Entry{ID: fmt.Sprintf("%05d", i), Updated: second(i % 50), Values: [NumFields]string{App: app, State: "x"}})
	}
	return entries
}

func TestAValueOfManySessionsHasAnOrdering(t *testing.T) {
	w := NewWriter(nil, nil)
	put := func(entries []Entry) {
		w.Put(entries)
		require.NoError(t, w.View().Check())
	}
	put(inApp("one", 0, orderingFrom-1))
	assert.Nil(t, w.View().OrderingOf(App, "one"), "too few")
	assert.Nil(t, w.View().OrderingOf(App, "nobody"))
	put(inApp("one", orderingFrom-1, orderingFrom))
	before := w.View()
	require.NotNil(t, before.OrderingOf(App, "one"))
	assert.Equal(t, orderingFrom, before.OrderingOf(App, "one").Len())
	assert.Nil(t, before.OrderingOf(State, "x"), "states are told apart by their classes")

	put(inApp("two", 10, 60)) // moves them to another value
	assert.Equal(t, orderingFrom-50, w.View().OrderingOf(App, "one").Len(), "kept until there are very few")
	put(inApp("two", 60, 90))
	assert.Nil(t, w.View().OrderingOf(App, "one"))
	assert.Equal(t, orderingFrom, before.OrderingOf(App, "one").Len(), "an earlier version keeps its own")
	put(inApp("two", 90, 2000))
	assert.Equal(t, 1990, w.View().OrderingOf(App, "two").Len())
	var ids []string
	for i := range 2000 - orderingUpTo + 1 {
		ids = append(ids, fmt.Sprintf("%05d", i))
	}
	w.Delete(ids)
	require.NoError(t, w.View().Check())
	assert.Nil(t, w.View().OrderingOf(App, "two"))
}

// A write copies only what it changes.
func TestAChangeOfStateSharesOrderingsThatCountByKind(t *testing.T) {
	w := NewWriter(nil, nil)
	entries := inApp("one", 0, 1000)
	w.Put(entries)
	before := w.View()
	for i := range 50 {
		entries[i*7].Values[State] = fmt.Sprint("state-", i%3)
	}
	after := w.Put(entries)
	require.NoError(t, after.Check())
	assert.Same(t, before.OrderingOf(App, "one"), after.OrderingOf(App, "one"))
	assert.Same(t, before.fields[App], after.fields[App])
	for by := range Order(after.NumOrders()) {
		if by != ByUpdated { // whose visible sessions are counted by state
			assert.Same(t, before.orders[by], after.orders[by], "order %d", by)
		}
	}
	assert.NotSame(t, before.orders[ByUpdated], after.orders[ByUpdated])

	entries[9].Kind = Task
	hidden := w.Put(entries)
	require.NoError(t, hidden.Check())
	assert.NotSame(t, after.OrderingOf(App, "one"), hidden.OrderingOf(App, "one"))
	assert.NotSame(t, after.Ordering(ByUpdated, false), hidden.Ordering(ByUpdated, false))
}

// Around the numbers of sessions from which a value has an ordering.
func TestOrderingsOfValuesUnderRandomWrites(t *testing.T) {
	r := newRand(t)
	w := NewWriter(nil, nil)
	for range 120 {
		var entries []Entry
		var ids []string
		seen := make(map[string]bool)
		for range 1 + r.IntN(90) {
			e := Entry{ID: fmt.Sprint(r.IntN(900)), Updated: second(r.IntN(40)), Kind: Kind(r.IntN(NumKinds))}
			if seen[e.ID] {
				continue
			}
			seen[e.ID] = true
			e.Values[App] = pick(r, []string{"", "a", "b", "c"})
			e.Values[Workspace] = pick(r, []string{"", "w"})
			e.Values[State] = pick(r, []string{"running", "failed"})
			if r.IntN(3) == 0 {
				ids = append(ids, e.ID)
			} else {
				entries = append(entries, e)
			}
		}
		w.Put(entries)
		w.Delete(ids)
		require.NoError(t, w.View().Check())
	}
}
