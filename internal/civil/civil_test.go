package civil

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUnitsOfNumbers(t *testing.T) {
	for _, c := range []struct {
		in   string
		unit Unit
		want string // "" if it is refused
	}{
		{"1767225600", Auto, "2026-01-01T00:00:00Z"},
		{"1767225600", Seconds, "2026-01-01T00:00:00Z"},
		{"1767225600", Milliseconds, "1970-01-21T10:53:45.6Z"},
		{"1767225600123.5", Auto, "2026-01-01T00:00:00.1235Z"},
		{"1767225600123", Seconds, ""},
		{"1767225600123", Milliseconds, "2026-01-01T00:00:00.123Z"},
		{"20000000001", Seconds, "2603-10-11T11:33:21Z"},
		{"-1.5", Milliseconds, "1969-12-31T23:59:59.9985Z"},
		{"-62135596800000", Milliseconds, "0001-01-01T00:00:00Z"},
		{"-62135596800001", Milliseconds, ""},
		{"1767225600", NoNumbers, ""},
		{"2026-01-01", NoNumbers, "2026-01-01T00:00:00Z"},
	} {
		got, reason := Parse(c.in, nil, c.unit)
		if c.want == "" {
			assert.NotEmpty(t, reason, c.in)
			continue
		}
		require.Empty(t, reason, c.in)
		assert.Equal(t, c.want, got.Format(time.RFC3339Nano), "%s", c.in)
	}
}

func TestParsingAllocatesNothing(t *testing.T) {
	for _, s := range []string{"2026-01-31T15:04:05.123456+02:00", " 2026-01-31 15:04 ", "1767225600123", "nonsense"} {
		b := []byte(s)
		assert.Zero(t, testing.AllocsPerRun(10, func() {
			Parse(s, nil, Auto)
			Parse(string(b), nil, NoNumbers)
		}), s)
	}
}

func BenchmarkParse(b *testing.B) {
	s := []byte("2026-01-31T15:04:05.123456Z")
	b.ReportAllocs()
	for b.Loop() {
		Parse(string(s), nil, NoNumbers)
	}
}
