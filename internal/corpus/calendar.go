package corpus

import (
	"math/bits"
	"time"
)

// Reference is the "now" of every corpus: no timestamp is later.
var Reference = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

const (
	spanDays  = 730
	spanHours = spanDays * 24
	second    = int64(time.Second)
	hour      = int64(time.Hour)
)

// hourWeights is the traffic by hour of the day in UTC: offices in Europe, then in
// the Americas, a trough before Asia wakes up, and schedulers all night.
var hourWeights = [24]uint64{22, 20, 22, 24, 26, 30, 42, 64, 88, 98, 96, 84, 82, 94, 100, 98, 92, 80, 66, 58, 50, 42, 34, 26}

// calendar spreads sessions over the span by cumulative weights per hour.
type calendar struct {
	cumulated [spanHours + 1]uint64
	hour      int // of the latest position, since positions only grow
}

func newCalendar() *calendar {
	c := new(calendar)
	first := Reference.AddDate(0, 0, -spanDays).Weekday()
	for h := range spanHours {
		day := h / 24
		growth := uint64(1000 + 5000*day/spanDays) // six times the traffic in the end
		week := uint64(100)
		switch (int(first) + day) % 7 {
		case int(time.Saturday):
			week = 28
		case int(time.Sunday):
			week = 22
		}
		c.cumulated[h+1] = c.cumulated[h] + growth*week*hourWeights[h%24]<<10
	}
	return c
}

// at returns the Unix time in nanoseconds at the fraction (i + extra/2^16) / n of all
// traffic. Calls must be in ascending order of i.
func (c *calendar) at(i, n int, extra uint16) int64 {
	total := c.cumulated[spanHours]
	hi, lo := bits.Mul64(uint64(i)<<16|uint64(extra), total)
	position, _ := bits.Div64(hi, lo, uint64(n)<<16) // position < total, as i < n
	for c.cumulated[c.hour+1] <= position {
		c.hour++
	}
	from := c.cumulated[c.hour]
	hi, lo = bits.Mul64(position-from, uint64(hour))
	within, _ := bits.Div64(hi, lo, c.cumulated[c.hour+1]-from)
	return Reference.UnixNano() - int64(spanHours-c.hour)*hour + int64(within)
}

// grain draws the precision of a program's timestamps: mostly microseconds, sometimes
// seconds, milliseconds or nanoseconds.
func grain(d *dice) int64 {
	switch p := d.below(100); {
	case p < 86:
		return 1000
	case p < 93:
		return second
	case p < 96:
		return 1_000_000
	}
	return 1
}

// lifetime draws the time from creation to the latest update: often none, mostly
// minutes or hours, with a tail of months.
func lifetime(d *dice) int64 {
	seconds := 0
	switch p := d.below(100); {
	case p < 12:
		return 0
	case p < 70:
		seconds = d.byRank(12) // up to an hour
	case p < 92:
		seconds = d.between(600, 24*3600)
	case p < 98:
		seconds = d.between(3600, 30*24*3600)
	default:
		seconds = d.between(24*3600, 400*24*3600)
	}
	return int64(seconds)*second + int64(d.below(int(second)))
}

func timeOf(ns int64) time.Time { return time.Unix(0, ns).UTC() }
