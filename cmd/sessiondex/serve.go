package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sessiondex/sessiondex/httpapi"
)

// The variables that serve takes credentials from, since a command line is
// visible to every user of the machine. Between credentials stand commas or
// white space.
const (
	envAPIKeys      = "SESSIONDEX_API_KEYS"
	envBearerTokens = "SESSIONDEX_BEARER_TOKENS"
)

// serveConfig is what the command line and the environment ask of serve.
type serveConfig struct {
	data      dataFlags
	addr      string
	keyFile   string
	logFormat string
	quiet     bool
	handler   httpapi.Options
	server    httpapi.ServeOptions
}

func newServe(std stdio) *cobra.Command {
	var c serveConfig
	cmd := &cobra.Command{
		Use:   "serve {--data FILE | --db FILE} {--api-key KEY | --api-key-file FILE | --allow-anonymous} [flags]",
		Short: `Serve sessions as the "List sessions" API`,
		Long: "Serve sessions as the \"List sessions\" API until a signal, then drain. The address is in the log, on standard error.\n" +
			"Keys are also read from the environment: " + envAPIKeys + ", " + envBearerTokens + ".",
		Example: "  sessiondex serve --data sessions.jsonl --api-key demo\n" +
			"  sessiondex serve --db demo.db --api-key-file keys.txt --addr 0.0.0.0:8080",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd, std) },
	}
	where := newFlags("Where the sessions are")
	c.data.add(where)
	withFlags(cmd, where, c.who(), c.door(), c.limits(), c.log(), c.data.input.group())
	oneOf(cmd, "log-format", "text", "json")
	return cmd
}

// run loads the sessions and serves them until the context ends, then drains.
func (c *serveConfig) run(cmd *cobra.Command, std stdio) (err error) {
	ctx := cmd.Context()
	if err := c.complete(cmd.Flags()); err != nil {
		// One fault a line, each with the command's name before it.
		return usageError{strings.ReplaceAll(err.Error(), "\n", "\nsessiondex serve: ")}
	}
	c.server.Logger = slog.New(c.logHandler(std.err, slog.LevelInfo))
	c.handler.Logger = c.server.Logger
	if c.quiet {
		c.handler.Logger = slog.New(c.logHandler(std.err, slog.LevelWarn))
	}

	engine, err := c.data.open(ctx, stdio{std.in, std.out, logLines{c.server.Logger}})
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
	c.server.Logger.Info("loaded", slog.Int("sessions", engine.Len()), slog.Int("rejected", c.data.rejected()))
	return httpapi.Serve(ctx, listener, handler, &c.server)
}

func (c *serveConfig) who() flagGroup {
	g := newFlags("Who is let in")
	g.Var(textFlag{"key", appendTo(&c.handler.APIKeys)}, "api-key", "let in requests with this key in X-API-KEY; may be repeated")
	g.Var(textFlag{"token", appendTo(&c.handler.BearerTokens)}, "bearer-token", "let in requests with this bearer token; may be repeated")
	g.StringVar(&c.keyFile, "api-key-file", "", "read keys for X-API-KEY from this `file`, one a line; # begins a comment line")
	g.BoolVar(&c.handler.AllowAnonymous, "allow-anonymous", false, "let everyone in, without a key")
	return g
}

func (c *serveConfig) door() flagGroup {
	g := newFlags("How it is reached")
	g.StringVar(&c.addr, "addr", "127.0.0.1:8080", "listen on `host:port`; port 0 picks a free one")
	g.StringVar(&c.handler.BasePath, "base-path", "", "put this `path` before every path of the API")
	g.BoolVar(&c.handler.Strict, "strict", false, "answer unknown parameters with 422")
	return g
}

func (c *serveConfig) limits() flagGroup {
	g := newFlags("Limits")
	g.IntVar(&c.handler.MaxQueryBytes, "max-query-bytes", httpapi.DefaultMaxQueryBytes, "answer query strings of more `bytes` with 414")
	g.IntVar(&c.handler.MaxSnapshots, "max-snapshots", httpapi.DefaultMaxSnapshots, "hold at most so `many` versions for clients that page over one")
	g.DurationVar(&c.handler.SnapshotLifetime, "snapshot-lifetime", httpapi.DefaultSnapshotLifetime, "hold a version until it was not used for so `long`")
	g.IntVar(&c.handler.MaxStreams, "max-streams", httpapi.DefaultMaxStreams, "answer with 503 if there are so `many` event streams")
	g.IntVar(&c.server.MaxHeaderBytes, "max-header-bytes", httpapi.DefaultMaxHeaderBytes, "answer request headers of more `bytes` with 431")
	g.DurationVar(&c.server.ReadHeaderTimeout, "read-header-timeout", httpapi.DefaultReadHeaderTimeout, "`time` to send the header of a request")
	g.DurationVar(&c.server.ReadTimeout, "read-timeout", httpapi.DefaultReadTimeout, "`time` to send a request")
	g.DurationVar(&c.server.WriteTimeout, "write-timeout", httpapi.DefaultWriteTimeout, "`time` to take an answer")
	g.DurationVar(&c.server.IdleTimeout, "idle-timeout", httpapi.DefaultIdleTimeout, "`time` between two requests of a connection")
	g.DurationVar(&c.server.DrainTimeout, "drain-timeout", httpapi.DefaultDrainTimeout, "`time` for running requests after a signal")
	return g
}

func (c *serveConfig) log() flagGroup {
	g := newFlags("What is logged")
	g.StringVar(&c.logFormat, "log-format", "text", "`how`: text or json")
	g.BoolVar(&c.quiet, "quiet", false, "do not log each request")
	return g
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
func (c *serveConfig) complete(fs *pflag.FlagSet) error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if c.logFormat != "text" && c.logFormat != "json" {
		fault("log-format: Input should be 'text' or 'json' (got %q)", c.logFormat)
	}
	// The library takes 0 for the default; on a command line that would surprise.
	for _, limit := range []struct {
		flag  string
		value int64
	}{
		{"max-query-bytes", int64(c.handler.MaxQueryBytes)},
		{"max-snapshots", int64(c.handler.MaxSnapshots)},
		{"snapshot-lifetime", int64(c.handler.SnapshotLifetime)},
		{"max-streams", int64(c.handler.MaxStreams)},
		{"max-header-bytes", int64(c.server.MaxHeaderBytes)},
		{"read-header-timeout", int64(c.server.ReadHeaderTimeout)},
		{"read-timeout", int64(c.server.ReadTimeout)},
		{"write-timeout", int64(c.server.WriteTimeout)},
		{"idle-timeout", int64(c.server.IdleTimeout)},
		{"drain-timeout", int64(c.server.DrainTimeout)},
	} {
		if limit.value <= 0 {
			fault("%s: Input should be greater than 0 (got %s)", limit.flag, fs.Lookup(limit.flag).Value)
		}
	}
	c.handler.APIKeys = append(c.handler.APIKeys, splitKeys(os.Getenv(envAPIKeys))...)
	c.handler.BearerTokens = append(c.handler.BearerTokens, splitKeys(os.Getenv(envBearerTokens))...)
	if c.keyFile != "" {
		keys, err := readKeys(c.keyFile)
		if err != nil {
			fault("api-key-file: %w", err)
		}
		c.handler.APIKeys = append(c.handler.APIKeys, keys...)
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	if len(c.handler.APIKeys)+len(c.handler.BearerTokens) == 0 && !c.handler.AllowAnonymous {
		return fmt.Errorf("nobody could be let in: give --api-key, --bearer-token, --api-key-file or %s, or --allow-anonymous to let everyone in", envAPIKeys)
	}
	return c.handler.Validate()
}

func splitKeys(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) })
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

// logLines logs what is written to it, a line each, as warnings.
type logLines struct{ log *slog.Logger }

func (l logLines) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		l.log.Warn(strings.TrimSuffix(line, "\n"))
	}
	return len(p), nil
}

func (c *serveConfig) logHandler(w io.Writer, level slog.Level) slog.Handler {
	opts := &slog.HandlerOptions{Level: level}
	if c.logFormat == "json" {
		return slog.NewJSONHandler(w, opts)
	}
	return slog.NewTextHandler(w, opts)
}
