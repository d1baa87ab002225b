package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/sessiondex/sessiondex/httpapi"
)

// The variables that serve takes credentials from, since a command line is
// visible to every user of the machine: keys between commas or white space.
const (
	envAPIKeys      = "SESSIONDEX_API_KEYS"
	envBearerTokens = "SESSIONDEX_BEARER_TOKENS"
)

const serveUsage = `usage: sessiondex serve --data FILE.jsonl | --db FILE  [flags]

Serves the sessions as the "List sessions" API until SIGINT or SIGTERM.

  GET /api/v0/sessions         GET /api/v0/sessions/{id}
  GET /api/v0/session-facets   GET /openapi.json   GET /healthz

Keys also come from the environment: ` + envAPIKeys + ` and
` + envBearerTokens + `, separated by commas or white space.

`

// serveConfig is what the command line of serve says.
type serveConfig struct {
	data, db, addr string
	keyFile        string
	logFormat      string
	quiet          bool
	handler        httpapi.Options
	server         httpapi.ServeOptions
}

// runServe loads the data, serves it until ctx ends or a signal arrives, and
// drains. It returns the exit status: 2 for a faulty command line, 1 for a
// failure.
func runServe(ctx context.Context, args []string, _, stderr io.Writer) int {
	c, err := parseServe(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		for line := range strings.Lines(err.Error() + "\n") { // one fault each
			fmt.Fprintf(stderr, "sessiondex serve: %s", line)
		}
		return 2
	}
	if err := c.run(ctx, stderr); err != nil {
		fmt.Fprintf(stderr, "sessiondex serve: %v\n", err)
		return 1
	}
	return 0
}

func parseServe(args []string, stderr io.Writer) (*serveConfig, error) {
	c := &serveConfig{}
	fs := flag.NewFlagSet("serve", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // faults are printed once, by runServe
	fs.StringVar(&c.data, "data", "", "serve the sessions of this `FILE` of JSON lines")
	fs.StringVar(&c.db, "db", "", "serve the sessions of this database `FILE`")
	fs.StringVar(&c.addr, "addr", "127.0.0.1:8080", "listen on `HOST:PORT`; port 0 picks a free one")
	fs.Func("api-key", "let in requests with this `KEY` in X-API-KEY; may be repeated", appendTo(&c.handler.APIKeys))
	fs.Func("bearer-token", "let in requests with this bearer `TOKEN`; may be repeated", appendTo(&c.handler.BearerTokens))
	fs.StringVar(&c.keyFile, "api-key-file", "", "read keys for X-API-KEY from this `FILE`, one a line; # begins a comment line")
	fs.BoolVar(&c.handler.AllowAnonymous, "allow-anonymous", false, "let everyone in, without a key")
	fs.BoolVar(&c.handler.Strict, "strict", false, "answer unknown parameters with 422")
	fs.StringVar(&c.handler.BasePath, "base-path", "", "put this `PATH` before every path of the API")
	fs.IntVar(&c.handler.MaxQueryBytes, "max-query-bytes", httpapi.DefaultMaxQueryBytes, "answer longer query strings with 414")
	fs.IntVar(&c.server.MaxHeaderBytes, "max-header-bytes", httpapi.DefaultMaxHeaderBytes, "answer larger request headers with 431")
	fs.DurationVar(&c.server.ReadHeaderTimeout, "read-header-timeout", httpapi.DefaultReadHeaderTimeout, "time to send the header of a request")
	fs.DurationVar(&c.server.ReadTimeout, "read-timeout", httpapi.DefaultReadTimeout, "time to send a request")
	fs.DurationVar(&c.server.WriteTimeout, "write-timeout", httpapi.DefaultWriteTimeout, "time to take an answer")
	fs.DurationVar(&c.server.IdleTimeout, "idle-timeout", httpapi.DefaultIdleTimeout, "time between two requests of a connection")
	fs.DurationVar(&c.server.DrainTimeout, "drain-timeout", httpapi.DefaultDrainTimeout, "time for running requests after a signal")
	fs.StringVar(&c.logFormat, "log-format", "text", "log as text or json")
	fs.BoolVar(&c.quiet, "quiet", false, "do not log each request")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(stderr, serveUsage)
			fs.SetOutput(stderr)
			fs.PrintDefaults()
		}
		return nil, err
	}
	return c, c.complete(fs)
}

func appendTo(list *[]string) func(string) error {
	return func(value string) error {
		if value == "" {
			return errors.New("is empty")
		}
		*list = append(*list, value)
		return nil
	}
}

// complete adds the credentials that are not on the command line, and lists
// every fault.
func (c *serveConfig) complete(fs *flag.FlagSet) error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if fs.NArg() > 0 {
		fault("unexpected argument %q", fs.Arg(0))
	}
	if (c.data == "") == (c.db == "") {
		fault("give one of --data and --db")
	}
	if c.logFormat != "text" && c.logFormat != "json" {
		fault("--log-format %q: want text or json", c.logFormat)
	}
	// The libraries take 0 for the default; on a command line it would be a surprise.
	for _, limit := range []struct {
		flag  string
		value int64
	}{
		{"max-query-bytes", int64(c.handler.MaxQueryBytes)},
		{"max-header-bytes", int64(c.server.MaxHeaderBytes)},
		{"read-header-timeout", int64(c.server.ReadHeaderTimeout)},
		{"read-timeout", int64(c.server.ReadTimeout)},
		{"write-timeout", int64(c.server.WriteTimeout)},
		{"idle-timeout", int64(c.server.IdleTimeout)},
		{"drain-timeout", int64(c.server.DrainTimeout)},
	} {
		if limit.value <= 0 {
			fault("--%s %s: must be positive", limit.flag, fs.Lookup(limit.flag).Value)
		}
	}
	c.handler.APIKeys = append(c.handler.APIKeys, splitKeys(os.Getenv(envAPIKeys))...)
	c.handler.BearerTokens = append(c.handler.BearerTokens, splitKeys(os.Getenv(envBearerTokens))...)
	if c.keyFile != "" {
		keys, err := readKeys(c.keyFile)
		if err != nil {
			fault("--api-key-file: %w", err)
		}
		c.handler.APIKeys = append(c.handler.APIKeys, keys...)
	}
	if len(c.handler.APIKeys)+len(c.handler.BearerTokens) == 0 && !c.handler.AllowAnonymous && len(faults) == 0 {
		fault("give --api-key, --bearer-token, --api-key-file or %s; or --allow-anonymous to let everyone in", envAPIKeys)
	}
	if len(faults) == 0 {
		return c.handler.Validate()
	}
	return errors.Join(faults...)
}

func splitKeys(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r' })
}

// readKeys reads a file of keys; one without any is a mistake.
func readKeys(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var keys []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if line := strings.TrimSpace(lines.Text()); line != "" && !strings.HasPrefix(line, "#") {
			keys = append(keys, line)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s: no keys in it", path)
	}
	return keys, nil
}

func (c *serveConfig) run(ctx context.Context, stderr io.Writer) (err error) {
	// From the first signal on the default action is back, so that a second one
	// ends the process at once.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, stop)()

	c.server.Logger = slog.New(c.logHandler(stderr, slog.LevelInfo))
	c.handler.Logger = c.server.Logger
	if c.quiet {
		c.handler.Logger = slog.New(c.logHandler(stderr, slog.LevelWarn))
	}

	engine, err := openData(c.data, c.db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	handler, err := httpapi.NewHandler(engine, &c.handler)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.addr)
	if err != nil {
		return err
	}
	c.server.Logger.Info("loaded", slog.Int("sessions", engine.Len()))
	return httpapi.Serve(ctx, listener, handler, &c.server)
}

func (c *serveConfig) logHandler(w io.Writer, level slog.Level) slog.Handler {
	opts := &slog.HandlerOptions{Level: level}
	if c.logFormat == "json" {
		return slog.NewJSONHandler(w, opts)
	}
	return slog.NewTextHandler(w, opts)
}
