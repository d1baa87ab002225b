package index

import "iter"

// Load puts the entries of a first load into an empty writer, one at a time, and
// builds every index once, in sorted order. The ids must be distinct. It returns
// the sequence's error, and then has changed nothing. Load panics if there are
// sessions already.
func (w *Writer) Load(entries iter.Seq2[Entry, error]) (*View, error) {
	if w.cur.n != 0 {
		panic("index: Load into a writer that is not empty")
	}
	w.epoch++
	next := newView(w.cur.layout, w.cur.titles)
	next.words = w.cur.words
	next.version = w.cur.version + 1
	for e, err := range entries {
		if err != nil {
			return nil, err
		}
		one := [1]Entry{e}
		var p [1]packed
		w.packSome(w.cur, one[:], p[:])
		w.numberCombos(next, one[:], p[:], false)
		*next.slots.rows.Edit(w.epoch, next.limit) = p[0].slot
		next.setClass(w.epoch, &change{ord: next.limit, now: &p[0].slot, is: newClass(p[0].combo, p[0].slot.kind())})
		next.textBytes += int64(len(p[0].slot.text) + len(p[0].slot.rest))
		next.noted += btoi(p[0].slot.noted())
		next.limit++
	}
	changes := make([]change, next.limit)
	for i := range changes {
		changes[i] = change{ord: uint32(i), now: next.slots.at(uint32(i)), is: next.slots.class(uint32(i))}
	}
	next.n = len(changes)
	w.reindex(next, changes)
	w.free = nil
	w.publish(next, changes)
	return next, nil
}
