package index

import (
	"cmp"
	"math/bits"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/persist"
	"github.com/sessiondex/sessiondex/schema"
)

// cell is a value in a form for comparison: a number as sortable encodes it, an instant
// as seconds (offset so that they are unsigned) and nanoseconds, or the first eight
// bytes of a folded text. No value has a hi of all ones.
type cell struct {
	hi uint64
	lo uint32
}

// absent is the cell of a session without a value; it sorts last.
var absent = cell{hi: ^uint64(0)}

func (c cell) compare(d cell) int {
	if c.hi != d.hi {
		return cmp.Compare(c.hi, d.hi)
	}
	return cmp.Compare(c.lo, d.lo)
}

func (c cell) instant() Instant { return Instant{Sec: int64(c.hi ^ 1<<63), Nsec: int32(c.lo)} }

func instantCell(at Instant) cell { return cell{uint64(at.Sec) ^ 1<<63, uint32(at.Nsec)} }

// column is a persistent vector of the cells of one field by ordinal: eight bytes per
// session, and four more if there are fractions of seconds. A range is one pass.
type column struct {
	hi persist.Vector[uint64, [columnLeafLen]uint64] // complemented: 0 is absent
	lo persist.Vector[uint32, [columnLeafLen]uint32]
}

const columnLeafLen = 128

func (c *column) at(ord uint32) (at cell) {
	at.hi = ^uint64(0)
	if hi := c.hi.Get(ord); hi != nil {
		at.hi = ^*hi
	}
	if lo := c.lo.Get(ord); lo != nil {
		at.lo = *lo
	}
	return at
}

func (c *column) set(e set.Epoch, ord uint32, to cell) {
	if was := c.hi.Get(ord); was != nil || to != absent {
		*c.hi.Edit(e, ord) = ^to.hi
	}
	if was := c.lo.Get(ord); was != nil && *was != to.lo || to.lo != 0 {
		*c.lo.Edit(e, ord) = to.lo
	}
}

// within sets the bits of the sessions whose cell lies from lo to hi, both included, of
// a bit array that is all zeros, and returns how many there are.
func (c *column) within(lo, hi cell, into []uint64) (n int) {
	if hi.hi == absent.hi {
		hi = cell{absent.hi - 1, ^uint32(0)}
	}
	if lo.compare(hi) > 0 {
		return 0
	}
	first, span := ^hi.hi, hi.hi-lo.hi
	whole := lo.lo == 0 && hi.lo == ^uint32(0)
	for k := range c.hi.Leaves() {
		leaf := c.hi.Leaf(k)
		if leaf == nil || (k+1)*(columnLeafLen/64) > len(into) {
			continue
		}
		for half := range columnLeafLen / 64 {
			limb := ^beyond((*[64]uint64)(leaf[half*64:]), first, span)
			if !whole {
				limb &^= c.outside(uint32(k*columnLeafLen+half*64), limb, lo, hi, leaf[half*64:])
			}
			into[k*(columnLeafLen/64)+half] = limb
			n += bits.OnesCount64(limb)
		}
	}
	return n
}

// beyond returns which of 64 numbers do not lie from first to first+span: a bit is borrowed
// for each of these, so that there is no branch to be mispredicted. Eight at a time, since
// shifts by constants are cheaper.
func beyond(list *[64]uint64, first, span uint64) (limb uint64) {
	for i := 0; i < 64; i += 8 {
		v := (*[8]uint64)(list[i:])
		_, a := bits.Sub64(span, v[0]-first, 0)
		_, b := bits.Sub64(span, v[1]-first, 0)
		_, c := bits.Sub64(span, v[2]-first, 0)
		_, d := bits.Sub64(span, v[3]-first, 0)
		_, e := bits.Sub64(span, v[4]-first, 0)
		_, f := bits.Sub64(span, v[5]-first, 0)
		_, g := bits.Sub64(span, v[6]-first, 0)
		_, h := bits.Sub64(span, v[7]-first, 0)
		limb |= (a | b<<1 | c<<2 | d<<3 | e<<4 | f<<5 | g<<6 | h<<7) << (i & 63)
	}
	return limb
}

// outside returns which of 64 sessions, whose seconds lie from those of lo to those of
// hi, lie outside the range once nanoseconds count.
func (c *column) outside(first uint32, limb uint64, lo, hi cell, leaf []uint64) (out uint64) {
	for ; limb != 0; limb &= limb - 1 {
		i := bits.TrailingZeros64(limb)
		if v := ^leaf[i]; v != lo.hi && v != hi.hi {
			continue
		}
		if at := c.at(first + uint32(i)); at.compare(lo) < 0 || at.compare(hi) > 0 {
			out |= 1 << i
		}
	}
	return out
}

// payloadCell returns the cell of a payload in a row that has a column.
func (r *rowLayout) payloadCell(payload string) cell {
	switch {
	case payload == "":
		return absent
	case r.Type == schema.Keyword:
		folded, _ := sortKeyword(payload)
		return cell{hi: prefixOf(folded)}
	}
	return splitNumber(payload)
}
