package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOutputThatCannotBeWrittenIsAFailure of every command.
func TestOutputThatCannotBeWrittenIsAFailure(t *testing.T) {
	db := filepath.Join(t.TempDir(), "x.db")
	status, _, errs := cli(t, "", "import", "--db", db, sample)
	require.Equal(t, 0, status, errs)
	for _, args := range [][]string{
		{"help"}, {"verify", "--db", db}, {"export", "--db", db}, {"generate", "--n", "2"},
		{"list", "--db", db}, {"list", "--db", db, "--format", "json"}, {"list", "--db", db, "--format", "jsonl"},
		{"list", "--db", db, "--facets"}, {"list", "--db", db, "--facets", "--format", "json"},
	} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Skip("needs /dev/full:", err) // another system
		}
		var errs bytes.Buffer
		assert.Equal(t, 1, run(t.Context(), args, stdio{strings.NewReader(""), full, &errs}), "%q", args)
		assert.Equal(t, 1, strings.Count(errs.String(), "no space left on device"), "%q: %s", args, &errs)
		require.NoError(t, full.Close())
	}
}

func TestEscapingWriterTakesCharactersInPieces(t *testing.T) {
	var out bytes.Buffer
	w := &escapingWriter{w: &out}
	for _, b := range []byte(`"é日` + "\u202e\U000e0041" + `x"`) {
		n, err := w.Write([]byte{b})
		require.NoError(t, err)
		require.Equal(t, 1, n)
	}
	assert.Equal(t, `"é日\u202e\udb40\udc41x"`, out.String())
	var text string
	require.NoError(t, json.Unmarshal(out.Bytes(), &text))
	assert.Equal(t, "é日\u202e\U000e0041x", text)
	_, err := (&escapingWriter{w: &output{w: brokenWriter{}}}).Write([]byte("x"))
	assert.ErrorIs(t, err, io.ErrClosedPipe)
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
