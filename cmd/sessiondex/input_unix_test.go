//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Also while a named pipe has no writer.
func TestSignalsAreObeyedWhileTheInputIsSilent(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	db := filepath.Join(dir, "x.db")
	for _, args := range [][]string{
		{"import", "--db", db, "-"}, {"import", "--db", db, fifo}, {"import", "--skip-invalid", "--db", db, "/dev/zero"},
		{"list", "--data", "-"}, {"list", "--data", fifo}, {"serve", "--addr", "127.0.0.1:0", "--allow-anonymous", "--data", "-"}, {"serve", "--addr", "127.0.0.1:0", "--allow-anonymous", "--data", fifo},
	} {
		silent, w := io.Pipe()
		ctx, cancel := context.WithCancelCause(t.Context())
		status := make(chan int)
		var out, errs bytes.Buffer
		go func() { status <- run(ctx, args, stdio{silent, &out, &errs}) }()
		if args[len(args)-1] == "-" {
			_, err := io.WriteString(w, aLine("a", "one")+"\n")
			require.NoError(t, err)
		}
		cancel(errors.New("stop now"))
		select {
		case got := <-status:
			want, says := 1, "stop now"
			if args[0] == "serve" { // which is told to end, always
				want, says = 0, "msg=stopped"
			}
			assert.Equal(t, want, got, "%q", args)
			assert.Contains(t, errs.String(), says, "%q", args)
		case <-time.After(20 * time.Second):
			require.Fail(t, "goes on", "%q", args)
		}
		assert.Empty(t, out.String())
		assert.NoFileExists(t, db, "%q", args)
		require.NoError(t, w.Close())
	}
}
