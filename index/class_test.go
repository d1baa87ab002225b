package index

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/schema"
)

func inState(state string) *ClassFilter {
	f := &ClassFilter{Kinds: schema.AllClasses}
	f.Values[State] = []string{state}
	return f
}

// selected returns how many sessions a filter selects, by their classes.
func selected(t testing.TB, v *View, f *ClassFilter) int {
	t.Helper()
	classes, ok := v.Classes(f)
	require.True(t, ok)
	s := v.Select(v.Ordering(ByUpdated, false), classes)
	if f.Kinds == visible {
		visible := v.Select(v.Ordering(ByUpdated, true), classes)
		require.Equal(t, s.Len(), visible.Len(), "whether the ordering counts by all that is asked for or not")
	}
	return s.Len()
}

func TestAClassFilterSelectsWhatASetDoes(t *testing.T) {
	r := newRand(t)
	w := NewWriter(nil, nil)
	want := model{}
	for range 8 {
		entries := batch(r, 900, 3000)
		for i := range entries {
			for k := range NumClassFields {
				entries[i].Values[k] = pick(r, []string{"", "a", "b", "c"}[:2+k%3])
			}
		}
		w.Put(entries)
		want.put(entries)
		v := w.View()
		require.NoError(t, v.Check())
		for range 30 {
			var f ClassFilter
			f.Kinds = schema.Classes(r.Uint64())
			if r.IntN(2) == 0 {
				f.Kinds = visible
			}
			for field := range NumClassFields {
				if r.IntN(3) > 0 {
					continue
				}
				f.Values[field] = []string{"nobody has this", ""}
				for value := range v.Values(field) {
					if r.IntN(2) == 0 {
						f.Values[field] = append(f.Values[field], value)
					}
				}
			}
			n := 0
			for _, e := range want {
				in := f.Kinds.Has(e.Kind)
				for field := range NumClassFields {
					if f.Values[field] != nil {
						in = in && e.Values[field] != "" && contains(f.Values[field], e.Values[field])
					}
				}
				if in {
					n++
				}
			}
			require.Equal(t, n, selected(t, v, &f))
		}
	}
	for _, onlyVisible := range []bool{false, true} {
		o := w.View().Ordering(ByUpdated, onlyVisible)
		for _, kinds := range []schema.Classes{visible, schema.AllClasses, 1 << Sub} {
			n := 0
			for _, e := range want {
				n += btoi(kinds.Has(e.Kind) && (e.Kind == TopLevel || !onlyVisible))
			}
			total := 0
			require.True(t, w.View().CountCombos(o, kinds, func(c ComboCount) { total += c.N }))
			assert.Equal(t, n, total)
		}
		assert.Equal(t, onlyVisible, o.CountsCombos(visible))
	}
}

func contains(list []string, value string) bool {
	for _, v := range list {
		if v == value {
			return true
		}
	}
	return false
}

// numbered returns entries with a state each of their own.
func numbered(from, to int) (entries []Entry) {
	for i := from; i < to; i++ {
		entries = append(entries, Entry{ID: fmt.Sprint(i), Updated: second(i), Values: [NumFields]string{State: fmt.Sprint("state-", i)}})
	}
	return entries
}

// Values are free strings, so there may be more combinations of them than are numbered.
func TestMoreClassesThanAreNumbered(t *testing.T) {
	w := NewWriter(nil, nil)
	w.Put(numbered(0, maxCombos-1))
	early := w.View()
	assert.Zero(t, early.overflowed)
	assert.Equal(t, 1, selected(t, early, inState("state-7")))

	w.Put(numbered(maxCombos-1, maxCombos+20))
	v := w.View()
	assert.Equal(t, 21, v.overflowed)
	_, ok := v.Classes(inState("state-7"))
	assert.False(t, ok, "the caller must use sets instead")
	assert.False(t, v.CountCombos(v.Ordering(ByUpdated, false), visible, func(ComboCount) { t.Error("a combination was counted") }))
	require.NoError(t, v.Check())

	// Once they are gone, their numbers are reused.
	var ids []string
	for i := range maxCombos + 20 {
		ids = append(ids, fmt.Sprint(i))
	}
	w.Delete(ids)
	assert.Zero(t, w.View().overflowed)
	w.Put(numbered(5000, 5000+maxCombos-1))
	require.NoError(t, w.View().Check())
	assert.Equal(t, 1, selected(t, w.View(), inState("state-5007")))
	assert.Equal(t, 0, selected(t, w.View(), inState("state-7")))
	assert.Equal(t, 1, selected(t, early, inState("state-7")), "an earlier version reads its own table")
	require.NoError(t, early.Check())
}

// One write brings a class back and adds another, which needs a free number.
func TestAClassThatComesBackKeepsItsNumber(t *testing.T) {
	w := NewWriter(nil, nil)
	w.Put(numbered(0, maxCombos-1))
	w.Delete([]string{"3"})
	back := numbered(3, 4)[0]
	w.Put(append(numbered(9000, 9001), back))
	require.NoError(t, w.View().Check())
	assert.Equal(t, 1, w.View().overflowed, "there is room for one of the two only")
}

func TestMixedSessionsAreNumberedWhenTheyAreWrittenAgain(t *testing.T) {
	w := NewWriter(nil, nil)
	w.Put(numbered(0, maxCombos+5))
	require.Equal(t, 6, w.View().overflowed)
	w.Delete([]string{"1", "2", "3", "4", "5", "6", "7", "8"})
	left := w.View().overflowed
	w.Put(numbered(maxCombos-50, maxCombos+5))
	require.NoError(t, w.View().Check())
	assert.Zero(t, w.View().overflowed, "of %d before", left)
}

func TestALoadWithMoreClassesThanAreNumbered(t *testing.T) {
	w := NewWriter(nil, nil)
	_, err := w.Load(func(yield func(Entry, error) bool) {
		for _, e := range numbered(0, maxCombos+50) {
			if !yield(e, nil) {
				return
			}
		}
	})
	require.NoError(t, err)
	require.NoError(t, w.View().Check())
	assert.Equal(t, 51, w.View().overflowed)
}

// Each Put brings a new value, and others disappear with their sessions.
func TestClassNumbersAreReused(t *testing.T) {
	r := newRand(t)
	w := NewWriter(nil, nil)
	var versions []*View
	for i := range 3 * maxCombos {
		e := numbered(i, i+1)[0]
		e.ID = fmt.Sprint(r.IntN(maxCombos / 2))
		if r.IntN(4) == 0 {
			e.Values[State] = fmt.Sprint("state-", r.IntN(i+1)) // one that may be gone, or not
		}
		v := w.Put([]Entry{e})
		require.Zero(t, v.overflowed, "there is always a number that is not in use")
		if i%500 == 499 {
			versions = append(versions, v)
		}
	}
	require.LessOrEqual(t, len(w.book.numbers), 4*maxCombos, "the memory of unused combos is bounded")
	for _, v := range versions {
		require.NoError(t, v.Check())
	}
}

// The map of numbers is the writer's, and still has those of a write that panicked.
func TestAnAbandonedWriteGivesNoNumbers(t *testing.T) {
	titles := &failingTitles{}
	w := NewWriter(nil, titles)
	w.Put(numbered(0, 5))
	titles.fail = true
	require.Panics(t, func() { w.Put(numbered(5, 8)) })
	titles.fail = false
	w.Put(numbered(6, 9))
	require.NoError(t, w.View().Check())
	assert.Equal(t, 8, w.View().Len())
	for i, want := range []int{1, 1, 1, 1, 1, 0, 1, 1, 1} {
		assert.Equal(t, want, selected(t, w.View(), inState(fmt.Sprint("state-", i))))
	}
}

// failingTitles panics in Apply, the last step of a write before it is published.
type failingTitles struct {
	scanTitles
	fail bool
}

func (f *failingTitles) Apply(changes []TitleChange) Titles {
	if f.fail {
		panic("no")
	}
	return f
}

// Nothing whose size grows with the number of values is copied.
func TestANewValueCostsAboutWhatAKnownOneDoes(t *testing.T) {
	w := NewWriter(nil, nil)
	entries := numbered(0, 3000) // the table of classes is full, and overflows
	for i := range entries {
		entries[i].Values[App] = fmt.Sprint("app-", i%1000)
	}
	w.Put(entries)
	k := 0
	cost := func(change func(e *Entry)) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 200 {
			k++
			e := entries[k*7%len(entries)]
			e.Updated = second(10_000 + k)
			change(&e)
			w.Put([]Entry{e})
		}
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / 200
	}
	for _, f := range []int{State, SourceChannel, SessionType, App, Workspace, Asset, Trigger} {
		known := cost(func(e *Entry) { e.Values[f] = fmt.Sprint("known ", k%2) })
		fresh := cost(func(e *Entry) { e.Values[f] = fmt.Sprint("never seen ", k) })
		assert.LessOrEqual(t, fresh, 2*known, "%s: bytes of a write", f)
	}
}
