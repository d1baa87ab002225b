package index

import "github.com/sessiondex/sessiondex/index/set"

// classRetry is how many versions a full table of classes is left alone for, before
// it is looked through again for classes that nobody has any more.
const classRetry = 1024

// numberClasses gives numbers to the classes of new entries that have none. reuse
// says that numbers which nobody uses in the current version may be given away.
func (w *Writer) numberClasses(next *View, entries []Entry, packed []packed, reuse bool) {
	var wanted map[class]uint16
	for i := range packed {
		p := &packed[i]
		if p.class != mixedClass {
			continue
		}
		c := classOf(&entries[i])
		if p.class = next.classTable.numbers[c]; p.class == mixedClass {
			if wanted == nil {
				wanted = make(map[class]uint16)
			}
			wanted[c] = mixedClass
		}
	}
	if wanted == nil || len(next.classTable.classes) == maxClasses && next.version < w.classesAgain {
		return
	}
	next.classTable = next.classTable.numbered(wanted, func() []uint16 {
		w.classesAgain = next.version + classRetry
		if !reuse {
			return nil
		}
		return w.cur.unusedClasses(packed)
	})
	for i := range packed {
		if p := &packed[i]; p.class == mixedClass {
			p.class = next.classTable.numbers[classOf(&entries[i])]
		}
	}
}

// unusedClasses returns the numbers of the classes that no session has. Sets of
// classes of other versions do not mind that they are given away: a version reads
// its own table and counts. Those that the write under way uses are not among them.
func (v *View) unusedClasses(packed []packed) (unused []uint16) {
	counts := v.classCounts()
	for i := range packed {
		counts[packed[i].class]++
	}
	for c, n := range counts {
		if c != mixedClass && n == 0 {
			unused = append(unused, uint16(c))
		}
	}
	return unused
}

// setClass notes the class of a session that was put in or taken out.
func (v *View) setClass(e set.Epoch, c *change) {
	v.slots.classes.set(e, c.ord, c.is)
	if c.old != nil && c.was == mixedClass {
		v.mixed--
	}
	if c.now != nil && c.is == mixedClass {
		v.mixed++
	}
}
