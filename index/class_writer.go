package index

import "github.com/sessiondex/sessiondex/index/set"

// comboRetry is how many versions a full table of combos is left alone for, before
// it is looked through again for combos that nobody has any more.
const comboRetry = 1024

// numberCombos gives numbers to the combos of new entries that have none. reuse says
// that numbers which nobody uses in the current version may be given away.
func (w *Writer) numberCombos(next *View, entries []Entry, packed []packed, reuse bool) {
	var wanted map[combo]uint16
	for i := range packed {
		p := &packed[i]
		if p.combo != mixedCombo {
			continue
		}
		c := comboOf(&entries[i])
		if p.combo = next.combos.numbers[c]; p.combo == mixedCombo {
			if wanted == nil {
				wanted = make(map[combo]uint16)
			}
			wanted[c] = mixedCombo
		}
	}
	if wanted == nil || len(next.combos.combos) == maxCombos && next.version < w.combosAgain {
		return
	}
	next.combos = next.combos.numbered(wanted, func() []uint16 {
		w.combosAgain = next.version + comboRetry
		if !reuse {
			return nil
		}
		return w.cur.unusedCombos(packed)
	})
	for i := range packed {
		if p := &packed[i]; p.combo == mixedCombo {
			p.combo = next.combos.numbers[comboOf(&entries[i])]
		}
	}
}

// unusedCombos returns the numbers of the combos that no session has. Sets of combos
// of other versions do not mind that they are given away: a version reads its own
// table and counts. Those that the write under way uses are not among them.
func (v *View) unusedCombos(packed []packed) (unused []uint16) {
	counts := v.comboCounts(v.Ordering(ByUpdated, false), everyKind)
	for i := range packed {
		counts[packed[i].combo]++
	}
	for c, n := range counts {
		if c != mixedCombo && n == 0 {
			unused = append(unused, uint16(c))
		}
	}
	return unused
}

// setClass notes the class of a session that was put in or taken out.
func (v *View) setClass(e set.Epoch, c *change) {
	v.slots.classes.set(e, c.ord, c.is)
	if c.old != nil && c.was.combo() == mixedCombo {
		v.mixed--
	}
	if c.now != nil && c.is.combo() == mixedCombo {
		v.mixed++
	}
}
