package index

import (
	"maps"
	"math/bits"
	"slices"
	"strings"
)

// class is everything about a session that filters of few values ask for. Stores
// have some hundreds of classes at most, so an ordering can count its sessions by
// class, and a filter that asks for nothing else is a set of classes: its total is
// a sum, and its page is found by passing over blocks by their counts.
type class struct {
	kind   Kind
	values [len(classFields)]string
}

// classFields are the members that make up a class, beside the kind.
var classFields = [...]Field{State, SourceChannel, SessionType, Trigger}

// maxClasses bounds the classes of a version. Values are free strings, so a store may
// have more: sessions of the others are in mixedClass.
const (
	maxClasses = 1024
	mixedClass = 0
)

func classOf(e *Entry) class {
	c := class{kind: e.Kind}
	for i, f := range classFields {
		c.values[i] = e.Values[f]
	}
	return c
}

// classTable numbers classes. It is immutable, and shared by the versions between
// which no class was added.
type classTable struct {
	classes []class // by number; mixedClass is nobody's
	numbers map[class]uint16
	byKind  [NumKinds]classBits
	byValue [len(classFields)]map[string]*classBits
}

type classBits [maxClasses / 64]uint64

func (b *classBits) add(c uint16) { b[c>>6] |= 1 << (c & 63) }

func newClassTable(classes []class) *classTable {
	t := &classTable{classes: classes, numbers: make(map[class]uint16, len(classes))}
	for i := range t.byValue {
		t.byValue[i] = make(map[string]*classBits)
	}
	for i := 1; i < len(classes); i++ {
		n, c := uint16(i), classes[i]
		t.numbers[c] = n
		t.byKind[c.kind].add(n)
		for k, value := range c.values {
			b := t.byValue[k][value]
			if b == nil {
				b = new(classBits)
				t.byValue[k][value] = b
			}
			b.add(n)
		}
	}
	return t
}

// numbered gives each of some classes a number. unused reports the classes that no
// session has, and is asked only when there is no more room: their numbers are
// given to others then. Those for which there is none at all get mixedClass.
func (t *classTable) numbered(wanted map[class]uint16, unused func() []uint16) *classTable {
	if len(wanted) == 0 {
		return t
	}
	classes := slices.Clone(t.classes)
	var again []uint16
	asked := false
	for _, c := range slices.SortedFunc(maps.Keys(wanted), compareClasses) {
		n := len(classes)
		if n == maxClasses && !asked {
			again, asked = unused(), true
		}
		switch {
		case n < maxClasses:
			classes = append(classes, c.clone())
		case len(again) > 0:
			n, again = int(again[0]), again[1:]
			classes[n] = c.clone()
		default:
			n = mixedClass
		}
		wanted[c] = uint16(n)
	}
	return newClassTable(classes)
}

// clone copies the strings, which are cut out of a session that may not live as long.
func (c class) clone() class {
	for i, value := range c.values {
		c.values[i] = strings.Clone(value)
	}
	return c
}

// compareClasses makes the numbers follow from what is written, whatever the order of a map.
func compareClasses(a, b class) int {
	if a.kind != b.kind {
		return int(a.kind) - int(b.kind)
	}
	return slices.Compare(a.values[:], b.values[:])
}

// ClassFilter is a filter by kind and by the members of few values: a session meets
// it that is of one of the kinds and has, of each member with a list, one of the
// values.
type ClassFilter struct {
	Kinds  [NumKinds]bool
	Values [NumFields][]string // nil: any value, and none
}

// IsClassField reports whether ClassFilter can ask for values of a member.
func IsClassField(f Field) bool { return slices.Contains(classFields[:], f) }

// ClassSet is a set of classes of one version. It is immutable.
type ClassSet struct {
	bits classBits
	list []uint16 // ascending
}

// Classes returns the classes that meet a filter, and false if the version has
// sessions whose class is not known, because there are too many different ones.
// Microseconds at the most, whatever the number of sessions.
func (v *View) Classes(f *ClassFilter) (*ClassSet, bool) {
	if v.mixed > 0 {
		return nil, false
	}
	t := v.classTable
	s := new(ClassSet)
	for k := range f.Kinds {
		if f.Kinds[k] {
			for i, w := range t.byKind[k] {
				s.bits[i] |= w
			}
		}
	}
	for i, field := range classFields {
		if f.Values[field] == nil {
			continue
		}
		var any classBits
		for _, value := range f.Values[field] {
			if b := t.byValue[i][value]; b != nil && value != "" {
				for k, w := range b {
					any[k] |= w
				}
			}
		}
		for k, w := range any {
			s.bits[k] &= w
		}
	}
	n := 0
	for _, w := range s.bits {
		n += bits.OnesCount64(w)
	}
	s.list = make([]uint16, 0, n)
	for i, w := range s.bits {
		for ; w != 0; w &= w - 1 {
			s.list = append(s.list, uint16(i<<6+bits.TrailingZeros64(w)))
		}
	}
	return s, true
}

func (s *ClassSet) has(c uint16) bool { return s.bits[c>>6%uint16(len(s.bits))]>>(c&63)&1 != 0 }

// sum adds up the counts of the set's classes.
func sum[N uint16 | uint32](s *ClassSet, counts []N) int {
	n := 0
	for _, c := range s.list {
		if int(c) >= len(counts) {
			break
		}
		n += int(counts[c])
	}
	return n
}

// ClassCount is a class that sessions of an ordering have, and how many.
type ClassCount struct {
	Kind   Kind
	Values [NumFields]string // of the class fields
	N      int
}

// CountClasses calls fn with every class that sessions have, in no order. It returns
// false without a call where they are not all known; see Classes. O(classes), and a
// pass over the sessions if they are few.
func (v *View) CountClasses(fn func(c ClassCount)) bool {
	if v.mixed > 0 {
		return false
	}
	for n, count := range v.classCounts() {
		if count == 0 {
			continue
		}
		c := &v.classTable.classes[n]
		out := ClassCount{Kind: c.kind, N: int(count)}
		for i, f := range classFields {
			out.Values[f] = c.values[i]
		}
		fn(out)
	}
	return true
}

// classCounts returns the number of sessions of each class.
func (v *View) classCounts() []uint32 {
	counts := make([]uint32, len(v.classTable.classes))
	o := v.all[ByUpdated]
	if o.counted {
		for _, g := range o.groups {
			for c, n := range g.counts {
				counts[c] += n
			}
		}
		return counts
	}
	o.Ascend(0, o.n, func(run []uint32) bool {
		for _, ord := range run {
			counts[v.slots.class(ord)]++
		}
		return true
	})
	return counts
}
