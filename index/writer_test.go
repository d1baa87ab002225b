package index

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/schema"
)

func TestAnEmptyView(t *testing.T) {
	w := NewWriter(nil, nil)
	requireView(t, model{}, w.View())
	require.NoError(t, w.View().Check())
	assert.Zero(t, w.View().Version())
	assert.Zero(t, w.View().Limit())
	_, ok := w.View().Find("")
	assert.False(t, ok)

	assert.Same(t, w.View(), w.Put(nil), "no write, no version")
	v, n := w.Delete([]string{"nobody"})
	assert.Same(t, w.View(), v)
	assert.Zero(t, n)
}

// Whatever the writes, every index agrees with a map of entries, and every view that the
// writer ever returned stays as it was.
func TestRandomWritesAgreeWithAMap(t *testing.T) {
	r := newRand(t)
	for _, world := range []struct{ ids, writes, most int }{
		{ids: 8, writes: 200, most: 4},                 // collisions of everything with everything
		{ids: 400, writes: 40, most: 200},              // a few leaves
		{ids: 1500, writes: 8, most: parallelFrom + 9}, // leaves that split and join, indexes updated in parallel
	} {
		t.Run(fmt.Sprintf("%d ids", world.ids), func(t *testing.T) {
			w := NewWriter(nil, nil)
			want := model{}
			type version struct {
				view *View
				want model
			}
			var published []version
			for i := range world.writes {
				n := 1 + r.IntN(world.most)
				if r.IntN(3) == 0 {
					var ids []string
					for range n {
						ids = append(ids, fmt.Sprintf("s%d", r.IntN(world.ids))) // unknown and repeated ones among them
					}
					v, deleted := w.Delete(ids)
					require.Equal(t, want.delete(ids), deleted)
					require.Same(t, w.View(), v)
				} else {
					entries := batch(r, n, world.ids)
					want.put(entries)
					require.Same(t, w.Put(entries), w.View())
				}
				require.NoError(t, w.View().Check(), "after write %d", i)
				requireWriter(t, w)
				if i%8 == 0 {
					requireView(t, want, w.View())
					published = append(published, version{w.View(), maps.Clone(want)})
				}
			}
			requireView(t, want, w.View())
			for _, p := range published {
				requireView(t, p.want, p.view)
				require.NoError(t, p.view.Check())
			}
		})
	}
}

// Sessions are updated, added at the end, and the oldest are deleted, until all leaves have
// been replaced.
func TestALongRunningStore(t *testing.T) {
	r := newRand(t)
	w := NewWriter(nil, nil)
	want := model{}
	now, first, next := 0, 0, 0
	entry := func(i int) Entry {
		now++
		return Entry{
			ID: fmt.Sprintf("s%06d", i), Title: fmt.Sprintf("%d. session", i%97), Created: second(i), Updated: second(now),
			Kind:   Kind(max(0, r.IntN(9)-5)),
			Values: [NumFields]string{State: []string{"running", "completed"}[r.IntN(2)], App: fmt.Sprintf("app-%d", i%300)},
		}
	}
	for range 25 {
		var entries []Entry
		for range 300 + r.IntN(300) {
			entries = append(entries, entry(next))
			next++
		}
		for i := first; i < next-len(entries); i += 1 + r.IntN(40) {
			entries = append(entries, entry(i))
		}
		w.Put(entries)
		want.put(entries)
		if over := len(want) - 1500; over > 0 {
			var ids []string
			for range over {
				ids = append(ids, fmt.Sprintf("s%06d", first))
				first++
			}
			want.delete(ids)
			w.Delete(ids)
		}
		require.NoError(t, w.View().Check())
	}
	requireView(t, want, w.View())
	requireWriter(t, w)
	assert.Less(t, w.View().Limit(), 1500+1000, "the ordinals of dropped sessions are used again")
}

func TestAnOrdinalIsUsedAgainWithoutMixingUpSessions(t *testing.T) {
	w := NewWriter(nil, nil)
	running := Entry{ID: "old", Title: "Old title", Values: [NumFields]string{State: "running", App: "one"}, Kind: Sub, Updated: second(5)}
	w.Put([]Entry{running, {ID: "other"}})
	before := w.View()
	ord, _ := before.Find("old")
	w.Delete([]string{"old"})
	between := w.View()
	w.Put([]Entry{{ID: "new", Title: "New", Values: [NumFields]string{State: "failed"}}})
	after := w.View()

	reused, ok := after.Find("new")
	require.True(t, ok)
	require.Equal(t, ord, reused, "the ordinal is used again")
	assert.Equal(t, 2, after.Limit())

	assert.Equal(t, running, before.Entry(ord))
	assert.True(t, before.Value(State, "running").Contains(ord))
	assert.True(t, before.OfKind(Sub).Contains(ord))
	_, ok = between.Find("old")
	assert.False(t, ok)
	assert.False(t, between.OfKind(Sub).Contains(ord))
	assert.Nil(t, after.Value(State, "running"), "nothing of the old session is left")
	assert.Nil(t, after.Value(App, "one"))
	assert.False(t, after.OfKind(Sub).Contains(ord))
	assert.True(t, after.Value(State, "failed").Contains(ord))
	assert.Equal(t, "New", after.Entry(ord).Title)
	for _, v := range []*View{before, between, after} {
		require.NoError(t, v.Check())
	}
}

func TestAllOrdinalsAreUsedAgain(t *testing.T) {
	w := NewWriter(nil, nil)
	for round := range 5 {
		var entries []Entry
		var ids []string
		for i := range 1000 {
			entries = append(entries, Entry{ID: fmt.Sprintf("%d-%d", round, i)})
			ids = append(ids, entries[i].ID)
		}
		w.Put(entries)
		require.NoError(t, w.View().Check())
		_, n := w.Delete(ids)
		require.Equal(t, len(ids), n)
		require.NoError(t, w.View().Check())
		requireWriter(t, w)
	}
	assert.Equal(t, 1000, w.View().Limit())
	assert.Zero(t, w.View().TextBytes())
}

func TestEveryWriteIsAVersion(t *testing.T) {
	w := NewWriter(nil, nil)
	w.Put([]Entry{{ID: "a"}})
	w.Put([]Entry{{ID: "a"}})
	assert.EqualValues(t, 2, w.View().Version(), "an update that changes nothing is a write")
	w.Delete([]string{"b"})
	assert.EqualValues(t, 2, w.View().Version(), "a deletion that finds nothing is none")
	w.Delete([]string{"a", "a"})
	assert.EqualValues(t, 3, w.View().Version())
	w.Refresh()
	assert.EqualValues(t, 3, w.View().Version(), "the sessions are the same")
}

func TestAnUpdateOfTheStateSharesTheTitle(t *testing.T) {
	w := NewWriter(nil, nil)
	giant := strings.Repeat("x", 1<<20)
	w.Put([]Entry{{ID: "a", Title: giant}})
	before := w.View()
	w.Put([]Entry{{ID: "a", Title: strings.Clone(giant), Values: [NumFields]string{State: "failed"}, Updated: second(9)}})
	after := w.View()
	assert.Same(t, stringData(before.slots.at(0).text), stringData(after.slots.at(0).text))
	assert.Same(t, before.Ordering(ByTitle, false), after.Ordering(ByTitle, false))
	assert.Same(t, before.Ordering(ByCreated, false), after.Ordering(ByCreated, false))
	assert.NotSame(t, before.Ordering(ByUpdated, false), after.Ordering(ByUpdated, false))
}

// The entry's strings may be parts of a large string, which must not stay alive.
func TestAWriterKeepsNothingOfTheEntry(t *testing.T) {
	w := NewWriter(nil, nil)
	e := Entry{ID: "id-1", Title: "A title", Values: [NumFields]string{State: "running", App: "app", schema.RowParentSessionID: "parent"}, Extra: `{"x":1}`}
	w.Put([]Entry{e})
	got := w.View().Entry(0)
	require.Equal(t, e, got)
	assert.NotSame(t, stringData(e.ID), stringData(got.ID))
	assert.NotSame(t, stringData(e.Title), stringData(got.Title))
	assert.NotSame(t, stringData(e.Extra), stringData(got.Extra))
	for value := range w.View().Values(App) {
		assert.NotSame(t, stringData(e.Values[App]), stringData(value))
		assert.NotSame(t, stringData(got.Values[App]), stringData(value), "a key outlives the session that brought it")
	}
}

// recorder is a title index that records its changes, and panics on request.
type recorder struct {
	scanTitles
	heard [][]TitleChange
	fail  bool
}

func (r *recorder) Apply(changes []TitleChange) Titles {
	if r.fail {
		panic("title index fails")
	}
	r.heard = append(r.heard, changes)
	return scanTitles{}
}

func TestTheTitleIndexGetsChangedTitlesOnly(t *testing.T) {
	titles := &recorder{}
	w := NewWriter(nil, titles)
	last := func() []TitleChange { return titles.heard[len(titles.heard)-1] }

	w.Put([]Entry{{ID: "a", Title: "Alpha"}, {ID: "b"}})
	assert.Equal(t, []TitleChange{{Ord: 0, Text: "alpha"}}, last(), "an untitled session is no change of titles")
	w.Put([]Entry{{ID: "a", Title: "Alpha", Values: [NumFields]string{State: "x"}, Updated: second(1)}})
	assert.Empty(t, last(), "an update that leaves the title alone costs it nothing")
	w.Put([]Entry{{ID: "a", Title: "ALPHA"}})
	assert.Empty(t, last(), "nor does one that folds to the same")
	w.Put([]Entry{{ID: "a", Title: "Beta"}, {ID: "b", Title: "Gamma"}})
	assert.Equal(t, []TitleChange{{Ord: 0, Text: "beta"}, {Ord: 1, Text: "gamma"}}, last())
	w.Delete([]string{"a"})
	assert.Equal(t, []TitleChange{{Ord: 0}}, last())
	w.Put([]Entry{{ID: "c", Title: "Beta"}})
	assert.Equal(t, []TitleChange{{Ord: 0, Text: "beta"}}, last(), "another session at the same ordinal")
	w.Put([]Entry{{ID: "b"}})
	assert.Equal(t, []TitleChange{{Ord: 1}}, last())
}

func TestAPanicInTheMiddleOfAWritePublishesNothing(t *testing.T) {
	r := newRand(t)
	titles := &recorder{}
	w := NewWriter(nil, titles)
	want := model{}
	for range 30 {
		w.Delete([]string{fmt.Sprintf("s%d", r.IntN(300))})
		entries := batch(r, 1+r.IntN(80), 300)
		titles.fail = true
		before := w.View()
		require.Panics(t, func() { w.Put(entries) })
		if before.Len() > 0 {
			require.Panics(t, func() { w.Delete([]string{before.ID(before.Ordering(ByTitle, false).AppendRange(nil, 0, 1)[0])}) })
		}
		require.Same(t, before, w.View())
		require.NoError(t, before.Check())
		requireWriter(t, w)

		titles.fail = false
		entries = batch(r, 1+r.IntN(80), 300)
		w.Put(entries)
		require.NoError(t, w.View().Check())
		requireWriter(t, w)
		for id := range want {
			if _, ok := w.View().Find(id); !ok {
				delete(want, id) // the deletion at the top of the loop
			}
		}
		want.put(entries)
		requireView(t, want, w.View())
	}
}

func TestRefreshMakesAViewOfTheSameSessions(t *testing.T) {
	w := NewWriter(nil, nil)
	w.Put([]Entry{{ID: "a"}})
	before := w.View()
	after := w.Refresh()
	assert.NotSame(t, before, after)
	assert.Same(t, after, w.View())
	requireView(t, model{"a": {ID: "a"}}, after)
}

// The first write into an empty store builds the orders instead of editing them.
func TestFirstWritesOfAllSizes(t *testing.T) {
	r := newRand(t)
	for _, n := range []int{1, 2, slotLeafLen, slotLeafLen + 1, leafFill, leafFill + 1, lowFill, lowFill + 1, lowFill*fanOfBranches.fill + 1, slotLeafLen*slotLeafLen + 1, parallelFrom - 1, parallelFrom} {
		w := NewWriter(nil, nil)
		want := model{}
		entries := make([]Entry, n)
		for i := range entries {
			entries[i] = randomEntry(r, 1)
			entries[i].ID = fmt.Sprintf("%d", i)
			if i > 100 && len(entries[i].Title) > 1000 {
				entries[i].Title = "not so many long ones"
			}
		}
		w.Put(entries)
		want.put(entries)
		require.NoError(t, w.View().Check(), "%d", n)
		requireView(t, want, w.View())

		// And its complete replacement, in which everything moves.
		rand.New(rand.NewPCG(1, uint64(n))).Shuffle(n, func(i, j int) {
			entries[i].ID, entries[j].ID = entries[j].ID, entries[i].ID
		})
		w.Put(entries)
		want.put(entries)
		require.NoError(t, w.View().Check(), "%d", n)
		requireView(t, want, w.View())
	}
}

// From more sessions than one branch of the slots holds back to few.
func TestTheSlotsGrowAndShrinkByWholeBranches(t *testing.T) {
	w := NewWriter(nil, nil)
	var entries []Entry
	var ids []string
	const topStep = slotLeafLen * 32 * 32 // what one node of the highest level holds
	for i := range topStep + 3 {
		entries = append(entries, Entry{ID: fmt.Sprint(i), Updated: second(i)})
		ids = append(ids, entries[i].ID)
	}
	w.Put(entries[:topStep-1])
	w.Put(entries[topStep-1:])
	require.NoError(t, w.View().Check())
	full := w.View()
	w.Delete(ids[5:])
	require.NoError(t, w.View().Check())
	requireWriter(t, w)
	v := w.View()
	requireIDs(t, ids[:5], v, v.Ordering(ByUpdated, true).AppendRange(nil, 0, v.Len()))
	requireIDs(t, ids, full, full.Ordering(ByUpdated, true).AppendRange(nil, 0, full.Len()))
}
