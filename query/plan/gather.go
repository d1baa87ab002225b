package plan

import (
	"context"
	"math/bits"
	"slices"
	"sync"

	"github.com/sessiondex/sessiondex/index"
)

// head is the first part of a session's sort key, side by side with its ordinal.
type head struct {
	hi      uint64
	lo, ord uint32
}

var headPool = sync.Pool{New: func() any { return new([]head) }}

// gather reads the sort key of every match and selects the page among them:
// O(matches), whatever the offset.
func (p *pager) gather(ctx context.Context, w window) error {
	buf := headPool.Get().(*[]head)
	defer headPool.Put(buf)
	heads := slices.Grow((*buf)[:0], p.m.n)
	var err error
	p.m.each(func(ord uint32) bool {
		if len(heads)%4096 == 4095 {
			if err = ctx.Err(); err != nil {
				return false
			}
		}
		h := head{ord: ord}
		h.hi, h.lo = p.v.SortKey(p.by, ord)
		heads = append(heads, h)
		return true
	})
	*buf = heads
	if err != nil {
		return err
	}
	p.plan.Examined = len(heads)
	if p.cursor != nil {
		below, upTo := 0, 0
		for i := range heads {
			switch c := p.v.CompareKey(p.by, heads[i].ord, p.cursor); {
			case c < 0:
				below++
				upTo++
			case c == 0:
				upTo++
			}
		}
		w = p.beside(below, upTo)
		p.before, p.after = w.from > 0, w.to < p.m.n
		if p.desc {
			p.before, p.after = p.after, p.before
		}
	}
	s := selector{v: p.v, by: p.by}
	heads = s.window(heads, w)
	p.page = make([]uint32, len(heads))
	for i := range heads {
		p.page[i] = heads[i].ord
	}
	return nil
}

// each calls fn with every match, in no order, until it returns false.
func (m *matches) each(fn func(ord uint32) bool) {
	switch {
	case m.selected():
		m.sel.Ascend(m.window.from, m.window.to, func(run []uint32) bool {
			for _, ord := range run {
				if !fn(ord) {
					return false
				}
			}
			return true
		})
	case m.dense != nil:
		for i, w := range m.dense.Limbs {
			for ; w != 0; w &= w - 1 {
				ord := uint32(i<<6 + bits.TrailingZeros64(w))
				if m.classes != nil && !m.view.HasClass(ord, m.classes) {
					continue
				}
				if !fn(ord) {
					return
				}
			}
		}
	default:
		for _, ord := range m.list {
			if !fn(ord) {
				return
			}
		}
	}
}

// selector selects by sort key. Only heads that are equal cost a look at the
// whole keys.
type selector struct {
	v  *index.View
	by index.Order
}

func (s selector) compare(a, b head) int {
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
	return s.v.Compare(s.by, a.ord, b.ord)
}

// window returns the heads that would stand in the window if all were sorted.
func (s selector) window(heads []head, w window) []head {
	if w.len()*4 < len(heads) {
		s.nth(heads, w.to)
		heads = heads[:w.to]
		s.nth(heads, w.from)
		heads = heads[w.from:]
		w = window{0, len(heads)}
	}
	slices.SortFunc(heads, s.compare)
	return heads[w.from:w.to]
}

// nth moves the n smallest heads to the front. Quickselect; where pivots keep
// turning out badly it sorts what is left.
func (s selector) nth(heads []head, n int) {
	for rounds := 2 * bits.Len(uint(len(heads))); n > 0 && n < len(heads); rounds-- {
		if len(heads) < 32 || rounds == 0 {
			slices.SortFunc(heads, s.compare)
			return
		}
		k := s.partition(heads)
		if n <= k {
			heads = heads[:k]
		} else {
			heads, n = heads[k:], n-k
		}
	}
}

// partition splits heads at the median of three: none before the returned
// position is above any after it, and neither side is empty.
func (s selector) partition(heads []head) int {
	a, b, c := heads[0], heads[len(heads)/2], heads[len(heads)-1]
	if s.compare(a, b) > 0 {
		a, b = b, a
	}
	if s.compare(b, c) > 0 {
		b = c
		if s.compare(a, b) > 0 {
			b = a
		}
	}
	pivot := b
	i, j := -1, len(heads)
	for {
		for i++; s.compare(heads[i], pivot) < 0; i++ {
		}
		for j--; s.compare(heads[j], pivot) > 0; j-- {
		}
		if i >= j {
			return max(j+1, 1)
		}
		heads[i], heads[j] = heads[j], heads[i]
	}
}
