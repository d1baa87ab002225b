package index

import (
	"math/bits"
	"sort"
	"sync"

	"github.com/sessiondex/sessiondex/schema"
)

// tree is all or some of a version's sessions in one order: a B+ tree of ordinals. A branch
// knows of each child how many sessions, and how many visible ones, are below it, so that
// both have positions, which are found in O(log n); a walk runs over the flat memory of
// leaves.
//
// No keys are kept but their heads: the first session of a child is where it begins, and
// its key is read from the view. So a tree is searched with its own version of the view.
//
// A tree by update also counts its sessions by kind or combo: see Selection.
//
// A published tree is immutable and safe for concurrent use. A write copies the path to
// each leaf that it changes, and all else is shared with the tree before.
type tree struct {
	by     Order
	inText bool // see rowLayout
	// counts is what the tallies of branches count by. Bins from combos on are of combos,
	// those below of kinds.
	counts counting
	combos uint16
	root   *branch

	all, visible Ordering
}

// counting says what the tallies of a tree count: nothing, the hidden sessions by kind, or
// these and the visible ones by combo. How many are visible is known without.
type counting uint8

const (
	byNothing counting = iota
	byKind
	byCombo
)

// branch is immutable. It has leaves or other branches, and is empty only as the root.
type branch struct {
	leaves   []ref[leaf]
	branches []ref[branch]
	tally    tally
}

// empty is the root of trees without sessions.
var empty branch

// leaf is immutable. It is never empty.
type leaf struct {
	visible uint64 // a bit for each of the ordinals
	ords    [leafMax]uint32
}

// ref is a child: first is the ordinal of its first session, and head the head of the key
// of that. References lie side by side, so that neither a search nor an edit has to read
// all children themselves.
type ref[T any] struct {
	to    *T
	head  uint64
	n     [2]int32 // all sessions below, and the visible ones
	first uint32
}

// The two counts of a child.
const (
	everything = iota
	onlyVisible
)

// A leaf splits above leafMax, and below leafMin is joined with a neighbour if both together
// do not exceed leafFill, which is what bulk loading fills to. An update copies two leaves,
// of 256 bytes, and two paths of branches, of 32 bytes a child: larger nodes would make
// writes more expensive, smaller ones walks.
const (
	leafMax  = 62
	leafFill = 54
	leafMin  = 10
)

// fan is the same for the children of a branch. A branch of leaves has fewer, as what its
// tally does not tell is read from all its sessions.
type fan struct{ min, fill, max int }

const (
	leavesMax   = 10
	branchesMax = 16
)

var (
	fanOfLeaves   = fan{2, 8, leavesMax}
	fanOfBranches = fan{3, 14, branchesMax}
)

func (b *branch) fan() *fan {
	if len(b.leaves) > 0 {
		return &fanOfLeaves
	}
	return &fanOfBranches
}

// Ordering is the sessions of a tree, or the visible ones, ascending. Positions count from 0.
// Immutable and safe for concurrent use.
type Ordering struct {
	*tree
	which int // of the counts of a ref
	n     int
	kinds schema.Classes // of the sessions
}

func (l *layout) newTree(by Order, counts counting) *tree {
	t := &tree{by: by, inText: l.orders[by].inText, counts: counts, combos: uint16(l.numKinds), root: &empty}
	t.all.kinds, t.visible.kinds = l.kinds, visible
	t.finish()
	return t
}

// finish makes the orderings of a tree with a new root.
func (t *tree) finish() {
	n := t.root.len()
	t.all = Ordering{t, everything, int(n[everything]), t.all.kinds}
	t.visible = Ordering{t, onlyVisible, int(n[onlyVisible]), t.visible.kinds}
}

// Len returns the number of sessions. O(1).
func (o *Ordering) Len() int { return o.n }

// By returns what the ordering sorts by.
func (o *Ordering) By() Order { return o.by }

// Ascend calls fn with consecutive runs of ordinals that together are the
// positions from up to but not including to, until fn returns false. A run is not empty; it
// is valid during the call, and must not be changed. Position from is found in O(log n).
func (o *Ordering) Ascend(from, to int, fn func(run []uint32) bool) {
	w := walk{which: o.which}
	w.branch(o.root, max(from, 0), min(to, o.n), fn)
	w.end()
}

// Descend is Ascend from the end: the runs come last first, and each is still in
// ascending order.
func (o *Ordering) Descend(from, to int, fn func(run []uint32) bool) {
	w := walk{which: o.which, down: true}
	w.branch(o.root, o.n-min(to, o.n), o.n-max(from, 0), fn)
	w.end()
}

// AppendRange appends the ordinals at positions from up to but not including to.
func (o *Ordering) AppendRange(dst []uint32, from, to int) []uint32 {
	o.Ascend(from, to, func(run []uint32) bool {
		dst = append(dst, run...)
		return true
	})
	return dst
}

// Whole returns the ordering of all sessions, hidden ones included, and where in it those
// at positions of this one stand, others among them. O(log n).
func (o *Ordering) Whole(from, to int) (all *Ordering, first, end int) {
	at := func(pos int) int {
		switch {
		case pos == 0 || o.which == everything:
			return pos
		case pos == o.n:
			return o.all.n
		}
		return o.root.whole(pos)
	}
	return &o.all, at(from), at(to)
}

// whole returns the position among all of the visible session at a position.
func (b *branch) whole(pos int) (n int) {
	past := func(before [2]int32) {
		n, pos = n+int(before[everything]), pos-int(before[onlyVisible])
	}
	for len(b.branches) > 0 {
		i := childAt(b.branches, pos)
		past(total(b.branches[:i]))
		b = b.branches[i].to
	}
	i := childAt(b.leaves, pos)
	past(total(b.leaves[:i]))
	set := b.leaves[i].to.visible
	for range pos {
		set &= set - 1
	}
	return n + bits.TrailingZeros64(set)
}

// childAt returns the child that has the visible session at a position.
func childAt[T any](refs []ref[T], pos int) int {
	i := 0
	for ; i < len(refs)-1 && pos >= int(refs[i].n[onlyVisible]); i++ {
		pos -= int(refs[i].n[onlyVisible])
	}
	return i
}

// walk is a pass over some positions of an ordering. They count from the end if it goes
// down.
type walk struct {
	which int
	down  bool
	room  *visibleIn
}

// branch calls fn with the runs at positions below a branch, and returns false if fn did.
func (w *walk) branch(b *branch, from, to int, fn func(run []uint32) bool) bool {
	for i := 0; i < len(b.leaves) && from < to && to > 0; i++ {
		r := next(w, b.leaves, i)
		n := int(r.n[w.which])
		if n > 0 && from < n && !fn(w.run(r, max(from, 0), min(to, n))) {
			return false
		}
		from, to = from-n, to-n
	}
	for i := 0; i < len(b.branches) && from < to && to > 0; i++ {
		r := next(w, b.branches, i)
		n := int(r.n[w.which])
		if from < n && !w.branch(r.to, max(from, 0), min(to, n), fn) {
			return false
		}
		from, to = from-n, to-n
	}
	return true
}

// next returns the child that a walk comes to after i others.
func next[T any](w *walk, refs []ref[T], i int) *ref[T] {
	if w.down {
		i = len(refs) - 1 - i
	}
	return &refs[i]
}

// run returns the sessions at a walk's positions in a leaf.
func (w *walk) run(r *ref[leaf], from, to int) []uint32 {
	if w.down {
		from, to = int(r.n[w.which])-to, int(r.n[w.which])-from
	}
	if w.which == everything || r.n[everything] == r.n[onlyVisible] {
		return r.to.ords[from:to]
	}
	if w.room == nil {
		w.room = rooms.Get().(*visibleIn)
	}
	w.room.pick(r.to.ords[:r.n[everything]], r.to.visible)
	return w.room[from:to]
}

func (w *walk) end() {
	if w.room != nil {
		rooms.Put(w.room)
	}
}

var rooms = sync.Pool{New: func() any { return new(visibleIn) }}

// visibleIn has room for the visible sessions of a leaf, and a power of two of elements.
type visibleIn [64]uint32

// pick finds the visible ones of a leaf's sessions. Each is noted, and overwritten by the
// next if it is hidden: a branch would be hard to foresee.
func (v *visibleIn) pick(ords []uint32, visible uint64) {
	n := 0
	for _, ord := range ords {
		v[n&(len(v)-1)] = ord
		n += int(visible & 1)
		visible >>= 1
	}
}

// len returns how many sessions, and how many visible ones, are below a branch.
func (b *branch) len() [2]int32 {
	if len(b.leaves) > 0 {
		return total(b.leaves)
	}
	return total(b.branches)
}

// total adds up the sessions below some children.
func total[T any](refs []ref[T]) (n [2]int32) {
	for i := range refs {
		n[everything] += refs[i].n[everything]
		n[onlyVisible] += refs[i].n[onlyVisible]
	}
	return n
}

// size returns the number of children.
func (b *branch) size() int { return len(b.leaves) + len(b.branches) }

// fits reports whether a branch has children, and not too many.
func (b *branch) fits() bool { return b.size() > 0 && b.size() <= b.fan().max }

// find returns the child that holds key k or would take it: the last one that starts at or
// before k, or the first one. The view is the tree's.
func find[T any](t *tree, v *View, refs []ref[T], k *Key, head cell) int {
	return max(0, sort.Search(len(refs), func(i int) bool {
		r := &refs[i]
		return r.head > head.hi || r.head == head.hi && v.compareKey(t.by, r.first, k, head) > 0
	})-1)
}

// rank returns how many sessions have a key below k. The view is the tree's. O(log n).
func (o *Ordering) rank(v *View, k *Key) (n int) {
	head, b := k.cell(o.inText), o.root
	for len(b.branches) > 0 {
		i := find(o.tree, v, b.branches, k, head)
		n += int(total(b.branches[:i])[o.which])
		b = b.branches[i].to
	}
	if len(b.leaves) == 0 {
		return 0
	}
	i := find(o.tree, v, b.leaves, k, head)
	l := &b.leaves[i]
	at := o.search(v, l.to.ords[:l.n[everything]], k, head)
	if o.which == onlyVisible {
		at = bits.OnesCount64(l.to.visible & (1<<at - 1))
	}
	return n + int(total(b.leaves[:i])[o.which]) + at
}

// search returns the position of the first session at or above k. It tries the end
// first, since most keys are new and come after all others.
func (t *tree) search(v *View, ords []uint32, k *Key, head cell) int {
	n := len(ords)
	if n == 0 || v.compareKey(t.by, ords[n-1], k, head) < 0 {
		return n
	}
	return sort.Search(n-1, func(i int) bool {
		return v.compareKey(t.by, ords[i], k, head) >= 0
	})
}
