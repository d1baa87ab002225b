package main

import (
	"fmt"
	"time"
)

// ageOf says how long ago, in the largest unit that fits. A time.Duration would end at
// 292 years.
func ageOf(at, now time.Time) string {
	seconds := now.Unix() - at.Unix()
	switch {
	case seconds < 0:
		return "in " + span(-seconds, now, at)
	case seconds < 60:
		return "just now"
	}
	return span(seconds, at, now) + " ago"
}

// span says how long it is from one instant to a later one.
func span(seconds int64, from, to time.Time) string {
	const minute, hour, day = 60, 60 * 60, 24 * 60 * 60
	switch {
	case seconds < minute:
		return fmt.Sprintf("%ds", seconds)
	case seconds < hour:
		return fmt.Sprintf("%dmin", seconds/minute)
	case seconds < day:
		return fmt.Sprintf("%dh", seconds/hour)
	case seconds < 60*day:
		return fmt.Sprintf("%dd", seconds/day)
	case seconds < 730*day:
		return fmt.Sprintf("%dmo", seconds/(30*day))
	}
	from, to = from.UTC(), to.UTC()
	years := to.Year() - from.Year()
	if from.AddDate(years, 0, 0).After(to) {
		years--
	}
	return fmt.Sprintf("%dy", years)
}
