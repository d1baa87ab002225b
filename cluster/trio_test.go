//go:build linux

package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// trio is three servers, each a process of its own, whose routes go through proxies.
type trio struct {
	t       testing.TB
	tasks   [3]childTask
	running [3]*exec.Cmd
	ports   [3]int // of the routes
	clients [3]int
	routes  [3][3]*proxy // from, to
}

func name(i int) string { return "server-" + strconv.Itoa(i+1) }

func startTrio(t testing.TB) *trio {
	t.Helper()
	c := newTrio(t)
	for i := range 3 {
		c.start(i)
	}
	return c
}

// newTrio returns servers that are not started.
func newTrio(t testing.TB) *trio {
	t.Helper()
	c := &trio{t: t}
	dir := t.TempDir()
	ports := freePorts(t, 6)
	copy(c.ports[:], ports[:3])
	copy(c.clients[:], ports[3:])
	for i := range 3 {
		c.tasks[i] = childTask{Server: name(i), Dir: filepath.Join(dir, name(i)), Port: c.clients[i], RoutePort: c.ports[i]}
		for j := range 3 {
			if i != j {
				c.routes[i][j] = newProxy(t, loopback(c.ports[j]))
				c.tasks[i].Routes = append(c.tasks[i].Routes, "nats://"+c.routes[i][j].l.Addr().String())
			}
		}
	}
	return c
}

// start starts a server and does not wait for it: it has to be elected first.
func (c *trio) start(i int) { c.running[i] = startChild(c.t, c.tasks[i]) }

// kill kills a server, as kill -9 does.
func (c *trio) kill(i int) {
	require.NoError(c.t, c.running[i].Process.Kill())
	_ = c.running[i].Wait()
}

func (c *trio) signal(i int, s syscall.Signal) {
	require.NoError(c.t, c.running[i].Process.Signal(s))
}

// isolate cuts a server off from the others, or heals it.
func (c *trio) isolate(i int, cut bool) {
	for j := range 3 {
		if i != j {
			c.routes[i][j].set(cut)
			c.routes[j][i].set(cut)
		}
	}
}

// direct returns the routes that do not go through a proxy.
func (c *trio) direct() (out []string) {
	through := map[int]bool{}
	for i := range 3 {
		for j := range 3 {
			if p := c.routes[i][j]; p != nil {
				p.mu.Lock()
				for port := range p.ports {
					through[port] = true
				}
				p.mu.Unlock()
			}
		}
	}
	for i, port := range c.ports {
		for _, from := range dialledBy(c.t, port) {
			if !through[from] {
				out = append(out, fmt.Sprintf("from port %d to %s", from, name(i)))
			}
		}
	}
	return out
}

// whole waits until the stream's leader has both others in step again: one failure at a
// time is what a majority survives.
func (c *trio) whole(js jetstream.JetStream, stream string) {
	c.t.Helper()
	var last *jetstream.ClusterInfo
	require.Eventually(c.t, func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s, err := js.Stream(ctx, stream)
		if err != nil || s.CachedInfo().Cluster == nil {
			return false
		}
		last = s.CachedInfo().Cluster
		for _, peer := range last.Replicas {
			if !peer.Current || peer.Offline || peer.Active > 2*time.Second {
				return false
			}
		}
		return last.Leader != "" && len(last.Replicas) == 2
	}, 90*time.Second, 20*time.Millisecond, "the servers are not in step again: %+v", &last)
}

// requireNoDirectRoute fails if there is a route that could not be cut. It waits a while:
// a proxy does not know a route that is being dialled.
func (c *trio) requireNoDirectRoute() {
	c.t.Helper()
	var left []string
	require.Eventually(c.t, func() bool {
		left = c.direct()
		return len(left) == 0
	}, 5*time.Second, 10*time.Millisecond, "%v", &left)
}

// connect connects to one of the servers, or to any.
func (c *trio) connect(servers ...int) *nats.Conn {
	c.t.Helper()
	url := ""
	for _, i := range servers {
		url += ",nats://" + loopback(c.clients[i])
	}
	nc, err := nats.Connect(url[1:], nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.PingInterval(time.Second), nats.MaxPingsOutstanding(2),
		nats.IgnoreDiscoveredServers())
	require.NoError(c.t, err)
	c.t.Cleanup(nc.Close)
	return nc
}

// leader waits until the stream has a leader, and returns it.
func (c *trio) leader(js jetstream.JetStream, stream string) int {
	c.t.Helper()
	found := -1
	require.Eventually(c.t, func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s, err := js.Stream(ctx, stream)
		if err != nil || s.CachedInfo().Cluster == nil {
			return false
		}
		for i := range 3 {
			if s.CachedInfo().Cluster.Leader == name(i) {
				found = i
			}
		}
		return found >= 0
	}, 60*time.Second, 20*time.Millisecond, "no leader")
	return found
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// freePorts returns free ports, outside the range that the system picks from for port 0.
func freePorts(t testing.TB, n int) (out []int) {
	t.Helper()
	for tries := 0; len(out) < n; tries++ {
		require.Less(t, tries, 200)
		port := 20_000 + rand.IntN(10_000)
		if l, err := net.Listen("tcp", loopback(port)); err == nil {
			defer l.Close()
			out = append(out, port)
		}
	}
	return out
}
