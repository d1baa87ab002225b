package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Of every command; /dev/full exists on Linux alone.
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
		require.NoError(t, err)
		var errs bytes.Buffer
		assert.Equal(t, 1, run(t.Context(), args, stdio{strings.NewReader(""), full, &errs}), "%q", args)
		assert.Equal(t, 1, strings.Count(errs.String(), "no space left on device"), "%q: %s", args, &errs)
		require.NoError(t, full.Close())
	}
}
