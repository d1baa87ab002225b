package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// onTerminal runs a command on a pseudo-terminal and returns what it shows.
func onTerminal(t *testing.T, args ...string) string {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(t, err)
	defer screen.Close()
	require.NoError(t, unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	_, err = term.MakeRaw(int(tty.Fd()))
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 70}))
	shown := make(chan string)
	go func() {
		var all bytes.Buffer
		_, _ = all.ReadFrom(screen) // ends with an error when the last writer is gone
		shown <- all.String()
	}()
	var errs strings.Builder
	status := run(t.Context(), args, stdio{strings.NewReader(""), tty, &errs})
	require.Equal(t, 0, status, errs.String())
	require.NoError(t, tty.Close())
	return <-shown
}

// TestJSONOnATerminalCannotSteerIt, and still says the same.
func TestJSONOnATerminalCannotSteerIt(t *testing.T) {
	const text = `{"id":"a","title":"\u001b[31m` + "\u009b31m\u202eevil\u2066\u200e\u007f\U000e0041 日本 👩\u200d💻" + `","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}`
	path := write(t, filepath.Join(t.TempDir(), "evil.jsonl"), text)
	db := path + ".db"
	status, _, errs := cli(t, "", "import", "--db", db, path)
	require.Equal(t, 0, status, errs)
	for _, args := range [][]string{{"list", "--data", path, "--format", "jsonl"}, {"list", "--data", path, "--format", "json"}, {"export", "--db", db}} {
		_, piped, _ := cli(t, "", args...)
		assert.Contains(t, piped, "\u009b31m\u202eevil", "pipes get what is stored: %q", args)
		shown := onTerminal(t, args...)
		assert.NotContains(t, shown, "\u009b")
		assert.NotContains(t, shown, "\u202e")
		assert.Contains(t, shown, `\u009b31m\u202eevil\u2066\u200e\u007f\udb40\udc41 日本 👩`+"\u200d💻")
		assert.JSONEq(t, piped, shown)
	}
	assert.NotContains(t, onTerminal(t, "list", "--data", path), "\u009b")
}
