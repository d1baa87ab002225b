package index

import (
	"iter"
	"slices"

	"github.com/sessiondex/sessiondex/internal/persist"
)

// Diff yields the sessions that differ between two views, each as it is in the older
// and in the newer one; one of the two is not in use if the session was added or
// deleted. Views of one writer share everything that no write between them touched, so
// comparing them takes time in proportion to those writes; other views are compared
// session by session.
func Diff(older, newer *View) iter.Seq2[Packed, Packed] {
	return func(yield func(was, is Packed) bool) {
		if older.layout == newer.layout {
			diffShared(older, newer, yield)
		} else {
			diffContents(older, newer, yield)
		}
	}
}

// diffShared compares ordinal by ordinal. An ordinal can have passed to another id, and
// a session to another ordinal, so sessions are paired by id.
func diffShared(older, newer *View, yield func(was, is Packed) bool) {
	eachDifference(&older.slots, &newer.slots, func(ord uint32, was, is *slot) bool {
		switch {
		case *was == *is: // as most slots in a changed leaf
			return true
		case was.used() && is.used() && was.id() == is.id():
			return yield(older.Packed(ord), newer.Packed(ord))
		}
		if is.used() {
			before, after := older.FindPacked(is.id()), newer.Packed(ord)
			if !before.Same(&after) && !yield(before, after) {
				return false
			}
		}
		return newer.has(was) || yield(older.Packed(ord), Packed{})
	})
}

// has reports whether the view has a session with the id of a slot, or the slot is
// free.
func (v *View) has(s *slot) bool {
	if !s.used() {
		return true
	}
	_, ok := v.Find(s.id())
	return ok
}

// diffContents compares the sessions as they were put, since the rest of an entry
// depends on each writer's fields.
func diffContents(older, newer *View, yield func(was, is Packed) bool) {
	for ord := range newer.limit {
		s := newer.slots.get(ord)
		if s == nil || !s.used() {
			continue
		}
		was, is := older.FindPacked(s.id()), newer.Packed(ord)
		if was.Used() {
			a, b := was.Entry(), is.Entry()
			if a.SameSession(&b) {
				continue
			}
		}
		if !yield(was, is) {
			return
		}
	}
	for ord := range older.limit {
		if s := older.slots.get(ord); s != nil && !newer.has(s) && !yield(older.Packed(ord), Packed{}) {
			return
		}
	}
}

// eachDifference calls visit for the slots of all leaves that two versions do not
// share, unless both slots are free. It stops when visit returns false.
func eachDifference(a, b *slots, visit func(ord uint32, a, b *slot) bool) {
	persist.Differences(&a.rows, &b.rows, func(k int, x, y *[slotLeafLen]slot) bool {
		for i := range x {
			if (x[i].used() || y[i].used()) && !visit(uint32(k*slotLeafLen+i), &x[i], &y[i]) {
				return false
			}
		}
		return true
	})
}

// Number sets the version of the current view, so that several writes can make one
// step, and a count from an earlier process can continue.
func (w *Writer) Number(version uint64) *View {
	if w.cur.version != version {
		v := *w.cur
		v.version = version
		w.cur = &v
	}
	return w.cur
}

// Rollback undoes every write since a view of this writer. The views made in between
// stay as they are. It costs as much as Diff.
func (w *Writer) Rollback(to *View) *View {
	if w.cur == to {
		return to
	}
	w.epoch++
	var edits []TitleChange
	freed := slices.DeleteFunc(slices.Clone(w.free), func(ord uint32) bool {
		if ord >= to.limit {
			return true
		}
		s := to.slots.get(ord)
		return s != nil && s.used()
	})
	eachDifference(&to.slots, &w.cur.slots, func(ord uint32, was, is *slot) bool {
		if !was.used() && is.used() && ord < to.limit {
			freed = append(freed, ord)
		}
		if was.used() {
			w.book.counts[to.slots.class(ord).combo()]++
		}
		if is.used() {
			w.book.counts[w.cur.slots.class(ord).combo()]--
		}
		var before, after string
		if was.used() {
			before = was.folded()
		}
		if is.used() {
			after = is.folded()
		}
		if before != after {
			edits = append(edits, TitleChange{Ord: ord, Text: before})
		}
		return true
	})
	v := *to
	v.titles = w.titles.Apply(edits)
	w.applyWords(&v, func(yield func(uint32, *slot, *slot)) {
		eachDifference(&to.slots, &w.cur.slots, func(ord uint32, was, is *slot) bool {
			yield(ord, is, was)
			return true
		})
	})
	w.free = freed
	w.cur = &v
	return w.cur
}
