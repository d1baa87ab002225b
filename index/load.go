package index

import "iter"

// loadBatch is how many entries a load packs at once, enough to occupy all processors.
const loadBatch = 8192

// Load puts the entries of a first load into an empty writer, one at a time, and builds
// every index once, in sorted order. The ids must be distinct. It returns the
// sequence's error, and then has changed nothing. Load panics if there already are
// sessions.
func (w *Writer) Load(entries iter.Seq2[Entry, error]) (*View, error) {
	if w.cur.n != 0 {
		panic("index: Load into a writer that is not empty")
	}
	w.epoch++
	next := newView(w.cur.layout, w.cur.titles)
	next.words = w.cur.words
	next.version = w.cur.version + 1
	batch := make([]Entry, 0, loadBatch)
	for e, err := range entries {
		if err != nil {
			return nil, err
		}
		if batch = append(batch, e); len(batch) == loadBatch {
			w.append(next, batch)
			batch = batch[:0]
		}
	}
	w.append(next, batch)
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

// append puts entries at the next ordinals of a view during a load.
func (w *Writer) append(next *View, entries []Entry) {
	all := w.packAll(w.cur, entries)
	w.numberCombos(next, entries, all, false)
	for i := range all {
		s := &all[i].slot
		*next.slots.rows.Edit(w.epoch, next.limit) = *s
		next.setClass(w.epoch, &change{ord: next.limit, now: s, is: newClass(all[i].combo, s.kind())})
		next.limit++
	}
}
