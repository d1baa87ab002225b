//go:build unix

package store

import (
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A memory map of a truncated file faults, which ends a process that does not turn it into
// a panic.
func TestGuardTurnsAFaultIntoAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, make([]byte, 1<<20), 0o600))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	b, err := syscall.Mmap(int(f.Fd()), 0, 1<<20, syscall.PROT_READ, syscall.MAP_SHARED)
	require.NoError(t, err)
	defer func() { require.NoError(t, syscall.Munmap(b)) }()
	require.NoError(t, os.Truncate(path, 0))
	sum := byte(0)
	err = guard("reading", func() error {
		sum += b[1<<19]
		return nil
	})
	require.ErrorIs(t, err, ErrCorrupt)
	assert.True(t, panicked(err))
	assert.False(t, debug.SetPanicOnFault(false), "the goroutine's setting was not put back")
	assert.Zero(t, sum)
}

func TestGuardPassesErrorsOn(t *testing.T) {
	mine := errors.New("mine")
	require.Equal(t, mine, guard("", func() error { return mine }))
	require.NoError(t, guard("", func() error { return nil }))
	err := guard("doing", func() error { panic("page 7 already freed") })
	require.ErrorIs(t, err, ErrCorrupt)
	assert.EqualError(t, err, "store: file is damaged: doing: page 7 already freed")
	assert.False(t, panicked(&CorruptError{}))
}

// A panic can leave bbolt locked forever; Close must not hang then.
func TestCloseAfterAPanicReleasesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := Open(path, nil)
	require.NoError(t, err)
	require.NoError(t, s.Apply(Write{Put: []Record{{ID: "a"}}}))
	err = guard("beginning a write", func() error {
		if _, err := s.db.Begin(true); err != nil { // keeps bbolt's lock
			return err
		}
		panic("while bbolt holds its locks")
	})
	require.ErrorIs(t, err, ErrCorrupt)
	s.broken, s.stuck = err, true
	require.ErrorContains(t, s.Apply(Write{Put: []Record{{ID: "b"}}}), "no more writes")
	require.ErrorIs(t, s.Verify(t.Context()), ErrCorrupt)
	require.NoError(t, s.Close())

	s, err = Open(path, nil)
	require.NoError(t, err)
	require.NoError(t, s.Apply(Write{Put: []Record{{ID: "b"}}}))
	require.NoError(t, s.Verify(t.Context()))
	require.NoError(t, s.Close())
}
