package plan

import (
	"context"
	"slices"
	"sort"
	"time"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/civil"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// calendar says which periods sessions are counted by, and where those are.
type calendar struct {
	period query.Period
	zone   *time.Location
}

// span returns the first second of the period that a second lies in, and the first one
// after the period. Periods follow each other without gaps and in ascending order, also
// where clocks are put back over midnight.
func (c calendar) span(sec int64) (start, end int64) {
	t := time.Unix(sec, 0).In(c.zone)
	if c.period == query.Hour {
		return hourOf(t)
	}
	year, month, day := t.Date()
	begin := func(n int) int64 { // of the nth period after this one
		if c.period == query.Day {
			return civil.DayStart(year, month, day+n, c.zone).Unix()
		}
		return civil.DayStart(year, month+time.Month(n), 1, c.zone).Unix()
	}
	n := 0
	for start, end = begin(0), begin(1); sec >= end; n++ { // the clock shows the day before again
		start, end = end, begin(n+2)
	}
	return start, end
}

// hourOf is span for hours. One ends early where the offset from UTC changes within it.
func hourOf(t time.Time) (start, end int64) {
	const hour = 60 * 60
	_, offset := t.Zone()
	start = t.Unix() - floorMod(t.Unix()+int64(offset), hour)
	end = start + hour
	from, to := t.ZoneBounds()
	if !from.IsZero() && from.Unix() > start {
		start = from.Unix()
	}
	if !to.IsZero() && to.Unix() < end {
		end = to.Unix()
	}
	return start, end
}

func floorMod(a, b int64) int64 { return (a%b + b) % b }

// name returns the name of the period that starts at a second; see query.Period.
func (c calendar) name(start int64) string {
	t := time.Unix(start, 0).In(c.zone)
	switch c.period {
	case query.Hour:
		return t.Format("2006-01-02T15:04Z07:00")
	case query.Day:
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01")
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
			m = &counted{&set.Dense{Limbs: all.Found.Limbs}, all.Found.N}
		}
		p.read(m, has)
	case m.dense == nil:
		err = p.walk(ctx, c.v, c.v.Ordering(by, false), nil)
	case c.allVisible(row.Index):
		err = p.walk(ctx, c.v, c.v.Ordering(by, true), nil)
	default:
		err = p.walk(ctx, c.v, c.v.Ordering(by, false), m.dense)
	}
	return query.Facet{Values: p.counts[max(0, len(p.counts)-c.w.top):], Distinct: len(p.counts), Missing: missing}, err
}

// periodCounter counts sessions by period.
type periodCounter struct {
	calendar calendar
	seconds  func(ord uint32) int64
	counts   []query.FacetCount // ascending
}

func (p *periodCounter) add(start int64, n int) {
	p.counts = append(p.counts, query.FacetCount{Value: p.calendar.name(start), Count: n})
}

// walk goes through an order by the time, period by period, and counts the sessions that are
// among some; nil means all. Where a period ends is found by bisection, so that hardly a
// session's time is read.
func (p *periodCounter) walk(ctx context.Context, v *index.View, o *index.Ordering, among *set.Dense) error {
	p.counts = []query.FacetCount{}
	present := v.Present(o)
	var room [32]uint32
	for pos := 0; pos < present; {
		if err := ctx.Err(); err != nil {
			return err
		}
		// Periods of few sessions end among the next few.
		for run := o.AppendRange(room[:0], pos, min(pos+len(room), present)); len(run) > 0; {
			start, end := p.calendar.span(p.seconds(run[0]))
			k := sort.Search(len(run), func(i int) bool { return p.seconds(run[i]) >= end })
			n := k
			if k == len(run) {
				n = v.Rank(o, index.Key{At: index.Instant{Sec: end}}) - pos
			}
			if hits := countAt(ctx, o, pos, pos+n, among); hits > 0 {
				p.add(start, hits)
			}
			pos, run = pos+n, run[k:]
		}
	}
	return ctx.Err()
}

// countAt counts the sessions at positions of an order that are among some; nil means all.
// It stops when the context ends.
func countAt(ctx context.Context, o *index.Ordering, from, to int, among *set.Dense) int {
	if among == nil {
		return to - from
	}
	n := 0
	o.Ascend(from, to, func(run []uint32) bool {
		n += countIn(among, run)
		return ctx.Err() == nil
	})
	return n
}

// read reads the time of each match that has one.
func (p *periodCounter) read(m *counted, has func(ord uint32) bool) {
	p.counts = []query.FacetCount{}
	type period struct {
		start, end int64
		n          int
	}
	var periods []period // ascending
	last := 0            // the period of the one before: sessions side by side tend to be of one time
	m.each(func(ord uint32) {
		if !has(ord) {
			return
		}
		at := p.seconds(ord)
		if last >= len(periods) || at < periods[last].start || at >= periods[last].end {
			last = sort.Search(len(periods), func(i int) bool { return periods[i].end > at })
			if last == len(periods) || periods[last].start > at {
				start, end := p.calendar.span(at)
				periods = slices.Insert(periods, last, period{start: start, end: end})
			}
		}
		periods[last].n++
	})
	for _, one := range periods {
		p.add(one.start, one.n)
	}
}

// countIn returns how many of the ordinals are in a bit array.
func countIn(d *set.Dense, run []uint32) int {
	n, limbs := 0, d.Limbs
	for _, ord := range run {
		n += int(limbs[ord>>6] >> (ord & 63) & 1)
	}
	return n
}
