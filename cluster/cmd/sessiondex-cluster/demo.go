package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/cluster"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
)

// demo is three servers and two nodes in one process.
type demo struct {
	host string
	port int
	once bool
}

func newDemo(std stdio) *cobra.Command {
	var d demo
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run three servers and two nodes in this process, and show a write on one in a list on the other",
		Args:  exactly(0, ""),
		RunE:  func(cmd *cobra.Command, _ []string) error { return d.run(cmd.Context(), std) },
	}
	f := cmd.Flags()
	f.StringVar(&d.host, "host", "127.0.0.1", "listen on this `host`")
	f.IntVar(&d.port, "port", 8081, "the first node's `port`; the second has the next; 0 picks free ones")
	f.BoolVar(&d.once, "once", false, "end after the first write")
	return cmd
}

func (d *demo) run(ctx context.Context, std stdio) (err error) {
	dir, err := os.MkdirTemp("", "sessiondex-demo")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Fprintln(std.out, "three servers are electing a leader, which takes some seconds …")
	s, err := startServers(dir, 3)
	if err != nil {
		return err
	}
	defer s.stop()
	ctx, stop := context.WithCancel(ctx)
	var nodes []*demoNode
	defer func() {
		stop()
		for _, n := range nodes {
			err = errors.Join(err, n.close())
		}
	}()
	for i := range 2 {
		port := d.port
		if port > 0 {
			port += i
		}
		n, err := startNode(ctx, s.urls(), "node-"+strconv.Itoa(i+1), net.JoinHostPort(d.host, strconv.Itoa(port)))
		if err != nil {
			return err
		}
		nodes = append(nodes, n)
		fmt.Fprintf(std.out, "%s shows its list at http://%s\n", n.name, n.addr)
	}
	for i := 1; ; i++ {
		if err := show(ctx, std, i, nodes); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		if d.once {
			return nil
		}
		select {
		case <-time.After(2 * time.Second):
		case <-ctx.Done():
			return nil
		}
	}
}

// show writes on one node and lists on the other.
func show(ctx context.Context, std stdio, i int, nodes []*demoNode) error {
	from, to := nodes[i%2], nodes[(i+1)%2]
	now := time.Now()
	session := sessiondex.Session{ID: "demo-" + strconv.Itoa(i%20), Title: fmt.Sprintf("Hello %d from %s", i, from.name), State: "running", WorkspaceID: "demo", CreatedAt: now, UpdatedAt: now}
	seq, err := from.node.Put(ctx, session)
	if err != nil {
		return err
	}
	acknowledged := time.Since(now)
	if err := to.node.Wait(ctx, seq); err != nil {
		return err
	}
	visible := time.Since(now)
	page, err := to.node.Reader().List(ctx, query.Query{Limit: 1})
	if err != nil {
		return err
	}
	if len(page.Items) == 0 || page.Items[0].Title != session.Title {
		return fmt.Errorf("%q is not first in the list of %s", session.Title, to.name)
	}
	fmt.Fprintf(std.out, "put %q on %s: on a majority of the servers and in its list after %v; first in the list of %s after %v\n",
		session.Title, from.name, acknowledged.Round(10*time.Microsecond), to.name, visible.Round(10*time.Microsecond))
	return nil
}

// demoNode is a node with its endpoint.
type demoNode struct {
	name, addr string
	node       *cluster.Node
	end        func() error
}

func startNode(ctx context.Context, urls, name, addr string) (*demoNode, error) {
	c := connection{url: urls, options: cluster.Options{Name: name}}
	nc, err := c.connect(slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	engine, err := sessiondex.New(nil)
	if err != nil {
		nc.Close()
		return nil, err
	}
	free := func(err error) error {
		nc.Close()
		return errors.Join(err, engine.Close())
	}
	node, err := cluster.Open(ctx, nc, engine, &c.options)
	if err != nil {
		return nil, free(err)
	}
	h, err := handlerOf(node, httpapi.Options{AllowAnonymous: true, Logger: c.options.Logger, MaxBatch: cluster.MaxBatch}, true, false)
	if err != nil {
		return nil, free(errors.Join(err, node.Close()))
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, free(errors.Join(err, node.Close()))
	}
	ctx, cancel := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- httpapi.Serve(ctx, l, h, &httpapi.ServeOptions{Logger: c.options.Logger}) }()
	return &demoNode{name: name, addr: l.Addr().String(), node: node, end: func() error {
		cancel()
		return free(errors.Join(<-served, node.Close()))
	}}, nil
}

func (n *demoNode) close() error { return n.end() }
