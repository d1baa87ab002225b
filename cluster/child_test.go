package cluster

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
)

// childEnv makes the test binary one of the processes that tests kill.
const childEnv = "SESSIONDEX_CLUSTER_CHILD"

// childTask is what a child process is asked to be.
type childTask struct {
	URL, Stream, DB string // a durable node
}

// child is the life of a child process, which ends when it is killed.
func child(what string) error {
	var task childTask
	if err := json.Unmarshal([]byte(what), &task); err != nil {
		return err
	}
	nc, err := nats.Connect(task.URL)
	if err != nil {
		return err
	}
	e, err := sessiondex.Open(task.DB, &sessiondex.Options{ScanTitles: true})
	if err != nil {
		return err
	}
	_, err = Open(context.Background(), nc, e, &Options{Stream: task.Stream, Replicas: 1, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	select {}
}

// startChild starts a child process and returns when it is ready.
func startChild(t testing.TB, task childTask) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(task)
	require.NoError(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "the child failed")
	require.Equal(t, "ready", lines.Text())
	return cmd
}
