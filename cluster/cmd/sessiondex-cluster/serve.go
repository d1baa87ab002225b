package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/cluster"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/schema"
	"github.com/sessiondex/sessiondex/webui"
)

// envAPIKeys is where keys are taken from, since a command line is visible to every user
// of the machine. Between keys stand commas or white space.
const envAPIKeys = "SESSIONDEX_API_KEYS"

// instance is a node behind the HTTP contract.
type instance struct {
	connection
	db     string
	fields []string
	addr   string
	noUI   bool
	write  bool
	door   httpapi.Options
}

func newServe(std stdio) *cobra.Command {
	var s instance
	cmd := &cobra.Command{
		Use:   "serve {--api-key KEY | --allow-anonymous} [flags]",
		Short: "Run a node, and serve its sessions over HTTP",
		Long: "Run a node: follow the stream into memory or a file, and serve its sessions as the \"List sessions\" API, with the page at /, until a signal.\n" +
			"Keys are also read from the environment: " + envAPIKeys + ".",
		Example: "  sessiondex-cluster serve --nats nats://n1,nats://n2,nats://n3 --db node.db --api-key demo --write",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.run(cmd.Context(), slog.New(slog.NewTextHandler(std.err, nil)))
		},
	}
	s.add(cmd)
	s.addNode(cmd)
	f := cmd.Flags()
	f.StringVar(&s.db, "db", "", "keep the sessions in this `file` too, so that a restart goes on where it was")
	f.StringArrayVar(&s.fields, "field", nil, "declare a member as a `field`: tags:keyword, archived:flag,hidden, cost=total_cost_usd:number,sorted; may be repeated; the same on every node")
	f.StringVar(&s.addr, "addr", "127.0.0.1:8080", "listen on `host:port`")
	f.StringArrayVar(&s.door.APIKeys, "api-key", nil, "let in requests with this `key` in X-API-KEY; may be repeated")
	f.BoolVar(&s.door.AllowAnonymous, "allow-anonymous", false, "let everyone in, without a key")
	f.BoolVar(&s.write, "write", false, "take writes, of whoever is let in")
	f.StringArrayVar(&s.door.AllowedHosts, "allowed-host", nil, "answer requests for this host `name`, and refuse others; may be repeated")
	f.BoolVar(&s.noUI, "no-ui", false, "do not show the page at /")
	return cmd
}

// run serves until the context ends.
func (s *instance) run(ctx context.Context, log *slog.Logger) (err error) {
	s.door.APIKeys = append(s.door.APIKeys, strings.FieldsFunc(os.Getenv(envAPIKeys), func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) })...)
	s.door.Logger, s.door.MaxBatch = log, cluster.MaxBatch
	s.door.Login = len(s.door.APIKeys) > 0
	if err := s.door.Validate(); err != nil {
		return usageError{err}
	}
	engine, err := openEngine(ctx, s.db, s.fields)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	nc, err := s.connect(log)
	if err != nil {
		return err
	}
	defer nc.Close()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		return err
	}
	log.Info("following the stream", slog.String("stream", s.options.Stream))
	node, err := cluster.Open(ctx, nc, engine, &s.options)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer func() { err = errors.Join(err, node.Close()) }()
	h, err := handlerOf(node, s.door, s.write, s.noUI)
	if err == nil {
		err = node.Serve() // for programs that hold no partition
	}
	if err != nil {
		return errors.Join(err, l.Close())
	}
	log.Info("caught up", slog.Int("sessions", engine.Len()), slog.Uint64("position", uint64(node.Status().Position)))
	return httpapi.Serve(ctx, l, h, &httpapi.ServeOptions{Logger: log})
}

func openEngine(ctx context.Context, db string, specs []string) (*sessiondex.Engine, error) {
	o := &sessiondex.Options{}
	for _, spec := range specs {
		field, err := schema.ParseField(spec)
		if err != nil {
			return nil, usageError{fmt.Errorf("--field: %w", err)}
		}
		o.Fields = append(o.Fields, field)
	}
	if db == "" {
		e, err := sessiondex.New(o)
		if err != nil {
			return nil, usageError{fmt.Errorf("--field: %w", err)}
		}
		return e, nil
	}
	return sessiondex.Open(db, o)
}

// handlerOf is the endpoint of a node, with the page in front of it.
func handlerOf(node *cluster.Node, door httpapi.Options, write, noUI bool) (http.Handler, error) {
	if write {
		door.Writer = node.Writer()
	}
	h, err := httpapi.NewHandler(node.Reader(), &door)
	if err != nil || noUI {
		return h, err
	}
	o := &webui.Options{}
	for row := range node.Reader().Schema().Declared() {
		o.Fields = append(o.Fields, row.Field)
	}
	return webui.NewHandler(h, o)
}
