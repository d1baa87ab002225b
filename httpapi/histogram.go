package httpapi

import (
	"time"

	"github.com/sessiondex/sessiondex/query"
)

// histogram counts the matches by the day of UTC on which they were created. It leaves
// out the query's own bounds on that day, as a facet does.
type histogram struct {
	// From is the first day of the first bar, "" if there are no bars.
	From string `json:"from"`
	// Days is how many days each bar has; the last one may reach beyond the last match.
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
	first := dayNumber(days[0].Value)
	span := dayNumber(days[len(days)-1].Value) - first + 1
	out.From, out.Days = days[0].Value, (span+bars-1)/bars
	out.Counts = make([]int, (span+out.Days-1)/out.Days)
	for _, day := range days {
		out.Counts[(dayNumber(day.Value)-first)/out.Days] += day.Count
	}
	return out
}

// dayNumber counts days from an arbitrary one on.
func dayNumber(day string) int {
	t, _ := time.Parse(time.DateOnly, day) // a facet writes no other form
	const seconds = 24 * 60 * 60
	return int((t.Unix() + 1<<40*seconds) / seconds)
}
