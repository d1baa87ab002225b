package index

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/schema"
)

// declared has fields of every type, with and without marks.
func declared(t testing.TB) *schema.Schema {
	s, err := schema.New(
		schema.Field{Name: "tags", Type: schema.Keyword},
		schema.Field{Name: "owner", Member: "who.name", Type: schema.Keyword, Sorted: true},
		schema.Field{Name: "archived", Type: schema.Flag, Hidden: true},
		schema.Field{Name: "spam", Type: schema.Flag, Hidden: true},
		schema.Field{Name: "pinned", Type: schema.Flag},
		schema.Field{Name: "cost", Type: schema.Number, Sorted: true},
		schema.Field{Name: "turns", Member: `who.a\.b`, Type: schema.Number},
		schema.Field{Name: "due", Type: schema.Time, Sorted: true},
		schema.Field{Name: "seen", Type: schema.Time},
		schema.Field{Name: "notes", Type: schema.Text},
	)
	require.NoError(t, err)
	return s
}

// wanted is what a session has in the declared fields, read by encoding/json.
type wanted struct {
	texts    []string // of a keyword or flag: ascending, distinct
	number   float64
	at       Instant
	has      bool
	illTyped bool
}

// want reads a field the plainest way.
func want(t testing.TB, e Entry, f schema.Field) (w wanted) {
	var v any = map[string]any{}
	if e.Extra != "" {
		d := json.NewDecoder(strings.NewReader(e.Extra))
		d.UseNumber()
		require.NoError(t, d.Decode(&v))
	}
	for _, name := range f.Path() {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	if v == nil {
		return wanted{}
	}
	w.illTyped = true
	switch f.Type {
	case schema.Flag:
		if b, ok := v.(bool); ok {
			w.illTyped = false
			if w.has = b; b {
				w.texts = []string{"true"}
			}
		}
	case schema.Text:
		if s, ok := v.(string); ok {
			w.texts, w.has, w.illTyped = []string{s}, s != "", false
		}
	case schema.Number:
		if n, ok := v.(json.Number); ok {
			if f, err := n.Float64(); err == nil {
				w = wanted{number: f, has: true}
			}
		}
	case schema.Time:
		var at time.Time
		var err error
		switch v := v.(type) {
		case string:
			at, err = time.Parse(time.RFC3339Nano, v)
		case json.Number:
			n, _ := v.Int64()
			at = time.Unix(n, 0)
			if n > 1e11 {
				at = time.UnixMilli(n)
			}
		default:
			return w
		}
		if err == nil {
			w = wanted{at: InstantOf(at), has: true}
		}
	case schema.Keyword:
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		w.illTyped = false
		for _, v := range list {
			s, ok := v.(string)
			if !ok || len(s) > 4096 {
				w.illTyped = true
			} else if s != "" {
				w.texts = append(w.texts, s)
			}
		}
		slices.Sort(w.texts)
		w.texts = slices.Compact(w.texts)
		w.has = len(w.texts) > 0
	}
	return w
}

var (
	tagTexts = []string{`"a"`, `"b"`, `"A"`, `"/home/ada/x"`, `"/home/ada/y"`, `"/home/bob"`, `"é\n"`, `""`, `7`, `null`, `{"a":"b"}`, `"` + strings.Repeat("x", 4097) + `"`}
	numbers  = []string{"0", "-0", "1", "1.5", "-1.5", "1e3", "1000", "-2e-7", "1e400", `"1"`, "true", "123456789012", "0.1", "1e15"}
	times    = []string{`"2026-01-02T03:04:05Z"`, `"2026-01-02T03:04:05.5Z"`, `"2026-01-02T03:04:05.25Z"`, `"0001-01-01T00:00:00Z"`, `"9999-12-31T23:59:59.999999999Z"`, "1767225600", "1767225600123", `"soon"`, "true", "-5", `"2026-13-01T00:00:00Z"`}
	flags    = []string{"true", "false", "true", "false", "null", `"yes"`, "1"}
)

// randomExtra returns further members, some missing, some of other types, some twice.
func randomExtra(r *rand.Rand) string {
	var members []string
	add := func(name, value string) {
		if r.IntN(3) > 0 {
			members = append(members, strconv.Quote(name)+":"+value)
		}
	}
	list := func() string {
		if r.IntN(4) == 0 {
			return pick(r, tagTexts)
		}
		var of []string
		for range r.IntN(5) {
			of = append(of, pick(r, tagTexts))
		}
		if r.IntN(2) == 0 {
			of = append(of, fmt.Sprintf(`"tag-%d"`, r.IntN(60)))
		}
		return "[" + strings.Join(of, ", ") + "]"
	}
	add("tags", list())
	add("who", `{"name":`+pick(r, []string{`"Ada"`, `"ada"`, `"Bob"`, `"Straße"`, `["Zoë","STRASSE"]`, list()})+`,"a.b":`+pick(r, numbers)+`}`)
	add("who", pick(r, []string{`{"name":"last"}`, "7", `{"a.b":3}`}))
	add("archived", pick(r, flags))
	add("spam", pick(r, flags))
	add("pinned", pick(r, flags))
	add("cost", pick(r, numbers))
	add("due", pick(r, times))
	add("seen", pick(r, times))
	add("notes", pick(r, []string{`"a note"`, `""`, "7"}))
	if members == nil {
		return ""
	}
	return "{" + strings.Join(members, ",") + "}"
}

// Whatever is written, each row of the schema equals a map of values.
func TestDeclaredFieldsUnderRandomWrites(t *testing.T) {
	r := newRand(t)
	s := declared(t)
	w := NewWriter(s, nil)
	all := model{}
	for round := range 12 {
		entries := batch(r, 1+r.IntN(900), 1200)
		for i := range entries {
			entries[i].Kind &= schema.KindBits
			if entries[i].Extra = randomExtra(r); r.IntN(3) == 0 {
				entries[i].Extra = all[entries[i].ID].Extra // left alone
			}
		}
		if round == 5 {
			entries = entries[:1]
		}
		w.Put(entries)
		all.put(entries)
		var gone []string
		for id := range all {
			if r.IntN(6) == 0 {
				gone = append(gone, id)
			}
		}
		w.Delete(gone)
		all.delete(gone)
		v := w.View()
		require.NoError(t, v.Check())
		requireFields(t, r, all, v)
	}
	loaded, err := NewWriter(s, nil).Load(each(slices.Collect(maps.Values(all)), nil))
	require.NoError(t, err)
	require.NoError(t, loaded.Check())
	requireFields(t, r, all, loaded)
}

// requireFields compares all declared rows of a view with the model.
func requireFields(t testing.TB, r *rand.Rand, all model, v *View) {
	t.Helper()
	for row := range v.Schema().Declared() {
		rows := make(map[string]wanted, len(all))
		exists, ill := 0, 0
		for id, e := range all {
			w := want(t, e, row.Field)
			rows[id] = w
			exists += btoi(w.has)
			ill += btoi(w.illTyped)
			ord, _ := v.Find(id)
			require.Equal(t, w.has, v.Exists(row.Index).Contains(ord), "%s of %s", row.Name, e.Extra)
		}
		require.Equal(t, exists, v.Exists(row.Index).Len())
		require.Equal(t, ill, v.IllTyped(row.Index), row.Name)
		requireHides(t, row, rows, v)
		switch row.Type {
		case schema.Keyword, schema.Flag:
			requireKeyword(t, row, rows, v)
		case schema.Number:
			requireNumber(t, r, row, rows, v)
		case schema.Time:
			requireTime(t, r, row, rows, v)
		case schema.Text:
			for id, w := range rows {
				ord, _ := v.Find(id)
				require.Equal(t, strings.Join(w.texts, ""), v.Text(row.Index, ord))
			}
		}
		if row.Sorted {
			requireSorted(t, row, rows, v)
		}
	}
}

func requireHides(t testing.TB, row *schema.Row, rows map[string]wanted, v *View) {
	if row.Hides == 0 {
		return
	}
	for id, w := range rows {
		ord, _ := v.Find(id)
		k := v.Kind(ord)
		require.Equal(t, w.has, k&row.Hides != 0)
		require.True(t, v.OfKind(k).Contains(ord))
		require.Equal(t, k, v.Entry(ord).Kind)
	}
}

func requireKeyword(t testing.TB, row *schema.Row, rows map[string]wanted, v *View) {
	byValue := make(map[string][]string)
	for id, w := range rows {
		for _, value := range w.texts {
			byValue[value] = append(byValue[value], id)
		}
		ord, _ := v.Find(id)
		require.Equal(t, append([]string{}, w.texts...), v.AppendValues([]string{}, row.Index, ord))
	}
	values := slices.Sorted(maps.Keys(byValue))
	require.Equal(t, len(values), v.NumValues(row.Index))
	var got []string
	for value, s := range v.Values(row.Index) {
		got = append(got, value)
		require.Equal(t, len(byValue[value]), s.Len(), "%s %q", row.Name, value)
		require.Equal(t, s.AppendTo(nil), v.Value(row.Index, value).AppendTo(nil))
		for _, id := range byValue[value] {
			ord, _ := v.Find(id)
			require.True(t, s.Contains(ord))
		}
	}
	require.Equal(t, values, got)
	const prefix = "/home/ada/"
	got = got[:0]
	for value := range v.ValuesFrom(row.Index, prefix) {
		if !strings.HasPrefix(value, prefix) {
			break
		}
		got = append(got, value)
	}
	values = slices.DeleteFunc(values, func(s string) bool { return !strings.HasPrefix(s, prefix) })
	require.ElementsMatch(t, values, got)
	require.Nil(t, v.Value(row.Index, "nobody has this"))
}

func requireNumber(t testing.TB, r *rand.Rand, row *schema.Row, rows map[string]wanted, v *View) {
	var ends []float64
	for id, w := range rows {
		ord, _ := v.Find(id)
		got, ok := v.Number(row.Index, ord)
		require.Equal(t, w.has, ok)
		if ok {
			require.Equal(t, w.number, got)
			ends = append(ends, w.number)
		}
	}
	ends = append(ends, 2.5, math.Inf(-1), math.Inf(1))
	for range 20 {
		lo, hi := pick(r, ends), pick(r, ends)
		withoutLo, withoutHi := r.IntN(2) == 0, r.IntN(2) == 0
		within := func(n float64) bool {
			return (n > lo || n == lo && !withoutLo) && (n < hi || n == hi && !withoutHi)
		}
		got := v.Range(row.Index, NumberBounds(lo, withoutLo, hi, withoutHi))
		stats := NumberStats{}
		requireFound(t, v, got, func(id string) bool { return rows[id].has && within(rows[id].number) })
		for id, w := range rows {
			if !w.has || !within(rows[id].number) {
				continue
			}
			if stats.Count == 0 || w.number < stats.Min {
				stats.Min = w.number
			}
			if stats.Count == 0 || w.number > stats.Max {
				stats.Max = w.number
			}
			stats.Count++
			stats.Sum += w.number
		}
		measured := v.Measure(row.Index, slices.Values(got.AppendTo(nil)))
		require.InEpsilon(t, 1+math.Abs(stats.Sum), 1+math.Abs(measured.Sum), 1e-9)
		measured.Sum = stats.Sum
		require.Equal(t, stats, measured)
	}
}

func requireTime(t testing.TB, r *rand.Rand, row *schema.Row, rows map[string]wanted, v *View) {
	ends := []Instant{second(5), InstantOf(time.Date(2026, 1, 2, 3, 4, 5, 300_000_000, time.UTC))}
	for id, w := range rows {
		ord, _ := v.Find(id)
		got, ok := v.Instant(row.Index, ord)
		require.Equal(t, w.has, ok)
		if ok {
			require.Equal(t, w.at, got)
			ends = append(ends, got)
		}
	}
	for range 20 {
		lo, hi := pick(r, ends), pick(r, ends)
		from, to := &lo, &hi
		if r.IntN(4) == 0 {
			from = nil
		}
		if r.IntN(4) == 0 {
			to = nil
		}
		requireFound(t, v, v.Range(row.Index, TimeBounds(from, to)), func(id string) bool {
			w := rows[id]
			return w.has && (from == nil || w.at.Compare(*from) >= 0) && (to == nil || w.at.Compare(*to) <= 0)
		})
	}
}

func requireFound(t testing.TB, v *View, got set.Found, in func(id string) bool) {
	t.Helper()
	n := 0
	for _, ord := range v.Ordering(ByUpdated, false).AppendRange(nil, 0, v.Len()) {
		n += btoi(in(v.ID(ord)))
		require.Equal(t, in(v.ID(ord)), got.Contains(ord), "session %q", v.ID(ord))
	}
	require.Equal(t, n, got.N)
	require.Len(t, got.AppendTo(nil), n)
}

func requireSorted(t testing.TB, row *schema.Row, rows map[string]wanted, v *View) {
	by, ok := v.OrderOf(row.Index)
	require.True(t, ok)
	smallest := func(w wanted) (folded, raw string) {
		for i, s := range w.texts {
			if f := fold.String(s); i == 0 || f < folded || f == folded && s < raw {
				folded, raw = f, s
			}
		}
		return folded, raw
	}
	for _, onlyVisible := range []bool{false, true} {
		var ids []string
		present := 0
		for id, w := range rows {
			ord, _ := v.Find(id)
			if !onlyVisible || v.Kind(ord) == 0 {
				ids = append(ids, id)
				present += btoi(w.has)
			}
		}
		slices.SortFunc(ids, func(a, b string) int {
			x, y := rows[a], rows[b]
			xf, xr := smallest(x)
			yf, yr := smallest(y)
			return cmp.Or(btoi(!x.has)-btoi(!y.has), cmp.Compare(x.number, y.number), x.at.Compare(y.at),
				cmp.Compare(xf, yf), cmp.Compare(xr, yr), cmp.Compare(a, b))
		})
		o := v.Ordering(by, onlyVisible)
		ords := o.AppendRange(nil, 0, o.Len())
		requireIDs(t, ids, v, ords)
		require.Equal(t, present, v.Present(o))
		for i, ord := range ords {
			if i%31 == 0 {
				require.Equal(t, i, v.Rank(o, v.Key(by, ord)))
				e := v.Entry(ord)
				filled := Entry{ID: e.ID, Title: e.Title, Created: e.Created, Updated: e.Updated, Kind: e.Kind & schema.KindBits, Values: e.Values, Extra: e.Extra}
				v.Outside().Fill(&filled)
				require.Equal(t, e, filled)
				for k := range v.NumOrders() {
					require.Equal(t, v.Key(Order(k), ord), v.Outside().Key(Order(k), &filled))
				}
				p := v.Packed(ord)
				require.Equal(t, v.Key(by, ord), p.Key(by))
				other := v.Packed(ords[len(ords)/2])
				require.Equal(t, cmp.Compare(i, len(ords)/2), p.Compare(by, &other))
			}
		}
	}
	require.Equal(t, row.Index, v.RowOf(by).Index)
}

// Versions share the field's structures.
func TestAnUpdateThatDoesNotTouchAFieldCostsItNothing(t *testing.T) {
	s := declared(t)
	w := NewWriter(s, nil)
	e := Entry{ID: "a", Extra: `{"tags":["x","y"],"cost":3,"due":5,"archived":true,"notes":"n","who":{"name":"Ada"}}`}
	w.Put([]Entry{e, {ID: "b", Extra: `{"tags":"x"}`}})
	before := w.View()
	e.Values[State], e.Updated, e.Title = "running", second(9), "another"
	w.Put([]Entry{e})
	after := w.View()
	require.NoError(t, after.Check())
	for row := range s.Declared() {
		assert.Same(t, before.fields[row.Index], after.fields[row.Index], row.Name)
		if by, ok := after.OrderOf(row.Index); ok {
			assert.Same(t, before.Ordering(by, false), after.Ordering(by, false), row.Name)
		}
	}
	assert.Equal(t, before.Entry(0).Members, after.Entry(0).Members)
	assert.NotSame(t, before.fields[State], after.fields[State])

	// Nor does an update of other members in Extra.
	e.Extra = `{"other":1,` + e.Extra[1:]
	w.Put([]Entry{e})
	for row := range s.Declared() {
		assert.Same(t, after.fields[row.Index], w.View().fields[row.Index], row.Name)
	}
}

func TestAnUpdateAllocatesNothingForFieldsThatItDoesNotTouch(t *testing.T) {
	var fields []schema.Field
	extra := []string{}
	for i := range 40 {
		typ := []schema.Type{schema.Keyword, schema.Flag, schema.Number, schema.Time}[i%4]
		fields = append(fields, schema.Field{Name: fmt.Sprintf("f%d", i), Type: typ, Sorted: typ != schema.Flag && i%8 < 4})
		extra = append(extra, fmt.Sprintf(`"f%d":%s`, i, []string{`["a","b"]`, "false", "5", `"2026-01-02"`}[i%4]))
	}
	s, err := schema.New(fields...)
	require.NoError(t, err)
	allocs := func(s *schema.Schema) float64 {
		w := NewWriter(s, nil)
		entries := make([]Entry, 100)
		for i := range entries {
			entries[i] = Entry{ID: fmt.Sprintf("%03d", i), Extra: "{" + strings.Join(extra, ",") + "}", Updated: second(i)}
		}
		w.Put(entries)
		n := 100
		return testing.AllocsPerRun(200, func() {
			n++
			entries[7].Updated = second(n)
			w.Put(entries[7:8])
		})
	}
	assert.Equal(t, allocs(nil), allocs(s))
}

// A hidden flag takes a session out of the visible orderings, like a task run.
func TestAHiddenFlagHides(t *testing.T) {
	s := declared(t)
	w := NewWriter(s, nil)
	w.Put([]Entry{{ID: "a", Kind: Sub, Extra: `{"archived":true}`}, {ID: "b", Extra: `{"spam":true,"pinned":true}`}, {ID: "c", Extra: `{"archived":false}`}})
	v := w.View()
	assert.Equal(t, 1, v.Ordering(ByUpdated, true).Len())
	archived, spam := s.Lookup("archived").Hides, s.Lookup("spam").Hides
	for id, want := range map[string]Kind{"a": Sub | archived, "b": spam, "c": 0} {
		ord, _ := v.Find(id)
		assert.Equal(t, want, v.Kind(ord), id)
		assert.Equal(t, []uint32{ord}, v.OfKind(want).AppendTo(nil))
	}
	classes, ok := v.Classes(&ClassFilter{Kinds: schema.Within(spam)})
	require.True(t, ok)
	sel := v.Select(v.Ordering(ByUpdated, false), classes)
	assert.Equal(t, 2, sel.Len(), "include=spam shows what has no other reason")
	w.Put([]Entry{{ID: "b"}})
	require.NoError(t, w.View().Check())
	assert.Equal(t, 2, w.View().Ordering(ByUpdated, true).Len())
}

// A sum that overflows must still be a number that JSON can write.
func TestASumThatOverflowsIsFinite(t *testing.T) {
	s := declared(t)
	w := NewWriter(s, nil)
	v := w.Put([]Entry{{ID: "a", Extra: `{"cost":-1.7e308}`}, {ID: "b", Extra: `{"cost":-1.7e308}`}, {ID: "c", Extra: `{"cost":5}`}})
	stats := v.Measure(s.Lookup("cost").Index, slices.Values([]uint32{0, 1, 2}))
	assert.Equal(t, NumberStats{Min: -1.7e308, Max: 5, Sum: -math.MaxFloat64, Count: 3}, stats)
	assert.Zero(t, v.Measure(s.Lookup("turns").Index, slices.Values([]uint32{0, 1, 2})))
}
