package index

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Like TestCheckFindsPlantedDamage, for the indexes of declared fields.
func TestCheckFindsPlantedDamageOfFields(t *testing.T) {
	s := declared(t)
	row := func(name string) int { return s.Lookup(name).Index }
	sound := func() *View {
		w := NewWriter(s, nil)
		var entries []Entry
		for i := range 300 {
			entries = append(entries, Entry{ID: fmt.Sprintf("%05d", i), Updated: second(i), Extra: fmt.Sprintf(
				`{"tags":["all","t%d"],"archived":%t,"cost":%d,"due":%d,"who":{"name":"Owner %d"},"notes":"n"}`, i%7, i%3 == 0, i, i, i%5)})
		}
		w.Put(entries)
		w.Delete([]string{"00299"})
		return w.View()
	}
	require.NoError(t, sound().Check())
	const epoch = 99
	order := func(name string) Order { return sound().layout.rows[row(name)].order }
	for _, test := range []struct {
		name  string
		plant func(v *View)
		want  string
	}{
		{"a session missing from those that have a value", func(v *View) {
			f := v.fields[row("cost")]
			f.exists = f.exists.Remove(epoch, 8)
		}, "cost: has"},
		{"a wrong number of values of another type", func(v *View) { v.fields[row("due")].illTyped++ }, "due: says 1 sessions with a value of another type"},
		{"a number off", func(v *View) { v.fields[row("cost")].column.set(epoch, 8, cell{hi: sortable(2)}) }, "cost: the column is off at ordinal 8"},
		{"a fraction off", func(v *View) { *v.fields[row("due")].column.lo.Edit(epoch, 8) = 5 }, "due: the column is off at ordinal 8"},
		{"a number where there is no session", func(v *View) { v.fields[row("cost")].column.set(epoch, 299, cell{hi: 7}) }, "cost: the column has a value at ordinal 299"},
		{"a tag lost", func(v *View) { v.fields[row("tags")].values.Delete("t3") }, "tags: 7 values, want 8"},
		{"a session missing from a tag", func(v *View) {
			known, _ := v.fields[row("tags")].values.Get("t3")
			known.set = known.set.Remove(epoch, 3)
			v.fields[row("tags")].values.Set("t3", known)
		}, `tags "t3": has`},
		{"a tag without an ordering", func(v *View) {
			known, _ := v.fields[row("tags")].values.Get("all")
			known.number = 0
			v.fields[row("tags")].values.Set("all", known)
		}, `tags "all": 299 sessions have no ordering`},
		{"an order out of step", func(v *View) {
			l := leavesOf(v.orders[order("cost")].root)[0].to
			l.ords[3], l.ords[4] = l.ords[4], l.ords[3]
		}, "order cost: has"},
		{"members that are not the session's", func(v *View) {
			e := v.Entry(8)
			e.Members = v.Entry(9).Members
			v.slots.at(8).rest = string(appendRest(nil, &e))
		}, "ordinal 8: the values of declared fields are not what its members say"},
		{"a hidden session that is shown", func(v *View) {
			e := v.Entry(3)
			e.Kind = 0
			v.slots.at(3).rest = string(appendRest(nil, &e))
		}, "ordinal 3: the values of declared fields are not"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := sound()
			test.plant(v)
			assert.ErrorContains(t, v.Check(), test.want)
		})
	}
}
