package plan

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// calendar says which periods of UTC sessions are counted by.
type calendar uint8

const (
	byMonth calendar = iota + 1
	byDay
)

// period returns the first second of the period that a second lies in, and the
// first one after the period.
func (c calendar) period(sec int64) (start, end int64) {
	const day = 24 * 60 * 60
	if c == byDay {
		start = sec - ((sec%day)+day)%day
		return start, start + day
	}
	t := time.Unix(sec, 0).UTC()
	first := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	return first.Unix(), first.AddDate(0, 1, 0).Unix()
}

// name returns "2026-01" or "2026-01-31".
func (c calendar) name(start int64) string {
	t := time.Unix(start, 0).UTC()
	if c == byDay {
		return fmt.Sprintf("%04d-%02d-%02d", t.Year(), t.Month(), t.Day())
	}
	return fmt.Sprintf("%04d-%02d", t.Year(), t.Month())
}

// readTimeFrom is how many times as long it takes to read the time of a session as
// to test a bit.
const readTimeFrom = 30

// countPeriods counts by period of a time, in ascending order, and lists the latest.
func (c *facetCounter) countPeriods(ctx context.Context, row *schema.Row) (query.Facet, error) {
	m := c.matches(row.Index)
	p := periodCounter{calendar: c.w.calendar, seconds: func(ord uint32) int64 {
		at, _ := c.v.Instant(row.Index, ord)
		return at.Sec
	}}
	has := func(uint32) bool { return true }
	missing := 0
	if row.Declared() {
		s := c.v.Exists(row.Index)
		has, missing = s.Contains, m.n-c.having(row, m)
	}
	by, ordered := c.v.OrderOf(row.Index)
	var err error
	switch {
	case !ordered || m.dense != nil && m.n < c.v.Len()/readTimeFrom:
		if m.dense == nil { // of no order, but all
			all := c.intersect([]set.Clause{c.f.everything()})
			m = &counted{&set.Dense{Words: all.Found.Words}, all.Found.N}
		}
		p.read(m, has)
	case m.dense == nil:
		err = p.walk(ctx, c.v, c.v.Ordering(by, false), countAll)
	case c.allVisible(row.Index):
		err = p.walk(ctx, c.v, c.v.Ordering(by, true), countAll)
	default:
		err = p.walk(ctx, c.v, c.v.Ordering(by, false), func(run []uint32) int { return countIn(m.dense, run) })
	}
	return query.Facet{Values: p.counts[max(0, len(p.counts)-c.w.top):], Distinct: len(p.counts), Missing: missing}, err
}

func countAll(run []uint32) int { return len(run) }

// periodCounter counts sessions by period.
type periodCounter struct {
	calendar calendar
	seconds  func(ord uint32) int64
	counts   []query.FacetCount // ascending
}

func (p *periodCounter) add(start int64, n int) {
	p.counts = append(p.counts, query.FacetCount{Value: p.calendar.name(start), Count: n})
}

// walk goes through an order by the time block by block. Where a period ends within
// a block is found by bisection, so that hardly a session's time is read.
func (p *periodCounter) walk(ctx context.Context, v *index.View, o *index.Ordering, count func(run []uint32) int) error {
	p.counts = []query.FacetCount{}
	var start, end int64
	n := 0
	flush := func() {
		if n > 0 {
			p.add(start, n)
		}
		n = 0
	}
	first := true
	var err error
	o.Ascend(0, v.Present(o), func(run []uint32) bool {
		if err = ctx.Err(); err != nil {
			return false
		}
		for len(run) > 0 {
			if at := p.seconds(run[0]); first || at >= end {
				flush()
				start, end = p.calendar.period(at)
				first = false
			}
			k := len(run)
			if p.seconds(run[k-1]) >= end {
				k = sort.Search(k, func(i int) bool { return p.seconds(run[i]) >= end })
			}
			n += count(run[:k])
			run = run[k:]
		}
		return true
	})
	flush()
	return err
}

// read reads the time of each match that has one.
func (p *periodCounter) read(m *counted, has func(ord uint32) bool) {
	p.counts = []query.FacetCount{}
	byStart := make(map[int64]int)
	var start, end int64 // sessions side by side tend to be of one time
	m.each(func(ord uint32) {
		if !has(ord) {
			return
		}
		at := p.seconds(ord)
		if at < start || at >= end {
			start, end = p.calendar.period(at)
		}
		byStart[start]++
	})
	for _, start := range slices.Sorted(maps.Keys(byStart)) {
		p.add(start, byStart[start])
	}
}

// countIn returns how many of the ordinals are in a bit array.
func countIn(d *set.Dense, run []uint32) int {
	n, words := 0, d.Words
	for _, ord := range run {
		n += int(words[ord>>6] >> (ord & 63) & 1)
	}
	return n
}
