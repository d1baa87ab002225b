package index

import (
	"encoding/binary"
	"runtime"
	"slices"
	"sync"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/schema"
)

// Writer makes views. One goroutine at a time may use it; the views that it returns are
// safe for concurrent use.
//
// A write builds the next view next to the current one, from copies of the touched
// parts, and installs it as its last step: a write that does not complete leaves
// nothing behind.
type Writer struct {
	cur    *View
	epoch  set.Epoch
	free   []uint32 // unused ordinals below the limit
	titles TitleIndex
	words  []WordIndex // by row; nil: not indexed
	book   comboBook
	note   func(extra string) bool
}

// Note makes views count the sessions for whose Extra f holds, see View.Noted. Call it
// before the first session is put. f must be a pure function of the text.
func (w *Writer) Note(f func(extra string) bool) { w.note = f }

// SetFold sets the form in which titles and sorted texts are compared; the default is
// fold.Case. Call it before the first session is put.
func (w *Writer) SetFold(f fold.Form) { w.cur.layout.fold = f }

// NewWriter returns a writer with an empty current view, for sessions with the fields of
// a schema (nil: the contract's). The writer takes ownership of titles; nil means that
// keyword searches scan.
func NewWriter(s *schema.Schema, titles TitleIndex) *Writer {
	if titles == nil {
		titles = scanTitles{}
	}
	if s == nil {
		s = schema.Contract()
	}
	return &Writer{cur: newView(newLayout(s), titles.Titles()), titles: titles}
}

// View returns the current view. O(1).
func (w *Writer) View() *View { return w.cur }

// Refresh returns a view with the same sessions as the current one and the newest form
// of the title index.
func (w *Writer) Refresh() *View {
	v := *w.cur
	v.titles = w.titles.Titles()
	w.refreshWords(&v)
	w.cur = &v
	return w.cur
}

// change is what a write does to one ordinal: old is its slot in the version before,
// nil if it was free; now is its new slot, nil if it becomes free. was and is are the
// classes of the two.
type change struct {
	ord      uint32
	old, now *slot
	was, is  class
}

// moved reports whether the session comes, goes, or changes its position in an order.
func (v *View) moved(c *change, by Order) bool {
	return c.old == nil || c.now == nil || v.layout.sortsElsewhere(c.old, c.now, by)
}

// Put inserts the entries, or replaces the sessions with the same ids. The ids must be
// distinct. The cost is O(log n) for each sort key that changes and for each new id,
// plus the copy of a small chunk for each set that changes.
func (w *Writer) Put(entries []Entry) *View {
	if len(entries) == 0 {
		return w.cur
	}
	w.epoch++
	old := w.cur
	next := old.successor()
	free := w.free
	packed := w.packAll(old, entries)
	w.numberCombos(next, entries, packed, true)
	changes := make([]change, len(entries))
	for i := range packed {
		p := &packed[i]
		if !p.exists {
			if n := len(free); n > 0 {
				p.ord, free = free[n-1], free[:n-1]
			} else {
				p.ord = next.limit
				next.limit++
			}
			next.n++
		}
		s := next.slots.rows.Edit(w.epoch, p.ord)
		*s = p.slot
		changes[i] = change{ord: p.ord, now: s, is: newClass(p.combo, s.kind())}
		if p.exists {
			changes[i].old, changes[i].was = old.slots.at(p.ord), old.slots.class(p.ord)
		}
		next.setClass(w.epoch, &changes[i])
	}
	w.reindex(next, changes)
	w.free = free
	w.publish(next, changes)
	return next
}

// Delete removes the sessions with these ids and returns how many there were.
func (w *Writer) Delete(ids []string) (*View, int) {
	old := w.cur
	var changes []change
	seen := make(map[uint32]bool, len(ids))
	for _, id := range ids {
		if ord, ok := old.Find(id); ok && !seen[ord] {
			seen[ord] = true
			changes = append(changes, change{ord: ord, old: old.slots.at(ord), was: old.slots.class(ord)})
		}
	}
	if len(changes) == 0 {
		return old, 0
	}
	w.epoch++
	next := old.successor()
	freed := make([]uint32, len(changes))
	for i, c := range changes {
		freed[i] = c.ord
		next.slots.release(w.epoch, c.ord)
		next.setClass(w.epoch, &c)
	}
	next.n -= len(changes)
	w.reindex(next, changes)
	// Reuse the lowest first, which keeps the ordinals dense.
	slices.SortFunc(freed, func(a, b uint32) int { return int(b) - int(a) })
	w.free = append(w.free, freed...)
	w.publish(next, changes)
	return next, len(changes)
}

// publish makes a version the current one. It is the last step of a write, and cannot fail.
func (w *Writer) publish(next *View, changes []change) {
	w.book.count(changes)
	w.cur = next
}

// successor returns a view that the write under way may change; at first it shares
// everything with v.
func (v *View) successor() *View {
	next := *v
	next.version++
	next.orders, next.kinds, next.fields = slices.Clone(v.orders), slices.Clone(v.kinds), slices.Clone(v.fields)
	return &next
}

// parallelFrom is the size of a write from which its parts run in parallel.
const parallelFrom = 256

// reindex updates every index of the next view after the changes. Indexes change
// nowhere else.
func (w *Writer) reindex(next *View, changes []change) {
	l := next.layout
	parallel := len(changes) >= parallelFrom
	// The columns first, since orders read them.
	inParallel(parallel, len(l.columns), func(i int) { next.setCells(w.epoch, l.columns[i], changes) })
	rows := len(l.orders) + 2
	fields := next.fields
	if parallel {
		fields = slices.Clone(fields)
	}
	inParallel(parallel, rows+len(l.rows), func(step int) {
		switch {
		case step < len(l.orders):
			next.reorder(w.cur, Order(step), changes)
		case step == len(l.orders):
			gone, added := idEdits(changes)
			next.ids = next.ids.edited(w.epoch, gone, added)
		case step < rows:
			next.rekind(w.epoch, changes)
		case next.fields[step-rows] != nil:
			fields[step-rows] = next.revalue(w.epoch, w.cur, &l.rows[step-rows], changes)
		}
	})
	next.fields = fields

	// The indexes of titles and words have one state instead of versions, so they come
	// last: from here on nothing can fail.
	next.titles = w.titles.Apply(titleEdits(changes))
	w.applyWords(next, func(yield func(uint32, *slot, *slot)) {
		for i := range changes {
			yield(changes[i].ord, changes[i].old, changes[i].now)
		}
	})
}

// inParallel runs the steps, in parallel if worth.
func inParallel(worth bool, steps int, run func(step int)) {
	if !worth {
		for i := range steps {
			run(i)
		}
		return
	}
	var wg sync.WaitGroup
	for i := range steps {
		wg.Go(func() { run(i) })
	}
	wg.Wait()
}

func idEdits(changes []change) (gone, added []idItem) {
	for _, c := range changes {
		switch {
		case c.old == nil:
			added = append(added, idItem{hashID(c.now.id()), c.ord})
		case c.now == nil:
			gone = append(gone, idItem{hashID(c.old.id()), c.ord})
		}
	}
	return gone, added
}

func titleEdits(changes []change) []TitleChange {
	var edits []TitleChange
	for _, c := range changes {
		var was, is string
		if c.old != nil {
			was = c.old.folded()
		}
		if c.now != nil {
			is = c.now.folded()
		}
		if was != is {
			edits = append(edits, TitleChange{Ord: c.ord, Text: is})
		}
	}
	return edits
}

// reorder brings an order of the view before a write to the one after.
func (v *View) reorder(before *View, by Order, changes []change) {
	t := v.orders[by]
	if t.all.n == 0 { // a first load
		ords := make([]uint32, len(changes))
		for i, c := range changes {
			ords[i] = c.ord
		}
		v.sortBy(by, ords)
		v.orders[by] = t.built(v, ords)
		return
	}
	var scratch [2]edit
	edits := scratch[:0]
	for i := range changes {
		c := &changes[i]
		if v.moved(c, by) || t.tells(c.was, c.is) {
			edits = v.appendEdits(edits, c, by, c.old != nil, c.now != nil)
		}
	}
	v.orders[by] = t.apply(before, v, edits)
}

// appendEdits appends the edits that a change makes to a tree. before and after
// say whether the session was and is in the tree; at least one must hold, and
// something must change.
func (v *View) appendEdits(dst []edit, c *change, by Order, before, after bool) []edit {
	if before && after && !v.moved(c, by) {
		return append(dst, edit{key: v.layout.key(c.now, by), ord: c.ord, kind: changesClass, was: c.was, is: c.is})
	}
	if before {
		dst = append(dst, edit{key: v.layout.key(c.old, by), ord: c.ord, kind: takesOut, was: c.was})
	}
	if after {
		dst = append(dst, edit{key: v.layout.key(c.now, by), ord: c.ord, kind: putsIn, is: c.is})
	}
	return dst
}

// sortBy sorts ordinals by the heads of their keys, stored side by side, and reads the
// rest of a key only if heads are equal.
func (v *View) sortBy(by Order, ords []uint32) {
	type head struct {
		hi      uint64
		lo, ord uint32
		slot    *slot
	}
	heads := make([]head, len(ords))
	for i, ord := range ords {
		s, c := v.slots.at(ord), v.cell(by, ord)
		if by == ByTitle {
			c.lo = afterPrefix(s.folded())
		}
		heads[i] = head{c.hi, c.lo, ord, s}
	}
	slices.SortFunc(heads, func(a, b head) int {
		switch {
		case a.hi != b.hi:
			if a.hi < b.hi {
				return -1
			}
			return 1
		case a.lo != b.lo:
			if a.lo < b.lo {
				return -1
			}
			return 1
		}
		return v.layout.compareRest(a.slot, b.slot, by)
	})
	for i := range heads {
		ords[i] = heads[i].ord
	}
}

// afterPrefix returns the four bytes of a folded title after the slot's prefix, since
// many titles have the same beginning.
func afterPrefix(folded string) uint32 {
	var b [4]byte
	if len(folded) > 8 {
		copy(b[:], folded[8:])
	}
	return binary.BigEndian.Uint32(b[:])
}

func (v *View) rekind(e set.Epoch, changes []change) {
	for _, c := range changes {
		if c.old != nil && c.now != nil && c.old.kind() == c.now.kind() {
			continue
		}
		if c.old != nil {
			k := c.old.kind()
			v.kinds[k] = v.kinds[k].Remove(e, c.ord)
		}
		if c.now != nil {
			k := c.now.kind()
			v.kinds[k] = v.kinds[k].Add(e, c.ord)
		}
	}
}

// packed is an entry in the form of a slot, and the current ordinal of its id.
type packed struct {
	slot   slot
	ord    uint32
	exists bool
	combo  uint16 // overflow if the combo has no number yet
}

// packAll looks up the entries and packs them, on all processors if they are many.
func (w *Writer) packAll(old *View, entries []Entry) []packed {
	out := make([]packed, len(entries))
	if len(entries) < parallelFrom {
		w.packSome(old, entries, out)
		return out
	}
	parts := runtime.GOMAXPROCS(0)
	size := (len(entries) + parts - 1) / parts
	inParallel(true, parts, func(i int) {
		from, to := min(i*size, len(entries)), min((i+1)*size, len(entries))
		w.packSome(old, entries[from:to], out[from:to])
	})
	return out
}

func (w *Writer) packSome(old *View, entries []Entry, out []packed) {
	var buf []byte
	members := memberReader{l: old.layout}
	for i := range entries {
		e, p := entries[i], &out[i]
		p.ord, p.exists = old.Find(e.ID)
		s := &p.slot
		s.createdSec, s.createdNsec = e.Created.Sec, e.Created.Nsec
		s.updatedSec, s.updatedNsec = e.Updated.Sec, e.Updated.Nsec
		if p.exists {
			o := old.slots.at(p.ord)
			if _, title, _ := splitText(o.text); title == e.Title {
				s.text, s.prefix = o.text, o.prefix
			}
			members.fill(&e, o)
			w.noteExtra(&e, o)
			buf = appendRest(buf[:0], &e)
			if string(buf) == o.rest {
				s.rest = o.rest
				p.combo = old.slots.class(p.ord).combo()
			} else {
				s.rest = string(buf)
			}
		} else {
			members.fill(&e, nil)
			w.noteExtra(&e, nil)
			buf = appendRest(buf[:0], &e)
			s.rest = string(buf)
		}
		if p.combo == overflow {
			p.combo = w.book.number(old.combos, comboOf(&e))
		}
		if s.text == "" {
			folded := old.layout.fold.Fold(e.Title)
			buf = appendText(buf[:0], e.ID, e.Title, folded)
			s.text = string(buf)
			s.prefix = prefixOf(folded)
		}
	}
}

// noteExtra completes an entry to be put; old is the session's slot before, nil if it is
// new.
func (w *Writer) noteExtra(e *Entry, old *slot) {
	e.noted = false
	if w.note == nil || e.Extra == "" {
		return
	}
	if old != nil {
		if _, kept := old.further(); kept == e.kept() {
			e.noted = old.noted()
			return
		}
	}
	e.noted = w.note(e.Extra)
}
