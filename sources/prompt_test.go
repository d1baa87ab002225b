package sources

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestTitleIsOneLineOfLimitedLength(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "",
		"  a\n\tb  c ":                           "a b c",
		"New Chat":                               "",
		"new chat about knots":                   "new chat about knots",
		"New session - 2026-05-03T10:00:00.000Z": "",
		"Generate a title":                       "",
		"地図\u3000に":                              "地図 に",
		"bad \xff byte":                          "bad \uFFFD byte",
		"a\x00b":                                 "a b",
		strings.Repeat("é", 200):                 strings.Repeat("é", 200),
		strings.Repeat("é", 201):                 strings.Repeat("é", 200) + "…",
		strings.Repeat("é", 200) + "   ":         strings.Repeat("é", 200),
	} {
		require.Equal(t, want, Title(text), "%q", text)
		require.True(t, utf8.ValidString(Title(text)))
	}
}

// In a text of their own, or before the prompt.
func TestWrappersOfEditorsAreStripped(t *testing.T) {
	for text, want := range map[string]string{
		"fix it":                               "fix it",
		"<ide_opened_file>x</ide_opened_file>": "",
		"<ide_opened_file>x</ide_opened_file>\nfix it":                                "fix it",
		"<ide_selection>x</ide_selection><ide_opened_file>y</ide_opened_file> fix it": "fix it",
		"<ide_selection>without an end":                                               "<ide_selection>without an end",
		"why does <ide_selection>x</ide_selection> stand in the middle?":              "why does <ide_selection>x</ide_selection> stand in the middle?",
	} {
		require.Equal(t, want, stripWrappers(text), text)
	}
}

func TestTheUnitOfATimeFollowsFromItsSize(t *testing.T) {
	want := time.Date(2026, 5, 3, 9, 20, 0, 0, time.UTC)
	for _, n := range []int64{want.Unix(), want.UnixMilli(), want.UnixMicro(), want.UnixNano()} {
		require.Equal(t, want, Unix(n), "%d", n)
	}
	require.True(t, Unix(0).IsZero())
	require.Equal(t, "2026-05-01T01:46:40.123456Z", UnixFloat(1777600000.123456).Format(time.RFC3339Nano))
	for _, text := range []string{"2026-05-03 09:20:00", "2026-05-03T09:20:00Z", "2026-05-03T11:20:00.000+02:00"} {
		require.Equal(t, want, Time(text), text)
	}
	require.True(t, Time("yesterday").IsZero())
}
