package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/store"
)

// inOrder yields records as Fill wants them.
func inOrder(all map[string]string) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		for _, id := range slices.Sorted(maps.Keys(all)) {
			if !yield(store.Record{ID: id, Value: []byte(all[id])}, nil) {
				return
			}
		}
	}
}

func fileSize(t testing.TB, path string) int64 {
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.Size()
}

func TestCompactFreesSpace(t *testing.T) {
	path := newPath(t)
	s := open(t, path, &store.Options{Sync: store.SyncSystem})
	r := seedFrom(t)
	require.NoError(t, s.Compact(t.Context()), "an empty one")
	all := sample(r, 8000)
	require.NoError(t, s.Apply(puts(all)))
	require.NoError(t, s.Apply(store.Write{Notes: []store.Note{{Name: "", Value: []byte("a note")}}, Log: []store.Entry{{Number: 9, Value: []byte("nine")}}, Counter: 7}))
	var w store.Write
	for id := range all {
		if len(w.Delete) < 7000 {
			w.Delete = append(w.Delete, id)
			delete(all, id)
		}
	}
	require.NoError(t, s.Apply(w))
	before, id := fileSize(t, path), s.ID()
	require.NoError(t, s.Compact(t.Context()))
	assert.Less(t, fileSize(t, path), before/3)
	check := func(s *store.Store) {
		assert.Equal(t, all, contents(t, s))
		notes, err := s.Notes(t.Context())
		require.NoError(t, err)
		assert.Equal(t, map[string][]byte{"": []byte("a note")}, notes)
		log, err := s.Log(0)
		require.NoError(t, err)
		assert.Equal(t, []store.Entry{{Number: 9, Value: []byte("nine")}}, log)
		assert.EqualValues(t, 7, s.Counter())
		assert.Equal(t, id, s.ID(), "the same history")
		require.NoError(t, s.Verify(t.Context()))
	}
	check(s)
	for i := range 5 { // over both headers
		all["new"] = fmt.Sprint(i)
		require.NoError(t, s.Apply(put("new", all["new"])))
		check(s)
	}
	require.NoError(t, s.Close())
	check(open(t, path, nil))
	left, err := os.ReadDir(dirOf(path))
	require.NoError(t, err)
	assert.Len(t, left, 1, "nothing is left beside the file")
}

func dirOf(path string) string { return path[:len(path)-len("/store.db")] }

// Readers and writers go on, and nothing is lost.
func TestCompactWhileInUse(t *testing.T) {
	s := open(t, newPath(t), &store.Options{Sync: store.SyncSystem})
	r := seedFrom(t)
	require.NoError(t, s.Apply(puts(sample(r, 500))))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	written := make([]int, 3)
	for g := range written {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				id := fmt.Sprint(g, ".", i)
				assert.NoError(t, s.Apply(put(id, "x")))
				assert.NoError(t, s.Read([]string{id}, func(_ int, value []byte) error {
					assert.Equal(t, "x", string(value))
					return nil
				}))
				written[g]++
			}
		})
	}
	for range 10 {
		require.NoError(t, s.Compact(t.Context()))
	}
	close(stop)
	wg.Wait()
	assert.Equal(t, 500+written[0]+written[1]+written[2], s.Len())
	require.NoError(t, s.Verify(t.Context()))
}

func TestABackupHasNoFreePagesAndAnotherID(t *testing.T) {
	path := newPath(t)
	s := open(t, path, &store.Options{Sync: store.SyncSystem})
	all := sample(seedFrom(t), 5000)
	require.NoError(t, s.Apply(puts(all)))
	var w store.Write
	for id := range all {
		if len(w.Delete) < 4500 {
			w.Delete = append(w.Delete, id)
			delete(all, id)
		}
	}
	require.NoError(t, s.Apply(w))
	var copied bytes.Buffer
	n, err := s.Backup(t.Context(), &copied)
	require.NoError(t, err)
	assert.EqualValues(t, copied.Len(), n)
	assert.Less(t, n, fileSize(t, path)/4)
	copyPath := newPath(t)
	require.NoError(t, os.WriteFile(copyPath, copied.Bytes(), 0o600))
	c := open(t, copyPath, nil)
	assert.Equal(t, all, contents(t, c))
	assert.NotEqual(t, s.ID(), c.ID())
	st, err := c.Stats()
	require.NoError(t, err)
	assert.Zero(t, st.FreeBytes)

	ctx, cancel := context.WithCancel(t.Context())
	_, err = s.Backup(ctx, writerFunc(func(b []byte) (int, error) { cancel(); return len(b), nil }))
	_ = err // a small copy may be complete before the context is checked again
	cancel()
	_, err = s.Backup(ctx, &copied)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestFillIsApplyToAnEmptyStore(t *testing.T) {
	r := seedFrom(t)
	for _, n := range []int{0, 1, 2, 11, 400, 30_000} {
		all := sample(r, n)
		if n > 10 {
			all["large"] = randomValue(r, 100_000)
			all["empty"] = ""
		}
		path := newPath(t)
		s := open(t, path, &store.Options{Sync: store.SyncSystem})
		require.NoError(t, s.Apply(store.Write{Notes: []store.Note{{Name: "a", Value: []byte{1}}, {Name: "b", Value: []byte{2}}}}))
		id := s.ID()
		require.NoError(t, s.Fill(t.Context(), inOrder(all), store.Write{
			Notes: []store.Note{{Name: "b"}, {Name: "c", Value: []byte{3}}}, Counter: 5,
		}))
		for range 2 {
			require.Equal(t, all, contents(t, s))
			notes, err := s.Notes(t.Context())
			require.NoError(t, err)
			assert.Equal(t, map[string][]byte{"a": {1}, "c": {3}}, notes)
			assert.EqualValues(t, 5, s.Counter())
			assert.Equal(t, id, s.ID())
			require.NoError(t, s.Verify(t.Context()))
			require.NoError(t, s.Close())
			s = open(t, path, nil)
		}
		more, then := randomWrite(r, all)
		require.NoError(t, s.Apply(more))
		require.Equal(t, then, contents(t, s))
	}
}

func TestAFillThatFailsLeavesTheStoreAsItWas(t *testing.T) {
	path := newPath(t)
	s := open(t, path, nil)
	failed := errors.New("mine")
	err := s.Fill(t.Context(), func(yield func(store.Record, error) bool) {
		_ = yield(store.Record{ID: "a"}, nil) && yield(store.Record{}, failed)
	}, store.Write{})
	assert.ErrorIs(t, err, failed)
	for _, ids := range [][]string{{"b", "a"}, {"a", "a"}, {""}} {
		err := s.Fill(t.Context(), func(yield func(store.Record, error) bool) {
			for _, id := range ids {
				if !yield(store.Record{ID: id}, nil) {
					return
				}
			}
		}, store.Write{})
		assert.ErrorIs(t, err, store.ErrInvalid, ids)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, s.Fill(ctx, inOrder(map[string]string{"a": "1"}), store.Write{}), context.Canceled)
	assert.Empty(t, contents(t, s))
	require.NoError(t, s.Apply(put("a", "1")))
	assert.ErrorIs(t, s.Fill(t.Context(), inOrder(nil), store.Write{}), store.ErrInvalid, "it has a record")
	left, err := os.ReadDir(dirOf(path))
	require.NoError(t, err)
	assert.Len(t, left, 1)
}

func TestNotesAndLogAreWrittenWithTheRecords(t *testing.T) {
	path := newPath(t)
	s := open(t, path, nil)
	require.NoError(t, s.Apply(store.Write{Put: put("a", "1").Put, Notes: []store.Note{{Name: "place", Value: []byte{}}},
		Log: []store.Entry{{Number: 300, Value: []byte("x")}, {Number: 2, Value: nil}}}))
	entries, err := s.Log(0)
	require.NoError(t, err)
	assert.Equal(t, []store.Entry{{Number: 2, Value: []byte{}}, {Number: 300, Value: []byte("x")}}, entries)
	require.NoError(t, s.Apply(store.Write{LogFrom: 3}))
	entries, err = s.Log(0)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	entries, err = s.Log(301)
	require.NoError(t, err)
	assert.Empty(t, entries)
	notes, err := s.Notes(t.Context())
	require.NoError(t, err)
	assert.Equal(t, map[string][]byte{"place": {}}, notes)
	assert.Equal(t, map[string]string{"a": "1"}, contents(t, s), "they are no records")
	require.NoError(t, s.Verify(t.Context()))

	// More entries than fit in one read come in several.
	var w store.Write
	for i := range 40 {
		w.Log = append(w.Log, store.Entry{Number: uint64(1000 + i), Value: make([]byte, 100_000)})
	}
	require.NoError(t, s.Apply(w))
	n := 0
	for from := uint64(1000); ; {
		entries, err := s.Log(from)
		require.NoError(t, err)
		if len(entries) == 0 {
			break
		}
		assert.Less(t, len(entries), 15)
		n += len(entries)
		from = entries[len(entries)-1].Number + 1
	}
	assert.Equal(t, 40, n)
}
