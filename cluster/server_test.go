package cluster

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	if what := os.Getenv(childEnv); what != "" {
		fmt.Fprintln(os.Stderr, child(what))
		os.Exit(1)
	}
	status := m.Run()
	single.stop()
	os.Exit(status)
}

// startServer runs a server in this process, with a store in a directory of its own.
func startServer(dir string, change func(*server.Options)) (*server.Server, error) {
	o := &server.Options{ServerName: "one", Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: dir, NoLog: true, NoSigs: true}
	if change != nil {
		change(o)
	}
	s, err := server.NewServer(o)
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		s.Shutdown()
		return nil, fmt.Errorf("server %s is not ready", o.ServerName)
	}
	return s, nil
}

// oneServer is the server that most tests share, each with a stream of its own.
type oneServer struct {
	once sync.Once
	s    *server.Server
	dir  string
	err  error
}

var single oneServer

func (o *oneServer) start() (string, error) {
	o.once.Do(func() {
		if o.dir, o.err = os.MkdirTemp("", "cluster"); o.err == nil {
			o.s, o.err = startServer(o.dir, nil)
		}
	})
	if o.err != nil {
		return "", o.err
	}
	return o.s.ClientURL(), nil
}

func (o *oneServer) stop() {
	if o.s != nil {
		o.s.Shutdown()
		o.s.WaitForShutdown()
	}
	if o.dir != "" {
		_ = os.RemoveAll(o.dir)
	}
}

// dial returns a connection that ends with the test.
func dial(t testing.TB, url string) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	return nc
}

// stream returns a connection to the shared server and options for a stream of the test's
// own, which is deleted when the test ends.
func stream(t testing.TB) (*nats.Conn, Options) {
	t.Helper()
	url, err := single.start()
	require.NoError(t, err)
	nc := dial(t, url)
	o := Options{Replicas: 1, Logger: logTo(t), Stream: strings.Map(func(r rune) rune {
		if isPlain(string(r)) {
			return r
		}
		return '_'
	}, t.Name())}
	t.Cleanup(func() {
		js := jetStream(t, nc)
		_ = js.DeleteStream(context.Background(), o.Stream)
	})
	return nc, o
}

func jetStream(t testing.TB, nc *nats.Conn) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	return js
}
