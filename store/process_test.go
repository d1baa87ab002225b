package store_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/store"
)

// process is a copy of the test binary that runs one of the children.
type process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Scanner
	errors *bytes.Buffer
}

func start(t testing.TB, name string, args ...string) *process {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	p := &process{cmd: exec.Command(exe, args...), errors: &bytes.Buffer{}}
	p.cmd.Env = append(os.Environ(), childEnv+"="+name)
	p.cmd.Stderr = p.errors
	p.in, err = p.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.out = bufio.NewScanner(out)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// line returns the next line that the process prints, "" at its end.
func (p *process) line() string {
	p.out.Scan()
	return p.out.Text()
}

// end lets the process finish, and returns what it wrote to standard error.
func (p *process) end(t testing.TB) string {
	t.Helper()
	_ = p.in.Close()
	for p.out.Scan() {
	}
	_ = p.cmd.Wait()
	return p.errors.String()
}

func init() {
	// hold opens a store and keeps it until standard input ends.
	children["hold"] = func(args []string) error {
		s, err := store.Open(args[0], &store.Options{ReadOnly: args[1] == "read"})
		if err != nil {
			return err
		}
		if _, err := os.Stdout.WriteString("open\n"); err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, os.Stdin)
		return s.Close()
	}
}

func TestASecondWriterIsRefusedAtOnce(t *testing.T) {
	path := newPath(t)
	p := start(t, "hold", path, "write")
	require.Equal(t, "open", p.line())
	for _, o := range []*store.Options{nil, {ReadOnly: true}} {
		_, err := store.Open(path, o)
		require.ErrorIs(t, err, store.ErrLocked)
		assert.ErrorContains(t, err, path)
	}
	assert.Empty(t, p.end(t))
	open(t, path, nil)
}

func TestASecondHandleInTheSameProcessIsRefused(t *testing.T) {
	path := newPath(t)
	s := open(t, path, nil)
	_, err := store.Open(path, nil)
	require.ErrorIs(t, err, store.ErrLocked)
	require.NoError(t, s.Apply(put("a", "1")))
	require.NoError(t, s.Close())
	assert.Equal(t, map[string]string{"a": "1"}, contents(t, open(t, path, nil)))
}

func TestAWriterCanWaitForItsTurn(t *testing.T) {
	path := newPath(t)
	p := start(t, "hold", path, "write")
	require.Equal(t, "open", p.line())
	_, err := store.Open(path, &store.Options{Timeout: 20 * time.Millisecond})
	require.ErrorIs(t, err, store.ErrLocked)

	opened := make(chan error, 1)
	go func() {
		s, err := store.Open(path, &store.Options{Timeout: time.Minute})
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	select {
	case err := <-opened:
		t.Fatalf("did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	assert.Empty(t, p.end(t))
	require.NoError(t, <-opened)
}

func TestReadersShareAFile(t *testing.T) {
	path := newPath(t)
	s := open(t, path, nil)
	require.NoError(t, s.Apply(put("a", "1")))
	require.NoError(t, s.Close())

	p := start(t, "hold", path, "read")
	require.Equal(t, "open", p.line())
	r := open(t, path, &store.Options{ReadOnly: true})
	assert.Equal(t, map[string]string{"a": "1"}, contents(t, r))
	require.ErrorIs(t, r.Apply(put("b", "2")), store.ErrReadOnly)
	var copied bytes.Buffer
	n, err := r.Backup(context.Background(), &copied)
	require.NoError(t, err)
	assert.EqualValues(t, copied.Len(), n)

	_, err = store.Open(path, nil)
	require.ErrorIs(t, err, store.ErrLocked)
	assert.Empty(t, p.end(t))
	require.NoError(t, r.Close())
	require.ErrorIs(t, r.Apply(put("b", "2")), store.ErrClosed)
	require.NoError(t, open(t, path, nil).Apply(put("b", "2")))
}

// One gets the store, the others an error, and none finds half a file.
func TestManyProcessesMakeTheSameStoreAtOnce(t *testing.T) {
	path := newPath(t)
	var all []*process
	for range 4 {
		all = append(all, start(t, "hold", path, "write"))
	}
	holders := 0
	for _, p := range all {
		if p.line() == "open" {
			holders++
		}
	}
	assert.Equal(t, 1, holders)
	for _, p := range all {
		if text := p.end(t); text != "" {
			assert.Contains(t, text, store.ErrLocked.Error())
		}
	}
	left, err := filepath.Glob(path + "*")
	require.NoError(t, err)
	assert.Equal(t, []string{path}, left)
	requireSoundFile(t, path)
}
