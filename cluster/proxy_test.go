package cluster

import (
	"bufio"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxy stands between two servers, so that a test can cut their route.
type proxy struct {
	l      net.Listener
	target string

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
	ports map[int]bool // from which the target is dialled
	done  sync.WaitGroup
}

func newProxy(t testing.TB, target string) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{l: l, target: target, conns: map[net.Conn]bool{}, ports: map[int]bool{}}
	p.done.Go(p.accept)
	t.Cleanup(func() {
		p.set(true)
		_ = l.Close()
		p.done.Wait()
	})
	return p
}

func (p *proxy) accept() {
	for {
		c, err := p.l.Accept()
		if err != nil {
			return
		}
		p.done.Go(func() { p.carry(c) })
	}
}

func (p *proxy) carry(c net.Conn) {
	defer c.Close()
	if !p.keep(c) {
		return
	}
	defer p.drop(c)
	to, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer to.Close()
	if !p.keep(to) {
		return
	}
	defer p.drop(to)
	p.mu.Lock()
	p.ports[to.LocalAddr().(*net.TCPAddr).Port] = true
	p.mu.Unlock()
	both := make(chan bool, 2)
	one := func(dst, src net.Conn) {
		_, _ = io.Copy(dst, src)
		_, _ = dst.Close(), src.Close()
		both <- true
	}
	go one(to, c)
	go one(c, to)
	<-both
	<-both
}

func (p *proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[c] = !p.cut
	return !p.cut
}

func (p *proxy) drop(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// set cuts the route, or heals it.
func (p *proxy) set(cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = cut
	for c := range p.conns {
		if cut {
			_ = c.Close()
		}
	}
}

// dialledBy returns the local ports of the established connections to a port of this
// machine, as the system has them.
func dialledBy(t testing.TB, port int) []int {
	t.Helper()
	f, err := os.Open("/proc/net/tcp")
	require.NoError(t, err)
	defer f.Close()
	var out []int
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || fields[3] != "01" { // established
			continue
		}
		if portOf(fields[2]) == port {
			out = append(out, portOf(fields[1]))
		}
	}
	return out
}

func portOf(address string) int {
	_, hex, _ := strings.Cut(address, ":")
	n, _ := strconv.ParseInt(hex, 16, 32)
	return int(n)
}
