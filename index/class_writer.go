package index

import "github.com/sessiondex/sessiondex/index/set"

// comboBook is the writer's knowledge of combos beyond the current version's table.
type comboBook struct {
	// numbers may have combos whose number comes from an aborted write or has been
	// reassigned: the table of a version decides.
	numbers map[combo]uint16
	counts  [maxCombos]int // sessions by combo, of the current version
	next    uint16         // where the search for an unused number continues
}

// number returns the number of a combo in a version, overflow if it has none.
func (b *comboBook) number(t *comboTable, c combo) uint16 {
	if n := b.numbers[c]; int(n) < t.n && n != overflow && *t.combos.At(uint32(n)) == c {
		return n
	}
	return overflow
}

// numberCombos assigns numbers to the combos of new entries that have none. With reuse
// it may reassign the numbers of combos without sessions in the current version. That
// does not affect other versions: each reads its own table and counts.
func (w *Writer) numberCombos(next *View, entries []Entry, packed []packed, reuse bool) {
	table := next.combos
	var used *comboSet // by the write under way; nil until needed
	for i := range packed {
		p := &packed[i]
		if p.combo != overflow {
			continue
		}
		c := comboOf(&entries[i])
		if p.combo = w.book.number(table, c); p.combo != overflow {
			continue
		}
		n := uint16(table.n)
		if table.n == maxCombos {
			if used == nil {
				used = combosOf(packed)
			}
			if n = w.book.unused(used); n == overflow || !reuse {
				continue
			}
			used.add(n)
		}
		if table == next.combos {
			table = table.edited()
		}
		table.give(w.epoch, n, c)
		p.combo = n
		w.book.note(table, n)
	}
	next.combos = table
}

// combosOf returns the combos of new entries.
func combosOf(packed []packed) *comboSet {
	used := new(comboSet)
	for i := range packed {
		used.add(packed[i].combo)
	}
	return used
}

// unused returns a number that neither a session nor the write under way uses, overflow
// if there is none.
func (b *comboBook) unused(used *comboSet) uint16 {
	for range maxCombos {
		b.next = (b.next + 1) % maxCombos
		if n := b.next; n != overflow && b.counts[n] == 0 && !used.has(n) {
			return n
		}
	}
	return overflow
}

// note remembers the number of a combo.
func (b *comboBook) note(t *comboTable, n uint16) {
	if b.numbers == nil || len(b.numbers) >= 4*maxCombos { // most are outdated
		b.numbers = make(map[combo]uint16)
		for n := uint16(1); int(n) < t.n; n++ {
			b.numbers[*t.combos.At(uint32(n))] = n
		}
	}
	b.numbers[*t.combos.At(uint32(n))] = n
}

// count updates the counts after a completed write.
func (b *comboBook) count(changes []change) {
	for i := range changes {
		c := &changes[i]
		if c.old != nil {
			b.counts[c.was.combo()]--
		}
		if c.now != nil {
			b.counts[c.is.combo()]++
		}
	}
}

// setClass updates the class of a session that was added, changed or removed, and what
// the view counts over all its sessions.
func (v *View) setClass(e set.Epoch, c *change) {
	if c.was != c.is || c.old == nil {
		*v.slots.classes.Edit(e, c.ord) = c.is
	}
	if c.old != nil {
		v.overflowed -= btoi(c.was.combo() == overflow)
		v.textBytes -= int64(len(c.old.text) + len(c.old.rest))
		v.noted -= btoi(c.old.noted())
	}
	if c.now != nil {
		v.overflowed += btoi(c.is.combo() == overflow)
		v.textBytes += int64(len(c.now.text) + len(c.now.rest))
		v.noted += btoi(c.now.noted())
	}
}
