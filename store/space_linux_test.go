package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/store"
)

// fillUp writes to a store until there is no space, checks that failed writes changed
// nothing, makes space, and writes again. It returns what the store holds then.
func fillUp(s *store.Store, r *rand.Rand, full func(error) bool, makeSpace func() error) (map[string]string, error) {
	want := map[string]string{}
	write := func(more map[string]string) error {
		err := s.Apply(puts(more))
		if err == nil {
			maps.Copy(want, more)
		}
		return err
	}
	// Five failures: after one, a smaller write may still find room in free pages.
	for failed, n := 0, 0; failed < 5; n++ {
		if n > 5000 {
			return nil, errors.New("the file system is never full")
		}
		err := write(sample(r, 50))
		if err == nil {
			continue
		}
		failed++
		if !full(err) || !strings.Contains(err.Error(), "nothing was changed") {
			return nil, fmt.Errorf("not the error of a full file system: %w", err)
		}
		if err := s.Verify(bg); err != nil {
			return nil, err
		}
		got := map[string]string{}
		for r, err := range s.Load(bg) {
			if err != nil {
				return nil, err
			}
			got[r.ID] = string(r.Value)
		}
		if !maps.Equal(got, want) {
			return nil, fmt.Errorf("the store holds %d records, expected %d", len(got), len(want))
		}
		if _, err := s.Backup(context.Background(), io.Discard); err != nil {
			return nil, err
		}
	}
	if err := makeSpace(); err != nil {
		return nil, err
	}
	for range 10 {
		if err := write(sample(r, 50)); err != nil {
			return nil, fmt.Errorf("with space again: %w", err)
		}
	}
	return want, nil
}

// mountSmall makes a file system of 4 MiB. It needs the right to mount; see
// TestAFullFileSystem.
func mountSmall(t *testing.T) (dir string, err error) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		return "", err
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
	return dir, nil
}

// fileSizeLimit stands in for a small file system where mounting is not allowed.
const fileSizeLimit = 3 << 20

func init() {
	// limited runs fillUp under a limit of the size of files.
	children["limited"] = func(args []string) error {
		signal.Ignore(syscall.SIGXFSZ) // EFBIG instead
		var limit syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			return err
		}
		free := limit.Cur
		limit.Cur = fileSizeLimit
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			return err
		}
		tooBig := func(err error) bool { // bbolt does not wrap the cause of a failed growth
			return errors.Is(err, syscall.EFBIG) || strings.Contains(err.Error(), syscall.EFBIG.Error())
		}
		s, err := store.Open(args[0], nil)
		if err != nil {
			return err
		}
		_, err = fillUp(s, rand.New(rand.NewPCG(1, 2)), tooBig, func() error {
			limit.Cur = free
			return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)
		})
		return errors.Join(err, s.Close())
	}
}

func TestALimitedFileSize(t *testing.T) {
	path := newPath(t)
	p := start(t, "limited", path)
	require.Empty(t, p.end(t))
	requireSoundFile(t, path)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Greater(t, info.Size(), int64(fileSizeLimit), "the limit was not lifted")
}

// It needs a small file system. Where that cannot be mounted, TestALimitedFileSize has to
// do.
func TestAFullFileSystem(t *testing.T) {
	for mode, o := range killModes() {
		t.Run(mode, func(t *testing.T) {
			dir, err := mountSmall(t)
			if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
				t.Log("no right to mount a file system:", err)
				TestALimitedFileSize(t)
				return
			}
			require.NoError(t, err)
			noSpace := func(err error) bool { return errors.Is(err, syscall.ENOSPC) }
			ballast := filepath.Join(dir, "ballast")
			require.NoError(t, os.WriteFile(ballast, make([]byte, 2<<20), 0o600))
			path := filepath.Join(dir, "store.db")
			s, err := store.Open(path, o)
			require.NoError(t, err)
			defer func() { _ = s.Close() }()
			want, err := fillUp(s, seedFrom(t), noSpace, func() error { return os.Remove(ballast) })
			require.NoError(t, err)
			require.NoError(t, s.Close())
			requireSoundFile(t, path)

			// Reopened, on a file system that is full again.
			require.ErrorIs(t, os.WriteFile(ballast, make([]byte, 4<<20), 0o600), syscall.ENOSPC)
			s, err = store.Open(path, o)
			require.NoError(t, err)
			assert.Equal(t, want, contents(t, s))
			require.NoError(t, s.Close())
			_, err = store.Open(filepath.Join(dir, "other.db"), o)
			require.ErrorIs(t, err, syscall.ENOSPC)
			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			assert.Len(t, left, 2, "a store that could not be made is left behind")
		})
	}
}

// The freed space can be used.
func TestDeletingWorksOnAFullDisk(t *testing.T) {
	for _, sync := range []store.SyncMode{store.SyncAlways, store.SyncSystem} {
		t.Run(sync.String(), func(t *testing.T) {
			dir, err := mountSmall(t)
			if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
				t.Log("no right to mount a file system:", err)
				TestALimitedFileSize(t)
				return
			}
			require.NoError(t, err)
			deleteOnAFullDisk(t, open(t, filepath.Join(dir, "store.db"), &store.Options{Sync: sync}), dir, seedFrom(t))
		})
	}
}

func deleteOnAFullDisk(t *testing.T, s *store.Store, dir string, r *rand.Rand) {
	want := map[string]string{}
	for size := 100; size > 0; {
		more := sample(r, size)
		if err := s.Apply(puts(more)); err != nil {
			require.ErrorIs(t, err, syscall.ENOSPC)
			size /= 2 // down to the last page
			continue
		}
		maps.Copy(want, more)
	}
	ballast := filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	require.NoError(t, err)
	for _, err = f.Write(make([]byte, 4096)); err == nil; _, err = f.Write(make([]byte, 4096)) {
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.NoError(t, f.Close())

	ids := slices.Sorted(maps.Keys(want))
	r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	for _, n := range []int{1, 1, 5, 10} {
		require.NoError(t, s.Apply(store.Write{Delete: ids[:n]}), "%d records", n)
		for _, id := range ids[:n] {
			delete(want, id)
		}
		ids = ids[n:]
		require.Equal(t, want, contents(t, s))
		require.NoError(t, s.Verify(t.Context()))
	}
	for len(ids) > 20 { // all but some, a few at a time
		require.NoError(t, s.Apply(store.Write{Delete: ids[:10]}))
		for _, id := range ids[:10] {
			delete(want, id)
		}
		ids = ids[10:]
	}
	require.NoError(t, s.Apply(puts(sample(r, 100))), "there is room again")
	require.NoError(t, os.Remove(ballast))
	require.NoError(t, s.Apply(puts(sample(r, 500))))
	require.NoError(t, s.Verify(t.Context()))
}
