package index

import (
	"iter"
	"math"
	"slices"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/schema"
)

// Value returns the sessions that have a value in a row of keywords, or, with FlagSet,
// the flag of a row; nil if there are none. O(log n) in the number of values.
func (v *View) Value(row int, value string) *set.Set {
	if e, ok := v.fields[row].values.Get(value); ok {
		return e.members()
	}
	return nil
}

// OrderingOf returns the sessions that have a value, hidden ones included, in the order
// of their last update; nil if too few sessions have the value to keep one, or if
// classes cover the row (see InClass). O(log n) in the number of values.
func (v *View) OrderingOf(row int, value string) *Ordering {
	if e, ok := v.fields[row].values.Get(value); ok {
		if t := v.fields[row].orderings.at(e.number); t != nil {
			return &t.all
		}
	}
	return nil
}

// Values yields the values of a row of keywords, or of a flag, in ascending order, each
// with the sessions that have it, of which there is at least one. Sets of several
// values may overlap. A set is valid until the next one is yielded.
func (v *View) Values(row int) iter.Seq2[string, *set.Set] { return v.ValuesFrom(row, "") }

// ValuesFrom is Values beginning with the first value at or above from: values with a
// common prefix are adjacent.
func (v *View) ValuesFrom(row int, from string) iter.Seq2[string, *set.Set] {
	return func(yield func(string, *set.Set) bool) {
		var only [1]uint32
		single := set.New(only[:]...)
		v.fields[row].values.Ascend(from, func(value string, e valueEntry) bool {
			if e.set != nil {
				return yield(value, e.set)
			}
			only[0] = e.only
			return yield(value, single)
		})
	}
}

// NumValues returns the number of different values of a row of keywords or a flag.
func (v *View) NumValues(row int) int { return v.fields[row].values.Len() }

// Exists returns the sessions that have a value in a row, nil if there are none. Rows of
// keywords of the contract, and all declared ones, have it.
func (v *View) Exists(row int) *set.Set { return v.fields[row].exists }

// IllTyped returns how many sessions have, in a declared field, a value or an element
// of the wrong type, which does not count as a value.
func (v *View) IllTyped(row int) int { return v.fields[row].illTyped }

// AppendValues appends the values of the session at an ordinal in use, in a row of
// keywords or a flag, in ascending order.
func (v *View) AppendValues(dst []string, row int, ord uint32) []string {
	r := &v.layout.rows[row]
	payload, _ := v.slots.at(ord).stored(r)
	return r.values(payload, dst)
}

// Number returns the value of a row of numbers for the session at an ordinal in use.
func (v *View) Number(row int, ord uint32) (value float64, ok bool) {
	c := v.fields[row].column.at(ord)
	return number(c.hi), c != absent
}

// Instant returns the value of a row of times, the contract's included, for the session
// at an ordinal in use.
func (v *View) Instant(row int, ord uint32) (value Instant, ok bool) {
	c := v.timeCell(row, ord)
	return c.instant(), c != absent
}

func (v *View) timeCell(row int, ord uint32) cell {
	switch row {
	case schema.RowCreatedAt:
		return v.cell(ByCreated, ord)
	case schema.RowUpdatedAt:
		return v.cell(ByUpdated, ord)
	}
	return v.fields[row].column.at(ord)
}

// Text returns the value of a declared text field of the session at an ordinal in use.
func (v *View) Text(row int, ord uint32) string {
	text, _ := v.slots.at(ord).stored(&v.layout.rows[row])
	return text
}

// Bounds are the ends of a range of numbers or times, by cell. Make them with
// NumberBounds or TimeBounds.
type Bounds struct{ lo, hi cell }

// NumberBounds returns the range from lo to hi; withoutLo and withoutHi exclude that end.
// Infinities are no bound.
func NumberBounds(lo float64, withoutLo bool, hi float64, withoutHi bool) Bounds {
	b := Bounds{cell{hi: sortable(lo)}, cell{sortable(hi), math.MaxUint32}}
	if withoutLo {
		b.lo.hi++
	}
	if withoutHi {
		b.hi.hi--
	}
	return b
}

// TimeBounds returns the range from lo to hi, both included; nil is no bound.
func TimeBounds(lo, hi *Instant) Bounds {
	b := Bounds{hi: cell{math.MaxUint64 - 1, math.MaxUint32}}
	if lo != nil {
		b.lo = instantCell(*lo)
	}
	if hi != nil {
		b.hi = instantCell(*hi)
	}
	return b
}

// Range returns the sessions whose value in a row of numbers or times, the contract's
// included, lies within bounds. One pass, about a millisecond per million sessions, or
// less if the row has an order and few sessions lie within.
func (v *View) Range(row int, b Bounds) set.Found {
	if b.lo.compare(b.hi) > 0 {
		return set.Found{}
	}
	if r := &v.layout.rows[row]; r.hasOrder {
		o := v.Ordering(r.order, false)
		from, to := v.rankCell(o, b.lo), v.rankAfter(o, b.hi)
		if few := to-from <= o.Len()/4; few || !r.hasColumn {
			return v.found(o, from, to)
		}
	}
	f := set.Found{Limbs: make([]uint64, set.LimbsFor(v.Limit()))}
	f.N = v.fields[row].column.within(b.lo, b.hi, f.Limbs)
	if f.N <= set.ListLimit(v.Limit()) {
		return set.Found{List: f.AppendTo(make([]uint32, 0, f.N)), N: f.N}
	}
	return f
}

// rankCell returns how many sessions of an ordering by numbers or times have a cell
// below c.
func (v *View) rankCell(o *Ordering, c cell) int {
	if c.hi == absent.hi {
		return v.Present(o)
	}
	return o.rank(v, &Key{At: c.instant()})
}

// rankAfter returns how many have a cell at or below c.
func (v *View) rankAfter(o *Ordering, c cell) int {
	if c.lo++; c.lo == 0 {
		c.hi++
	}
	return v.rankCell(o, c)
}

// found returns the sessions at positions of an ordering, as a set.
func (v *View) found(o *Ordering, from, to int) set.Found {
	f := set.Found{N: max(0, to-from)}
	if f.N <= set.ListLimit(v.Limit()) {
		f.List = o.AppendRange(make([]uint32, 0, f.N), from, to)
		slices.Sort(f.List)
		return f
	}
	f.Limbs = make([]uint64, set.LimbsFor(v.Limit()))
	o.Ascend(from, to, func(run []uint32) bool {
		for _, ord := range run {
			f.Limbs[ord>>6] |= 1 << (ord & 63)
		}
		return true
	})
	return f
}

// NumberStats summarises the numbers of some sessions. Min and Max are 0 if there are
// none; a Sum that overflows is the largest number.
type NumberStats struct {
	Min, Max, Sum float64
	Count         int // of the sessions that have a number
}

// Measure summarises the numbers of some sessions in use. Some 5 ns for each.
func (v *View) Measure(row int, ords iter.Seq[uint32]) (s NumberStats) {
	column := v.fields[row].column
	for ord := range ords {
		c := column.at(ord)
		if c == absent {
			continue
		}
		n := number(c.hi)
		if s.Count == 0 || n < s.Min {
			s.Min = n
		}
		if s.Count == 0 || n > s.Max {
			s.Max = n
		}
		s.Sum += n
		s.Count++
	}
	s.Sum = max(-math.MaxFloat64, min(s.Sum, math.MaxFloat64))
	return s
}
