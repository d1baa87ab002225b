package index

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/schema"
)

// Check rebuilds every index of the view from its sessions and compares. It
// returns every difference found, joined, and nil if there is none. O(n log n).
func (v *View) Check() error {
	var c checker
	ords := c.slots(v)
	c.ids(v, ords)
	for by := range v.orders {
		c.ordering(v, Order(by), false, ords)
		c.ordering(v, Order(by), true, ords)
	}
	c.kinds(v, ords)
	c.classes(v, ords)
	for i := range v.fields {
		if v.fields[i] != nil {
			c.field(v, &v.layout.rows[i], ords)
		}
	}
	if err := v.titles.Check(v); err != nil {
		c.addf("titles: %w", err)
	}
	c.words(v)
	return errors.Join(c.faults...)
}

type checker struct{ faults []error }

// addf adds a fault, up to a hundred: more would say nothing new.
func (c *checker) addf(format string, args ...any) {
	if len(c.faults) < 100 {
		c.faults = append(c.faults, fmt.Errorf(format, args...))
	}
}

// slots checks each slot by itself and returns the ordinals in use.
func (c *checker) slots(v *View) []uint32 {
	var ords []uint32
	var bytes int64
	noted := 0
	members := memberReader{l: v.layout}
	for ord := range v.limit {
		s := v.slots.get(ord)
		if s == nil || !s.used() {
			continue
		}
		ords = append(ords, ord)
		bytes += int64(len(s.text) + len(s.rest))
		noted += btoi(s.noted())
		_, title, folded := splitText(s.text)
		if want := v.layout.fold.Fold(title); folded != want {
			c.addf("ordinal %d: folded title is %.100q, want %.100q", ord, folded, want)
		}
		if s.prefix != prefixOf(folded) {
			c.addf("ordinal %d: the title's prefix is off", ord)
		}
		e := s.entry()
		if got := string(appendRest(nil, &e)); got != s.rest {
			c.addf("ordinal %d: the packed members do not survive unpacking", ord)
		}
		if members.fill(&e, nil); string(appendRest(nil, &e)) != s.rest {
			c.addf("ordinal %d: the values of declared fields are not what its members say", ord)
		}
	}
	if len(ords) != v.n {
		c.addf("says %d sessions, has %d", v.n, len(ords))
	}
	if noted != v.noted {
		c.addf("says %d sessions noted, has %d", v.noted, noted)
	}
	if bytes != v.textBytes {
		c.addf("says %d bytes of sessions, has %d", v.textBytes, bytes)
	}
	return ords
}

func (c *checker) ids(v *View, ords []uint32) {
	listed := 0
	for b := range v.ids.buckets {
		for _, it := range *v.ids.items.At(b) {
			listed++
			if v.ids.bucket(it.hash) != b {
				c.addf("ids: ordinal %d is in bucket %d, belongs into %d", it.ord, b, v.ids.bucket(it.hash))
			}
		}
	}
	if v.ids.n != len(ords) || listed != len(ords) {
		c.addf("ids: says %d, has %d of %d", v.ids.n, listed, len(ords))
	}
	for _, ord := range ords {
		if got, ok := v.Find(v.ID(ord)); !ok || got != ord {
			c.addf("id %q: found at ordinal %d (%t), is at %d", v.ID(ord), got, ok, ord)
		}
	}
}

func (c *checker) ordering(v *View, by Order, onlyVisible bool, ords []uint32) {
	want, kinds := slices.Clone(ords), v.layout.kinds
	if onlyVisible {
		want = slices.DeleteFunc(want, func(ord uint32) bool { return v.Kind(ord) != 0 })
		kinds = visible
	}
	slices.SortFunc(want, func(a, b uint32) int { return v.Compare(by, a, b) })
	c.sorted(v, v.Ordering(by, onlyVisible), by, kinds, want, fmt.Sprintf("order %s (visible: %t)", v.layout.name(by), onlyVisible))
}

// sorted checks an ordering against the ordinals that it should have.
func (c *checker) sorted(v *View, o *Ordering, by Order, kinds schema.Classes, want []uint32, name string) {
	if o.kinds != kinds {
		c.addf("%s: takes in kinds %b, want %b", name, o.kinds, kinds)
	}
	if o.by != by {
		c.addf("%s: is by order %d", name, o.by)
		return
	}
	if !c.levels(v, o, name) {
		return
	}
	got := o.AppendRange(nil, 0, o.n)
	if !slices.Equal(got, want) {
		i := 0
		for i < min(len(got), len(want)) && got[i] == want[i] {
			i++
		}
		c.addf("%s: has %d of %d sessions, differs from position %d on", name, len(got), len(want), i)
		return
	}
	var last *block
	for _, g := range o.groups {
		for _, b := range g.blocks {
			if low := v.Key(by, b.ords[0]); low.Compare(&b.low) != 0 {
				c.addf("%s: a block's low key is not its first", name)
			}
			if last != nil && last.low.Compare(&b.low) >= 0 {
				c.addf("%s: blocks out of order", name)
			}
			last = b.block
		}
	}
}

// levels checks the sizes and the counts of an ordering's groups and blocks, and
// reports whether the ordering can be traversed.
func (c *checker) levels(v *View, o *Ordering, name string) bool {
	n := 0
	for _, g := range o.groups {
		if len(g.blocks) == 0 || len(g.blocks) > groupMax {
			c.addf("%s: a group of %d blocks", name, len(g.blocks))
			return false
		}
		end := 0
		var counts tally
		for _, b := range g.blocks {
			if len(b.ords) == 0 || len(b.ords) > blockMax {
				c.addf("%s: a block of %d", name, len(b.ords))
				return false
			}
			if b.head != b.low.cell(o.inText).hi {
				c.addf("%s: a block's head is not that of its low key", name)
			}
			end += len(b.ords)
			if int(b.n) != len(b.ords) {
				c.addf("%s: a block says %d sessions, has %d", name, b.n, len(b.ords))
				return false
			}
			if int(b.end) != end {
				c.addf("%s: a block's end is %d, want %d", name, b.end, end)
				return false
			}
			if o.counted && !b.tally.same(o.counts.tally(v, b.ords)) {
				c.addf("%s: a block miscounts its sessions", name)
			}
			counts.add(&b.tally)
		}
		if o.counted && !g.tally.same(counts) {
			c.addf("%s: a group miscounts its sessions", name)
		}
		if g.head != g.blocks[0].head {
			c.addf("%s: a group's head is not that of its first block", name)
		}
		if int(g.n) != end {
			c.addf("%s: a group says %d sessions, has %d", name, g.n, end)
			return false
		}
		if n += end; int(g.end) != n {
			c.addf("%s: a group's end is %d, want %d", name, g.end, n)
			return false
		}
	}
	if o.n != n {
		c.addf("%s: says %d sessions, has %d", name, o.n, n)
		return false
	}
	return true
}

// same reports whether two tallies have the same counts, however they are represented.
func (t tally) same(u tally) bool {
	a, b := t.all(), u.all()
	n := max(len(a), len(b))
	return slices.Equal(grown(a, n), grown(b, n))
}

// classes checks the class of each session, and the table of classes.
func (c *checker) classes(v *View, ords []uint32) {
	c.comboTable(v.combos)
	overflowed := 0
	for _, ord := range ords {
		e := v.Entry(ord)
		n := v.slots.class(ord)
		if n.combo() == overflow {
			overflowed++
		} else if int(n.combo()) >= v.combos.n || *v.combos.combos.At(uint32(n.combo())) != comboOf(&e) {
			c.addf("ordinal %d: is of class %x, which is not its own", ord, n)
		}
		if n.kind() != e.Kind {
			c.addf("ordinal %d: is of class %x, which is not of its kind", ord, n)
		}
	}
	if overflowed != v.overflowed {
		c.addf("classes: says %d sessions of unknown class, has %d", v.overflowed, overflowed)
	}
}

// comboTable checks that the sets of combos by value follow from the list, and that
// no combo is in it twice.
func (c *checker) comboTable(t *comboTable) {
	want := newComboTable()
	seen := make(map[combo]bool)
	for n := uint16(1); int(n) < t.n; n++ {
		at := t.combos.At(uint32(n))
		if seen[*at] {
			c.addf("classes: %q has two numbers", *at)
		}
		seen[*at] = true
		want.give(0, n, *at)
	}
	for i := range t.byValue {
		values, sets := t.byValue[i].KeyValues()
		wantValues, wantSets := want.byValue[i].KeyValues()
		if !slices.Equal(values, wantValues) || !slices.EqualFunc(sets, wantSets, func(a, b *comboSet) bool { return *a == *b }) {
			c.addf("classes: the sets of %s do not follow from the list", schema.Contract().Row(i).Name)
		}
	}
}

func (c *checker) kinds(v *View, ords []uint32) {
	want := make([][]uint32, len(v.kinds))
	for _, ord := range ords {
		if k := int(v.Kind(ord)); k < len(want) {
			want[k] = append(want[k], ord)
		} else {
			c.addf("ordinal %d: is of kind %d of %d", ord, k, len(want))
		}
	}
	for k, s := range v.kinds {
		c.set(s, want[k], "kind %d", k)
	}
}

// field checks everything that is kept for a row, except its orders.
func (c *checker) field(v *View, r *rowLayout, ords []uint32) {
	f := v.fields[r.Index]
	var exists []uint32
	illTyped := 0
	values := make(map[string][]uint32)
	for _, ord := range ords {
		payload, ill := v.slots.at(ord).stored(r)
		illTyped += btoi(ill)
		if payload != "" {
			exists = append(exists, ord)
		}
		if r.keyed {
			for _, value := range r.values(payload, nil) {
				values[value] = append(values[value], ord)
			}
		}
		if r.hasColumn && f.column.at(ord) != r.payloadCell(payload) {
			c.addf("%s: the column is off at ordinal %d", r.Name, ord)
		}
	}
	c.set(f.exists, exists, "%s", r.Name)
	if f.illTyped != illTyped {
		c.addf("%s: says %d sessions with a value of another type, has %d", r.Name, f.illTyped, illTyped)
	}
	if r.hasColumn {
		c.free(v, f, r.Name)
	}
	if r.keyed {
		c.values(v, r, values)
	}
}

// free checks that a column has no values at unused ordinals.
func (c *checker) free(v *View, f *fieldIndex, name string) {
	for k := range f.column.hi.Leaves() {
		leaf := f.column.hi.Leaf(k)
		for i := range columnLeafLen {
			ord := uint32(k*columnLeafLen + i)
			if s := v.slots.get(ord); leaf != nil && leaf[i] != 0 && (s == nil || !s.used()) {
				c.addf("%s: the column has a value at ordinal %d, which is free", name, ord)
			}
		}
	}
}

func (c *checker) values(v *View, r *rowLayout, want map[string][]uint32) {
	f, name := v.fields[r.Index], r.Name
	if got := v.NumValues(r.Index); got != len(want) {
		c.addf("%s: %d values, want %d", name, got, len(want))
	}
	numbers := make(map[uint32]bool) // in use
	for free := f.orderings.free; free != nil; free = free.more {
		numbers[free.number] = true
	}
	f.values.Scan(func(value string, known valueEntry) bool {
		s := known.members()
		c.set(s, want[value], "%s %q", name, value)
		if s.Len() == 0 {
			c.addf("%s %q: an empty set is kept", name, value)
		}
		n, o := s.Len(), f.orderings.at(known.number)
		switch {
		case o == nil && r.orderings && n >= r.orderingFrom:
			c.addf("%s %q: %d sessions have no ordering", name, value, n)
		case o != nil && (!r.orderings || n < r.orderingUpTo):
			c.addf("%s %q: %d sessions have an ordering", name, value, n)
		case o != nil:
			ords := slices.Clone(want[value])
			slices.SortFunc(ords, func(a, b uint32) int { return v.Compare(ByUpdated, a, b) })
			c.sorted(v, o, ByUpdated, v.layout.kinds, ords, fmt.Sprintf("order of %s %q", name, value))
		}
		if numbers[known.number] {
			c.addf("%s %q: shares ordering %d with another value", name, value, known.number)
		}
		numbers[known.number] = known.number != 0
		return true
	})
}

func (c *checker) set(s *set.Set, want []uint32, name string, args ...any) {
	name = fmt.Sprintf(name, args...)
	if err := s.Check(); err != nil {
		c.addf("%s: %w", name, err)
	}
	if got := s.AppendTo(nil); !slices.Equal(got, want) {
		c.addf("%s: has %d sessions, want %d", name, len(got), len(want))
	}
}
