//go:build unix

package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/store"
)

func TestAFileThatVanishesTakesNoWrites(t *testing.T) {
	for name, c := range map[string]struct{ away, back func(path string) error }{
		"removed": {
			func(path string) error { return errors.Join(os.Link(path, path+".link"), os.Remove(path)) },
			func(path string) error { return os.Rename(path+".link", path) },
		},
		"renamed": {
			func(path string) error { return os.Rename(path, path+".away") },
			func(path string) error { return os.Rename(path+".away", path) },
		},
		"replaced": {
			func(path string) error {
				return errors.Join(os.Rename(path, path+".away"), os.WriteFile(path, []byte("another"), 0o600))
			},
			func(path string) error { return os.Rename(path+".away", path) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			s := open(t, path, nil)
			require.NoError(t, s.Apply(put("a", "1")))
			require.NoError(t, c.away(path))
			for range 3 {
				err := s.Apply(put("b", "2"))
				require.ErrorIs(t, err, store.ErrGone)
				assert.ErrorContains(t, err, path)
				assert.Equal(t, map[string]string{"a": "1"}, contents(t, s), "it can still be read")
			}
			require.NoError(t, c.back(path))
			require.NoError(t, s.Apply(put("b", "2")))
			assert.Equal(t, map[string]string{"a": "1", "b": "2"}, contents(t, s))
		})
	}
}

func TestAFileThatIsTruncatedWhileOpenIsCorrupt(t *testing.T) {
	for _, size := range []int64{0, 100, 4096, 3 * 4096, 50 * 4096} {
		for _, refill := range []bool{false, true} { // with zeros, to its old size
			t.Run(fmt.Sprintf("to %d bytes, refilled %v", size, refill), func(t *testing.T) {
				path := newPath(t)
				s, err := store.Open(path, nil)
				require.NoError(t, err)
				require.NoError(t, s.Apply(puts(sample(seedFrom(t), 1000))))
				info, err := os.Stat(path)
				require.NoError(t, err)
				require.NoError(t, os.Truncate(path, size))
				if refill {
					require.NoError(t, os.Truncate(path, info.Size()))
				}
				_, err = load(t, s)
				require.ErrorIs(t, err, store.ErrCorrupt)
				// A small write may touch sound pages only; one to every record does not.
				var w store.Write
				for i := range 3000 {
					w.Put = append(w.Put, store.Record{ID: fmt.Sprintf("%04x", i*21), Value: make([]byte, 100)})
				}
				for range 2 {
					require.ErrorIs(t, s.Apply(w), store.ErrCorrupt)
				}
				require.ErrorIs(t, s.Verify(t.Context()), store.ErrCorrupt)
				require.NoError(t, s.Close())
				require.ErrorIs(t, s.Apply(w), store.ErrClosed)
				s, err = store.Open(path, nil)
				if err == nil { // damage in the records alone
					_, err = load(t, s)
					require.NoError(t, s.Close())
				}
				require.ErrorIs(t, err, store.ErrCorrupt)
			})
		}
	}
}

func init() {
	// unprivileged tries operations for which it lacks the permission.
	children["unprivileged"] = func(args []string) error {
		dir := args[0]
		if os.Getuid() == 0 { // who may do anything
			if err := syscall.Setuid(65534); err != nil {
				return err
			}
		}
		expect := func(path string, o *store.Options) error {
			s, err := store.Open(path, o)
			if err == nil {
				return errors.Join(fmt.Errorf("%s was opened", path), s.Close())
			}
			if !errors.Is(err, fs.ErrPermission) {
				return err
			}
			fmt.Println(err)
			return nil
		}
		if err := errors.Join(expect(filepath.Join(dir, "new.db"), nil), expect(filepath.Join(dir, "existing.db"), nil)); err != nil {
			return err
		}
		s, err := store.Open(filepath.Join(dir, "existing.db"), &store.Options{ReadOnly: true})
		if err != nil {
			return err
		}
		_, backupErr := s.Backup(context.Background(), io.Discard)
		return errors.Join(s.Verify(bg), backupErr, s.Close())
	}
}

func TestAReadOnlyDirectoryCanBeReadFrom(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "existing.db")
	s := open(t, path, nil)
	require.NoError(t, s.Apply(put("a", "1")))
	require.NoError(t, s.Close())
	require.NoError(t, os.Chmod(path, 0o444))
	require.NoError(t, os.Chmod(dir, 0o555))
	for up := filepath.Dir(dir); up != os.TempDir(); up = filepath.Dir(up) {
		require.NoError(t, os.Chmod(up, 0o755))
	}
	t.Cleanup(func() { require.NoError(t, os.Chmod(dir, 0o755)) })
	p := start(t, "unprivileged", dir)
	assert.Contains(t, p.line(), filepath.Join(dir, "new.db"))
	assert.Contains(t, p.line(), path)
	text := p.end(t) // not empty if it cannot report its coverage either
	assert.True(t, p.cmd.ProcessState.Success(), text)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}
