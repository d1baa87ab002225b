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
// reading those before: it adds up the counts of branches and reads the sessions of one or
// two of the lowest only. The zero Selection selects nothing.
type Selection struct {
	o       *Ordering
	view    *View
	classes *ClassSet // nil: all sessions of the ordering
	n       int
	// counted says that the ordering's tallies are enough. Then bins are the selected ones,
	// counted from first, holds is the same set as a bitmap, and visible says that all visible
	// sessions are selected too.
	counted bool
	first   uint16
	bins    []uint16
	holds   *comboSet
	visible bool
	// less are sessions that are left out; nil: none. out has them all, and perhaps
	// others that are not of the classes.
	less *Selection
	out  *set.Set
}

// Select returns the sessions of an ordering that have one of some classes; nil means
// all. It costs O(combinations) if Counts reports true, otherwise a pass over all sessions.
func (v *View) Select(o *Ordering, classes *ClassSet) Selection {
	o = o.only(classes)
	s := Selection{o: o, view: v, n: o.n}
	byKinds, byCombos := o.selects(classes)
	if !byKinds && !byCombos {
		return s
	}
	s.classes = classes
	if kinds := classes.kinds & o.kinds; kinds != classes.kinds {
		narrow := *classes // leaves of visible sessions have hidden ones too
		narrow.kinds = kinds
		s.classes = &narrow
	}
	switch {
	case !o.countsBy(byKinds, byCombos):
		s.n, _ = s.each(o.root, 0, 0, nil)
		return s
	case byKinds:
		s.bins, s.holds = s.classes.kindList()
		s.visible = s.classes.kinds.Has(0)
	default:
		s.first, s.bins, s.holds = o.combos, s.classes.comboList, &s.classes.combos
	}
	s.counted = true
	n := o.root.len()
	s.n = s.sum(o.root, n[onlyVisible])
	return s
}

// only returns the ordering, or that of the visible sessions if classes have no others.
func (o *Ordering) only(classes *ClassSet) *Ordering {
	if classes != nil && classes.kinds&o.kinds == visible {
		return &o.tree.visible
	}
	return o
}

// selects reports whether the classes restrict the kinds, and the combos, of the
// ordering's sessions.
func (o *Ordering) selects(classes *ClassSet) (kinds, combos bool) {
	return classes != nil && o.kinds&^classes.kinds != 0, classes != nil && !classes.everyone
}

// Counts reports whether sessions of some classes can be selected without a pass over
// all: the ordering counts by what the classes restrict, or is small.
func (o *Ordering) Counts(classes *ClassSet) bool {
	o = o.only(classes)
	return o.n <= few || o.countsBy(o.selects(classes))
}

// few sessions are as soon read as counted.
const few = 512

func (o *Ordering) countsBy(kinds, combos bool) bool {
	return (!kinds || o.counts != byNothing && !combos) && (!combos || o.counts == byCombo && o.which == onlyVisible)
}

// sum returns how many sessions below a branch are selected, of which some are visible.
func (s *Selection) sum(b *branch, visible int32) int {
	n := b.tally.sum(s.first, s.bins, s.holds)
	if s.visible {
		n += int(visible)
	}
	return n
}

// kindList returns the hidden kinds as bins of a tally.
func (s *ClassSet) kindList() (list []uint16, set *comboSet) {
	for k := range Kind(schema.NumClasses) {
		if k != 0 && s.kinds.Has(k) {
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
	s.each(s.o.root, from, to, func(ords []uint32, from, to, n int) bool {
		k := len(dst)
		dst = slices.Grow(dst, to-from)[:k+to-from]
		read += s.cut(ords, from, to, n, dst[k:])
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
	var scratch [leafMax]uint32
	s.each(s.o.root, from, to, func(ords []uint32, from, to, n int) bool {
		s.cut(ords, from, to, n, scratch[:])
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
	var scratch [leafMax]uint32
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

// each calls fn with the leaves below a branch that have selected sessions at positions from
// up to but not including to, with the positions among the n selected of the leaf, until fn
// returns false. It returns how many selected sessions it passed, and whether fn ended it.
func (s *Selection) each(b *branch, from, to int, fn func(ords []uint32, from, to, n int) bool) (pos int, ended bool) {
	for i := 0; i < len(b.leaves) && (pos < to || fn == nil); i++ {
		ords := b.leaves[i].to.ords[:b.leaves[i].n[everything]]
		n := s.view.slots.countClass(ords, s.classes)
		if n > 0 && pos+n > from && pos < to && !fn(ords, max(from-pos, 0), min(to-pos, n), n) {
			return pos, true
		}
		pos += n
	}
	for i := 0; i < len(b.branches) && (pos < to || fn == nil); i++ {
		r := &b.branches[i]
		n := 0
		if s.counted {
			n = s.sum(r.to, r.n[onlyVisible])
		}
		if !s.counted || n > 0 && pos+n > from {
			passed, ended := s.each(r.to, from-pos, to-pos, fn)
			if ended {
				return pos, true
			}
			n = max(n, passed)
		}
		pos += n
	}
	return pos, false
}

// cut finds the selected sessions of a leaf at positions, among its n selected, from
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
	n, head, b := 0, k.cell(o.inText), o.root
	for len(b.branches) > 0 {
		i := find(o.tree, s.view, b.branches, &k, head)
		n += s.lenOf(b.branches[:i])
		b = b.branches[i].to
	}
	i := find(o.tree, s.view, b.leaves, &k, head)
	for l := range i {
		n += s.view.slots.countClass(b.leaves[l].to.ords[:b.leaves[l].n[everything]], s.classes)
	}
	ords := b.leaves[i].to.ords[:b.leaves[i].n[everything]]
	return n + s.view.slots.countClass(ords[:o.search(s.view, ords, &k, head)], s.classes)
}

// lenOf returns how many sessions below some branches are selected.
func (s *Selection) lenOf(refs []ref[branch]) (n int) {
	for i := range refs {
		r := &refs[i]
		if s.counted {
			n += s.sum(r.to, r.n[onlyVisible])
			continue
		}
		below, _ := s.each(r.to, 0, 0, nil)
		n += below
	}
	return n
}
