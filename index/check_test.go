package index

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index/set"
)

// brokenTitles is a title index that says that it is out of step.
type brokenTitles struct{}

func (brokenTitles) Search(context.Context, *View, string) (set.Found, TitleStats, error) {
	return set.Found{}, TitleStats{}, nil
}
func (brokenTitles) Check(*View) error { return errors.New("out of step") }

// Verify is what users and all other tests lean on, so each kind of damage is done
// to a sound view once, and has to be found and named.
func TestCheckFindsPlantedDamage(t *testing.T) {
	sound := func() *View {
		w := NewWriter(nil)
		var entries []Entry
		for i := range 2*blockFill + 50 {
			entries = append(entries, Entry{
				ID: fmt.Sprintf("%05d", i), Title: fmt.Sprintf("Title %05d", i), Created: second(i), Updated: second(i),
				Kind: Kind(i % 8 / 5), Values: [NumFields]string{State: []string{"running", "failed"}[i%2], App: fmt.Sprintf("app-%d", i%40)},
			})
		}
		w.Put(entries)
		return w.View()
	}
	// blocks returns the blocks of an ordering, to be damaged in place.
	blocks := func(o *Ordering) (all []*block) {
		o.tree.Scan(func(b *block) bool {
			all = append(all, b)
			return true
		})
		return all
	}
	require.NoError(t, sound().Check())

	const epoch = 99
	tests := []struct {
		name  string
		plant func(v *View)
		want  string
	}{
		{"a wrong number of sessions", func(v *View) { v.n++ }, "sessions, has"},
		{"a wrong number of bytes", func(v *View) { v.textBytes-- }, "bytes of sessions, has"},
		{"a session lost", func(v *View) { *v.slots.at(7) = slot{} }, "sessions, has"},
		{"a stale folded title", func(v *View) {
			s := v.slots.at(7)
			s.text = string(appendText(nil, s.id(), "Title 00007", "title 00008"))
		}, `ordinal 7: folded title is "title 00008", want "title 00007"`},
		{"a stale prefix", func(v *View) { v.slots.at(7).prefix++ }, "ordinal 7: the title's prefix is off"},
		{"members packed in another way", func(v *View) {
			s := v.slots.at(8)
			s.rest = s.rest[:1] + "\x87\x00" + s.rest[2:] // a length in two bytes where one would do
		}, "ordinal 8: the packed members"},

		{"an id not to be found", func(v *View) { v.ids.tree.Delete(idItem{hashID("00007"), 7}) }, `id "00007"`},
		{"an id found elsewhere", func(v *View) {
			v.ids.tree.Delete(idItem{hashID("00007"), 7})
			v.ids.tree.Set(idItem{hashID("00007"), 8})
		}, `id "00007"`},
		{"an id too many", func(v *View) { v.ids.tree.Set(idItem{1, 8}) }, "ids: "},

		{"two neighbours swapped", func(v *View) {
			b := blocks(v.all[ByCreated])[1].ords
			b[3], b[4] = b[4], b[3]
		}, fmt.Sprintf("order created_at (visible: false): has %d of %[1]d sessions, differs from position %d on", 2*blockFill+50, blockFill+3)},
		{"a session missing from an order", func(v *View) {
			o := v.all[ByTitle]
			b := blocks(o)[2]
			b.ords = b.ords[1:]
			o.n--
		}, "order title (visible: false)"},
		{"a wrong length of an order", func(v *View) { v.all[ByUpdated].n-- }, "order updated_at (visible: false)"},
		{"a hidden session among the visible", func(v *View) { v.visible[ByUpdated] = v.all[ByUpdated] }, "order updated_at (visible: true)"},
		{"an old session in an order", func(v *View) {
			b := blocks(v.visible[ByTitle])[0]
			b.ords[0] = b.ords[1]
		}, "order title (visible: true)"},
		{"an order by something else", func(v *View) { v.all[ByTitle], v.visible[ByTitle] = v.all[ByCreated], v.visible[ByCreated] }, ""},
		{"a block without its key", func(v *View) { blocks(v.all[ByCreated])[1].low.At.Sec-- }, "a block's low key is not its first"},
		{"an empty block", func(v *View) { v.all[ByTitle].tree.Set(&block{low: Key{Folded: "zzz"}}) }, "order title (visible: false): a block of 0"},
		{"an overfull block", func(v *View) {
			o := newOrdering(ByUpdated)
			all := v.all[ByUpdated].AppendRange(nil, 0, v.n)
			o.n = len(all)
			o.tree.Set(&block{low: v.Key(ByUpdated, all[0]), ords: all})
			v.all[ByUpdated] = o
		}, "order updated_at (visible: false): a block of"},

		{"a session missing from its kind", func(v *View) { v.kinds[TopLevel] = v.kinds[TopLevel].Remove(epoch, 8) }, "kind 0: has"},
		{"a session in another kind", func(v *View) { v.kinds[Task] = v.kinds[Task].Add(epoch, 8) }, "kind 2: has 1 sessions, want 0"},
		{"a session missing from its value", func(v *View) {
			v.values[State].Set("running", v.Value(State, "running").Remove(epoch, 8))
		}, `state "running": has`},
		{"a session under another value", func(v *View) {
			v.values[State].Set("failed", v.Value(State, "failed").Add(epoch, 8))
		}, `state "failed": has`},
		{"a value lost", func(v *View) { v.values[App].Delete("app-3") }, "app_id: 39 values, want 40"},
		{"a value that nobody has", func(v *View) { v.values[Asset].Set("x", set.FromSorted(epoch, []uint32{3})) }, `aop_asset_id "x": has 1 sessions, want 0`},
		{"an empty set kept", func(v *View) { v.values[Asset].Set("x", set.FromSorted(epoch, nil)) }, `aop_asset_id "x": an empty set is kept`},

		{"a title index out of step", func(v *View) { v.titles = brokenTitles{} }, "titles: out of step"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := sound()
			test.plant(v)
			assert.ErrorContains(t, v.Check(), test.want)
		})
	}
}

func TestCheckNamesEveryFaultUpToABound(t *testing.T) {
	w := NewWriter(nil)
	var entries []Entry
	for i := range 1000 {
		entries = append(entries, Entry{ID: fmt.Sprint(i), Title: "x"})
	}
	w.Put(entries)
	for i := range 3 {
		w.View().slots.at(uint32(i)).prefix++
	}
	err := w.View().Check()
	for i := range 3 {
		assert.ErrorContains(t, err, fmt.Sprintf("ordinal %d: the title's prefix is off", i))
	}
	for i := range 1000 {
		w.View().slots.at(uint32(i)).prefix += 2
	}
	joined, ok := w.View().Check().(interface{ Unwrap() []error })
	require.True(t, ok)
	assert.Len(t, joined.Unwrap(), 100)
}
