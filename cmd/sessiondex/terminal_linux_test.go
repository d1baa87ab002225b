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

// onTerminal runs a command whose output goes to a pseudo-terminal, and returns that
// output.
func onTerminal(t *testing.T, args ...string) string {
	t.Helper()
	var errs strings.Builder
	shown, status := withTerminal(t, func(tty *os.File) int {
		return run(t.Context(), args, stdio{strings.NewReader(""), tty, &errs})
	})
	require.Equal(t, 0, status, errs.String())
	return shown
}

// withTerminal calls f with a pseudo-terminal, and returns what f wrote to it.
func withTerminal(t *testing.T, f func(tty *os.File) int) (text string, status int) {
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
	status = f(tty)
	require.NoError(t, tty.Close())
	return <-shown, status
}

// The progress of an import or a scan, and the time left. A pipe gets none of it.
func TestProgressIsShownOnTerminalsOnly(t *testing.T) {
	home := filepath.Join(t.TempDir(), "none")
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"import", "--batch", "10", sample}, "2,000 sessions"},
		{[]string{"scan", "--source", "web-export=" + write(t, filepath.Join(t.TempDir(), "conversations.json"), "[]")}, "reading web-export"},
	} {
		var out strings.Builder
		shown, _ := withTerminal(t, func(tty *os.File) int {
			return run(t.Context(), append(c.args, "--db", home+c.args[0]), stdio{strings.NewReader(""), &out, tty})
		})
		assert.Contains(t, shown, c.says, "%q", c.args)
		assert.Contains(t, shown, "%", "%q", c.args)
		_, _, piped := cli(t, "", append(c.args, "--db", home+c.args[0])...)
		assert.NotContains(t, piped, "\r", "%q", c.args)
		assert.NotContains(t, piped, "%", "%q", c.args)
	}
}

// The JSON still decodes to the same.
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
