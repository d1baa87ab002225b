package civil

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	require.NoError(t, err)
	return z
}

func TestADayBeginsWithItsFirstInstant(t *testing.T) {
	for _, c := range []struct{ zone, date, want string }{
		{"UTC", "2026-07-02", "2026-07-02T00:00:00Z"},
		{"Europe/Berlin", "2026-07-02", "2026-07-01T22:00:00Z"},
		{"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"}, // the clocks change later on that day
		{"Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, // no midnight
		{"Africa/Cairo", "2023-04-28", "2023-04-27T22:00:00Z"},      // no midnight
		{"America/Havana", "2023-11-05", "2023-11-05T04:00:00Z"},    // two midnights
		{"Africa/Cairo", "2023-10-27", "2023-10-26T22:00:00Z"},      // the clocks went back from it
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},      // no such day
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
		{"Europe/Berlin", "0001-01-01", "0000-12-31T23:06:32Z"},
		{"Pacific/Kiritimati", "9999-12-31", "9999-12-30T10:00:00Z"},
	} {
		date, err := time.Parse(time.DateOnly, c.date)
		require.NoError(t, err)
		got := DayStart(date.Year(), date.Month(), date.Day(), zone(t, c.zone))
		assert.Equal(t, c.want, got.Format(time.RFC3339), "%s in %s", c.date, c.zone)
	}
}

// And every instant of a day has its date.
func TestDaysFollowEachOtherWithoutAGap(t *testing.T) {
	for _, name := range []string{
		"UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Africa/Cairo", "Pacific/Apia", "Asia/Tehran",
		"Australia/Lord_Howe", "Asia/Beirut", "America/Asuncion", "America/Scoresbysund", "Antarctica/Troll",
	} {
		z := zone(t, name)
		for day := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2027; day = day.AddDate(0, 0, 1) {
			d, reason := ParseDays(day.Format(time.DateOnly), time.Now(), z)
			require.Empty(t, reason)
			next, reason := ParseDays(day.AddDate(0, 0, 1).Format("20060102"), time.Now(), z)
			require.Empty(t, reason)
			require.Equal(t, d.To.Add(1), next.From, "%s %s", name, day)
			if d.To.Before(d.From) {
				require.Equal(t, "Pacific/Apia 2011-12-30", name+" "+day.Format(time.DateOnly))
				continue
			}
			require.Equal(t, day.Format(time.DateOnly), d.From.In(z).Format(time.DateOnly), "%s %s", name, day)
			require.Equal(t, day.Format(time.DateOnly), d.To.In(z).Format(time.DateOnly), "%s %s", name, day)
			require.NotEqual(t, day.Format(time.DateOnly), d.From.Add(-1).In(z).Format(time.DateOnly), "%s %s", name, day)
		}
	}
}

func TestFormsOfTheCommand(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	now := time.Date(2026, 3, 30, 8, 30, 0, 0, time.UTC) // half past ten, the day after the clocks changed
	const last = ".999999999Z"
	for in, want := range map[string][2]string{
		"2026-07-02":            {"2026-07-01T22:00:00Z", "2026-07-02T21:59:59" + last},
		"20260702":              {"2026-07-01T22:00:00Z", "2026-07-02T21:59:59" + last},
		" 2026-07-02 ":          {"2026-07-01T22:00:00Z", "2026-07-02T21:59:59" + last},
		"2026-02":               {"2026-01-31T23:00:00Z", "2026-02-28T22:59:59" + last},
		"2026-12":               {"2026-11-30T23:00:00Z", "2026-12-31T22:59:59" + last},
		"2026":                  {"2025-12-31T23:00:00Z", "2026-12-31T22:59:59" + last},
		"today":                 {"2026-03-29T22:00:00Z", "2026-03-30T21:59:59" + last},
		"yesterday":             {"2026-03-28T23:00:00Z", "2026-03-29T21:59:59" + last}, // a day of 23 hours
		"tomorrow":              {"2026-03-30T22:00:00Z", "2026-03-31T21:59:59" + last},
		"now":                   {"2026-03-30T08:30:00Z", "2026-03-30T08:30:00Z"},
		"90s":                   {"2026-03-30T08:28:30Z", "2026-03-30T08:28:30Z"},
		"30m":                   {"2026-03-30T08:00:00Z", "2026-03-30T08:00:00Z"},
		"48h":                   {"2026-03-28T08:30:00Z", "2026-03-28T08:30:00Z"},
		"2d":                    {"2026-03-28T09:30:00Z", "2026-03-28T09:30:00Z"}, // at the same time of day
		"7d":                    {"2026-03-23T09:30:00Z", "2026-03-23T09:30:00Z"},
		"1w":                    {"2026-03-23T09:30:00Z", "2026-03-23T09:30:00Z"},
		"1mo":                   {"2026-03-02T09:30:00Z", "2026-03-02T09:30:00Z"}, // 30 February
		"1y":                    {"2025-03-30T08:30:00Z", "2025-03-30T08:30:00Z"},
		"1767225600":            {"2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"},
		"1767225600123":         {"2026-01-01T00:00:00.123Z", "2026-01-01T00:00:00.123Z"},
		"2026-07-02T10:00":      {"2026-07-02T10:00:00Z", "2026-07-02T10:00:00Z"},
		"2026-07-02T10:00+0200": {"2026-07-02T08:00:00Z", "2026-07-02T08:00:00Z"},
	} {
		got, reason := ParseDays(in, now, berlin)
		require.Empty(t, reason, in)
		assert.Equal(t, want, [2]string{got.From.Format(time.RFC3339Nano), got.To.Format(time.RFC3339Nano)}, in)
	}
	for _, in := range []string{
		"", "soon", "d", "7", "7 d", "-7d", "7D", "7days", "1.5d", "9999999d", "999999y", "20260230", "20261301", "2026-13", "2026-00", "2026-1",
		"0000", "0000-01", "00000000", "2026-07-0x", "2026-07-02T", "Yesterday",
	} {
		_, reason := ParseDays(in, now, berlin)
		if in == "7" { // a number of seconds
			assert.Empty(t, reason)
			continue
		}
		assert.NotEmpty(t, reason, in)
	}
}

func FuzzParseDays(f *testing.F) {
	for _, s := range []string{"7d", "yesterday", "2026-07", "20260702", "2026-07-02T10:00:00Z", "1767225600", "0001", "9999-12-31", "999999mo"} {
		f.Add(s, int64(0))
	}
	z := zone(f, "America/Havana")
	f.Fuzz(func(t *testing.T, s string, now int64) {
		d, reason := ParseDays(s, time.Unix(now%200_000_000_000, 0), z)
		if reason != "" {
			require.Zero(t, d)
			return
		}
		require.False(t, d.From.Before(Earliest) || d.To.After(Latest), s)
		require.False(t, d.To.Before(d.From), s)
		if at, reason := Parse(s, z, NoNumbers); reason == "" {
			require.Equal(t, at, d.From, s)
		}
	})
}
