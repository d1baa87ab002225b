package index

import (
	"iter"
	"slices"

	"github.com/sessiondex/sessiondex/internal/persist"
)

// Diff yields the sessions that are not the same in two views, each with what it was in
// the older and what it is in the newer one; one of them is not in use where the
// session was added or deleted. Views of one writer share all that no write between
// them touched, and are compared in time that grows with what was; any others are
// compared session by session.
func Diff(older, newer *View) iter.Seq2[Packed, Packed] {
	return func(yield func(was, is Packed) bool) {
		if older.layout == newer.layout {
			diffShared(older, newer, yield)
		} else {
			diffContents(older, newer, yield)
		}
	}
}

// diffShared compares ordinal by ordinal. An ordinal can have gone from one id to
// another, and a session from one ordinal to another, so sessions are paired by id.
func diffShared(older, newer *View, yield func(was, is Packed) bool) {
	eachDifference(&older.slots, &newer.slots, func(ord uint32, was, is *slot) bool {
		switch {
		case *was == *is: // most of what shares a leaf with a change
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

// has reports whether there is a session with the id of a slot, or none in the slot.
func (v *View) has(s *slot) bool {
	if !s.used() {
		return true
	}
	_, ok := v.Find(s.id())
	return ok
}

// diffContents compares what was put, since what else is known of it depends on
// the fields that each writer was told of.
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
// share, unless both slots are free. It ends when visit returns false.
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

// Number gives the current view another version, so that several writes can make
// one step, and what was counted in an earlier process goes on.
func (w *Writer) Number(version uint64) *View {
	if w.cur.version != version {
		v := *w.cur
		v.version = version
		w.cur = &v
	}
	return w.cur
}

// Rollback takes back every write since a view of this writer's. The views made in
// between stay as they are. The cost is that of Diff.
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
