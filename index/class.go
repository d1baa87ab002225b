package index

import (
	"math/bits"

	"github.com/sessiondex/sessiondex/schema"
)

// ClassFilter is a filter by kind and by the members of few values: a session meets
// it that is of one of the kinds and has, of each member with a list, one of the
// values, and none of those in Without.
type ClassFilter struct {
	Kinds   schema.Classes
	Values  [NumClassFields][]string // by row; nil: any value, and none
	Without [NumClassFields][]string
}

// InClass reports whether ClassFilter can ask for values of a row.
func InClass(row int) bool { return row < NumClassFields }

// ClassSet is what sessions of one version meet a filter, by their classes. Immutable.
type ClassSet struct {
	kinds     schema.Classes
	combos    comboSet
	everyone  bool     // combos holds all
	comboList []uint16 // ascending; empty for everyone
}

// Classes returns the classes that meet a filter, and false if the version has
// sessions whose class is not known, because there are too many different ones.
// It takes microseconds, whatever the number of sessions.
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

// HasClass reports whether a session in use is of one of the classes.
func (v *View) HasClass(ord uint32, s *ClassSet) bool { return s.has(v.slots.class(ord)) != 0 }

// CountClass returns how many of some sessions in use are.
func (v *View) CountClass(run []uint32, s *ClassSet) int { return v.slots.countClass(run, s) }

func (v *slots) countClass(run []uint32, s *ClassSet) int {
	n := 0
	for _, ord := range run {
		// Added, not branched upon: whether a session is in is unpredictable.
		n += s.has(v.class(ord))
	}
	return n
}

// FindClass returns the indexes of those sessions of a run, all in use, that are of one
// of the classes. buf must be as long as the run.
func (v *View) FindClass(run []uint32, s *ClassSet, buf []uint16) []uint16 {
	n := 0
	for i, ord := range run {
		buf[n] = uint16(i)
		n += s.has(v.slots.class(ord))
	}
	return buf[:n]
}

// VisibleClasses are those of the sessions that nothing hides, in any version.
var VisibleClasses = func() *ClassSet {
	s, _ := new(View).Classes(&ClassFilter{Kinds: visible})
	return s
}()

// AnyValues reports whether the set asks for kinds only.
func (s *ClassSet) AnyValues() bool { return s.everyone }

// has reports 1 or 0.
func (s *ClassSet) has(c class) int {
	n := c.combo()
	return int(s.combos[n>>6%uint16(len(s.combos))] >> (n & 63) & (uint64(s.kinds) >> c.kind()) & 1)
}

// ComboCount is a combination of the members of few values that sessions of an
// ordering have, and how many.
type ComboCount struct {
	Values [NumClassFields]string // by row
	N      int
}

// CountCombos calls fn with every combination that sessions of an ordering have which
// are of some kinds, in no order. It returns false without a call where they are not
// all known; see Classes. O(combinations) where CountsCombos reports true; a pass over
// the sessions of others.
func (v *View) CountCombos(o *Ordering, kinds schema.Classes, fn func(c ComboCount)) bool {
	if v.overflowed > 0 {
		return false
	}
	for n, count := range v.comboCounts(o, kinds) {
		if count == 0 {
			continue
		}
		fn(ComboCount{*v.combos.combos.At(uint32(n)), count})
	}
	return true
}

// CountsCombos reports whether an ordering counts the sessions of some kinds by combination.
func (o *Ordering) CountsCombos(kinds schema.Classes) bool {
	return o.counted && o.counts == byCombo && o.kinds&^kinds == 0
}

// comboCounts returns the number of an ordering's sessions of each combo, those of some
// kinds.
func (v *View) comboCounts(o *Ordering, kinds schema.Classes) []int {
	counts := make([]int, v.combos.n)
	if o.CountsCombos(kinds) {
		for _, g := range o.groups {
			g.tally.addTo(counts)
		}
		return counts
	}
	o.Ascend(0, o.n, func(run []uint32) bool {
		for _, ord := range run {
			c := v.slots.class(ord)
			counts[c.combo()] += int(uint64(kinds) >> c.kind() & 1)
		}
		return true
	})
	return counts
}
