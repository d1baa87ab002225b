package index

import (
	"errors"
	"fmt"
	"reflect"
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
	want := slices.Clone(ords)
	if visible {
		want = slices.DeleteFunc(want, func(ord uint32) bool { return v.Kind(ord) != TopLevel })
	}
	slices.SortFunc(want, func(a, b uint32) int { return v.Compare(by, a, b) })
	c.sorted(v, v.Ordering(by, visible), by, want, fmt.Sprintf("order %s (visible: %t)", by, visible))
}

// sorted checks an ordering against the ordinals that it should have.
func (c *checker) sorted(v *View, o *Ordering, by Order, want []uint32, name string) {
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
			last = b
		}
	}
}

// levels checks the sizes of an ordering's groups and blocks and what they count,
// and reports whether it can be gone through.
func (c *checker) levels(v *View, o *Ordering, name string) bool {
	if len(o.ends) != len(o.groups) {
		c.addf("%s: %d ends of %d groups", name, len(o.ends), len(o.groups))
		return false
	}
	n := 0
	for i, g := range o.groups {
		if len(g.blocks) == 0 || len(g.blocks) > groupMax || len(g.ends) != len(g.blocks) {
			c.addf("%s: a group of %d blocks, with %d ends", name, len(g.blocks), len(g.ends))
			return false
		}
		end := 0
		var counts [maxClasses]uint32
		for k, b := range g.blocks {
			if len(b.ords) == 0 || len(b.ords) > blockMax {
				c.addf("%s: a block of %d", name, len(b.ords))
				return false
			}
			end += len(b.ords)
			if int(g.ends[k]) != end {
				c.addf("%s: a block's end is %d, want %d", name, g.ends[k], end)
				return false
			}
			if o.counted && !sameCounts(b.counts, countClasses(&v.slots, b.ords)) {
				c.addf("%s: a block miscounts its classes", name)
			}
			for class, n := range b.counts {
				counts[class] += uint32(n)
			}
		}
		if o.counted && !sameCounts(g.counts, counts[:]) {
			c.addf("%s: a group miscounts its classes", name)
		}
		if n += end; o.ends[i] != n {
			c.addf("%s: a group's end is %d, want %d", name, o.ends[i], n)
			return false
		}
	}
	if o.n != n {
		c.addf("%s: says %d sessions, has %d", name, o.n, n)
		return false
	}
	return true
}

// sameCounts takes what is missing at the end for zero.
func sameCounts[N uint16 | uint32](a, b []N) bool {
	for len(a) > 0 && a[len(a)-1] == 0 {
		a = a[:len(a)-1]
	}
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return slices.Equal(a, b)
}

// classes checks the class of each session, and the table of classes.
func (c *checker) classes(v *View, ords []uint32) {
	t := v.classTable
	if want := newClassTable(t.classes); !reflect.DeepEqual(t, want) {
		c.addf("classes: the table does not follow from its list")
	}
	mixed := 0
	for _, ord := range ords {
		e := v.Entry(ord)
		n := v.slots.class(ord)
		if n == mixedClass {
			mixed++
		} else if int(n) >= len(t.classes) || t.classes[n] != classOf(&e) {
			c.addf("ordinal %d: is of class %d, which is not its own", ord, n)
		}
	}
	if mixed != v.mixed {
		c.addf("classes: says %d sessions of unknown class, has %d", v.mixed, mixed)
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
	v.values[f].Scan(func(value string, known *valued) bool {
		c.set(known.set, want[value], "%s %q", f, value)
		if known.set.Len() == 0 {
			c.addf("%s %q: an empty set is kept", f, value)
		}
		n := known.set.Len()
		switch {
		case known.updated == nil && HasOrderings(f) && n >= orderingFrom:
			c.addf("%s %q: %d sessions have no ordering", f, value, n)
		case known.updated != nil && (!HasOrderings(f) || n < orderingUpTo):
			c.addf("%s %q: %d sessions have an ordering", f, value, n)
		case known.updated != nil:
			ords := slices.Clone(want[value])
			slices.SortFunc(ords, func(a, b uint32) int { return v.Compare(ByUpdated, a, b) })
			c.sorted(v, known.updated, ByUpdated, ords, fmt.Sprintf("order of %s %q", f, value))
		}
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
