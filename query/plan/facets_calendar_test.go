package plan

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
)

func zoneOf(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := query.ParseZone(name)
	require.NoError(t, err)
	return zone
}

// In every zone each second lies in one period, whose first and last second lie in it too.
// A period is named by the local time of its first second.
func TestPeriodsFollowEachOtherWithoutAGap(t *testing.T) {
	r := testrand.New(t)
	for _, name := range []string{
		"UTC", "Europe/Berlin", "America/St_Johns", "America/Sao_Paulo", "America/Havana", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "Africa/Casablanca",
	} {
		zone := zoneOf(t, name)
		for _, period := range []query.Period{query.Hour, query.Day, query.Month} {
			c := calendar{period, zone}
			at := time.Date(1986+r.IntN(45), 1, 1, 0, 0, 0, 0, time.UTC).Unix()
			for range 2000 {
				start, end := c.span(at)
				require.LessOrEqual(t, start, at, "%s by %s", name, period)
				require.Less(t, at, end)
				for _, second := range []int64{start, end - 1, start + r.Int64N(end-start)} {
					s, e := c.span(second)
					require.Equal(t, [2]int64{start, end}, [2]int64{s, e}, "%s by %s at %d and %d", name, period, at, second)
				}
				at = end
			}
		}
	}
}

func TestPeriodsAreThoseOfTheClock(t *testing.T) {
	seconds := func(text string) int64 {
		at, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return at.Unix()
	}
	for _, c := range []struct {
		zone, at         string
		hour, day, month string
	}{
		{"UTC", "2026-03-31T23:59:59Z", "2026-03-31T23:00Z", "2026-03-31", "2026-03"},
		{"Europe/Berlin", "2026-03-31T22:30:00Z", "2026-04-01T00:00+02:00", "2026-04-01", "2026-04"},
		// Clocks go back at 01:00 UTC: two hours have the same local time.
		{"Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T02:00+02:00", "2026-10-25", "2026-10"},
		{"Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T02:00+01:00", "2026-10-25", "2026-10"},
		{"Asia/Kolkata", "2026-01-31T18:40:00Z", "2026-02-01T00:00+05:30", "2026-02-01", "2026-02"},
		// Clocks went back from 00:01 to 23:01: the new day had begun.
		{"America/St_Johns", "2005-10-30T02:45:00Z", "2005-10-29T23:01-03:30", "2005-10-30", "2005-10"},
		// Half an hour back.
		{"Australia/Lord_Howe", "2026-04-04T15:10:00Z", "2026-04-05T01:30+10:30", "2026-04-05", "2026-04"},
		{"UTC", "0001-01-01T00:00:00Z", "0001-01-01T00:00Z", "0001-01-01", "0001-01"},
	} {
		for period, want := range map[query.Period]string{query.Hour: c.hour, query.Day: c.day, query.Month: c.month} {
			by := calendar{period, zoneOf(t, c.zone)}
			start, _ := by.span(seconds(c.at))
			require.Equal(t, want, by.name(start), "%s in %s by %s", c.at, c.zone, period)
		}
	}
}
