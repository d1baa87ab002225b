package index

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/fold"
)

// Check rebuilds every index of the view from its sessions and compares. It
// returns every difference found, joined, and nil if there is none. O(n log n).
func (v *View) Check() error {
	var c checker
	ords := c.slots(v)
	c.ids(v, ords)
	for by := range NumOrders {
		c.ordering(v, by, false, ords)
		c.ordering(v, by, true, ords)
	}
	c.kinds(v, ords)
	c.classes(v, ords)
	for f := range NumFields {
		c.values(v, f, ords)
	}
	if err := v.titles.Check(v); err != nil {
		c.addf("titles: %w", err)
	}
	return errors.Join(c.faults...)
}

type checker struct{ faults []error }

// addf notes a fault; after the first hundred, one more says nothing new.
func (c *checker) addf(format string, args ...any) {
	if len(c.faults) < 100 {
		c.faults = append(c.faults, fmt.Errorf(format, args...))
	}
}

// slots checks each slot by itself and returns the ordinals in use.
func (c *checker) slots(v *View) []uint32 {
	var ords []uint32
	var bytes int64
	for ord := range v.limit {
		s := v.slots.get(ord)
		if s == nil || !s.used() {
			continue
		}
		ords = append(ords, ord)
		bytes += int64(len(s.text) + len(s.rest))
		_, title, folded := splitText(s.text)
		if want := fold.String(title); folded != want {
			c.addf("ordinal %d: folded title is %.100q, want %.100q", ord, folded, want)
		}
		if s.prefix != prefixOf(folded) {
			c.addf("ordinal %d: the title's prefix is off", ord)
		}
		e := s.entry()
		if got := string(appendRest(nil, &e)); got != s.rest {
			c.addf("ordinal %d: the packed members do not survive unpacking", ord)
		}
	}
	if len(ords) != v.n {
		c.addf("says %d sessions, has %d", v.n, len(ords))
	}
	if bytes != v.textBytes {
		c.addf("says %d bytes of sessions, has %d", v.textBytes, bytes)
	}
	return ords
}

func (c *checker) ids(v *View, ords []uint32) {
	if got := v.ids.tree.Len(); got != len(ords) {
		c.addf("ids: %d of %d", got, len(ords))
	}
	for _, ord := range ords {
		if got, ok := v.Find(v.ID(ord)); !ok || got != ord {
			c.addf("id %q: found at ordinal %d (%t), is at %d", v.ID(ord), got, ok, ord)
		}
	}
}

func (c *checker) ordering(v *View, by Order, visible bool, ords []uint32) {
	want, kinds := slices.Clone(ords), uint8(everyKind)
	if visible {
		want = slices.DeleteFunc(want, func(ord uint32) bool { return v.Kind(ord) != TopLevel })
		kinds = 1 << TopLevel
	}
	slices.SortFunc(want, func(a, b uint32) int { return v.Compare(by, a, b) })
	c.sorted(v, v.Ordering(by, visible), by, kinds, want, fmt.Sprintf("order %s (visible: %t)", by, visible))
}

// sorted checks an ordering against the ordinals that it should have.
func (c *checker) sorted(v *View, o *Ordering, by Order, kinds uint8, want []uint32, name string) {
	if o.kinds != kinds {
		c.addf("%s: takes in kinds %b, want %b", name, o.kinds, kinds)
	}
	if o.by != by {
		c.addf("%s: is by %s", name, o.by)
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
			if low := v.Key(by, b.ords[0]); low.Compare(by, &b.low) != 0 {
				c.addf("%s: a block's low key is not its first", name)
			}
			if last != nil && last.low.Compare(by, &b.low) >= 0 {
				c.addf("%s: blocks out of order", name)
			}
			last = b.block
		}
	}
}

// levels checks the sizes of an ordering's groups and blocks and what they count,
// and reports whether it can be gone through.
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
			if b.head != b.low.head(o.by) {
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
			if o.counted && !b.tally.same(o.counts.of(&v.slots, b.ords)) {
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

// same compares tallies that may have come about in different ways.
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
			c.addf("classes: the sets of %s do not follow from the list", comboFields[i])
		}
	}
}

func (c *checker) kinds(v *View, ords []uint32) {
	var want [NumKinds][]uint32
	for _, ord := range ords {
		want[v.Kind(ord)] = append(want[v.Kind(ord)], ord)
	}
	for k, s := range v.kinds {
		c.set(s, want[k], "kind %d", k)
	}
}

func (c *checker) values(v *View, f Field, ords []uint32) {
	want := make(map[string][]uint32)
	for _, ord := range ords {
		if value := v.Entry(ord).Values[f]; value != "" {
			want[value] = append(want[value], ord)
		}
	}
	if got := v.NumValues(f); got != len(want) {
		c.addf("%s: %d values, want %d", f, got, len(want))
	}
	numbers := make(map[uint32]bool) // given out
	for free := v.valueOrderings[f].free; free != nil; free = free.more {
		numbers[free.number] = true
	}
	v.values[f].Scan(func(value string, known *valued) bool {
		c.set(known.set, want[value], "%s %q", f, value)
		if known.set.Len() == 0 {
			c.addf("%s %q: an empty set is kept", f, value)
		}
		n, o := known.set.Len(), v.valueOrderings[f].at(known.number)
		switch {
		case o == nil && HasOrderings(f) && n >= orderingFrom:
			c.addf("%s %q: %d sessions have no ordering", f, value, n)
		case o != nil && (!HasOrderings(f) || n < orderingUpTo):
			c.addf("%s %q: %d sessions have an ordering", f, value, n)
		case o != nil:
			ords := slices.Clone(want[value])
			slices.SortFunc(ords, func(a, b uint32) int { return v.Compare(ByUpdated, a, b) })
			c.sorted(v, o, ByUpdated, everyKind, ords, fmt.Sprintf("order of %s %q", f, value))
		}
		if numbers[known.number] {
			c.addf("%s %q: shares ordering %d with another value", f, value, known.number)
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
