package index

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/schema"
)

var newRand = testrand.New

func pick[T any](r *rand.Rand, values []T) T { return values[r.IntN(len(values))] }

var contractLayout = newLayout(schema.Contract())

// second is an instant some seconds after the epoch.
func second(n int) Instant { return Instant{Sec: int64(n)} }

// The instants of random entries: few, so that there are ties, and as far apart as
// RFC 3339 allows.
var instants = []Instant{
	InstantOf(time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC)),
	InstantOf(time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC)),
	{}, {Nsec: 1}, {Nsec: 999_999_999}, {Sec: 1}, {Sec: -1},
	InstantOf(time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)),
	InstantOf(time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)),
}

// The titles of random entries: equal ones, ones that differ in case only, prefixes of
// each other up to and around the 8 bytes that a slot keeps, bytes that look like
// padding, and long ones.
var titles = []string{
	"", "", "a", "A", "a\x00", "a\x00\x00", "12345678", "1234567", "123456789", "123456780", "12345678\x00",
	"straße", "STRASSE", "Strasse", "é", "e\u0301", "É", "数据", "数", "😀", "\U0010ffff", "weekly report", "Weekly Report",
	strings.Repeat("long ", 2000), strings.Repeat("long ", 2000) + "x", strings.Repeat("LONG ", 2000),
}

// randomEntry draws from few ids and values, so that replacements and ties abound.
func randomEntry(r *rand.Rand, ids int) Entry {
	e := Entry{
		ID: fmt.Sprintf("s%d", r.IntN(ids)), Title: pick(r, titles),
		Created: pick(r, instants), Updated: pick(r, instants),
		Kind:  Kind(r.IntN(NumKinds)),
		Extra: pick(r, []string{"", `{"x":1}`}),
	}
	if r.IntN(3) > 0 {
		e.Kind = TopLevel
	}
	if r.IntN(2) == 0 {
		e.Title += strconv.Itoa(r.IntN(100))
		e.Updated.Sec += int64(r.IntN(1000))
	}
	for f := range e.Values {
		e.Values[f] = pick(r, []string{"", "x", "y", "z", "value-" + strconv.Itoa(r.IntN(30)), strings.Repeat("v", 200)})
	}
	return e
}

// batch draws entries with distinct ids.
func batch(r *rand.Rand, n, ids int) []Entry {
	byID := make(map[string]Entry)
	for range n {
		e := randomEntry(r, ids)
		byID[e.ID] = e
	}
	return slices.Collect(maps.Values(byID))
}

// model is what a view should be: entries by id.
type model map[string]Entry

func (m model) put(entries []Entry) {
	for _, e := range entries {
		m[e.ID] = e
	}
}

func (m model) delete(ids []string) (n int) {
	for _, id := range ids {
		if _, ok := m[id]; ok {
			n++
			delete(m, id)
		}
	}
	return n
}

// sorted returns the ids in an order, as a few lines of the plainest code sort them.
func (m model) sorted(by Order, visible bool) []string {
	type row struct {
		Entry
		folded string
	}
	rows := make([]row, 0, len(m))
	for _, e := range m {
		if !visible || e.Kind == TopLevel {
			rows = append(rows, row{e, fold.String(e.Title)})
		}
	}
	slices.SortFunc(rows, func(a, b row) int {
		switch by {
		case ByUpdated:
			return cmp.Or(a.Updated.Time().Compare(b.Updated.Time()), cmp.Compare(a.ID, b.ID))
		case ByCreated:
			return cmp.Or(a.Created.Time().Compare(b.Created.Time()), cmp.Compare(a.ID, b.ID))
		}
		return cmp.Or(cmp.Compare(a.folded, b.folded), cmp.Compare(a.Title, b.Title), cmp.Compare(a.ID, b.ID))
	})
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return ids
}

// requireView compares everything in a view with the model.
func requireView(t testing.TB, want model, v *View) {
	t.Helper()
	require.Equal(t, len(want), v.Len())
	require.GreaterOrEqual(t, v.Limit(), v.Len())
	ords := make(map[uint32]string)
	for id, e := range want {
		ord, ok := v.Find(id)
		if !ok || int(ord) >= v.Limit() || ords[ord] != "" {
			require.Failf(t, "an id leads nowhere", "id %q: ordinal %d, found: %t, there already: %q", id, ord, ok, ords[ord])
		}
		ords[ord] = id
		if v.Entry(ord) != e {
			require.Equal(t, e, v.Entry(ord))
		}
		folded := fold.String(e.Title)
		if v.ID(ord) != id || v.Folded(ord) != folded || v.Created(ord) != e.Created || v.Kind(ord) != e.Kind {
			require.Failf(t, "the accessors disagree with the entry", "id %q", id)
		}
		if v.Key(ByTitle, ord) != (Key{Folded: folded, Title: e.Title, ID: id}) ||
			v.Key(ByUpdated, ord) != (Key{At: e.Updated, ID: id}) || v.Key(ByCreated, ord) != (Key{At: e.Created, ID: id}) {
			require.Failf(t, "the keys disagree with the entry", "id %q", id)
		}
	}
	for by := range numContractOrders {
		for _, visible := range []bool{false, true} {
			o := v.Ordering(by, visible)
			require.Equal(t, by, o.By())
			requireIDs(t, want.sorted(by, visible), v, o.AppendRange(nil, 0, o.Len()))
		}
	}
	for k := range Kind(NumKinds) {
		requireSet(t, want, v, v.OfKind(k), func(e Entry) bool { return e.Kind == k }, "kind %d", k)
	}
	for f := range NumFields {
		values := make(map[string]bool)
		for _, e := range want {
			if value := e.Values[f]; value != "" {
				values[value] = true
			}
		}
		require.Equal(t, len(values), v.NumValues(f), "%d", f)
		var got []string
		for value, s := range v.Values(f) {
			got = append(got, value)
			require.Equal(t, s.AppendTo(nil), v.Value(f, value).AppendTo(nil))
			requireSet(t, want, v, s, func(e Entry) bool { return e.Values[f] == value }, "%d %q", f, value)
		}
		require.Equal(t, slices.Sorted(maps.Keys(values)), got, "%d", f)
		require.Nil(t, v.Value(f, "nobody has this"))
	}
}

func requireIDs(t testing.TB, want []string, v *View, ords []uint32) {
	t.Helper()
	got := make([]string, len(ords))
	for i, ord := range ords {
		got[i] = v.ID(ord)
	}
	requireSame(t, want, got)
}

// requireSame is require.Equal for long lists: it shows where they differ.
func requireSame[T comparable](t testing.TB, want, got []T) {
	t.Helper()
	if slices.Equal(want, got) {
		return
	}
	i := 0
	for i < min(len(want), len(got)) && want[i] == got[i] {
		i++
	}
	around := func(list []T) []T { return list[max(0, min(len(list), i-2)):min(len(list), i+8)] }
	require.Failf(t, "lists differ", "want %d, got %d; from position %d on:\nwant … %v …\ngot  … %v …",
		len(want), len(got), i, around(want), around(got))
}

func requireSet(t testing.TB, want model, v *View, s *set.Set, in func(Entry) bool, name string, args ...any) {
	t.Helper()
	n := 0
	for _, e := range want {
		if in(e) {
			n++
		}
	}
	require.Equal(t, n, s.Len(), append([]any{name}, args...)...)
	for ord := range s.All() {
		if !in(v.Entry(ord)) {
			require.Fail(t, "a session that does not belong", append([]any{"%s: " + name, v.ID(ord)}, args...)...)
		}
	}
}

// requireWriter checks the writer's free list: each ordinal below the limit is either in
// use or listed once.
func requireWriter(t testing.TB, w *Writer) {
	t.Helper()
	v := w.View()
	free := make(map[uint32]bool)
	for _, ord := range w.free {
		if s := v.slots.get(ord); free[ord] || int(ord) >= v.Limit() || s != nil && s.used() {
			require.Failf(t, "a free ordinal is not", "ordinal %d of %d: free twice: %t", ord, v.Limit(), free[ord])
		}
		free[ord] = true
	}
	require.Equal(t, v.Limit(), v.Len()+len(free))
	var counts [maxCombos]int
	for _, ord := range v.Ordering(ByUpdated, false).AppendRange(nil, 0, v.Len()) {
		counts[v.slots.class(ord).combo()]++
	}
	require.Equal(t, counts, w.book.counts, "sessions by combination")
}
