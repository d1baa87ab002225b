package index

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Two ids with one hash cannot be made to order, since the seed is the process's own;
// so an item is planted that claims another id's hash.
func TestIdsThatShareAHashAreToldApart(t *testing.T) {
	w := NewWriter(nil, nil)
	w.Put([]Entry{{ID: "before"}, {ID: "wanted"}, {ID: "behind"}})
	v := w.View()
	hash := hashID("wanted")
	colliding := v.ids.edited(
		[]idItem{{hashID("before"), 0}, {hashID("behind"), 2}},
		[]idItem{{hash, 0}, {hash, 2}},
	)
	ord, ok := colliding.find(&v.slots, "wanted")
	assert.True(t, ok)
	assert.EqualValues(t, 1, ord)

	without := colliding.edited([]idItem{{hash, 1}}, nil)
	_, ok = without.find(&v.slots, "wanted")
	assert.False(t, ok, "the others with that hash are not taken for it")
	assert.Equal(t, 2, without.tree.Len(), "and stay")
	_, ok = colliding.find(&v.slots, "wanted")
	assert.True(t, ok, "the map before stays as it was")
}

func TestIdsAreOpaque(t *testing.T) {
	ids := []string{"a", "A", "é", "e\u0301", " a", "a ", "a\x00", "\x00", "1", "01", "数据", "a/b?c#d%20"}
	w := NewWriter(nil, nil)
	var entries []Entry
	for i, id := range ids {
		entries = append(entries, Entry{ID: id, Title: fmt.Sprint(i)})
	}
	w.Put(entries)
	require.NoError(t, w.View().Check())
	for i, id := range ids {
		ord, ok := w.View().Find(id)
		require.True(t, ok, "%q", id)
		require.Equal(t, fmt.Sprint(i), w.View().Entry(ord).Title, "%q", id)
	}
}
