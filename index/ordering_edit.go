package index

import "slices"

// edit removes a session from an ordering (by its old key), inserts one, or changes the
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

// apply returns the ordering after the edits. The view's slots are those after the
// write. A removed session must be in the ordering, an inserted one must not; an
// ordinal may be removed and inserted again under another key.
//
// Edits are sorted, and each block and group is rewritten once, however many edits
// fall into it. The receiver stays as it was.
func (o *Ordering) apply(v *View, edits []edit) *Ordering {
	edits = slices.DeleteFunc(edits, func(e edit) bool { return e.kind == changesClass && !o.tells(e.was, e.is) })
	if len(edits) == 0 {
		return o
	}
	if len(edits) > o.n/2 {
		return o.rebuild(v, edits)
	}
	sortEdits(edits)
	if small := o.applySmall(v, edits); small != nil {
		return small
	}
	b := o.builder()
	b.o.groups = make([]groupAt, 0, len(o.groups)+2)
	next := 0 // the first group not yet in b
	for len(edits) > 0 {
		gi := o.findGroup(&edits[0].key)
		n := len(edits)
		if gi+1 < len(o.groups) {
			n = upTo(edits, o.groups[gi+1].low())
		}
		b.o.groups = append(b.o.groups, o.groups[next:gi]...)
		b.edited(v, o.groups[gi].group, edits[:n], gi+1 == len(o.groups))
		edits, next = edits[n:], gi+1
	}
	b.o.groups = append(b.o.groups, o.groups[next:]...)
	done := b.finish()
	if !done.counted && done.counts == byCombo && done.n > blockMax {
		done.countAll(v)
	}
	return done
}

// sortEdits sorts edits by key.
func sortEdits(edits []edit) {
	slices.SortFunc(edits, func(a, b edit) int { return a.key.Compare(&b.key) })
}

// applySmall is apply for an ordering of one block before and after, as most
// applications have; it makes few allocations. It returns nil for any other.
func (o *Ordering) applySmall(v *View, edits []edit) *Ordering {
	if len(o.groups) != 1 || len(o.groups[0].blocks) != 1 {
		return nil
	}
	var whole struct {
		o      Ordering
		groups [1]groupAt
		group  group
		blocks [1]blockAt
	}
	blocks := o.rewrite(v, o.groups[0].blocks[0].block, edits, true, whole.blocks[:0])
	if len(blocks) != 1 {
		return nil
	}
	small := &whole
	small.blocks[0].end = small.blocks[0].n
	small.group.blocks = small.blocks[:]
	small.groups[0] = small.group.placed()
	small.groups[0].end = small.groups[0].n
	small.group.tally = small.blocks[0].tally
	small.o = o.builder().o
	small.o.n, small.o.groups = int(small.groups[0].n), small.groups[:]
	return &small.o
}

// upTo returns how many of the edits, at least one, are below a key.
func upTo(edits []edit, low *Key) int {
	n := 1
	for n < len(edits) && edits[n].key.Compare(low) < 0 {
		n++
	}
	return n
}

// countAll adds tallies to an ordering that has outgrown one block.
func (o *Ordering) countAll(v *View) {
	o.counted = true
	for i, g := range o.groups {
		blocks := make([]blockAt, len(g.blocks))
		for k, b := range g.blocks {
			blocks[k] = o.placed(&block{low: b.low, ords: b.ords, tally: o.counts.tally(v, b.ords)})
		}
		o.groups[i].group = o.newGroup(blocks) // of the same sessions
	}
}

// edited appends a group after the edits.
func (b *orderingBuilder) edited(v *View, g *group, edits []edit, lastGroup bool) {
	blocks := make([]blockAt, 0, len(g.blocks)+2)
	all := edits
	next := 0 // the first block not yet in blocks
	small := false
	for len(edits) > 0 {
		bi := b.o.findBlock(g, &edits[0].key)
		last := bi+1 == len(g.blocks)
		n := len(edits)
		if !last {
			n = upTo(edits, &g.blocks[bi+1].low)
		}
		blocks = append(blocks, g.blocks[next:bi]...)
		from := len(blocks)
		blocks = b.o.rewrite(v, g.blocks[bi].block, edits[:n], last && lastGroup, blocks)
		small = small || len(blocks) == from+1 && len(blocks[from].ords) < blockMin
		edits, next = edits[n:], bi+1
	}
	blocks = append(blocks, g.blocks[next:]...)
	if small {
		blocks = joinSmall(blocks, blockMin, blockFill,
			func(b blockAt) int { return int(b.n) },
			func(x, y blockAt) blockAt { return b.o.placed(joined(x.block, y.block)) })
	}
	if len(blocks) == 0 || len(blocks) > groupMax || !b.o.counted || 2*len(all) > tallyDeltas {
		b.addBlocks(blocks)
		return
	}
	n := groupOf(blocks)
	n.tally = b.o.recount(&g.tally, all) // cheaper than adding up the blocks
	b.add(n)
}

// recount returns the tally after the edits.
func (o *Ordering) recount(t *tally, edits []edit) tally {
	var scratch [tallyDeltas]delta
	deltas := scratch[:0]
	for i := range edits {
		e := &edits[i]
		was, is := o.counts.bin(e.was), o.counts.bin(e.is)
		if e.kind == changesClass && was == is {
			continue
		}
		if e.kind != putsIn {
			deltas = append(deltas, delta(was)|less)
		}
		if e.kind != takesOut {
			deltas = append(deltas, delta(is))
		}
	}
	return t.plus(deltas)
}

// rewrite appends the blocks that replace block old after the edits.
func (o *Ordering) rewrite(v *View, old *block, edits []edit, last bool, blocks []blockAt) []blockAt {
	kept := old.ords
	var scratch [blockMax]uint32 // on the stack, so that deletions make no garbage
	adds, stay := 0, 0
	for i := range edits {
		e := &edits[i]
		switch e.kind {
		case putsIn:
			adds++
		case changesClass:
			stay++
		case takesOut:
			if len(kept) == len(old.ords) {
				kept = append(scratch[:0], old.ords...)
			}
			i := slices.Index(kept, e.ord)
			kept = slices.Delete(kept, i, i+1)
		}
	}
	var counted tally
	if o.counted {
		counted = o.recount(&old.tally, edits)
	}
	if stay == len(edits) {
		return append(blocks, o.placed(&block{low: old.low, ords: old.ords, tally: counted}))
	}
	if last && adds == len(edits) {
		if ords := o.appendTail(v, old, edits); ords != nil {
			return append(blocks, o.placed(&block{low: old.low, ords: ords, tally: counted}))
		}
	}
	ords := make([]uint32, 0, len(kept)+adds)
	done := 0 // kept[:done] is in ords
	atEnd := true
	for i := range edits {
		e := &edits[i]
		if e.kind != putsIn {
			continue
		}
		p := done + o.searchBlock(v, kept[done:], &e.key)
		atEnd = atEnd && p == len(kept)
		ords = append(ords, kept[done:p]...)
		ords = append(ords, e.ord)
		done = p
	}
	ords = append(ords, kept[done:]...)
	switch {
	case len(ords) == 0:
		return blocks
	case len(ords) <= blockMax:
		b := &block{low: old.low, ords: ords, tally: counted}
		if len(kept) == 0 || kept[0] != old.ords[0] || ords[0] != kept[0] {
			b.low = v.Key(o.by, ords[0])
		}
		return append(blocks, o.placed(b))
	case atEnd && last:
		// The order grows at its end, as orders by time do: leave full blocks behind
		// instead of half-full ones.
		blocks = append(blocks, o.newBlock(v, slices.Clone(ords[:len(kept)])))
		return o.appendBlocks(v, blocks, ords[len(kept):])
	}
	half := blockFill
	if len(ords) < 2*blockFill {
		half = (len(ords) + 1) / 2
	}
	blocks = append(blocks, o.newBlock(v, slices.Clone(ords[:half])))
	return o.appendBlocks(v, blocks, ords[half:])
}

// appendBlocks appends new blocks for ords.
func (o *Ordering) appendBlocks(v *View, blocks []blockAt, ords []uint32) []blockAt {
	for run := range slices.Chunk(ords, blockFill) {
		blocks = append(blocks, o.newBlock(v, slices.Clone(run)))
	}
	return blocks
}

// appendTail adds sessions after the last one of the order, as most writes in orders by
// time do. The last block has spare capacity, and its new version shares the array: the
// writer fills in elements beyond the length of every earlier version. It returns nil
// if the edits belong elsewhere or the block is full.
func (o *Ordering) appendTail(v *View, b *block, edits []edit) []uint32 {
	if len(b.ords)+len(edits) > blockMax {
		return nil
	}
	first := &edits[0].key
	if v.compareKey(o.by, b.ords[len(b.ords)-1], first, first.cell(o.inText)) >= 0 {
		return nil
	}
	ords := b.ords
	if cap(ords) < blockMax {
		ords = append(make([]uint32, 0, blockMax), ords...)
	}
	for i := range edits {
		ords = append(ords, edits[i].ord)
	}
	return ords
}

func joined(a, b *block) *block {
	c := &block{low: a.low, ords: slices.Concat(a.ords, b.ords)}
	c.tally.add(&a.tally)
	c.tally.add(&b.tally)
	return c
}
