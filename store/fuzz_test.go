package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// envelope returns what is stored for an id and a value.
func envelope(version uint8, id, value []byte) []byte { return valueOp(id, value, version).stored }

// FuzzEnvelope: any bytes are refused as an envelope, or are exactly those that would be
// written for their contents; and a change of any single bit is noticed.
func FuzzEnvelope(f *testing.F) {
	f.Add([]byte("id"), envelope(1, []byte("id"), []byte("value")))
	f.Add([]byte("id"), envelope(255, []byte("id"), nil))
	f.Add([]byte("i"), envelope(1, []byte("id"), []byte("value")))
	f.Add([]byte("id"), []byte{1, 2, 3, 4})
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, id, stored []byte) {
		if version, sum, value, err := openEnvelope(id, stored); err != nil {
			require.ErrorIs(t, err, ErrCorrupt)
			assert.Less(t, len(err.Error()), 2000)
		} else {
			require.Equal(t, stored, envelope(version, id, value))
			require.Equal(t, checksum(version, id, value), sum)
		}
		if len(id) == 0 {
			return
		}
		sound := envelope(1, id, stored)
		_, _, value, err := openEnvelope(id, sound)
		require.NoError(t, err)
		require.True(t, bytes.Equal(stored, value))
		for _, at := range []int{0, 1, 4, len(sound) - 1} {
			flipped := slices.Clone(sound)
			flipped[at] ^= 0x10
			_, _, _, err := openEnvelope(id, flipped)
			require.ErrorIs(t, err, ErrCorrupt)
		}
		_, _, _, err = openEnvelope(append(id[:len(id):len(id)], 'x'), sound)
		require.ErrorIs(t, err, ErrCorrupt)
	})
}

// FuzzPages overwrites any part of a file: its check ends, with nil and the right records,
// or with ErrCorrupt or ErrVersion.
func FuzzPages(f *testing.F) {
	sound, want := fuzzFile(f)
	f.Add(uint32(0), []byte{})
	f.Add(uint32(16), []byte{0xed, 0xda, 0x0c, 0xed})
	f.Add(uint32(pageBytes+16+48), []byte{9})
	for page := range uint32(len(sound) / pageBytes) {
		f.Add(page*pageBytes, []byte{byte(page + 1)})
		f.Add(page*pageBytes+8, []byte{1, 0})
		f.Add(page*pageBytes+10, []byte{0xff, 0xff, 0xff, 0xff})
		f.Add(page*pageBytes+16, bytes.Repeat([]byte{0xff}, 16))
		f.Add(page*pageBytes+24, []byte{byte(page)}) // a branch to itself
	}
	f.Fuzz(func(t *testing.T, at uint32, data []byte) {
		file := slices.Clone(sound)
		copy(file[min(int(at), len(file)):], data)
		r := bytes.NewReader(file)
		head, other, err := readHeader(r, int64(len(file)))
		if err == nil {
			err = other // as in Open, since the valid one may be the older
		}
		if err == nil {
			got := map[string]string{}
			err = newTree(context.Background(), nil, r, head).check(1, true, func(id, value []byte, _ uint8) error {
				got[string(id)] = string(value)
				return nil
			})
			if err == nil { // a stale record shows only at the end of a walk
				require.Equal(t, want, got)
			}
		}
		if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrVersion) {
			require.NoError(t, err)
		}
	})
}

// fuzzFile is a small file with a branch page, free pages and a long value.
func fuzzFile(tb testing.TB) ([]byte, map[string]string) {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "store.db")
	s, err := Open(path, nil)
	require.NoError(tb, err)
	want := map[string]string{}
	for round := range 3 {
		var w Write
		for i := range 40 {
			id, value := fmt.Sprintf("id%03d", i), strings.Repeat(fmt.Sprint(round), 200)
			if i == 17 {
				value = strings.Repeat("long", 2500)
			}
			want[id] = value
			w.Put = append(w.Put, Record{ID: id, Value: []byte(value)})
		}
		require.NoError(tb, s.Apply(w))
	}
	st, err := s.Stats()
	require.NoError(tb, err)
	require.NoError(tb, s.Close())
	b, err := os.ReadFile(path)
	require.NoError(tb, err)
	return b[:st.UsedBytes], want
}
