package index

import "slices"

// buildOrdering bulk-loads sorted ordinals.
func buildOrdering(by Order, v *slots, sorted []uint32) *Ordering {
	var b orderingBuilder
	b.o = Ordering{by: by, counted: by == ByUpdated && len(sorted) > blockFill}
	blocks := make([]*block, 0, len(sorted)/blockFill+1)
	for run := range slices.Chunk(sorted, blockFill) {
		blocks = append(blocks, b.o.newBlock(v, slices.Clone(run)))
	}
	b.addBlocks(blocks)
	return b.finish()
}

// rebuild makes the ordering anew: for a first load, and for a write that
// changes most of it.
func (o *Ordering) rebuild(v *slots, edits []edit) *Ordering {
	gone := make(map[uint32]bool)
	added := make([]uint32, 0, len(edits))
	for _, e := range edits {
		switch e.does {
		case takesOut:
			gone[e.ord] = true
		case putsIn:
			added = append(added, e.ord)
		}
	}
	cmp := func(a, b uint32) int { return compareSlots(o.by, v.at(a), v.at(b)) }
	slices.SortFunc(added, cmp)
	all := make([]uint32, 0, o.n-len(gone)+len(added))
	o.Ascend(0, o.n, func(run []uint32) bool {
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
	return buildOrdering(o.by, v, append(all, added...))
}

// newBlock makes a block of ordinals, which it keeps.
func (o *Ordering) newBlock(v *slots, ords []uint32) *block {
	b := &block{low: v.at(ords[0]).key(o.by), ords: ords}
	if o.counted {
		b.counts = countClasses(v, ords)
	}
	return b
}

// countClasses counts sessions by class.
func countClasses(v *slots, ords []uint32) []uint16 {
	var counts [maxClasses]uint16
	top := uint16(0)
	for _, ord := range ords {
		c := v.class(ord)
		counts[c]++
		top = max(top, c)
	}
	return slices.Clone(counts[:top+1])
}

// newGroup makes a group of blocks, which it keeps. counts is nil if they are yet to
// be added up.
func (o *Ordering) newGroup(blocks []*block, counts []uint32) *group {
	g := &group{blocks: blocks, ends: make([]int32, len(blocks)), counts: counts}
	end := 0
	for i, b := range blocks {
		end += len(b.ords)
		g.ends[i] = int32(end)
	}
	if !o.counted || counts != nil {
		return g
	}
	top := 0
	for _, b := range blocks {
		top = max(top, len(b.counts))
	}
	g.counts = make([]uint32, top)
	for _, b := range blocks {
		for c, n := range b.counts {
			g.counts[c] += uint32(n)
		}
	}
	return g
}

// orderingBuilder puts an ordering together, group by group.
type orderingBuilder struct{ o Ordering }

// add appends whole groups of another version.
func (b *orderingBuilder) add(groups ...*group) { b.o.groups = append(b.o.groups, groups...) }

// addBlocks appends blocks as as many groups as they need.
func (b *orderingBuilder) addBlocks(blocks []*block) {
	if len(blocks) <= groupMax {
		if len(blocks) > 0 {
			b.add(b.o.newGroup(blocks, nil))
		}
		return
	}
	size := groupFill
	if len(blocks) < 2*groupFill {
		size = (len(blocks) + 1) / 2
	}
	for part := range slices.Chunk(blocks, size) {
		b.add(b.o.newGroup(slices.Clone(part), nil))
	}
}

// finish joins small groups with their neighbours and adds up what is there.
func (b *orderingBuilder) finish() *Ordering {
	o := b.o
	for i := 0; i < len(o.groups) && len(o.groups) > 1; i++ {
		if len(o.groups[i].blocks) >= groupMin {
			continue
		}
		for _, at := range [...]int{i, i - 1} { // with the one that follows, or the one before
			if at >= 0 && at+1 < len(o.groups) && len(o.groups[at].blocks)+len(o.groups[at+1].blocks) <= groupFill {
				o.groups[at] = o.newGroup(slices.Concat(o.groups[at].blocks, o.groups[at+1].blocks), nil)
				o.groups = slices.Delete(o.groups, at+1, at+2)
				i = at - 1
				break
			}
		}
	}
	o.ends = make([]int, len(o.groups))
	o.n = 0
	for i, g := range o.groups {
		o.n += g.len()
		o.ends[i] = o.n
	}
	return &o
}
