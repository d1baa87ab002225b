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

// countCreated counts by period of creation, in ascending order; never nil.
func (c *facetCounter) countCreated(ctx context.Context) ([]Count, error) {
	m := c.matches(condCreated)
	switch {
	case m.dense == nil:
		return c.countPeriods(ctx, c.v.Ordering(index.ByCreated, false), func(run []uint32) int { return len(run) })
	case c.visible:
		return c.countPeriods(ctx, c.v.Ordering(index.ByCreated, true), func(run []uint32) int { return len(run) })
	case m.n < c.v.Len()/readCreatedFrom:
		return c.readPeriods(m), nil
	}
	return c.countPeriods(ctx, c.v.Ordering(index.ByCreated, false), func(run []uint32) int { return countIn(m.dense, run) })
}

// readCreatedFrom is how many times as long it takes to read when a session was
// created, as to test a bit.
const readCreatedFrom = 30

// countPeriods goes through an order by creation block by block. Where a period
// ends within a block is found by bisection, so that hardly a session's date is
// read.
func (c *facetCounter) countPeriods(ctx context.Context, o *index.Ordering, count func(run []uint32) int) ([]Count, error) {
	counts := []Count{}
	var start, end int64
	n := 0
	flush := func() {
		if n > 0 {
			counts = append(counts, Count{c.w.created.name(start), n})
		}
		n = 0
	}
	created := func(ord uint32) int64 { return c.v.Created(ord).Sec }
	first := true
	var err error
	o.Ascend(0, o.Len(), func(run []uint32) bool {
		if err = ctx.Err(); err != nil {
			return false
		}
		for len(run) > 0 {
			if at := created(run[0]); first || at >= end {
				flush()
				start, end = c.w.created.period(at)
				first = false
			}
			k := len(run)
			if created(run[k-1]) >= end {
				k = sort.Search(k, func(i int) bool { return created(run[i]) >= end })
			}
			n += count(run[:k])
			run = run[k:]
		}
		return true
	})
	flush()
	return counts, err
}

// readPeriods reads when each match was created.
func (c *facetCounter) readPeriods(m *counted) []Count {
	byStart := make(map[int64]int)
	var start, end int64 // sessions side by side tend to be of one time
	m.each(func(ord uint32) {
		at := c.v.Created(ord).Sec
		if at < start || at >= end {
			start, end = c.w.created.period(at)
		}
		byStart[start]++
	})
	counts := []Count{}
	for _, start := range slices.Sorted(maps.Keys(byStart)) {
		counts = append(counts, Count{c.w.created.name(start), byStart[start]})
	}
	return counts
}

// countIn returns how many of the ordinals are in a bit array.
func countIn(d *set.Dense, run []uint32) int {
	n, words := 0, d.Words
	for _, ord := range run {
		n += int(words[ord>>6] >> (ord & 63) & 1)
	}
	return n
}
