package index

import (
	"math/bits"

	"github.com/sessiondex/sessiondex/schema"
)

// ClassFilter is a filter by kind and by the members of few values. A session meets it
// if its kind is one of Kinds and, for each member with a list, its value is in the
// list and not in that of Without.
type ClassFilter struct {
	Kinds   schema.Classes
	Values  [NumClassFields][]string // by row; nil: any value or none
	Without [NumClassFields][]string
}

// InClass reports whether a ClassFilter can have values of a row.
func InClass(row int) bool { return row < NumClassFields }

// ClassSet is the set of classes of one version whose sessions meet a filter.
// Immutable.
type ClassSet struct {
	kinds     schema.Classes
	combos    comboSet
	everyone  bool     // combos holds all
	comboList []uint16 // ascending; empty for everyone
}

// Classes returns the classes that meet a filter, and false if the version has too many
// different combos, so that the class of some sessions is unknown. It takes
// microseconds, whatever the number of sessions.
func (v *View) Classes(f *ClassFilter) (*ClassSet, bool) {
	s := &ClassSet{everyone: true, kinds: f.Kinds}
	for i := range s.combos {
		s.combos[i] = ^uint64(0)
	}
	for i, values := range f.Values {
		if values != nil {
			s.everyone = false
			for k, w := range v.combos.having(i, values) {
				s.combos[k] &= w
			}
		}
		if values = f.Without[i]; values != nil {
			s.everyone = false
			for k, w := range v.combos.having(i, values) {
				s.combos[k] &^= w
			}
		}
	}
	if s.everyone {
		return s, true
	}
	if v.overflowed > 0 {
		return nil, false
	}
	n := 0
	for _, w := range s.combos {
		n += bits.OnesCount64(w)
	}
	s.comboList = make([]uint16, 0, n)
	for i, w := range s.combos {
		for ; w != 0; w &= w - 1 {
			s.comboList = append(s.comboList, uint16(i<<6+bits.TrailingZeros64(w)))
		}
	}
	return s, true
}

// HasClass reports whether the class of a session in use is in s.
func (v *View) HasClass(ord uint32, s *ClassSet) bool { return s.has(v.slots.class(ord)) != 0 }

// CountClass returns how many sessions of a run, all in use, have a class in s.
func (v *View) CountClass(run []uint32, s *ClassSet) int { return v.slots.countClass(run, s) }

func (v *slots) countClass(run []uint32, s *ClassSet) int {
	n := 0
	for _, ord := range run {
		// Add instead of branching, since the branch would be unpredictable.
		n += s.has(v.class(ord))
	}
	return n
}

// FindClass returns the indexes of the sessions of a run, all in use, that have a class
// in s. buf must be as long as the run.
func (v *View) FindClass(run []uint32, s *ClassSet, buf []uint16) []uint16 {
	n := 0
	for i, ord := range run {
		buf[n] = uint16(i)
		n += s.has(v.slots.class(ord))
	}
	return buf[:n]
}

// VisibleClasses are the classes of visible sessions, in any version.
var VisibleClasses = func() *ClassSet {
	s, _ := new(View).Classes(&ClassFilter{Kinds: visible})
	return s
}()

// has returns 1 if c is in the set and 0 otherwise, for branch-free sums.
func (s *ClassSet) has(c class) int {
	n := c.combo()
	return int(s.combos[n>>6%uint16(len(s.combos))] >> (n & 63) & (uint64(s.kinds) >> c.kind()) & 1)
}

// ComboCount is a combination of the members of few values, and the number of sessions
// of an ordering that have it.
type ComboCount struct {
	Values [NumClassFields]string // by row
	N      int
}

// CountCombos calls fn with every combination among an ordering's sessions of some
// kinds, in no particular order. It returns false without a call if not all
// combinations are known; see Classes. O(combinations) if CountsCombos reports true,
// otherwise a pass over the ordering's sessions.
func (v *View) CountCombos(o *Ordering, kinds schema.Classes, fn func(c ComboCount)) bool {
	if v.overflowed > 0 {
		return false
	}
	for n, count := range v.comboCounts(o, kinds) {
		if count == 0 {
			continue
		}
		fn(ComboCount{*v.combos.combos.At(uint32(n)), int(count)})
	}
	return true
}

// CountsCombos reports whether an ordering counts the sessions of some kinds by combination.
func (o *Ordering) CountsCombos(kinds schema.Classes) bool {
	return o.counts == byCombo && o.which == onlyVisible && kinds.Has(0)
}

// comboCounts counts an ordering's sessions of some kinds by combo.
func (v *View) comboCounts(o *Ordering, kinds schema.Classes) []uint32 {
	if o.CountsCombos(kinds) {
		counts := o.root.tally.all()
		return counts[min(int(o.combos), len(counts)):]
	}
	counts := make([]uint32, v.combos.n)
	o.Ascend(0, o.n, func(run []uint32) bool {
		for _, ord := range run {
			c := v.slots.class(ord)
			counts[c.combo()] += uint32(uint64(kinds) >> c.kind() & 1)
		}
		return true
	})
	return counts
}
