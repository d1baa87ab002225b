package index

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index/set"
)

// brokenTitles is a title index whose Check fails.
type brokenTitles struct{}

func (brokenTitles) Search(context.Context, *View, string) (set.Found, TitleStats, error) {
	return set.Found{}, TitleStats{}, nil
}
func (brokenTitles) Check(*View) error { return errors.New("out of step") }

// Users and all other tests rely on Verify, so each kind of damage is planted in a sound
// view once, and must be found and named.
func TestCheckFindsPlantedDamage(t *testing.T) {
	const sessions = 30 * leafFill
	sound := func() *View {
		w := NewWriter(nil, nil)
		var entries []Entry
		for i := range sessions {
			entries = append(entries, Entry{
				ID: fmt.Sprintf("%05d", i), Title: fmt.Sprintf("Title %05d", i), Created: second(i), Updated: second(i),
				Kind: Kind(i % 8 / 5), Values: [NumFields]string{
					State: []string{"running", "failed"}[i%2], App: fmt.Sprintf("app-%d", i%40), Workspace: []string{"big", ""}[i%2],
				},
			})
		}
		w.Put(entries)
		return w.View()
	}
	leaves := func(t *tree) []*ref[leaf] { return leavesOf(t.root) }
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

		{"an id not to be found", func(v *View) { v.ids = v.ids.edited(epoch, []idItem{{hashID("00007"), 7}}, nil) }, `id "00007"`},
		{"an id found elsewhere", func(v *View) {
			v.ids = v.ids.edited(epoch, []idItem{{hashID("00007"), 7}}, []idItem{{hashID("00007"), 8}})
		}, `id "00007"`},
		{"an id too many", func(v *View) { v.ids = v.ids.edited(epoch, nil, []idItem{{1, 8}}) }, "ids: "},
		{"an id in another bucket", func(v *View) {
			at := v.ids.items.Edit(epoch, 3)
			*at = append(slices.Clone(*at), idItem{4, 9})
		}, "is in bucket 3, belongs into 4"},

		{"two neighbours swapped", func(v *View) {
			l := leaves(v.orders[ByCreated])[1].to
			l.ords[3], l.ords[4] = l.ords[4], l.ords[3]
		}, fmt.Sprintf("order created_at: has %d of %[1]d sessions, differs from position %d on", sessions, leafFill+3)},
		{"a session missing from an order", func(v *View) {
			l := leaves(v.orders[ByTitle])[2]
			l.n[everything]--
		}, "order title: a reference to a branch says"},
		{"a session too many in a leaf", func(v *View) { leaves(v.orders[ByTitle])[0].n[onlyVisible]++ }, "order title: a reference to a leaf says"},
		{"a wrong number below a branch", func(v *View) { v.orders[ByTitle].root.branches[0].n[everything]++ }, "order title: a reference to a branch says"},
		{"a wrong length of an order", func(v *View) { v.orders[ByUpdated].all.n-- }, "order updated_at: says"},
		{"a wrong length of the visible", func(v *View) { v.orders[ByUpdated].visible.n-- }, "order updated_at, of visible sessions: says"},
		{"a hidden session among the visible", func(v *View) { leaves(v.orders[ByUpdated])[3].to.visible ^= 1 << 7 }, "order updated_at: a leaf is wrong about"},
		{"a session twice in an order", func(v *View) {
			l := leaves(v.orders[ByTitle])[0].to
			l.ords[0] = l.ords[1]
		}, "order title: has"},
		{"an order by something else", func(v *View) { v.orders[ByTitle] = v.orders[ByCreated] }, "order title: is by order 1"},
		{"an order that has lost its counts", func(v *View) {
			v.orders[ByUpdated].counts = byNothing
			v.orders[ByUpdated].root.tally = tally{}
		}, "order updated_at: is by order 0, and counts in way 0"},
		{"an empty leaf", func(v *View) { leaves(v.orders[ByTitle])[1].n = [2]int32{} }, "order title: a leaf of 0"},
		{"an overfull leaf", func(v *View) { leaves(v.orders[ByTitle])[1].n[everything] = leafMax + 1 }, "order title: a leaf of 63"},
		{"an empty branch", func(v *View) { v.orders[ByTitle].root.branches[0].to = new(branch) }, "order title: a branch of 0 leaves and 0 branches"},
		{"an overfull branch", func(v *View) {
			b := v.orders[ByTitle].root.branches[0].to
			b.leaves = append(slices.Clone(b.leaves), b.leaves...)
		}, "order title: a branch of 16 leaves and 0 branches"},
		{"a wrong head of a leaf", func(v *View) { leaves(v.orders[ByTitle])[1].head++ }, "order title: a reference to a leaf says"},
		{"a wrong head of a branch", func(v *View) { v.orders[ByTitle].root.branches[0].head++ }, "order title: a reference to a branch says"},
		{"a wrong first session of a leaf", func(v *View) { leaves(v.orders[ByTitle])[1].first++ }, "order title: a reference to a leaf says"},
		{"a class miscounted in a branch", func(v *View) { v.orders[ByUpdated].root.branches[1].to.tally.counts[v.orders[ByUpdated].combos+1]++ }, "order updated_at: a branch miscounts"},
		{"a kind miscounted in the root", func(v *View) { v.orders[ByUpdated].root.tally.counts[1]-- }, "order updated_at: a branch miscounts"},

		{"a session of another class", func(v *View) { *v.slots.classes.Edit(epoch, 7) = v.slots.class(8) }, "ordinal 7: is of class"},
		{"a session of an unknown class", func(v *View) { *v.slots.classes.Edit(epoch, 7) = newClass(overflow, Sub) }, "0 sessions of unknown class, has 1"},
		{"a session of another kind in its class", func(v *View) {
			*v.slots.classes.Edit(epoch, 8) = newClass(v.slots.class(8).combo(), Task)
		}, "which is not of its kind"},
		{"an order that takes in other kinds", func(v *View) { v.orders[ByUpdated].visible.kinds = contractLayout.kinds }, "order updated_at, of visible sessions: takes in kinds"},
		{"a table of classes out of step", func(v *View) {
			b, _ := v.combos.byValue[0].Get("running")
			b.add(77)
		}, "classes: the sets of state"},
		{"a class with two numbers", func(v *View) { v.combos.give(epoch, uint16(v.combos.n), *v.combos.combos.At(1)) }, "has two numbers"},

		{"an ordering of a value out of step", func(v *View) {
			l := leaves(v.OrderingOf(Workspace, "big").tree)[0].to
			l.ords[3], l.ords[4] = l.ords[4], l.ords[3]
		}, `order of workspace_id "big": has`},
		{"an ordering of a value lost", func(v *View) {
			v.fields[Workspace].values.Set("big", valueEntry{set: v.Value(Workspace, "big")})
		}, `workspace_id "big": 810 sessions have no ordering`},
		{"an ordering of two values", func(v *View) {
			known, _ := v.fields[Workspace].values.Get("big")
			v.fields[Workspace].values.Set("x", known)
		}, `workspace_id "x": shares ordering 1`},
		{"an ordering of too few", func(v *View) {
			known, _ := v.fields[App].values.Get("app-3")
			known.number = v.fields[App].orderings.add(epoch, contractLayout.newTree(ByUpdated, byKind))
			v.fields[App].values.Set("app-3", known)
		}, `app_id "app-3": 41 sessions have an ordering`},
		{"a session missing from its kind", func(v *View) { v.kinds[TopLevel] = v.kinds[TopLevel].Remove(epoch, 8) }, "kind 0: has"},
		{"a session in another kind", func(v *View) { v.kinds[Task] = v.kinds[Task].Add(epoch, 8) }, "kind 2: has 1 sessions, want 0"},
		{"a session missing from its value", func(v *View) {
			v.fields[State].values.Set("running", valueEntry{set: v.Value(State, "running").Remove(epoch, 8)})
		}, `state "running": has`},
		{"a session under another value", func(v *View) {
			v.fields[State].values.Set("failed", valueEntry{set: v.Value(State, "failed").Add(epoch, 8)})
		}, `state "failed": has`},
		{"a value lost", func(v *View) { v.fields[App].values.Delete("app-3") }, "app_id: 39 values, want 40"},
		{"a value that nobody has", func(v *View) { v.fields[Asset].values.Set("x", valueEntry{set: set.New(3, 4)}) }, `aop_asset_id "x": has 2 sessions, want 0`},
		{"an empty set kept", func(v *View) { v.fields[Asset].values.Set("x", valueEntry{set: set.New()}) }, `aop_asset_id "x": an empty set is kept`},

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
	w := NewWriter(nil, nil)
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
