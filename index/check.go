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
		c.order(v, Order(by), ords)
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

func (c *checker) order(v *View, by Order, ords []uint32) {
	want := slices.Clone(ords)
	slices.SortFunc(want, func(a, b uint32) int { return v.Compare(by, a, b) })
	c.sorted(v, v.orders[by], by, by.counts(), want, "order "+v.layout.name(by))
}

// sorted checks a tree against the ordinals that it should have.
func (c *checker) sorted(v *View, t *tree, by Order, counts counting, want []uint32, name string) {
	if t.by != by || t.counts != counts {
		c.addf("%s: is by order %d, and counts in way %d", name, t.by, t.counts)
		return
	}
	if !c.branch(v, t, t.root, true, name) {
		return
	}
	for _, o := range [...]*Ordering{&t.all, &t.visible} {
		kinds, which := v.layout.kinds, ""
		if o == &t.visible {
			kinds, which = visible, ", of visible sessions"
			want = slices.DeleteFunc(want, func(ord uint32) bool { return v.slots.class(ord).kind() != 0 })
		}
		if o.kinds != kinds {
			c.addf("%s%s: takes in kinds %b, want %b", name, which, o.kinds, kinds)
		}
		if n := t.root.len()[o.which]; o.n != int(n) {
			c.addf("%s%s: says %d sessions, has %d", name, which, o.n, n)
		}
		got := o.AppendRange(nil, 0, o.n)
		if slices.Equal(got, want) {
			continue
		}
		i := 0
		for i < min(len(got), len(want)) && got[i] == want[i] {
			i++
		}
		c.addf("%s%s: has %d of %d sessions, differs from position %d on", name, which, len(got), len(want), i)
	}
}

// branch checks the sizes, the heads and the counts below a branch, and reports whether
// it can be traversed.
func (c *checker) branch(v *View, t *tree, b *branch, root bool, name string) bool {
	if len(b.leaves) > 0 && len(b.branches) > 0 || !b.fits() && !(root && b.size() == 0) {
		c.addf("%s: a branch of %d leaves and %d branches", name, len(b.leaves), len(b.branches))
		return false
	}
	for i := range b.leaves {
		r := &b.leaves[i]
		n := int(r.n[everything])
		if n < 1 || n > leafMax {
			c.addf("%s: a leaf of %d", name, n)
			return false
		}
		own := t.newLeaf(v, r.to.ords[:n])
		if r.to.visible != own.to.visible {
			c.addf("%s: a leaf is wrong about which sessions are visible", name)
		}
		if own.to = r.to; *r != own {
			c.addf("%s: a reference to a leaf says %v, want %v", name, *r, own)
		}
	}
	for i := range b.branches {
		r := &b.branches[i]
		if !c.branch(v, t, r.to, false, name) {
			return false
		}
		if own := refBranch(r.to); *r != own {
			c.addf("%s: a reference to a branch says %v, want %v", name, *r, own)
		}
	}
	own := branch{leaves: b.leaves, branches: b.branches}
	if t.count(v, &own); !b.tally.same(own.tally) {
		c.addf("%s: a branch miscounts its sessions", name)
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
		n, t := s.Len(), f.orderings.at(known.number)
		switch {
		case t == nil && r.orderings && n >= r.orderingFrom:
			c.addf("%s %q: %d sessions have no ordering", name, value, n)
		case t != nil && (!r.orderings || n < r.orderingUpTo):
			c.addf("%s %q: %d sessions have an ordering", name, value, n)
		case t != nil:
			ords := slices.Clone(want[value])
			slices.SortFunc(ords, func(a, b uint32) int { return v.Compare(ByUpdated, a, b) })
			c.sorted(v, t, ByUpdated, byKind, ords, fmt.Sprintf("order of %s %q", name, value))
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
