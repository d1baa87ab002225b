package index

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/fold"
)

// stringData returns where a string's bytes are, to tell a copy from a shared string.
func stringData(s string) *byte { return unsafe.StringData(s) }

// lengths lie around the borders between varints of 1, 2, 3 and 4 bytes.
var lengths = []int{0, 1, 127, 128, 129, 16_383, 16_384, 2_097_151, 2_097_152}

func TestAnEntrySurvivesPacking(t *testing.T) {
	r := newRand(t)
	text := func(r *rand.Rand) string {
		n := lengths[r.IntN(len(lengths)-2)]
		if r.IntN(10) == 0 {
			n = lengths[r.IntN(len(lengths))]
		}
		return strings.Repeat(pick(r, []string{"x", "X", "\x00", "\xff"}), n)
	}
	for i := range 100 {
		want := Entry{
			ID: fmt.Sprint(i) + text(r), Title: text(r), Created: pick(r, instants), Updated: pick(r, instants),
			Kind: Kind(r.IntN(NumKinds)), Extra: text(r),
		}
		for f := range want.Values {
			if r.IntN(2) == 0 {
				want.Values[f] = text(r)
			}
		}
		w := NewWriter(nil, nil)
		w.Put([]Entry{want})
		got := w.View().Entry(0)
		require.True(t, want == got, "round %d", i)
		for f := range NumFields {
			require.True(t, want.Values[f] == w.View().slots.at(0).value(f), "%d", f)
		}
		require.True(t, fold.String(want.Title) == w.View().Folded(0))
	}
}

func TestAFoldedTitleThatEqualsTheTitleIsStoredOnce(t *testing.T) {
	w := NewWriter(nil, nil)
	w.Put([]Entry{{ID: "a", Title: "already folded"}, {ID: "b", Title: "Not folded"}, {ID: "c"}})
	v := w.View()
	assert.Same(t, stringData(v.Entry(0).Title), stringData(v.Folded(0)))
	assert.Equal(t, "not folded", v.Folded(1))
	assert.Equal(t, "Not folded", v.Entry(1).Title)
	assert.Empty(t, v.Folded(2))
}

func TestAGiantTitleIsAnEntryLikeAnyOther(t *testing.T) {
	giant := strings.Repeat("Ein langer Titel. ", 60_000) // more than 1 MiB
	w := NewWriter(nil, nil)
	w.Put([]Entry{{ID: "b", Title: giant + "b"}, {ID: "a", Title: giant + "a"}, {ID: "c", Title: "ein"}, {ID: "d", Title: "f"}})
	v := w.View()
	require.NoError(t, v.Check())
	requireIDs(t, []string{"c", "a", "b", "d"}, v, v.Ordering(ByTitle, false).AppendRange(nil, 0, 4))
	ord, _ := v.Find("b")
	key := v.Key(ByTitle, ord)
	assert.Equal(t, 2, v.Rank(v.Ordering(ByTitle, false), key))
	assert.Greater(t, v.TextBytes(), int64(4*len(giant)), "two giants, raw and folded")
}

func TestInstantsConvertAndCompareLikeTimes(t *testing.T) {
	zone := time.FixedZone("", 5*3600)
	times := []time.Time{
		time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC),
		time.Date(1677, 9, 21, 0, 0, 0, 0, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		time.Unix(0, 0), time.Unix(0, 1), time.Date(2026, 3, 4, 5, 6, 7, 8, zone), time.Date(2262, 4, 12, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
	}
	for i, a := range times {
		assert.True(t, a.Equal(InstantOf(a).Time()), "%s", a)
		assert.Equal(t, time.UTC, InstantOf(a).Time().Location())
		for k, b := range times {
			assert.Equal(t, a.Compare(b), InstantOf(a).Compare(InstantOf(b)), "%d and %d", i, k)
		}
	}
}

// From year 1 to 9999, at nanosecond precision.
func TestInstantsOfAllYearsAreInOrder(t *testing.T) {
	w := NewWriter(nil, nil)
	var entries []Entry
	var want []string
	for i, year := range []int{1, 2, 1600, 1969, 1970, 2026, 9998, 9999} {
		at := time.Date(year, 12, 31, 23, 59, 59, 0, time.UTC)
		for ns := range 3 {
			id := fmt.Sprintf("%d.%d", i, ns)
			entries = append(entries, Entry{ID: id, Created: InstantOf(at.Add(time.Duration(ns))), Updated: InstantOf(at.Add(-time.Duration(ns)))})
			want = append(want, id)
		}
	}
	slices.Reverse(entries)
	w.Put(entries[:7])
	w.Put(entries[7:])
	v := w.View()
	require.NoError(t, v.Check())
	requireIDs(t, want, v, v.Ordering(ByCreated, true).AppendRange(nil, 0, len(want)))
	for i, id := range want {
		ord, _ := v.Find(id)
		require.Equal(t, i, v.Rank(v.Ordering(ByCreated, false), v.Key(ByCreated, ord)))
	}
}

func TestTheContractsOrdersAreThoseOfItsRows(t *testing.T) {
	v := NewWriter(nil, nil).View()
	var names []string
	for by := range v.NumOrders() {
		names = append(names, v.RowOf(Order(by)).Name)
	}
	assert.Equal(t, []string{"updated_at", "created_at", "title"}, names)
}
