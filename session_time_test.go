package sessiondex

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestSessionTimestampsAreRead(t *testing.T) {
	tests := []struct{ in, want string }{
		{"2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"},
		{"2026-01-01t10:00:00z", "2026-01-01T10:00:00Z"},
		{"2026-01-01 10:00:00+00", "2026-01-01T10:00:00Z"},
		{"2026-01-01T10:00:00", "2026-01-01T10:00:00Z"},
		{"2026-01-01T10:00:00.123456", "2026-01-01T10:00:00.123456Z"},
		{"2026-01-01T10:00:00.123456789Z", "2026-01-01T10:00:00.123456789Z"},
		{"2026-01-01T10:00:00.120000000000Z", "2026-01-01T10:00:00.12Z"},
		{"2026-01-01T10:00:00.5+02:00", "2026-01-01T08:00:00.5Z"},
		{"2026-01-01T10:00:00-0530", "2026-01-01T15:30:00Z"},
		{"2026-01-01T00:30:00+01", "2025-12-31T23:30:00Z"},
		{"2026-01-01T10:00:00-00:00", "2026-01-01T10:00:00Z"},
		{"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
		{"2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
		{"0001-01-01T00:00:00.000000001Z", "0001-01-01T00:00:00.000000001Z"},
		{"0000-12-31T23:30:00-01:00", "0001-01-01T00:30:00Z"},
		{"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"},
	}
	for _, test := range tests {
		got, fault := parseTime([]byte(test.in))
		assert.Empty(t, fault, test.in)
		assert.Equal(t, `"`+test.want+`"`, string(appendTime(nil, got)), test.in)
		assert.Equal(t, time.UTC, got.Location(), test.in)
	}
}

func TestSessionTimestampsAreRefused(t *testing.T) {
	tests := []struct{ in, fault string }{
		{"", notATimestamp},
		{"yesterday", notATimestamp},
		{"2026-01-01", notATimestamp},
		{"2026-01-01T10:00Z", notATimestamp},
		{"1767225600", notATimestamp},
		{"2026-1-1T10:00:00Z", notATimestamp},
		{"2026-01-01T10:00:00 Z", notATimestamp},
		{" 2026-01-01T10:00:00Z", notATimestamp},
		{"2026-01-01T10:00:00Z ", notATimestamp},
		{"2026/01/01T10:00:00Z", notATimestamp},
		{"2026-01-01_10:00:00Z", notATimestamp},
		{"2026-01-01T10:00:00.Z", notATimestamp},
		{"2026-01-01T10:00:00,5Z", notATimestamp},
		{"2026-01-01T10:00:00 UTC", notATimestamp},
		{"2026-01-01T10:00:00+2", notATimestamp},
		{"2026-01-01T10:00:00+02:", notATimestamp},
		{"2026-01-01T10:00:00+02-00", notATimestamp},
		{"2026-01-01T10:00:00+0x", notATimestamp},
		{"+026-01-01T10:00:00Z", notATimestamp},
		{"2026-01-01T1:000:00Z", notATimestamp},
		{"２026-01-01T10:00:00Z", notATimestamp},
		{"2026-00-01T10:00:00Z", impossibleTime},
		{"2026-13-01T10:00:00Z", impossibleTime},
		{"2026-01-00T10:00:00Z", impossibleTime},
		{"2026-02-30T10:00:00Z", impossibleTime},
		{"2026-02-29T10:00:00Z", impossibleTime},
		{"1900-02-29T10:00:00Z", impossibleTime},
		{"2026-04-31T10:00:00Z", impossibleTime},
		{"2026-01-01T24:00:00Z", impossibleTime},
		{"2026-01-01T25:00:00Z", impossibleTime},
		{"2026-01-01T10:60:00Z", impossibleTime},
		{"2026-01-01T10:00:60Z", impossibleTime},
		{"2026-01-01T10:00:00+24:00", impossibleTime},
		{"2026-01-01T10:00:00+10:60", impossibleTime},
		{"2026-01-01T10:00:00.0000000001Z", tooFine},
		{"0000-06-01T10:00:00Z", yearOutOfRange},
		{"0001-01-01T00:00:00+00:01", yearOutOfRange},
		{"9999-12-31T23:59:59-00:01", yearOutOfRange},
		{"0001-01-01T00:00:00Z", zeroTime},
	}
	for _, test := range tests {
		_, fault := parseTime([]byte(test.in))
		assert.Equal(t, test.fault, fault, test.in)
	}
}

// TestSessionTimestampsAgreeWithTimeParse holds the reader of timestamps against the
// standard library for every form that both take.
func TestSessionTimestampsAgreeWithTimeParse(t *testing.T) {
	for _, date := range []string{"2026-01-31", "2024-02-29", "2023-02-29", "1999-12-31", "2026-11-31", "2026-00-10"} {
		for _, clock := range []string{"00:00:00", "23:59:59", "24:00:00", "12:60:00", "12:00:60"} {
			for _, fraction := range []string{"", ".1", ".123456789"} {
				for _, zone := range []string{"Z", "+00:00", "-11:30", "+14:00", "+24:00"} {
					in := date + "T" + clock + fraction + zone
					want, err := time.Parse(time.RFC3339Nano, in)
					got, fault := parseTime([]byte(in))
					if zone == "+24:00" { // time.Parse lets it pass
						assert.NotEmpty(t, fault, in)
						continue
					}
					assert.Equal(t, err == nil, fault == "", "%s: %v, %s", in, err, fault)
					if err == nil {
						assert.True(t, want.UTC() == got, in)
					}
				}
			}
		}
	}
}
