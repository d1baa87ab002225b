package index

import (
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// each yields the entries, and then an error if there is one.
func each(entries []Entry, err error) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
		if err != nil {
			yield(Entry{}, err)
		}
	}
}

func TestALoadIsWhatOnePutWouldBe(t *testing.T) {
	r := newRand(t)
	for _, n := range []int{0, 1, slotLeafLen + 1, parallelFrom + 1} {
		entries := batch(r, n, 2*n+1)
		want := model{}
		want.put(entries)
		w := NewWriter(nil, nil)
		v, err := w.Load(each(entries, nil))
		require.NoError(t, err)
		require.Same(t, w.View(), v)
		require.NoError(t, v.Check())
		requireView(t, want, v)
		requireWriter(t, w)

		more := batch(r, 50, 2*n+1)
		want.put(more)
		w.Put(more)
		require.NoError(t, w.View().Check())
		requireView(t, want, w.View())
	}
}

func TestALoadThatFailsChangesNothing(t *testing.T) {
	w := NewWriter(nil, nil)
	broken := errors.New("broken")
	before := w.View()
	_, err := w.Load(each(batch(newRand(t), 500, 1000), broken))
	require.ErrorIs(t, err, broken)
	require.Same(t, before, w.View())
	w.Put([]Entry{{ID: "a"}})
	require.NoError(t, w.View().Check())
	requireView(t, model{"a": {ID: "a"}}, w.View())
	requireWriter(t, w)
}

func TestALoadIntoAStoreThatWasEmptied(t *testing.T) {
	w := NewWriter(nil, nil)
	var ids []string
	var entries []Entry
	for i := range 3000 {
		entries = append(entries, Entry{ID: fmt.Sprint(i), Kind: Kind(i % NumKinds), Values: [NumFields]string{State: "old"}})
		ids = append(ids, entries[i].ID)
	}
	w.Put(entries)
	full := w.View()
	w.Delete(ids)
	v, err := w.Load(each([]Entry{{ID: "5", Values: [NumFields]string{State: "new"}}, {ID: "x", Kind: Sub}}, nil))
	require.NoError(t, err)
	require.NoError(t, v.Check())
	assert.Equal(t, 2, v.Limit())
	requireView(t, model{"5": {ID: "5", Values: [NumFields]string{State: "new"}}, "x": {ID: "x", Kind: Sub}}, v)
	requireWriter(t, w)
	require.NoError(t, full.Check())
	assert.Panics(t, func() { _, _ = w.Load(each(nil, nil)) }, "there are sessions")
}
