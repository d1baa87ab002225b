package index

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// randomWrite puts or deletes some sessions out of few ids.
func randomWrite(r *rand.Rand, w *Writer, ids int) *View {
	n := 1 + r.IntN(20)
	if r.IntN(3) > 0 {
		return w.Put(batch(r, n, ids))
	}
	var gone []string
	for range n {
		gone = append(gone, fmt.Sprintf("s%d", r.IntN(ids)))
	}
	v, _ := w.Delete(gone)
	return v
}

// entriesOf returns the sessions of a view by id.
func entriesOf(v *View) map[string]Entry {
	all := map[string]Entry{}
	for ord := range v.limit {
		if s := v.slots.get(ord); s != nil && s.used() {
			all[s.id()] = s.entry()
		}
	}
	return all
}

// requireDiff checks Diff against a comparison of all sessions.
func requireDiff(t *testing.T, older, newer *View) {
	t.Helper()
	before, after := entriesOf(older), entriesOf(newer)
	for id, e := range after {
		if was, ok := before[id]; ok && was == e {
			delete(before, id)
			delete(after, id)
		}
	}
	seen := map[string]bool{}
	for was, is := range Diff(older, newer) {
		id := ""
		if was.Used() {
			id = was.ID()
			require.Equal(t, before[id], was.Entry())
		}
		if is.Used() {
			require.True(t, id == "" || id == is.ID(), "two sessions in one difference")
			id = is.ID()
			require.Equal(t, after[id], is.Entry())
		}
		require.Equal(t, was.Used(), before[id].ID != "", id)
		require.Equal(t, is.Used(), after[id].ID != "", id)
		require.False(t, seen[id], "%s comes twice", id)
		seen[id] = true
	}
	maps.Copy(before, after)
	require.Len(t, seen, len(before), "some differences are missing")
}

// Deletions and new sessions give ordinals to other ids. Views share structure, or share
// nothing.
func TestDiffAgreesWithAComparison(t *testing.T) {
	r := newRand(t)
	w := NewWriter(nil, nil)
	views := []*View{w.View()}
	for range 120 {
		views = append(views, randomWrite(r, w, 150))
		requireDiff(t, views[r.IntN(len(views))], views[len(views)-1])
		requireDiff(t, views[len(views)-1], views[r.IntN(len(views))])
	}
	other := NewWriter(nil, nil)
	last := entriesOf(w.View())
	other.Put(slices.SortedFunc(maps.Values(last), func(a, b Entry) int { return len(a.Title) - len(b.Title) }))
	for range Diff(w.View(), other.View()) {
		t.Fatal("the same contents differ")
	}
	for range 5 {
		requireDiff(t, randomWrite(r, other, 150), w.View())
	}
}

// Neither in the sessions, nor in an index, nor in later writes.
func TestARollbackLeavesNothingBehind(t *testing.T) {
	r := newRand(t)
	indexed, err := NewIndexedTitles(nil)
	require.NoError(t, err)
	defer indexed.Close()
	w := NewWriter(nil, indexed)
	for range 60 {
		base := randomWrite(r, w, 120)
		want := entriesOf(base)
		var lost []*View
		for range r.IntN(4) {
			lost = append(lost, randomWrite(r, w, 120))
		}
		v := w.Rollback(base)
		require.Equal(t, want, entriesOf(v))
		require.Equal(t, base.Version(), v.Version())
		require.NoError(t, v.Check())
		require.NoError(t, base.Check())
		requireWriter(t, w)
		next := randomWrite(r, w, 120)
		require.NoError(t, next.Check())
		for _, l := range lost {
			requireDiff(t, l, next)
		}
	}
}

func TestSeveralWritesCanBeOneVersion(t *testing.T) {
	w := NewWriter(nil, nil)
	w.Put([]Entry{{ID: "a"}})
	w.Put([]Entry{{ID: "b"}})
	v := w.Number(1)
	assert.EqualValues(t, 1, v.Version())
	assert.Equal(t, 2, v.Len())
	next, n := w.Delete([]string{"a"})
	assert.Equal(t, 1, n)
	assert.EqualValues(t, 2, next.Version())
}
