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
	o := v.Ordering(by, visible)
	want := slices.Clone(ords)
	if visible {
		want = slices.DeleteFunc(want, func(ord uint32) bool { return v.Kind(ord) != TopLevel })
	}
	slices.SortFunc(want, func(a, b uint32) int { return v.Compare(by, a, b) })
	got := o.AppendRange(nil, 0, o.n)
	if !slices.Equal(got, want) {
		i := 0
		for i < min(len(got), len(want)) && got[i] == want[i] {
			i++
		}
		c.addf("order %s (visible: %t): has %d of %d sessions, differs from position %d on", by, visible, len(got), len(want), i)
		return
	}
	var last *block
	o.tree.Scan(func(b *block) bool {
		if len(b.ords) == 0 || len(b.ords) > blockMax {
			c.addf("order %s (visible: %t): a block of %d", by, visible, len(b.ords))
			return true
		}
		if low := v.Key(by, b.ords[0]); low.Compare(by, &b.low) != 0 {
			c.addf("order %s (visible: %t): a block's low key is not its first", by, visible)
		}
		if last != nil && last.low.Compare(by, &b.low) >= 0 {
			c.addf("order %s (visible: %t): blocks out of order", by, visible)
		}
		last = b
		return true
	})
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
	for value, s := range v.Values(f) {
		c.set(s, want[value], "%s %q", f, value)
		if s.Len() == 0 {
			c.addf("%s %q: an empty set is kept", f, value)
		}
	}
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
