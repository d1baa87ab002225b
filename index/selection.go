package index

import (
	"slices"
	"sort"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/schema"
)

// Selection is the sessions of an ordering that are of some classes, perhaps without
// those of another Selection. Where the ordering counts by what the classes ask for, it
// knows how many there are, and gives any of them by its position among them without
// reading those before: it adds up the counts of groups and blocks and reads sessions in
// a block or two only. The zero Selection selects nothing.
type Selection struct {
	o       *Ordering
	view    *View
	classes *ClassSet // nil: all sessions of the ordering
	n       int
	// If the ordering's tallies are enough: the selected bins, the same set as a bitmap,
	// and the number of selected sessions by group.
	bins  []uint16
	holds *comboSet
	sums  []int32
	// less are sessions that are left out; nil: none. out has them all, and perhaps
	// others that are not of the classes.
	less *Selection
	out  *set.Set
}

// Select returns the sessions of an ordering that have one of some classes; nil means
// all. It costs O(groups × combinations), microseconds at a million sessions, if Counts
// reports true, otherwise a pass over all sessions.
func (v *View) Select(o *Ordering, classes *ClassSet) Selection {
	s := Selection{o: o, view: v, n: o.n}
	byKinds, byCombos := o.selects(classes)
	if !byKinds && !byCombos {
		return s
	}
	s.classes, s.n = classes, 0
	if !o.counted || !o.countsBy(byKinds, byCombos) {
		o.Ascend(0, o.n, func(run []uint32) bool {
			s.n += v.slots.countClass(run, classes)
			return true
		})
		return s
	}
	if s.bins, s.holds = classes.comboList, &classes.combos; byKinds {
		s.bins, s.holds = classes.kindList()
	}
	s.sums = make([]int32, len(o.groups))
	for i, g := range o.groups {
		n := g.tally.sum(s.bins, s.holds)
		s.sums[i] = int32(n)
		s.n += n
	}
	return s
}

// selects reports whether the classes restrict the kinds, and the combos, of the
// ordering's sessions.
func (o *Ordering) selects(classes *ClassSet) (kinds, combos bool) {
	return classes != nil && o.kinds&^classes.kinds != 0, classes != nil && !classes.everyone
}

// Counts reports whether sessions of some classes can be selected without a pass over
// all: the ordering counts by what the classes restrict, or is small.
func (o *Ordering) Counts(classes *ClassSet) bool {
	return o.n <= blockMax || o.countsBy(o.selects(classes))
}

func (o *Ordering) countsBy(kinds, combos bool) bool {
	return (!kinds || o.counts == byKind) && (!combos || o.counts == byCombo)
}

// kindList returns the kinds as bins of a tally.
func (s *ClassSet) kindList() (list []uint16, set *comboSet) {
	for k := range Kind(schema.NumClasses) {
		if s.kinds.Has(k) {
			list = append(list, uint16(k))
		}
	}
	return list, &comboSet{uint64(s.kinds)}
}

// Ordering returns the ordering that the selection is from.
func (s *Selection) Ordering() *Ordering { return s.o }

// Len returns the number of sessions. O(1).
func (s *Selection) Len() int { return s.n }

// All reports whether every session of the ordering is selected.
func (s *Selection) All() bool { return s.classes == nil && s.less == nil }

// Has reports whether a session, which must be in the ordering, is selected.
func (s *Selection) Has(ord uint32) bool {
	return (s.classes == nil || s.classes.has(s.view.slots.class(ord)) != 0) && (s.less == nil || !s.out.Contains(ord))
}

// LeavesOut reports whether it is without those of another.
func (s *Selection) LeavesOut() bool { return s.less != nil }

// Without returns the sessions of s that are not in less: a selection, by the same
// classes, of an ordering by the same key, of sessions that are all in s. out is the set
// of the sessions of less's ordering.
func (s Selection) Without(less Selection, out *set.Set) Selection {
	s.less, s.out = &less, out
	s.n -= less.n
	return s
}

// whole is s without leaving anything out.
func (s *Selection) whole() *Selection {
	w := *s
	w.n += s.less.n
	w.less = nil
	return &w
}

// position returns where the selected at a position stands in the whole: what is left out
// is bisected by how many of the selected come before it.
func (s *Selection) position(whole *Selection, at int) int {
	scratch := make([]uint32, 0, 1)
	before := sort.Search(s.less.n, func(i int) bool {
		one, _ := s.less.AppendRange(scratch, i, i+1)
		return whole.Rank(s.view.Key(s.o.by, one[0]))-i > at
	})
	return at + before
}

// blockLen returns how many sessions of a block are selected.
func (s *Selection) blockLen(b *block) int {
	if s.sums != nil {
		return b.tally.sum(s.bins, s.holds)
	}
	return s.view.slots.countClass(b.ords, s.classes)
}

// AppendRange appends the selected ordinals at positions, among the selected, from up
// to but not including to. It also returns how many sessions it read to find them.
func (s *Selection) AppendRange(dst []uint32, from, to int) (ords []uint32, read int) {
	from, to = max(from, 0), min(to, s.n)
	if from >= to {
		return dst, 0
	}
	if s.less != nil {
		return s.appendRest(dst, from, to)
	}
	if s.classes == nil {
		return s.o.AppendRange(dst, from, to), to - from
	}
	s.each(from, to, func(b *block, from, to, n int) bool {
		k := len(dst)
		dst = slices.Grow(dst, to-from)[:k+to-from]
		read += s.cut(b.ords, from, to, n, dst[k:])
		return true
	})
	return dst, read
}

// Ascend calls fn with consecutive runs of ordinals that together are these positions,
// until fn returns false. A run is valid during the call, and must not be changed.
func (s *Selection) Ascend(from, to int, fn func(run []uint32) bool) {
	from, to = max(from, 0), min(to, s.n)
	switch {
	case from >= to:
	case s.less != nil:
		s.ascendRest(from, to, fn)
	default:
		s.ascendWhole(from, to, fn)
	}
}

// ascendWhole is Ascend without leaving anything out. It is apart so that the compiler
// sees that fn is kept nowhere.
func (s *Selection) ascendWhole(from, to int, fn func(run []uint32) bool) {
	if s.classes == nil {
		s.o.Ascend(from, to, fn)
		return
	}
	var scratch [blockMax]uint32
	s.each(from, to, func(b *block, from, to, n int) bool {
		s.cut(b.ords, from, to, n, scratch[:])
		return fn(scratch[:to-from])
	})
}

// appendRest is AppendRange where some are left out.
func (s *Selection) appendRest(dst []uint32, from, to int) (ords []uint32, read int) {
	read = s.ascendRest(from, to, func(run []uint32) bool {
		dst = append(dst, run...)
		return true
	})
	return dst, read
}

// ascendRest is Ascend where some are left out, and returns how many it read.
func (s *Selection) ascendRest(from, to int, fn func(run []uint32) bool) (read int) {
	whole, more := s.whole(), true
	var scratch [blockMax]uint32
	for from < to && more {
		// It reads as many as are wanted and then looks where the next one stands: those
		// that are left out may be many side by side.
		at := s.position(whole, from)
		whole.ascendWhole(at, min(at+to-from, whole.n), func(run []uint32) bool {
			read += len(run)
			n := 0
			for _, ord := range run {
				scratch[n] = ord
				if !s.out.Contains(ord) {
					n++
				}
			}
			from += n
			more = n == 0 || fn(scratch[:n])
			return more
		})
	}
	return read
}

// each calls fn with the blocks that have selected sessions at positions from up to but
// not including to, with the positions among the n selected of the block, until fn
// returns false.
func (s *Selection) each(from, to int, fn func(b *block, from, to, n int) bool) {
	pos := 0
	for i, g := range s.o.groups {
		if s.sums != nil && pos+int(s.sums[i]) <= from {
			pos += int(s.sums[i])
			continue
		}
		for _, b := range g.blocks {
			if pos >= to {
				return
			}
			n := s.blockLen(b.block)
			if n > 0 && pos+n > from && !fn(b.block, max(from-pos, 0), min(to-pos, n), n) {
				return
			}
			pos += n
		}
	}
}

// cut finds the selected sessions of a block at positions, among its n selected, from
// up to but not including to. It starts at the nearer end, and returns how many
// sessions it read.
func (s *Selection) cut(ords []uint32, from, to, n int, into []uint32) (read int) {
	if n-to < from {
		skip, left := n-to, to-from
		for i := len(ords) - 1; left > 0; i-- {
			if s.classes.has(s.view.slots.class(ords[i])) == 0 {
				continue
			}
			if skip--; skip < 0 {
				left--
				into[left], read = ords[i], len(ords)-i
			}
		}
		return read
	}
	pos := 0
	for i := 0; pos < to; i++ {
		if s.classes.has(s.view.slots.class(ords[i])) == 0 {
			continue
		}
		if pos >= from {
			into[pos-from], read = ords[i], i+1
		}
		pos++
	}
	return read
}

// Rank returns how many of the selected have a key below k.
func (s *Selection) Rank(k Key) int {
	if s.less != nil {
		return s.whole().Rank(k) - s.less.Rank(k)
	}
	o := s.o
	if s.classes == nil || o.n == 0 {
		return o.rank(s.view, &k)
	}
	gi := o.findGroup(&k)
	g := o.groups[gi]
	bi := o.findBlock(g.group, &k)
	n := 0
	for i := range gi {
		if s.sums != nil {
			n += int(s.sums[i])
			continue
		}
		for _, b := range o.groups[i].blocks {
			n += s.view.slots.countClass(b.ords, s.classes)
		}
	}
	for _, b := range g.blocks[:bi] {
		n += s.blockLen(b.block)
	}
	b := g.blocks[bi]
	return n + s.view.slots.countClass(b.ords[:o.searchBlock(s.view, b.ords, &k)], s.classes)
}
