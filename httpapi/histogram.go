package httpapi

import (
	"time"

	"github.com/sessiondex/sessiondex/query"
)

// histogram counts the matches by the day on which they were created, in the zone that the
// request names. It leaves out the query's own bounds on that day, as a facet does.
type histogram struct {
	// From is the first day of the first bar, which may lie before the first match: the
	// last bar ends with the last match. "" if there are no bars.
	From string `json:"from"`
	// Days is how many days each bar has.
	Days int `json:"days"`
	// Counts has a count for each bar, without gaps. Never nil.
	Counts []int `json:"counts"`
}

// newHistogram joins neighbouring days, which are in ascending order, until at most so
// many bars are left.
func newHistogram(days []query.FacetCount, bars int) *histogram {
	out := &histogram{Days: 1, Counts: []int{}}
	if len(days) == 0 {
		return out
	}
	last := dayNumber(days[len(days)-1].Value)
	span := last - dayNumber(days[0].Value) + 1
	out.Days = (span + bars - 1) / bars
	out.Counts = make([]int, (span+out.Days-1)/out.Days)
	first := last + 1 - len(out.Counts)*out.Days
	out.From = time.Unix(int64(first)*daySeconds, 0).UTC().Format(time.DateOnly)
	for _, day := range days {
		out.Counts[(dayNumber(day.Value)-first)/out.Days] += day.Count
	}
	return out
}

const daySeconds = 24 * 60 * 60

// dayNumber counts days from the epoch. A day begins at midnight in UTC, so the division is
// exact, also before the epoch.
func dayNumber(day string) int {
	t, _ := time.Parse(time.DateOnly, day) // a facet writes no other form
	return int(t.Unix() / daySeconds)
}
