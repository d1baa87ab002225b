package store

import (
	"bytes"
	"context"
	"hash/fnv"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// putHeader writes a number into a header page and corrects its checksum, as a faulty
// program would.
func putHeader(page []byte, offset int, size int, value uint64) {
	m := page[pageHeaderBytes:metaBytes]
	if size == 4 {
		native.PutUint32(m[offset:], uint32(value))
	} else {
		native.PutUint64(m[offset:], value)
	}
	sum := fnv.New64a()
	_, _ = sum.Write(m[:56])
	native.PutUint64(m[56:], sum.Sum64())
}

func TestAHeaderIsNotTrustedForItsChecksum(t *testing.T) {
	sound, _ := fuzzFile(t)
	for name, c := range map[string]struct {
		offset, size int
		value        uint64
		text         string
	}{
		"magic number":      {0, 4, 1, "magic number is 00000001, expected ed0cdaed"},
		"layout":            {4, 4, 3, "page layout has version 3, expected 2"},
		"page size":         {8, 4, 4095, "page size is 4095"},
		"huge page size":    {8, 4, 1 << 31, "page size is 2147483648"},
		"root":              {16, 8, 1 << 40, "root is page 1099511627776"},
		"root is a header":  {16, 8, 1, "root is page 1 "},
		"no free list":      {32, 8, noFreelist, "list of free pages is not stored"},
		"free list outside": {32, 8, 1 << 40, "list of free pages is page 1099511627776"},
		"number of pages":   {40, 8, 1 << 60, "number of pages is 1152921504606846976"},
		"cut off":           {40, 8, 1 << 20, "expected at least 4294967296 bytes, found "},
	} {
		t.Run(name, func(t *testing.T) {
			file := bytes.Clone(sound)
			putHeader(file, c.offset, c.size, c.value)
			putHeader(file[pageBytes:], c.offset, c.size, c.value)
			_, _, err := readHeader(bytes.NewReader(file), int64(len(file)))
			require.ErrorIs(t, err, ErrCorrupt)
			assert.ErrorContains(t, err, c.text)
		})
	}
}

// A device that loses the write of the root page leaves an old, sound version of it.
func TestAnOldRootPageIsNotServed(t *testing.T) {
	file, _ := fuzzFile(t)
	for _, ahead := range []uint64{2, 100} {
		newer := bytes.Clone(file)
		for i := range 2 {
			page := newer[i*pageBytes:]
			putHeader(page, 48, 8, native.Uint64(page[pageHeaderBytes+48:])+ahead)
		}
		r := bytes.NewReader(newer)
		head, other, err := readHeader(r, int64(len(newer)))
		require.NoError(t, err)
		require.NoError(t, other)
		err = newTree(context.Background(), nil, r, head).check(1, true, nil)
		require.ErrorIs(t, err, ErrCorrupt)
		assert.ErrorContains(t, err, "state of the store: expected transaction")
	}
}

// Without hard links the file is copied to its place.
func TestCopyNewOverwritesNothing(t *testing.T) {
	dir := t.TempDir()
	made, path := filepath.Join(dir, "made"), filepath.Join(dir, "store.db")
	require.NoError(t, create(made))
	require.NoError(t, copyNew(made, path))
	require.ErrorIs(t, copyNew(made, path), fs.ErrExist)
	s, err := Open(path, nil)
	require.NoError(t, err)
	require.NoError(t, s.Apply(Write{Put: []Record{{ID: "a"}}}))
	require.NoError(t, s.Sync())
	require.NoError(t, s.Verify(t.Context()))
	require.NoError(t, s.Close())
	require.Error(t, copyNew(filepath.Join(dir, "nothing"), filepath.Join(dir, "new")))
}
