package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// servers are NATS servers in this process, which form a cluster.
type servers []*server.Server

// startServers starts n servers, with their stores below a directory.
func startServers(dir string, n int) (out servers, err error) {
	defer func() {
		if err != nil {
			out.stop()
		}
	}()
	ports, routes, err := freePorts(n)
	if err != nil {
		return nil, err
	}
	for i := range n {
		name := fmt.Sprintf("server-%d", i+1)
		o := &server.Options{ServerName: name, Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: filepath.Join(dir, name), NoLog: true, NoSigs: true}
		if n > 1 {
			o.Cluster, o.Routes = server.ClusterOpts{Name: "demo", Host: "127.0.0.1", Port: ports[i]}, routes
		}
		s, err := server.NewServer(o)
		if err != nil {
			return out, err
		}
		out = append(out, s)
		s.Start()
	}
	for _, s := range out {
		if !s.ReadyForConnections(10 * time.Second) {
			return out, fmt.Errorf("%s is not ready", s.Name())
		}
	}
	return out, nil
}

// freePorts returns ports that nobody listens on, and the routes between servers there.
// They are not of those that systems give to who asks for any, so that none is taken
// between now and then.
func freePorts(n int) (ports []int, routes []*url.URL, err error) {
	for tries := 0; len(ports) < n; tries++ {
		port := 20_000 + rand.IntN(10_000)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil && tries < 100 {
			continue
		} else if err != nil {
			return nil, nil, err
		}
		defer l.Close() // all at the end, so that each is another
		ports = append(ports, port)
		routes = append(routes, &url.URL{Scheme: "nats", Host: l.Addr().String()})
	}
	return ports, routes, nil
}

// urls is what clients connect to.
func (s servers) urls() string {
	var out []string
	for _, one := range s {
		out = append(out, one.ClientURL())
	}
	return strings.Join(out, ",")
}

func (s servers) stop() {
	for _, one := range s {
		one.Shutdown()
	}
	for _, one := range s {
		one.WaitForShutdown()
	}
}
