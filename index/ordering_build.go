package index

import "slices"

// built returns an ordering like o, bulk-loaded with sorted ordinals.
func (o *Ordering) built(v *View, sorted []uint32) *Ordering {
	b := o.builder()
	b.o.counted = o.counts == byKind || o.counts == byCombo && len(sorted) > blockFill
	b.addBlocks(b.o.appendBlocks(v, make([]blockAt, 0, len(sorted)/blockFill+1), sorted))
	return b.finish()
}

// rebuild returns a new ordering after the edits, for a first load and for a write that
// changes most of the ordering.
func (o *Ordering) rebuild(v *View, edits []edit) *Ordering {
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
	cmp := func(a, b uint32) int { return v.Compare(o.by, a, b) }
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
	return o.built(v, append(all, added...))
}

// newBlock makes a block of ordinals; the block takes over the slice.
func (o *Ordering) newBlock(v *View, ords []uint32) blockAt {
	b := &block{low: v.Key(o.by, ords[0]), ords: ords}
	if o.counted {
		b.tally = o.counts.tally(v, ords)
	}
	return o.placed(b)
}

// placed returns a block's list entry; its end is filled in later.
func (o *Ordering) placed(b *block) blockAt {
	return blockAt{block: b, head: b.low.cell(o.inText).hi, n: int32(len(b.ords))}
}

// placed is the same for a group.
func (g *group) placed() groupAt {
	return groupAt{group: g, head: g.blocks[0].head, n: g.blocks[len(g.blocks)-1].end}
}

// tally counts sessions by bin.
func (by counting) tally(v *View, ords []uint32) tally {
	var counts [maxCombos]uint16
	top := uint16(0)
	for _, ord := range ords {
		p := by.bin(v.slots.class(ord))
		counts[p]++
		top = max(top, p)
	}
	return tally{counts: slices.Clone(counts[:top+1])}
}

// newGroup makes a group of blocks and counts what is in them.
func (o *Ordering) newGroup(blocks []blockAt) *group {
	g := groupOf(blocks)
	if o.counted {
		for _, b := range blocks {
			g.tally.add(&b.tally)
		}
	}
	return g
}

// groupOf makes a group of blocks, takes over the slice, and fills in the blocks' ends.
func groupOf(blocks []blockAt) *group {
	end := int32(0)
	for i := range blocks {
		end += blocks[i].n
		blocks[i].end = end
	}
	return &group{blocks: blocks}
}

// orderingBuilder assembles an ordering group by group.
type orderingBuilder struct{ o Ordering }

// builder returns a builder for an ordering like o.
func (o *Ordering) builder() orderingBuilder {
	return orderingBuilder{Ordering{by: o.by, inText: o.inText, kinds: o.kinds, counts: o.counts, counted: o.counted}}
}

func (b *orderingBuilder) add(g *group) { b.o.groups = append(b.o.groups, g.placed()) }

// addBlocks appends blocks in as many groups as needed.
func (b *orderingBuilder) addBlocks(blocks []blockAt) {
	if len(blocks) <= groupMax {
		if len(blocks) > 0 {
			b.add(b.o.newGroup(blocks))
		}
		return
	}
	size := groupFill
	if len(blocks) < 2*groupFill {
		size = (len(blocks) + 1) / 2
	}
	for part := range slices.Chunk(blocks, size) {
		b.add(b.o.newGroup(slices.Clone(part)))
	}
}

// finish joins small groups with their neighbours and fills in the sums.
func (b *orderingBuilder) finish() *Ordering {
	o := b.o
	o.groups = joinSmall(o.groups, groupMin, groupFill,
		func(g groupAt) int { return len(g.blocks) },
		func(g, h groupAt) groupAt { return o.newGroup(slices.Concat(g.blocks, h.blocks)).placed() })
	end := int32(0)
	for i := range o.groups {
		end += o.groups[i].n
		o.groups[i].end = end
	}
	o.n = int(end)
	return &o
}

// joinSmall joins parts of an order that are smaller than least with the next or the
// previous part, if both together do not exceed fill. It changes the list.
func joinSmall[T any](parts []T, least, fill int, size func(T) int, join func(a, b T) T) []T {
	for i := 0; i < len(parts) && len(parts) > 1; i++ {
		if size(parts[i]) >= least {
			continue
		}
		for _, at := range [...]int{i, i - 1} {
			if at >= 0 && at+1 < len(parts) && size(parts[at])+size(parts[at+1]) <= fill {
				parts[at] = join(parts[at], parts[at+1])
				parts = slices.Delete(parts, at+1, at+2)
				i = at - 1
				break
			}
		}
	}
	return parts
}
