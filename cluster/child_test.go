package cluster

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
)

// childEnv, where set, makes the test binary a process for tests to kill.
const childEnv = "SESSIONDEX_CLUSTER_CHILD"

// childTask is what a child process is asked to be.
type childTask struct {
	URL, Stream    string // a node
	DB             string // the file of its engine; "" is memory
	Partitions     []int  // to serve, with fleetFields
	PartitionCount int

	Server, Dir     string // one of three servers
	Port, RoutePort int
	Routes          []string
}

// child runs a child process until it is killed.
func child(what string) error {
	go func() { // it does not outlive the test
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	var task childTask
	if err := json.Unmarshal([]byte(what), &task); err != nil {
		return err
	}
	if task.Server != "" {
		return task.serve()
	}
	nc, err := nats.Connect(task.URL)
	if err != nil {
		return err
	}
	e, err := sessiondex.New(&sessiondex.Options{ScanTitles: true, Fields: fleetFields})
	if task.DB != "" {
		e, err = sessiondex.Open(task.DB, &sessiondex.Options{ScanTitles: true})
	}
	if err != nil {
		return err
	}
	n, err := Open(context.Background(), nc, e, &Options{Stream: task.Stream, Replicas: 1, Partitions: task.Partitions, PartitionCount: task.PartitionCount, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if len(task.Partitions) > 0 {
		if err := n.Serve(); err != nil {
			return err
		}
	}
	fmt.Println("ready")
	select {}
}

// serve runs a server. It advertises an address that nothing listens on, so that the
// others reach it by their configured routes alone.
func (task *childTask) serve() error {
	s, err := startServer(task.Dir, func(o *server.Options) {
		o.ServerName, o.Port = task.Server, task.Port
		o.Cluster = server.ClusterOpts{Name: "trio", Host: "127.0.0.1", Port: task.RoutePort, Advertise: "127.0.0.1:9", NoAdvertise: true, PoolSize: -1}
		for _, route := range task.Routes {
			u, err := url.Parse(route)
			if err != nil {
				panic(err)
			}
			o.Routes = append(o.Routes, u)
		}
	})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	s.WaitForShutdown()
	return nil
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
	_, err = cmd.StdinPipe()
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
