package index

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index/set"
)

// Colliding ids cannot be constructed, since each process draws its own seed, so the test
// plants an item with another id's hash.
func TestIdsThatShareAHashAreDistinguished(t *testing.T) {
	w := NewWriter(nil, nil)
	w.Put([]Entry{{ID: "before"}, {ID: "wanted"}, {ID: "behind"}})
	v := w.View()
	hash := hashID("wanted")
	colliding := v.ids.edited(90,
		[]idItem{{hashID("before"), 0}, {hashID("behind"), 2}},
		[]idItem{{hash, 0}, {hash, 2}},
	)
	ord, ok := colliding.find(&v.slots, "wanted")
	assert.True(t, ok)
	assert.EqualValues(t, 1, ord)

	without := colliding.edited(91, []idItem{{hash, 1}}, nil)
	_, ok = without.find(&v.slots, "wanted")
	assert.False(t, ok, "the others with that hash are not taken for it")
	assert.Equal(t, 2, without.n, "and stay")
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

// The table grows by a bucket at a time, is rebuilt by large writes, and keeps every
// version as it was.
func TestTheTableOfIdsUnderRandomWrites(t *testing.T) {
	r := newRand(t)
	type version struct {
		m    idMap
		want map[idItem]bool
	}
	var versions []version
	now := version{want: map[idItem]bool{}}
	for epoch := range set.Epoch(60) {
		var gone, added []idItem
		for it := range now.want {
			if r.IntN(8) == 0 {
				gone = append(gone, it)
			}
		}
		n := r.IntN(30)
		if r.IntN(6) == 0 {
			n = r.IntN(3000)
		}
		for range n {
			added = append(added, idItem{r.Uint32(), r.Uint32()})
		}
		next := version{m: now.m.edited(epoch+1, gone, added), want: maps.Clone(now.want)}
		for _, it := range gone {
			delete(next.want, it)
		}
		for _, it := range added {
			next.want[it] = true
		}
		now = next
		versions = append(versions, now)
	}
	for _, v := range versions {
		require.Equal(t, len(v.want), v.m.n)
		got := map[idItem]bool{}
		for b := range v.m.buckets {
			for _, it := range *v.m.items.At(b) {
				require.Equal(t, b, v.m.bucket(it.hash))
				got[it] = true
			}
		}
		require.Equal(t, v.want, got)
	}
}

func TestIdsAreFoundByTheirBeginning(t *testing.T) {
	w := NewWriter(nil, nil)
	var entries []Entry
	for i := range 3000 {
		entries = append(entries, Entry{ID: fmt.Sprintf("s-%04d", i)})
	}
	entries = append(entries, Entry{ID: "é"}, Entry{ID: "e\u0301"}, Entry{ID: "a\x00b"}, Entry{ID: "S-0001"})
	w.Put(entries)
	w.Delete([]string{"s-0012", "s-2999"})
	v := w.View()
	for prefix, want := range map[string]int{"s-001": 9, "s-2999": 0, "s-1": 1000, "s-0001": 1, "s-00010": 0, "S": 1, "e": 1, "\xc3": 1, "a\x00": 1, "": 3002} {
		found, err := v.IDsFrom(t.Context(), prefix)
		require.NoError(t, err)
		ords := found.AppendTo(nil)
		assert.Len(t, ords, want, "%q", prefix)
		assert.Equal(t, want, found.N, "%q", prefix)
		for _, ord := range ords {
			assert.True(t, strings.HasPrefix(v.ID(ord), prefix), "%q", prefix)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := v.IDsFrom(ctx, "s")
	assert.ErrorIs(t, err, context.Canceled)
}

// BenchmarkIDsFrom finds one session by the beginning of its id.
func BenchmarkIDsFrom(b *testing.B) {
	w, entries := benchWriter(b)
	v := w.View()
	for b.Loop() {
		if found, err := v.IDsFrom(b.Context(), entries[len(entries)/2].ID); err != nil || found.N != 1 {
			b.Fatal(found.N, err)
		}
	}
}
