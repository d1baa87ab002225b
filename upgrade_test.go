package sessiondex_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/schema"
)

// firstFormat returns a copy of a file that the first format's program wrote, and what it
// put in: the first sixty sample sessions.
func firstFormat(t *testing.T) (path string, want []sessiondex.Session) {
	t.Helper()
	in, err := os.Open("testdata/format1.db.gz")
	require.NoError(t, err)
	defer in.Close()
	unpacked, err := gzip.NewReader(in)
	require.NoError(t, err)
	b, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	path = filepath.Join(t.TempDir(), "format1.db")
	require.NoError(t, os.WriteFile(path, b, 0o600))

	lines, err := os.Open("testdata/sessions.jsonl")
	require.NoError(t, err)
	defer lines.Close()
	for s, err := range sessiondex.ReadJSONL(lines) {
		require.NoError(t, err)
		if want = append(want, s); len(want) == 60 {
			break
		}
	}
	return path, want
}

// TestAFileOfTheFirstFormatIsReadAndUpgraded: one that only reads leaves the file as it was,
// one that may write gives it marks and whatever else the format has, and nothing is lost.
func TestAFileOfTheFirstFormatIsReadAndUpgraded(t *testing.T) {
	for name, o := range map[string]*sessiondex.Options{
		"defaults":            nil,
		"members in the file": {MembersInFile: true},
		"a feed in the file":  {KeepChanges: 10},
		"declared fields":     {Fields: []schema.Field{{Name: "num_messages", Type: schema.Number, Sorted: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			path, want := firstFormat(t)
			before, err := os.ReadFile(path)
			require.NoError(t, err)
			e := openDurable(t, path, &sessiondex.Options{ReadOnly: true})
			assert.ElementsMatch(t, want, all(t, e, everything))
			require.NoError(t, e.Close())
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(before, after), "reading changed the file")

			e = openDurable(t, path, o)
			old := e.Mark()
			want[0].Title = "renamed after the upgrade"
			require.NoError(t, e.Tx(t.Context(), func(tx *sessiondex.Tx) error {
				tx.SetLogPosition("queue", []byte("1"))
				return tx.Put(want[0])
			}))
			mark := e.Mark()
			require.NoError(t, e.Close())

			e = openDurable(t, path, o)
			assert.ElementsMatch(t, want, all(t, e, everything))
			assert.Equal(t, mark, e.Mark(), "the mark does not survive a restart")
			assert.Equal(t, "1", string(e.LogPosition("queue")))
			assert.NotEqual(t, old, mark)
			require.NoError(t, e.Compact(t.Context()))
			assert.ElementsMatch(t, want, all(t, e, everything))
		})
	}
}
