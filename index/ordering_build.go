package index

import (
	"math/bits"
	"slices"

	"github.com/sessiondex/sessiondex/schema"
)

// built returns a tree like t, bulk-loaded with sorted ordinals.
func (t *tree) built(v *View, sorted []uint32) *tree {
	leaves := t.appendLeaves(v, make([]ref[leaf], 0, len(sorted)/leafFill+1), sorted)
	return t.rooted(v, t.appendBranches(v, nil, &branch{leaves: leaves}, true))
}

// rebuild returns a new tree after the edits, for a write that changes most of it.
func (t *tree) rebuild(v *View, edits []edit) *tree {
	gone := make(map[uint32]bool)
	added := make([]uint32, 0, len(edits))
	for _, e := range edits {
		switch e.kind {
		case takesOut:
			gone[e.ord] = true
		case putsIn:
			added = append(added, e.ord)
		}
	}
	cmp := func(a, b uint32) int { return v.Compare(t.by, a, b) }
	slices.SortFunc(added, cmp)
	all := make([]uint32, 0, t.all.n-len(gone)+len(added))
	t.all.Ascend(0, t.all.n, func(run []uint32) bool {
		for _, ord := range run {
			if gone[ord] {
				continue
			}
			for len(added) > 0 && cmp(added[0], ord) < 0 {
				all = append(all, added[0])
				added = added[1:]
			}
			all = append(all, ord)
		}
		return true
	})
	return t.built(v, append(all, added...))
}

// rooted returns a tree like t with these branches, side by side and of one height.
func (t *tree) rooted(v *View, top []ref[branch]) *tree {
	for len(top) > 1 {
		top = t.appendBranches(v, nil, &branch{branches: top}, true)
	}
	if len(top) == 0 {
		return t.withRoot(&empty)
	}
	return t.withRoot(top[0].to)
}

// withRoot returns a tree like t with this root, or with what it is the only way to.
func (t *tree) withRoot(root *branch) *tree {
	n := *t
	for n.root = root; len(n.root.branches) == 1; {
		n.root = n.root.branches[0].to
	}
	n.finish()
	return &n
}

// appendLeaves appends new leaves of ordinals.
func (t *tree) appendLeaves(v *View, leaves []ref[leaf], ords []uint32) []ref[leaf] {
	for run := range slices.Chunk(ords, leafFill) {
		leaves = append(leaves, t.newLeaf(v, run))
	}
	return leaves
}

// newLeaf makes a leaf of ordinals.
func (t *tree) newLeaf(v *View, ords []uint32) ref[leaf] {
	l := new(leaf)
	copy(l.ords[:], ords)
	for i, ord := range ords {
		l.visible |= v.slots.class(ord).visible() << i
	}
	return t.refLeaf(v, l, len(ords))
}

// refLeaf returns the reference to a leaf of n sessions.
func (t *tree) refLeaf(v *View, l *leaf, n int) ref[leaf] {
	return ref[leaf]{to: l, head: v.cell(t.by, l.ords[0]).hi, first: l.ords[0], n: l.len(n)}
}

// len returns the counts of a leaf of n sessions.
func (l *leaf) len(n int) [2]int32 { return [2]int32{int32(n), int32(bits.OnesCount64(l.visible))} }

// refBranch returns the reference to a branch that is not empty.
func refBranch(b *branch) ref[branch] {
	r := ref[branch]{to: b, n: b.len()}
	if len(b.leaves) > 0 {
		r.head, r.first = b.leaves[0].head, b.leaves[0].first
	} else {
		r.head, r.first = b.branches[0].head, b.branches[0].first
	}
	return r
}

// appendBranches appends as many branches as the children of one that may be too large
// need, and counts what is in them. At the end of the order full ones are left behind, since
// orders by time grow there.
func (t *tree) appendBranches(v *View, list []ref[branch], large *branch, atEnd bool) []ref[branch] {
	n, f := large.size(), large.fan()
	part := f.fill
	switch {
	case n == 0:
		return list
	case n <= f.max:
		part = n
	case n < 2*f.fill && !atEnd:
		part = (n + 1) / 2
	}
	list = slices.Grow(list, (n+part-1)/part)
	for from := 0; from < n; from += part {
		b, to := new(branch), min(from+part, n)
		if len(large.leaves) > 0 {
			b.leaves = slices.Clone(large.leaves[from:to])
		} else {
			b.branches = slices.Clone(large.branches[from:to])
		}
		t.count(v, b)
		list = append(list, refBranch(b))
	}
	return list
}

// count counts what is in a branch.
func (t *tree) count(v *View, b *branch) {
	b.tally = tally{}
	if t.counts == byNothing {
		return
	}
	for i := range b.branches {
		b.tally.add(&b.branches[i].to.tally)
	}
	if len(b.leaves) == 0 {
		return
	}
	var counts [schema.NumClasses + maxCombos]uint32
	top := uint16(0)
	for i := range b.leaves {
		r := &b.leaves[i]
		for _, ord := range r.to.ords[:r.n[everything]] {
			if bin, ok := t.bin(v.slots.class(ord)); ok {
				counts[bin]++
				top = max(top, bin+1)
			}
		}
	}
	b.tally.counts = slices.Clone(counts[:top])
}

// bin returns the bin of a class in a tally, and false if it is not counted.
func (t *tree) bin(c class) (bin uint16, ok bool) {
	if k := c.kind(); k != 0 {
		return uint16(k), t.counts != byNothing
	}
	return t.combos + c.combo(), t.counts == byCombo
}

// tells reports whether the tree counts sessions of two classes differently.
func (t *tree) tells(a, b class) bool {
	if a.visible() != b.visible() {
		return true
	}
	x, ok := t.bin(a)
	y, _ := t.bin(b)
	return ok && x != y
}

// joinSmall joins parts of an order that are smaller than least with the next or the
// previous part, if both together do not exceed fill. It changes the list.
func joinSmall[T any](parts []T, least, fill int, size func(*T) int, join func(a, b *T) T) []T {
	for i := 0; i < len(parts) && len(parts) > 1; i++ {
		if size(&parts[i]) >= least {
			continue
		}
		for _, at := range [...]int{i, i - 1} {
			if at >= 0 && at+1 < len(parts) && size(&parts[at])+size(&parts[at+1]) <= fill {
				parts[at] = join(&parts[at], &parts[at+1])
				parts = slices.Delete(parts, at+1, at+2)
				i = at - 1
				break
			}
		}
	}
	return parts
}
