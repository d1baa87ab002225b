package index

import (
	"cmp"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// There are five ways to compare two sessions (slots, a slot and a key, two keys, the
// heads of their keys, and the position in an order): they must agree on every pair.
func TestAllComparisonsAgree(t *testing.T) {
	w := NewWriter(nil, nil)
	var entries []Entry
	for i, title := range titles {
		for k, at := range instants[i%len(instants):] {
			entries = append(entries, Entry{ID: fmt.Sprintf("%d/%d", k, i), Title: title, Created: at, Updated: instants[k]})
		}
	}
	w.Put(entries)
	v := w.View()
	for by := range numContractOrders {
		sorted := v.Ordering(by, false).AppendRange(nil, 0, v.Len())
		require.Len(t, sorted, len(entries))
		for i, a := range sorted {
			for k, b := range sorted {
				want := cmp.Compare(i, k)
				ka, kb := v.Key(by, a), v.Key(by, b)
				if v.Compare(by, a, b) != want || v.CompareKey(by, a, &kb) != want || ka.Compare(&kb) != want {
					require.Failf(t, "comparisons disagree", "order %d: %v and %v", by, ka, kb)
				}
				ahi, alo := v.SortKey(by, a)
				bhi, blo := v.SortKey(by, b)
				if head := cmp.Or(cmp.Compare(ahi, bhi), cmp.Compare(alo, blo)); head != 0 && head != want {
					require.Failf(t, "the heads disagree", "order %d: %v and %v", by, ka, kb)
				}
			}
		}
	}
}
