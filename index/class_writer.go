package index

import "github.com/sessiondex/sessiondex/index/set"

// comboBook is what the writer knows of combos beyond the current version's table.
type comboBook struct {
	// numbers may name combos that a write that came to no end gave a number to, or that
	// lost theirs: the table of a version has the last word.
	numbers map[combo]uint16
	counts  [maxCombos]int // sessions by combo, of the current version
	next    uint16         // where the search for a number that is not in use goes on
}

// number returns the number of a combo in a version, overflow if it has none.
func (b *comboBook) number(t *comboTable, c combo) uint16 {
	if n := b.numbers[c]; int(n) < t.n && n != overflow && *t.combos.At(uint32(n)) == c {
		return n
	}
	return overflow
}

// numberCombos gives numbers to the combos of new entries that have none. reuse says
// that the numbers of combos that no session of the current version has may be given
// to others. Sets of combos of other versions do not mind: a version reads its own
// table and counts.
func (w *Writer) numberCombos(next *View, entries []Entry, packed []packed, reuse bool) {
	table := next.combos
	var used *comboSet // by the write under way; nil until it matters
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

// unused returns a number that no session has and the write under way does not use,
// overflow if there is none.
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
	if b.numbers == nil || len(b.numbers) >= 4*maxCombos { // most are of combos that are gone
		b.numbers = make(map[combo]uint16)
		for n := uint16(1); int(n) < t.n; n++ {
			b.numbers[*t.combos.At(uint32(n))] = n
		}
	}
	b.numbers[*t.combos.At(uint32(n))] = n
}

// count takes in the changes of a write that is done.
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

// setClass notes the class of a session that was put in or taken out.
func (v *View) setClass(e set.Epoch, c *change) {
	if c.was != c.is || c.old == nil {
		*v.slots.classes.Edit(e, c.ord) = c.is
	}
	if c.old != nil && c.was.combo() == overflow {
		v.overflowed--
	}
	if c.now != nil && c.is.combo() == overflow {
		v.overflowed++
	}
}
