package index

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/schema"
)

// A field, such as an owner or a parent, can have as many values as there are sessions, so
// a value must cost little beyond its sessions.
func TestMemoryOfAFieldOfManyValues(t *testing.T) {
	s, err := schema.New(schema.Field{Name: "owner", Type: schema.Keyword})
	require.NoError(t, err)
	heap := func(values, per int, extra func(i int) string) uint64 {
		w := NewWriter(s, nil)
		entries := make([]Entry, values*per)
		for i := range entries {
			entries[i] = Entry{ID: fmt.Sprintf("%08d", i), Extra: extra(i)}
		}
		for len(entries) > 0 { // write by write, not as one load
			n := min(len(entries), 5000)
			w.Put(entries[:n])
			entries = entries[n:]
		}
		var m runtime.MemStats
		for range 2 {
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		runtime.KeepAlive(w)
		return m.HeapAlloc
	}
	for _, sizes := range [][2]int{{100_000, 1}, {20_000, 3}} {
		values, per := sizes[0], sizes[1]
		without := heap(values, per, func(i int) string { return fmt.Sprintf(`{"other":"owner-%08d"}`, i%values) })
		with := heap(values, per, func(i int) string { return fmt.Sprintf(`{"owner":"owner-%08d"}`, i%values) })
		// Slots have the values too. A session that has one takes a bit, and up to eight
		// bytes of a list.
		packed := uint64(values * per * (14 + 4))
		each := (float64(with) - float64(without) - float64(packed) - float64(values*per*8)) / float64(values)
		t.Logf("%d values of %d sessions: %.0f B a value", values, per, each)
		assert.LessOrEqual(t, each, 120.0)
	}
}
