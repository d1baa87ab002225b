package store_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/store"
)

const pageSize = 4096

// damagedFile is a file with branches, free pages, a value over several pages, and a past:
// old is the file some transactions earlier.
type damagedFile struct {
	path     string
	old, now []byte
	want     map[string]string
}

func newDamagedFile(t *testing.T, r *rand.Rand, records int) *damagedFile {
	t.Helper()
	f := &damagedFile{path: newPath(t), want: sample(r, records)}
	s, err := store.Open(f.path, nil)
	require.NoError(t, err)
	f.want["large"] = randomValue(r, 10000)
	require.NoError(t, s.Apply(puts(f.want)))
	read := func() []byte {
		b, err := os.ReadFile(f.path)
		require.NoError(t, err)
		st, err := s.Stats()
		require.NoError(t, err)
		return b[:st.UsedBytes] // the rest of the file has never been used
	}
	f.old = read()
	ids := slices.Sorted(maps.Keys(f.want))
	for range 6 {
		changed := map[string]string{}
		for range 1 + records/20 { // of the same length, so that a page's old version would fit
			id := ids[r.IntN(len(ids))]
			changed[id] = randomValue(r, len(f.want[id]))
		}
		maps.Copy(f.want, changed)
		require.NoError(t, s.Apply(puts(changed)))
	}
	delete(f.want, ids[0])
	require.NoError(t, s.Apply(store.Write{Delete: ids[:1]}))
	f.now = read()
	require.NoError(t, s.Close())
	requireSoundFile(t, f.path)
	return f
}

// outcome opens a file, loads it, and writes to it if nothing was wrong so far. It returns
// the first error.
func (f *damagedFile) outcome(t *testing.T, damaged []byte) (err error) {
	t.Helper()
	require.NoError(t, os.WriteFile(f.path, damaged, 0o600))
	s, err := store.Open(f.path, &store.Options{Sync: store.SyncSystem})
	if err != nil {
		return err
	}
	defer func() { assert.NoError(t, s.Close()) }()
	if err := f.compare(s, f.want); err != nil {
		if verr := s.Verify(bg); verr == nil {
			return fmt.Errorf("Verify finds nothing, but %w", err)
		}
		return err
	}
	if err := s.Verify(bg); err != nil {
		if !errors.Is(err, store.ErrCorrupt) {
			return err
		}
		// Only pages that nothing refers to may be damaged here.
	}
	then := maps.Clone(f.want)
	then["0 new"], then["large"] = "1", "2"
	if err := s.Apply(puts(map[string]string{"0 new": "1", "large": "2"})); err != nil {
		return err
	}
	return f.compare(s, then)
}

func (f *damagedFile) compare(s *store.Store, want map[string]string) error {
	got := map[string]string{}
	for r, err := range s.Load(bg) {
		if err != nil {
			return err
		}
		got[r.ID] = string(r.Value)
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("WRONG RECORDS: %d, expected %d", len(got), len(want))
	}
	return nil
}

// require damages a file and checks that a user gets either a clear error or the
// right records. It returns whether there was an error.
func (f *damagedFile) require(t *testing.T, what string, damaged []byte) bool {
	t.Helper()
	err := f.outcome(t, damaged)
	if err != nil && !errors.Is(err, store.ErrCorrupt) && !errors.Is(err, store.ErrVersion) {
		require.NoError(t, err, what)
	}
	return err != nil
}

func TestFlippedBitsAreHarmlessOrFound(t *testing.T) {
	r := seedFrom(t)
	f := newDamagedFile(t, r, 120)
	var places []int
	for at := range f.now {
		page, within := at/pageSize, at%pageSize
		switch {
		case page < 2 && within < 80, // headers
			within < 16+16*12 && r.IntN(8) == 0, // page headers and elements
			r.IntN(len(f.now)) < 200:
			places = append(places, at)
		}
	}
	found := 0
	for _, at := range places {
		damaged := slices.Clone(f.now)
		damaged[at] ^= 1 << r.IntN(8)
		if f.require(t, fmt.Sprintf("a bit at %d of %d (page %d, byte %d)", at, len(f.now), at/pageSize, at%pageSize), damaged) {
			found++
		}
	}
	t.Logf("%d of %d flips were found; the others are in free space", found, len(places))
	assert.Positive(t, found)
}

func TestAFlippedBitInEveryValueIsFound(t *testing.T) {
	r := seedFrom(t)
	f := newDamagedFile(t, r, 60)
	for id, value := range f.want {
		if len(value) < 100 {
			continue
		}
		// In every copy: all but one are on free pages.
		within := r.IntN(len(value))
		flipped := []byte(value)
		flipped[within] ^= 1 << r.IntN(8)
		damaged := bytes.ReplaceAll(f.now, []byte(value), flipped)
		require.NoError(t, os.WriteFile(f.path, damaged, 0o600))
		s, err := store.Open(f.path, &store.Options{ReadOnly: true})
		require.NoError(t, err)
		err = f.compare(s, f.want)
		require.ErrorIs(t, err, store.ErrCorrupt)
		assert.ErrorContains(t, err, fmt.Sprintf("record %q: expected checksum ", id))
		assert.ErrorContains(t, err, ", found ")
		assert.NotContains(t, err.Error(), value[:20], "contents in an error")
		require.NoError(t, s.Close())
	}
}

func TestOverwrittenStretchesAreHarmlessOrFound(t *testing.T) {
	r := seedFrom(t)
	f := newDamagedFile(t, r, 120)
	found := 0
	for range 400 {
		damaged := slices.Clone(f.now)
		size := []int{2, 8, 64, 512, pageSize}[r.IntN(5)]
		at := r.IntN(len(damaged) - size)
		if size >= 512 {
			at -= at % size
		}
		stretch := damaged[at : at+size]
		kind := r.IntN(3)
		switch kind {
		case 0:
			clear(stretch)
		case 1:
			for i := range stretch {
				stretch[i] = byte(r.Uint32())
			}
		case 2:
			for i := range stretch {
				stretch[i] = 0xff
			}
		}
		if f.require(t, fmt.Sprintf("%d bytes at %d, kind %d", size, at, kind), damaged) {
			found++
		}
	}
	t.Logf("%d of 400 were found", found)
	assert.Positive(t, found)
}

func TestTruncatedFilesAreHarmlessOrFound(t *testing.T) {
	r := seedFrom(t)
	f := newDamagedFile(t, r, 120)
	sizes := []int{0, 1, 79, 80, 81, 4095, 4096, 4097, 8191, 8192, 12288, 16384, len(f.now) - 1}
	for range 100 {
		sizes = append(sizes, r.IntN(len(f.now)))
	}
	found := 0
	for _, size := range sizes {
		if f.require(t, fmt.Sprintf("cut to %d of %d bytes", size, len(f.now)), f.now[:size]) {
			found++
		}
	}
	assert.Greater(t, found, len(sizes)/2)
}

// A page that the device did not write, or wrote elsewhere, is sound in itself.
func TestLostAndMisplacedPagesAreHarmlessOrFound(t *testing.T) {
	r := seedFrom(t)
	f := newDamagedFile(t, r, 120)
	pages := min(len(f.now), len(f.old)) / pageSize
	page := func(b []byte, i int) []byte { return b[i*pageSize : (i+1)*pageSize] }
	found := 0
	for i := 2; i < pages; i++ { // an old header with old pages cannot be detected
		damaged := slices.Clone(f.now)
		copy(page(damaged, i), page(f.old, i))
		if f.require(t, fmt.Sprintf("page %d as it was before", i), damaged) {
			found++
		}
	}
	for range 200 {
		damaged := slices.Clone(f.now)
		i, j := 2+r.IntN(pages-2), 2+r.IntN(pages-2)
		copy(page(damaged, i), page(f.now, j))
		if r.IntN(2) == 0 { // with the page number corrected, as by a faulty program
			binary.NativeEndian.PutUint64(page(damaged, i), uint64(i))
		}
		if f.require(t, fmt.Sprintf("page %d is a copy of page %d", i, j), damaged) {
			found++
		}
	}
	t.Logf("%d were found", found)
	assert.Positive(t, found)
}

func TestADamagedHeaderIsRefusedUnlessAccepted(t *testing.T) {
	path := newPath(t)
	s, err := store.Open(path, nil)
	require.NoError(t, err)
	for _, id := range []string{"a", "b", "c"} {
		require.NoError(t, s.Apply(put(id, "1")))
	}
	require.NoError(t, s.Close())
	now, err := os.ReadFile(path)
	require.NoError(t, err)
	results := map[string]bool{}
	for page := range 2 {
		damaged := slices.Clone(now)
		damaged[page*pageSize+50] ^= 4
		require.NoError(t, os.WriteFile(path, damaged, 0o600))
		for _, o := range []*store.Options{nil, {ReadOnly: true}} {
			_, err := store.Open(path, o)
			require.ErrorIs(t, err, store.ErrCorrupt)
			assert.ErrorContains(t, err, fmt.Sprintf("header page %d", page))
			assert.ErrorContains(t, err, "may be missing")
		}
		s, err := store.Open(path, &store.Options{AllowPrevious: true})
		require.NoError(t, err)
		got := contents(t, s)
		results[fmt.Sprint(slices.Sorted(maps.Keys(got)))] = true
		require.NoError(t, s.Apply(put("d", "1")))
		require.NoError(t, s.Close())
		got["d"] = "1"
		s, err = store.Open(path, nil)
		require.NoError(t, err, "the next write has not repaired the header")
		assert.Equal(t, got, contents(t, s))
		require.NoError(t, s.Close())
	}
	assert.Equal(t, map[string]bool{"[a b]": true, "[a b c]": true}, results)
}

func TestADamagedRecordIsNotReplaced(t *testing.T) {
	path := newPath(t)
	s, err := store.Open(path, nil)
	require.NoError(t, err)
	value := randomValue(seedFrom(t), 3000)
	require.NoError(t, s.Apply(puts(map[string]string{"a": value, "b": "2"})))
	require.NoError(t, s.Verify(t.Context()))
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer f.Close()
	_, err = f.WriteAt([]byte{'!'}, int64(bytes.LastIndex(b, []byte(value))))
	require.NoError(t, err)
	for _, w := range []store.Write{put("a", "1"), {Delete: []string{"a"}}} {
		err := s.Apply(w)
		require.ErrorIs(t, err, store.ErrCorrupt)
		assert.ErrorContains(t, err, `record "a"`)
	}
	require.NoError(t, s.Apply(put("b", "3")), "the sound ones can be written")
	require.NoError(t, s.Close())
}
