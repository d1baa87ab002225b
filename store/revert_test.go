package store

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var errFlush = errors.New("the header could not be forced to the device")

// failLast makes a write as if its last fsync had failed: the transaction is in the file,
// and must not be visible.
func failLast(t *testing.T, s *Store, w Write) {
	t.Helper()
	require.NoError(t, s.Apply(Write{})) // checks the file first
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	tx, st := s.tx, s.st
	r, err := s.prepareRevert(tx + 1)
	require.NoError(t, err)
	c, err := w.encode(1)
	require.NoError(t, err)
	require.NoError(t, s.write(c))
	s.tx, s.st = tx, st
	s.records.Store(int64(st.count))
	require.ErrorIs(t, s.failedCommit(r, errFlush), errFlush)
}

func ids(t *testing.T, s *Store) []string {
	t.Helper()
	all := map[string]bool{}
	for r, err := range s.Load(t.Context()) {
		require.NoError(t, err)
		all[r.ID] = true
	}
	require.Len(t, all, s.Len())
	return slices.Sorted(maps.Keys(all))
}

func record(id string) Write { return Write{Put: []Record{{ID: id, Value: make([]byte, 9000)}}} }

func TestAFailedCommitIsRemovedFromTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := Open(path, nil)
	require.NoError(t, err)
	for _, id := range []string{"a", "b", "c"} { // over both headers
		require.NoError(t, s.Apply(record(id)))
		failLast(t, s, record("x"))
		require.NotContains(t, ids(t, s), "x")
		failLast(t, s, Write{Delete: []string{"a"}})
		require.Contains(t, ids(t, s), "a")
	}
	require.NoError(t, s.Apply(record("d")))
	assert.Equal(t, []string{"a", "b", "c", "d"}, ids(t, s))
	require.NoError(t, s.Verify(t.Context()))
	failLast(t, s, record("x"))
	require.NoError(t, s.Close())

	s, err = Open(path, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b", "c", "d"}, ids(t, s))
	require.NoError(t, s.Verify(t.Context()))
	require.NoError(t, s.Close())
}

// bbolt must reopen the file first, which it cannot do during a Load, so the write fails.
func TestAWriteAfterAFailedCommitDoesNotWaitForALoad(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "store.db"), nil)
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Apply(record("a")))
	failLast(t, s, record("x"))
	for r, err := range s.Load(t.Context()) {
		require.NoError(t, err)
		require.Equal(t, "a", r.ID)
		err = s.Apply(record("b"))
		require.ErrorIs(t, err, errFlush)
		require.ErrorContains(t, err, "while a Load, Backup or Verify is under way")
	}
	require.NoError(t, s.Apply(record("b")))
	assert.Equal(t, []string{"a", "b"}, ids(t, s))
}

func TestAWriteOfAnotherProcessDuringTheReopeningIsNoticed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := Open(path, nil)
	require.NoError(t, err)
	require.NoError(t, s.Apply(record("a")))
	failLast(t, s, record("x"))
	s.commitMu.Lock()
	require.NoError(t, s.closeBolt()) // the gap
	other, err := Open(path, nil)
	require.NoError(t, err)
	s.commitMu.Unlock()

	require.ErrorIs(t, s.Apply(record("b")), ErrLocked, "the other process has it")
	require.NoError(t, other.Apply(record("theirs")))
	require.NoError(t, other.Close())
	for range 2 {
		require.ErrorContains(t, s.Apply(record("b")), "another process wrote to it")
	}
	require.NoError(t, s.Close())
}
