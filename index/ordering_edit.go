package index

import "slices"

// edit takes a session out of an ordering (by its old key) or puts one in.
type edit struct {
	key Key
	ord uint32
	del bool
}

// apply returns the ordering after the edits. The slots are those after the
// write. Every deletion must name a session that is in, every addition one that
// is not; an ordinal may be deleted and added again under another key.
//
// Edits are sorted and each block is rewritten once, however many edits fall
// into it. The receiver stays as it was.
func (o *Ordering) apply(v *slots, edits []edit) *Ordering {
	if len(edits) == 0 {
		return o
	}
	if len(edits) > o.n/2 {
		return o.rebuild(v, edits)
	}
	slices.SortFunc(edits, func(a, b edit) int { return a.key.Compare(o.by, &b.key) })
	t := &Ordering{by: o.by, n: o.n, tree: o.tree.Copy()}
	for len(edits) > 0 {
		b := t.find(&edits[0].key)
		n := len(edits)
		if b != nil {
			if next := t.after(b); next != nil {
				n = 1
				for n < len(edits) && edits[n].key.Compare(o.by, &next.low) < 0 {
					n++
				}
			}
		}
		t.rewrite(v, b, edits[:n], edits[n:])
		edits = edits[n:]
	}
	return t
}

// rebuild makes the ordering anew: for a first load, and for a write that
// changes most of it.
func (o *Ordering) rebuild(v *slots, edits []edit) *Ordering {
	gone := make(map[uint32]bool)
	added := make([]uint32, 0, len(edits))
	for _, e := range edits {
		if e.del {
			gone[e.ord] = true
		} else {
			added = append(added, e.ord)
		}
	}
	cmp := func(a, b uint32) int { return compareSlots(o.by, v.at(a), v.at(b)) }
	slices.SortFunc(added, cmp)
	all := make([]uint32, 0, o.n-len(gone)+len(added))
	o.tree.Scan(func(b *block) bool {
		for _, ord := range b.ords {
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

// buildOrdering bulk-loads sorted ordinals.
func buildOrdering(by Order, v *slots, sorted []uint32) *Ordering {
	o := newOrdering(by)
	o.n = len(sorted)
	for run := range slices.Chunk(sorted, blockFill) {
		o.tree.Load(&block{low: v.at(run[0]).key(by), ords: slices.Clone(run)})
	}
	return o
}

// rewrite replaces block b (nil in an empty tree) by what the edits make of it.
// pending are those that lie behind it, for other blocks.
func (o *Ordering) rewrite(v *slots, b *block, edits, pending []edit) {
	var old []uint32
	last := true // in the order
	if b != nil {
		old = b.ords
		last = o.after(b) == nil
	}
	kept := old
	var scratch [blockMax]uint32 // on the stack: a write makes no garbage for what it deletes
	adds := 0
	for _, e := range edits {
		if !e.del {
			adds++
			continue
		}
		if len(kept) == len(old) {
			kept = append(scratch[:0], old...)
		}
		i := slices.Index(kept, e.ord)
		kept = slices.Delete(kept, i, i+1)
		o.n--
	}
	o.n += adds
	if last && adds == len(edits) && o.appendTail(v, b, edits) {
		return
	}
	ords := make([]uint32, 0, len(kept)+adds)
	done := 0 // kept[:done] is in ords
	atEnd := true
	for i := range edits {
		e := &edits[i]
		if e.del {
			continue
		}
		p := done + searchBlock(o.by, v, kept[done:], &e.key)
		atEnd = atEnd && p == len(kept)
		ords = append(ords, kept[done:p]...)
		ords = append(ords, e.ord)
		done = p
	}
	ords = append(ords, kept[done:]...)

	if b != nil && len(ords) < blockMin {
		if next := o.after(b); !last && len(ords)+len(next.ords) <= blockFill && !o.awaits(next, pending) {
			ords = append(ords, next.ords...)
			o.tree.Delete(next)
		} else if prev := o.before(b); prev != nil && len(ords)+len(prev.ords) <= blockFill {
			o.tree.Delete(b)
			b, ords = prev, slices.Concat(prev.ords, ords)
		}
	}
	switch {
	case len(ords) <= blockMax:
		o.replace(v, b, ords)
	case atEnd && b != nil && last:
		// The order grows at its end, as it does where time goes on: leave full
		// blocks behind instead of half-full ones.
		o.replace(v, b, slices.Clone(ords[:len(kept)]))
		o.insert(v, ords[len(kept):])
	default:
		half := blockFill
		if len(ords) < 2*blockFill {
			half = (len(ords) + 1) / 2
		}
		o.replace(v, b, slices.Clone(ords[:half]))
		o.insert(v, ords[half:])
	}
}

// awaits reports whether the first of the edits, all of which are at or above the
// block's low key, falls into the block. Such a block must not be joined with one
// that is done: it still holds sessions in the places that they move away from,
// where a search by their new keys fails, and which may stand in the other already.
func (o *Ordering) awaits(b *block, edits []edit) bool {
	if len(edits) == 0 {
		return false
	}
	next := o.after(b)
	return next == nil || edits[0].key.Compare(o.by, &next.low) < 0
}

// appendTail adds sessions behind the last one of the order, as most writes do
// where time goes on. The last block has room to spare, and a new version of it
// shares the array: its writer fills in places that no earlier version looks at.
// It reports false if that is not where the edits belong, or there is no room.
func (o *Ordering) appendTail(v *slots, b *block, edits []edit) bool {
	if b == nil || len(b.ords)+len(edits) > blockMax {
		return false
	}
	at := v.at(b.ords[len(b.ords)-1])
	if at.compareKey(o.by, &edits[0].key, prefixOf(edits[0].key.Folded)) >= 0 {
		return false
	}
	ords := b.ords
	if cap(ords) < blockMax {
		ords = append(make([]uint32, 0, blockMax), ords...)
	}
	for i := range edits {
		ords = append(ords, edits[i].ord)
	}
	o.tree.Set(&block{low: b.low, ords: ords})
	return true
}

// insert adds new blocks for ords.
func (o *Ordering) insert(v *slots, ords []uint32) {
	for run := range slices.Chunk(ords, blockFill) {
		o.tree.Set(&block{low: v.at(run[0]).key(o.by), ords: slices.Clone(run)})
	}
}

// replace puts ords in the place of block b.
func (o *Ordering) replace(v *slots, b *block, ords []uint32) {
	if len(ords) == 0 {
		if b != nil {
			o.tree.Delete(b)
		}
		return
	}
	low := v.at(ords[0]).key(o.by)
	if b != nil && low.Compare(o.by, &b.low) != 0 {
		o.tree.Delete(b)
	}
	o.tree.Set(&block{low: low, ords: ords})
}
