package index

import "slices"

// edit removes a session from a tree (by its old key), inserts one, or changes the
// class of one that stays in its place.
type edit struct {
	key  Key
	ord  uint32
	kind editKind
	was  class // the old class, unless it is inserted
	is   class // the new class, unless it is removed
}

type editKind uint8

const (
	putsIn editKind = iota
	takesOut
	changesClass
)

// apply returns the tree after the edits. The views are those before and after the write:
// the tree is of the first, and of the second all must be there but the orders. A removed
// session must be in the tree, an inserted one must not; an ordinal may be removed and
// inserted again under another key.
//
// Edits are sorted, and each node is rewritten once, however many edits fall into it. The
// receiver stays as it was.
func (t *tree) apply(old, v *View, edits []edit) *tree {
	if len(edits) == 0 {
		return t
	}
	if len(edits) > t.all.n/2 {
		return t.rebuild(v, edits)
	}
	slices.SortFunc(edits, func(a, b edit) int { return a.key.Compare(&b.key) })
	e := treeEdit{t, old, v}
	n := e.branch(t.root, edits, true)
	if n.fits() {
		return t.withRoot(n)
	}
	return t.rooted(v, t.appendBranches(v, nil, n, true))
}

// treeEdit is a write under way to a tree.
type treeEdit struct {
	t      *tree
	old, v *View // before and after the write
}

// branch returns a branch after the edits. It is counted if it fits. last says that it is at
// the end of the order.
func (e *treeEdit) branch(b *branch, edits []edit, last bool) *branch {
	var n *branch
	// The room for the children is part of the same allocation.
	if len(b.branches) > 0 {
		var high struct {
			branch
			room [branchesMax]ref[branch]
		}
		n = &high.branch
		n.branches = e.branches(high.room[:0], b.branches, edits, last)
	} else {
		var low struct {
			branch
			room [leavesMax]ref[leaf]
		}
		n = &low.branch
		n.leaves = e.leaves(low.room[:0], b.leaves, edits, last)
	}
	if n.fits() {
		n.tally = e.t.recount(&b.tally, edits)
	}
	return n
}

// branches appends some that lie side by side after the edits.
func (e *treeEdit) branches(list, old []ref[branch], edits []edit, last bool) []ref[branch] {
	next := 0      // the first one that is not yet in the list
	small := false // whether some may be small, or have come beside a small one
	for len(edits) > 0 {
		i, n := share(e, old, next, edits)
		list = append(list, old[next:i]...)
		atEnd := last && i+1 == len(old)
		if b := e.branch(old[i].to, edits[:n], atEnd); b.fits() {
			list = append(list, refBranch(b))
			small = small || b.size() < old[i].to.size()
		} else {
			list = e.t.appendBranches(e.v, list, b, atEnd)
			small = true
		}
		edits, next = edits[n:], i+1
	}
	list = append(list, old[next:]...)
	if small {
		list = e.joinSmallBranches(list)
	}
	return list
}

// leaves appends some that lie side by side after the edits.
func (e *treeEdit) leaves(list, old []ref[leaf], edits []edit, last bool) []ref[leaf] {
	next, small := 0, false
	for len(edits) > 0 {
		i, n := share(e, old, next, edits)
		list = append(list, old[next:i]...)
		at := len(list)
		list = e.leaf(list, &old[i], edits[:n], last && i+1 == len(old))
		small = small || at+1 != len(list) || list[at].n[everything] < leafMin
		edits, next = edits[n:], i+1
	}
	list = append(list, old[next:]...)
	if small {
		list = e.joinSmallLeaves(list)
	}
	return list
}

// share returns the child, from one on, that the first edit falls into, and how many of the
// edits, which are sorted, fall into it.
func share[T any](e *treeEdit, refs []ref[T], from int, edits []edit) (child, n int) {
	k := &edits[0].key
	child = from + find(e.t, e.old, refs[from:], k, k.cell(e.t.inText))
	if child+1 == len(refs) {
		return child, len(edits)
	}
	next := &refs[child+1]
	for n = 1; n < len(edits); n++ {
		k := &edits[n].key
		c := k.cell(e.t.inText)
		if c.hi > next.head || c.hi == next.head && e.old.compareKey(e.t.by, next.first, k, c) <= 0 {
			break
		}
	}
	return child, n
}

// leaf appends the leaves that replace one after the edits.
func (e *treeEdit) leaf(list []ref[leaf], r *ref[leaf], edits []edit, last bool) []ref[leaf] {
	n := int(r.n[everything])
	after, same := n, true
	for i := range edits {
		switch d := &edits[i]; d.kind {
		case putsIn:
			after, same = after+1, false
		case takesOut:
			after, same = after-1, false
		default:
			same = same && d.was.visible() == d.is.visible()
		}
	}
	switch {
	case same:
		return append(list, *r)
	case after == 0:
		return list
	case after > leafMax:
		return e.splitLeaf(list, r, edits, last)
	}
	l := new(leaf)
	*l = *r.to
	for i := range edits {
		switch d := &edits[i]; d.kind {
		case takesOut:
			at := slices.Index(l.ords[:n], d.ord)
			copy(l.ords[at:n-1], l.ords[at+1:n])
			l.visible = l.visible&(1<<at-1) | l.visible>>(at+1)<<at
			n--
		case changesClass:
			at := slices.Index(l.ords[:n], d.ord)
			l.visible = l.visible&^(1<<at) | d.is.visible()<<at
		}
	}
	done := 0 // before it all are in their places
	sameFirst := l.ords[0] == r.first && n > 0
	for i := range edits {
		d := &edits[i]
		if d.kind != putsIn {
			continue
		}
		at := done + e.t.search(e.old, l.ords[done:n], &d.key, d.key.cell(e.t.inText))
		copy(l.ords[at+1:n+1], l.ords[at:n])
		l.ords[at] = d.ord
		l.visible = l.visible&(1<<at-1) | d.is.visible()<<at | l.visible>>at<<(at+1)
		sameFirst = sameFirst && at > 0
		done = at + 1
		n++
	}
	if !sameFirst {
		return append(list, e.t.refLeaf(e.v, l, n))
	}
	return append(list, ref[leaf]{to: l, head: r.head, first: r.first, n: l.len(n)})
}

// splitLeaf is leaf where one does not hold what is left.
func (e *treeEdit) splitLeaf(list []ref[leaf], r *ref[leaf], edits []edit, last bool) []ref[leaf] {
	kept := slices.Clone(r.to.ords[:r.n[everything]])
	for i := range edits {
		if d := &edits[i]; d.kind == takesOut {
			at := slices.Index(kept, d.ord)
			kept = slices.Delete(kept, at, at+1)
		}
	}
	ords := make([]uint32, 0, len(kept)+len(edits))
	done := 0 // kept[:done] is in ords
	atEnd := last && len(kept) > 0
	for i := range edits {
		if d := &edits[i]; d.kind == putsIn {
			at := done + e.t.search(e.old, kept[done:], &d.key, d.key.cell(e.t.inText))
			ords = append(append(ords, kept[done:at]...), d.ord)
			atEnd = atEnd && at == len(kept)
			done = at
		}
	}
	ords = append(ords, kept[done:]...)
	switch {
	case atEnd:
		// The order grows at its end, as orders by time do: leave full leaves behind
		// instead of half-full ones.
		if len(kept) > leafFill {
			list = append(list, e.t.newLeaf(e.v, kept))
			ords = ords[len(kept):]
		}
	case len(ords) < 2*leafFill:
		half := (len(ords) + 1) / 2
		list = append(list, e.t.newLeaf(e.v, ords[:half]))
		ords = ords[half:]
	}
	return e.t.appendLeaves(e.v, list, ords)
}

func (e *treeEdit) joinSmallLeaves(list []ref[leaf]) []ref[leaf] {
	return joinSmall(list, leafMin, leafFill, func(r *ref[leaf]) int { return int(r.n[everything]) }, e.joinLeaves)
}

func (e *treeEdit) joinSmallBranches(list []ref[branch]) []ref[branch] {
	if len(list) == 0 {
		return list
	}
	f := list[0].to.fan()
	return joinSmall(list, f.min, f.fill, func(r *ref[branch]) int { return r.to.size() }, e.joinBranches)
}

func (e *treeEdit) joinLeaves(a, b *ref[leaf]) ref[leaf] {
	l, n, m := new(leaf), a.n[everything], b.n[everything]
	copy(l.ords[:], a.to.ords[:n])
	copy(l.ords[n:], b.to.ords[:m])
	l.visible = a.to.visible | b.to.visible<<n
	return e.t.refLeaf(e.v, l, int(n+m))
}

func (e *treeEdit) joinBranches(a, b *ref[branch]) ref[branch] {
	// Two children have become neighbours.
	n := &branch{
		leaves:   e.joinSmallLeaves(slices.Concat(a.to.leaves, b.to.leaves)),
		branches: e.joinSmallBranches(slices.Concat(a.to.branches, b.to.branches)),
	}
	n.tally.add(&a.to.tally)
	n.tally.add(&b.to.tally)
	return refBranch(n)
}

// recount returns the tally of a branch after the edits.
func (t *tree) recount(old *tally, edits []edit) tally {
	if t.counts == byNothing {
		return tally{}
	}
	var scratch [tallyDeltas]delta
	deltas := scratch[:0]
	for i := range edits {
		e := &edits[i]
		if bin, ok := t.bin(e.was); ok && e.kind != putsIn {
			deltas = appendDelta(deltas, delta(bin)|less)
		}
		if bin, ok := t.bin(e.is); ok && e.kind != takesOut {
			deltas = appendDelta(deltas, delta(bin))
		}
	}
	return old.plus(deltas)
}

// appendDelta appends a delta, or takes out one, among a few, that it undoes: most sessions
// move without a change of their class.
func appendDelta(deltas []delta, d delta) []delta {
	if len(deltas) < tallyDeltas {
		if at := slices.Index(deltas, d^less); at >= 0 {
			return slices.Delete(deltas, at, at+1)
		}
	}
	return append(deltas, d)
}
